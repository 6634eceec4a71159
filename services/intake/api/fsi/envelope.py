"""The envelope of the national interface: read from a request, written around an answer."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.intake.domain.fsi.fields import BUSINESS_OFFSET
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.refusal import refused
from services.intake.domain.problem import Problem

SUCCESS = "0"
FAILURE = "-1"
"""Both as text: clients compare with ``"0"`` and take a bare 0 for a failure."""
MOST_NAMED = 20
"""Problems that one err_msg names; whoever has more of them repairs these first."""
NO_REGION = "000000"

_DECIMALS_AS_TEXT = msgspec.json.Decoder(dict[str, Any], float_hook=str)
"""Every decimal arrives as the text it was written in."""


class Envelope(NamedTuple):
    """What a request says of itself."""

    infno: str
    """Number of the transaction (交易编号)."""
    msgid: str
    """The sender's id of this message; a settlement keeps it as ``medins_setl_id``."""
    institution_code: str
    treatment_region: str | None
    """``mdtrtarea_admvs`` (就医地医保区划)."""
    insured_region: str | None
    """``insuplc_admdvs`` (参保地医保区划)."""
    sent_at: datetime | None
    """``inf_time``, UTC."""
    sign_no: str | None
    operator: str | None
    """``opter``, the operator's number; personal, so it is never logged."""
    input: Node
    """The node ``input``."""


def read(body: bytes) -> Envelope:
    """Read a request; raises Refused with what is wrong with its envelope."""
    try:
        values = _DECIMALS_AS_TEXT.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError):
        raise refused("", "malformed_json") from None
    outer = Node(values, "")
    # The relay of one maker calls the institution medins_code and the place of insurance insur_code.
    institution = "medins_code" if "fixmedins_code" not in values and "medins_code" in values else "fixmedins_code"
    insured_at = "insur_code" if "insuplc_admdvs" not in values and "insur_code" in values else "insuplc_admdvs"
    envelope = Envelope(
        infno=outer.required_text("infno", longest=10),
        msgid=outer.required_text("msgid", longest=64),
        institution_code=outer.required_text(institution, longest=30),
        treatment_region=outer.text("mdtrtarea_admvs", longest=12),
        insured_region=outer.text(insured_at, longest=12),
        sent_at=outer.instant("inf_time"),
        sign_no=outer.text("sign_no"),
        operator=outer.text("opter"),
        input=outer.required_child("input"),
    )
    outer.sound()
    return envelope


class Reply(NamedTuple):
    """The answer to one message, before it is written."""

    output: Mapping[str, Any] | None = None
    problems: Sequence[Problem] = ()
    """Why it is refused; empty for a success."""
    warnings: Sequence[str] = ()


def write(envelope: Envelope | None, reply: Reply, *, received_at: datetime, responded_at: datetime) -> bytes:
    """Return the answer's JSON; a message that could not be read has no envelope and gets no reference."""
    return msgspec.json.encode(
        {
            "infcode": FAILURE if reply.problems else SUCCESS,
            "inf_refmsgid": "" if envelope is None else _reference(envelope, received_at),
            "refmsg_time": _milliseconds(received_at),
            "respond_time": _milliseconds(responded_at),
            "err_msg": _named(reply.problems),
            "warn_msg": "；".join(reply.warnings),
            "cainfo": "",
            "signtype": "",
            "output": reply.output,
        }
    )


def _reference(envelope: Envelope, received_at: datetime) -> str:
    """Region of the receiver (6), time (14) and a serial number (10)."""
    region = envelope.treatment_region or NO_REGION
    region = region if len(region) == len(NO_REGION) and region.isascii() and region.isdigit() else NO_REGION
    return f"{region}{_local(received_at):%Y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"


def _milliseconds(instant: datetime) -> str:
    local = _local(instant)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def _local(instant: datetime) -> datetime:
    return instant.astimezone(BUSINESS_OFFSET)


def _named(problems: Sequence[Problem]) -> str:
    """Say what is wrong, Chinese first, each with its pointer and its stable code; never a value."""
    if not problems:
        return ""
    named = problems[:MOST_NAMED]
    zh = "；".join(f"{one.pointer or '/'} {one.zh}[{one.code}]" for one in named)
    en = "; ".join(f"{one.pointer or '/'} {one.en}" for one in named)
    return f"{zh} | {en}"
