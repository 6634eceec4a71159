"""The envelope of the national interface (国家医保信息平台接口): read loosely, written around any answer."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple, Protocol

import msgspec

from services.kit.clock import BUSINESS_ZONE

SUCCESS = "0"
FAILURE = "-1"
"""Both as text: clients compare with ``"0"`` and take a bare 0 for a failure."""
NO_REGION = "000000"
LONGEST_MSGID = 64
MOST_NAMED = 20
"""Problems that one err_msg names; whoever has more of them repairs these first."""
_LONGEST_CODE = 30

_SERIALS = 10**10
_serial = count(secrets.randbelow(_SERIALS))
"""Of the answers of this process, from a number by chance: two processes seldom count in the same place."""

_DECIMALS_AS_TEXT = msgspec.json.Decoder(dict[str, Any], float_hook=str)
"""Every decimal arrives as the text it was written in, so no float is ever on the way."""


class Named(Protocol):
    """A problem that can be told: where, a stable code, and words without the value."""

    @property
    def pointer(self) -> str:
        """JSON pointer into the message."""

    @property
    def code(self) -> str:
        """Stable code."""

    @property
    def zh(self) -> str:
        """In Chinese."""

    @property
    def en(self) -> str:
        """In English."""


class FsiProblem(NamedTuple):
    """What is wrong at one place of a message; never carries the value."""

    pointer: str
    code: str
    zh: str
    en: str


class FsiRefused(Exception):  # noqa: N818 - reads as the answer it becomes
    """The message is answered with a negative infcode and nothing of it is kept."""

    def __init__(self, *problems: FsiProblem) -> None:
        super().__init__(problems[0].code)
        self.problems = problems


class FsiEnvelope(NamedTuple):
    """What a request says of itself."""

    infno: str
    """Number of the transaction (交易编号)."""
    msgid: str
    institution_code: str
    treatment_region: str
    """``mdtrtarea_admvs`` (就医地医保区划); empty where it was not sent."""
    input: Mapping[str, Any]
    """The node ``input``."""


class FsiReply(NamedTuple):
    """The answer to one message, before it is written."""

    output: Any = None
    problems: Sequence[Named] = ()
    """Why it is refused; empty for a success."""
    warnings: Sequence[str] = ()
    """Chinese; what the sender should know although the message was taken."""


def read_envelope(body: bytes) -> FsiEnvelope:
    """Read a request; raises FsiRefused with what is wrong with its envelope."""
    try:
        values = _DECIMALS_AS_TEXT.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError):
        raise FsiRefused(
            FsiProblem("", "malformed_json", "报文不是JSON对象", "the message is no JSON object")
        ) from None
    # The relay of one maker calls the institution medins_code.
    institution = "medins_code" if "fixmedins_code" not in values and "medins_code" in values else "fixmedins_code"
    problems: list[FsiProblem] = []

    def text(name: str, longest: int) -> str:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        found = value.strip() if isinstance(value, str) else ""
        if not found:
            problems.append(FsiProblem(f"/{name}", "missing", "缺少必填字段", "a required field is missing"))
        elif len(found) > longest or not found.isprintable():
            problems.append(FsiProblem(f"/{name}", "too_long", "字段过长或含不可见字符", "the field is too long"))
        return found

    given = values.get("input")
    if not isinstance(given, dict):
        problems.append(FsiProblem("/input", "missing", "缺少输入节点", "the node input is missing"))
        given = {}
    region = values.get("mdtrtarea_admvs")
    envelope = FsiEnvelope(
        text("infno", 10),
        text("msgid", LONGEST_MSGID),
        text(institution, _LONGEST_CODE),
        region if isinstance(region, str) and len(region) <= len(NO_REGION) else "",
        given,
    )
    if problems:
        raise FsiRefused(*problems)
    return envelope


def write_reply(region: str | None, reply: FsiReply, *, received_at: datetime, responded_at: datetime) -> bytes:
    """Return the answer's JSON; ``region`` is the envelope's, None when there was none: that gets no reference."""
    return msgspec.json.encode(
        {
            "infcode": FAILURE if reply.problems else SUCCESS,
            "inf_refmsgid": "" if region is None else _reference(region, received_at),
            "refmsg_time": _milliseconds(received_at),
            "respond_time": _milliseconds(responded_at),
            "err_msg": _named(reply.problems),
            "warn_msg": "；".join(reply.warnings),
            "cainfo": "",
            "signtype": "",
            "output": reply.output,
        }
    )


def _reference(region: str, received_at: datetime) -> str:
    """Region of the receiver (6), time (14) and a serial number (10)."""
    if not (len(region) == len(NO_REGION) and region.isascii() and region.isdigit()):
        region = NO_REGION
    return f"{region}{_second(received_at.replace(microsecond=0))}{next(_serial) % _SERIALS:010d}"


def _milliseconds(instant: datetime) -> str:
    return f"{_second(instant.replace(microsecond=0))}{instant.microsecond // 1000:03d}"


@lru_cache(maxsize=64)
def _second(instant: datetime) -> str:
    """Return an instant of whole seconds in Shanghai's time; thousands of answers share one."""
    return f"{instant.astimezone(BUSINESS_ZONE):%Y%m%d%H%M%S}"


def _named(problems: Sequence[Named]) -> str:
    """Say what is wrong, Chinese first, each with its pointer and its stable code; never a value."""
    if not problems:
        return ""
    zh = "；".join(f"{one.pointer or '/'} {one.zh}[{one.code}]" for one in problems[:MOST_NAMED])
    en = "; ".join(f"{one.pointer or '/'} {one.en}" for one in problems[:MOST_NAMED])
    return f"{zh} | {en}"
