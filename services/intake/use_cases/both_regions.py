"""Settlements that concern two regions: noted as such, and taken once when both regions report them.

The hospital posts its settlement; the platform of the place of insurance reports it too, under an id of its own. Both
carry the id that the sender gave the message (``medins_setl_id``). The report that comes first stands and is stated;
one that comes second is linked to it, answered like a resend, and marked where its amounts differ.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.jurisdiction import jurisdiction
from services.intake.domain.problem import Problem
from services.intake.domain.settlement import PostedSettlement
from services.intake.storage import cross_region
from services.intake.storage.cross_region import Amounts, SecondReport
from services.intake.storage.settlements import Key

DIFFERS = Problem("/total_fen", "reports_differ")


class Report(NamedTuple):
    """What a settlement says beyond one region."""

    key: Key
    sender_settlement_id: str | None
    abroad: tuple[str, str] | None
    """Region of treatment and region of insurance, where they differ."""
    amounts: Amounts


def report_of(settlement: PostedSettlement, treatment_region: str) -> Report | None:
    """Return what concerns two regions; None for most settlements, so that they pay nothing for the others."""
    regions = None
    if treatment_region != settlement.insured_region:
        judged = jurisdiction(treatment_region=treatment_region, insured_region=settlement.insured_region)
        regions = (judged.supervising, judged.paying) if judged.crosses else None
    if settlement.sender_settlement_id is None and regions is None:
        return None
    return Report(
        (settlement.institution_code, settlement.settlement_id),
        settlement.sender_settlement_id,
        regions,
        Amounts(settlement.total_fen, settlement.fund_paid_fen, settlement.account_paid_fen, settlement.cash_paid_fen),
    )


async def second_reports(session: AsyncSession, reports: Sequence[Report]) -> dict[Key, Key]:
    """Return the reports that come second, with the key of the one that stands; called before settlements are stored.

    The claim is of a settlement id and not of our ref: whatever then becomes of the report, something stands under that
    id when the transaction ends.
    """
    identities: dict[tuple[str, str], str] = {}
    for one in reports:
        if one.sender_settlement_id is not None:
            identities.setdefault((one.key[0], one.sender_settlement_id), one.key[1])
    if not identities:
        return {}
    claimed = await cross_region.claim(session, identities)
    return {
        one.key: (one.key[0], standing)
        for one in reports
        if one.sender_settlement_id is not None
        and (standing := claimed[one.key[0], one.sender_settlement_id]) != one.key[1]
    }


async def link(
    session: AsyncSession, reports: Sequence[Report], second: dict[Key, Key], *, now: datetime
) -> dict[Key, list[Problem]]:
    """Keep the reports that came second; return what each is marked with."""
    stood = await cross_region.amounts_of(session, set(second.values()))
    linked = {
        one.key: SecondReport(one.key, second[one.key][1], one.amounts, differs=stood[second[one.key]] != one.amounts)
        for one in reports
        if one.key in second
    }
    await cross_region.link(session, list(linked.values()), now=now)
    return {key: [DIFFERS] if one.differs else [] for key, one in linked.items()}


async def note_abroad(session: AsyncSession, taken: Sequence[tuple[UUID, Report]]) -> None:
    """Note which of the settlements that were taken are away from their place of insurance."""
    abroad = [(ref, *report.abroad) for ref, report in taken if report.abroad is not None]
    if abroad:
        await cross_region.note_abroad(session, abroad)
