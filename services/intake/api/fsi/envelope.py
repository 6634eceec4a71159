"""The envelope of the national interface as intake reads it: every field by its type, the node ``input`` to walk."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.refusal import refused

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
