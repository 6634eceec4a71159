"""Facts of tips, from the state they state; none without an acceptance, so a refused tip leaves no trace elsewhere."""

from collections.abc import Sequence
from typing import Literal, cast
from uuid import UUID

from services.contracts.tips import TipAccepted, TipClosed, TipSubstantiated
from services.tips.domain.tip import Tip


def accepted(tip: Tip) -> TipAccepted:
    """State that an accepted tip was accepted."""
    if tip.institution_code is None or tip.accepted_at is None:
        raise ValueError("the tip has not been accepted")
    return TipAccepted(tip_id=tip.id, institution_code=tip.institution_code, accepted_at=tip.accepted_at)


def substantiated(tip: Tip, finding_ids: Sequence[UUID], case_value_fen: int) -> TipSubstantiated:
    """State that a tip was found true, with the findings it led to and the fund's loss in fen."""
    if tip.institution_code is None or tip.decided_at is None:
        raise ValueError("the tip has not been decided")
    return TipSubstantiated(
        tip_id=tip.id,
        institution_code=tip.institution_code,
        finding_ids=tuple(sorted(finding_ids)),
        case_value_fen=case_value_fen,
        substantiated_at=tip.decided_at,
    )


def closed(tip: Tip) -> TipClosed | None:
    """State that the handling ended; None where others never heard of the tip."""
    if tip.institution_code is None or tip.closed_at is None or tip.outcome is None:
        return None
    outcome = cast("Literal['substantiated', 'unsubstantiated', 'refused', 'withdrawn']", tip.outcome.value)
    return TipClosed(tip_id=tip.id, institution_code=tip.institution_code, outcome=outcome, closed_at=tip.closed_at)
