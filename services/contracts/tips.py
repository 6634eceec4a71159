"""Facts that tips states. They carry ids, codes and amounts; never a word of a tip and nothing of a reporter."""

from typing import ClassVar, Literal
from uuid import UUID

from services.contracts.fact import Fact, Instant


class TipAccepted(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A tip (举报) about an institution was accepted for handling; the tip id is not the reporter's receipt."""

    TYPE: ClassVar[str] = "tips.tip.accepted.v1"
    TOPIC: ClassVar[str] = "tips.tip"
    KEY: ClassVar[str] = "institution_code"

    tip_id: UUID
    institution_code: str
    accepted_at: Instant


class TipSubstantiated(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The tip was verified, and what it says is true."""

    TYPE: ClassVar[str] = "tips.tip.substantiated.v1"
    TOPIC: ClassVar[str] = "tips.tip"
    KEY: ClassVar[str] = "institution_code"

    tip_id: UUID
    institution_code: str
    finding_ids: tuple[UUID, ...] = ()
    case_value_fen: int
    """Verified loss of the fund (案值), in fen; 0 where the act was true and cost the fund nothing."""
    substantiated_at: Instant


class TipClosed(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Handling of the tip has ended."""

    TYPE: ClassVar[str] = "tips.tip.closed.v1"
    TOPIC: ClassVar[str] = "tips.tip"
    KEY: ClassVar[str] = "institution_code"

    tip_id: UUID
    institution_code: str
    outcome: Literal["substantiated", "unsubstantiated", "refused", "withdrawn"]
    closed_at: Instant
