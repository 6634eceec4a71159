"""The opening of a sealed identity: one officer asks and says why, another approves, and the reporter is told."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.tips.domain.errors import TipRuleError

RELEASE_WITHIN = timedelta(days=7)
"""An approval that nobody uses lapses: what was needed then may not be needed any more."""


class Category(StrEnum):
    """Why an identity is opened; the reporter reads it."""

    VERIFY_WITH_REPORTER = "verify_with_reporter"
    PAY_REWARD = "pay_reward"
    PROTECT_REPORTER = "protect_reporter"
    COURT_OR_POLICE = "court_or_police"
    REPORTER_ASKED = "reporter_asked"


class OpeningState(StrEnum):
    """Where an opening stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of one identity; the words of the reason are sealed and not here."""

    id: UUID
    tip_id: UUID
    state: OpeningState
    category: Category
    requested_by: str
    requested_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    released_by: str | None = None
    released_at: datetime | None = None


def require_uninvolved(officer: str, handlers: Collection[str]) -> None:
    """Raise TipRuleError for an officer who has handled the tip: whoever investigates must not learn who spoke."""
    if officer in handlers:
        raise TipRuleError(
            "handled_the_tip",
            zh="经办过该举报的人员不得申请、批准或领取身份信息。",
            en="Whoever has handled this tip may neither ask for, nor approve, nor receive the identity.",
        )


def decide(opening: Opening, *, approve: bool, by: str, now: datetime) -> Opening:
    """Approve or refuse; the same decision by the same officer again changes nothing.

    Raises TipRuleError for the officer who asked, and once it is decided.
    """
    wanted = OpeningState.APPROVED if approve else OpeningState.REFUSED
    decided = OpeningState.REFUSED if opening.state is OpeningState.REFUSED else OpeningState.APPROVED
    if opening.decided_by == by and decided is wanted:
        return opening
    if by == opening.requested_by:
        raise TipRuleError(
            "second_officer", zh="须由另一名身份保管人员审批。", en="Another officer must decide this request."
        )
    if opening.state is not OpeningState.REQUESTED:
        raise _wrong_state(opening)
    return replace(opening, state=wanted, decided_by=by, decided_at=now)


def release(opening: Opening, *, by: str, now: datetime) -> Opening:
    """Hand the sealed identity out to one of the two officers; asked again in time, to the same one once more."""
    if by not in {opening.requested_by, opening.decided_by}:
        raise TipRuleError(
            "not_your_opening",
            zh="只有申请人和审批人可以领取。",
            en="Only the two officers of this request may receive the identity.",
        )
    if opening.state not in {OpeningState.APPROVED, OpeningState.RELEASED} or opening.decided_at is None:
        raise _wrong_state(opening)
    if now - opening.decided_at > RELEASE_WITHIN:
        raise TipRuleError("approval_lapsed", zh="批准已过期，须重新申请。", en="The approval has lapsed; ask again.")
    if opening.state is OpeningState.RELEASED:
        return opening
    return replace(opening, state=OpeningState.RELEASED, released_by=by, released_at=now)


def _wrong_state(opening: Opening) -> TipRuleError:
    return TipRuleError(
        "wrong_opening_state",
        zh=f"申请当前状态为 {opening.state}，不能执行此步骤。",
        en=f"The request is {opening.state}; this step is not possible now.",
    )
