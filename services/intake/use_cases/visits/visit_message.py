"""What every message about a visit brings beside its node, and how it is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.intake.storage.visits import NewPart
from services.intake.use_cases.visits.content_digest import digest
from services.kit.sealing import Sealer

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=str).decode


class VisitMessage(NamedTuple):
    """One message, after its envelope was read."""

    institution_code: str
    message_id: str
    received_at: datetime
    sent_at: datetime | None
    insured_region: str | None
    treatment_region: str | None
    traceparent: str | None


class KeptMessage(NamedTuple):
    """A part as it is kept: its node, whatever stands in it, and what the envelope said."""

    node: Mapping[str, Any]
    message_id: str = ""
    sent_at: str | None = None
    insured_region: str | None = None
    treatment_region: str | None = None


def new_part(
    node: Mapping[str, Any], *, key: str, batch: str, sealer: Sealer, message: VisitMessage | None = None
) -> NewPart:
    """Return a part to be written; a line is kept without its envelope, of which there may be thousands."""
    kept: dict[str, Any] = {"node": node}
    if message is not None:
        sent_at = None if message.sent_at is None else message.sent_at.isoformat()
        kept |= {
            "message_id": message.message_id,
            "sent_at": sent_at,
            "insured_region": message.insured_region,
            "treatment_region": message.treatment_region,
        }
    return NewPart(key, batch, digest(node), sealer.seal(_encode(kept)))


def kept_message(node: Mapping[str, Any], message: VisitMessage) -> KeptMessage:
    """Return a part that has just come as it would be opened again."""
    sent_at = None if message.sent_at is None else message.sent_at.isoformat()
    return KeptMessage(node, message.message_id, sent_at, message.insured_region, message.treatment_region)


def open_part(sealed: bytes, sealer: Sealer) -> KeptMessage:
    """Return a part as it was kept; raises UnknownSealError."""
    return KeptMessage(**_decode(sealer.open(sealed)))
