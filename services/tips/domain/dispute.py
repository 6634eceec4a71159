"""A reporter's objection (异议) to the outcome, answered by somebody who took no part in it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import Status, Tip


class Verdict(StrEnum):
    """How a dispute ends."""

    UPHELD = "upheld"
    """The outcome stands."""
    REOPENED = "reopened"
    """The tip is verified anew."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """One objection of a reporter; its words are a message of the conversation."""

    tip_id: UUID
    number: int
    raised_on: date
    due_on: date
    decided_against: Status
    """The outcome that is disputed."""
    verdict: Verdict | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None


def disputable(tip: Tip, last: Dispute | None) -> bool:
    """Whether the reporter may object now: to a refusal or to a tip not borne out, once for each decision."""
    decided = tip.outcome or tip.status
    if decided not in {Status.REFUSED, Status.UNSUBSTANTIATED} or tip.withdrawn_on is not None:
        return False
    return last is None or last.verdict is Verdict.REOPENED


def settle(dispute: Dispute, tip: Tip, verdict: Verdict, *, by: str, now: datetime) -> Dispute:
    """Answer an objection; the same answer again changes nothing. Raises TipRuleError for who took part before."""
    if dispute.verdict is verdict:
        return dispute
    if dispute.verdict is not None:
        raise TipRuleError("dispute_settled", zh="异议已答复。", en="The dispute has been answered.")
    if by in {tip.decided_by, tip.closed_by}:
        raise TipRuleError(
            "own_decision",
            zh="作出认定或结案的人员不得答复对该结果的异议。",
            en="Who decided or closed the tip may not answer the dispute.",
        )
    return replace(dispute, verdict=verdict, settled_at=now, settled_by=by)
