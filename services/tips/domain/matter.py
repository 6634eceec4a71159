"""A matter (案件): several tips about the same facts, led by the first of them, without losing any reporter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import Status, Tip


def merge(tip: Tip, lead: Tip) -> Tip:
    """Let a tip follow an earlier one; the same merger again changes nothing.

    Raises TipRuleError where one of them is decided or follows another, or where both were accepted against different
    institutions.
    """
    if tip.merged_into == lead.id:
        return tip
    if tip.merged_into is not None or lead.merged_into is not None or tip.id == lead.id:
        raise TipRuleError(
            "merged_otherwise", zh="其中一条举报已并入别的举报。", en="One of the tips follows another one already."
        )
    if not (tip.open and lead.open):
        raise TipRuleError("merge_too_late", zh="已作出认定的举报不能合并。", en="Decided tips cannot be merged.")
    if tip.status is Status.ACCEPTED and (tip.institution_code != lead.institution_code):
        raise TipRuleError(
            "merge_other_institution",
            zh="较早的举报须先就同一机构受理，才能合并。",
            en="The earlier tip must first be accepted against the same institution.",
        )
    return follow(replace(tip, merged_into=lead.id), lead)


def separate(tip: Tip, lead: Tip) -> Tip:
    """Undo a merger while nothing is decided; the tip keeps its institution and goes its own way."""
    if tip.merged_into is None:
        return tip
    if not lead.open:
        raise TipRuleError(
            "separate_too_late",
            zh="主举报已作出认定，不能拆分。",
            en="The leading tip is decided; it is too late to separate.",
        )
    return replace(tip, merged_into=None)


def follow(tip: Tip, lead: Tip) -> Tip:
    """Bring a following tip to where its lead stands; one that its reporter ended stays ended."""
    if tip.status is Status.WITHDRAWN:
        return tip
    return replace(
        tip,
        status=lead.status,
        institution_code=lead.institution_code,
        region=lead.region,
        desk=lead.desk,
        accepted_at=lead.accepted_at,
        accepted_by=lead.accepted_by,
        due_on=lead.due_on,
        extended_at=lead.extended_at,
        extended_by=lead.extended_by,
        decided_at=lead.decided_at,
        decided_by=lead.decided_by,
        refusal_reason=lead.refusal_reason,
        outcome=lead.outcome,
        closed_at=lead.closed_at,
        closed_by=lead.closed_by,
        told_on=None if lead.open else tip.told_on,
    )


def next_lead(followers: Sequence[UUID], arrival: Sequence[UUID]) -> UUID | None:
    """Return the follower that arrived first; it leads when the lead was withdrawn."""
    return next((tip for tip in arrival if tip in followers), None)


def earlier(first: UUID, second: UUID, arrival: Sequence[UUID]) -> tuple[UUID, UUID]:
    """Order two tips by their arrival, the earlier first."""
    return (first, second) if arrival.index(first) < arrival.index(second) else (second, first)


def months_overlap(first: tuple[str, str], second: tuple[str, str]) -> float:
    """Share of the shorter of two periods, given as first and last month ``YYYY-MM``, that the other covers."""
    spans = [tuple(_month(text) for text in period) for period in (first, second)]
    together = min(span[1] for span in spans) - max(span[0] for span in spans) + 1
    shorter = min(span[1] - span[0] + 1 for span in spans)
    return max(0, together) / shorter if shorter > 0 else 0.0


def _month(text: str) -> int:
    day = date.fromisoformat(f"{text}-01")
    return day.year * 12 + day.month
