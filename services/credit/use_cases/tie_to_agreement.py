"""Tie responsible persons to an agreement's end, and untie them when that loses its ground (Art. 34)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.agreement import AgreementLink, link_end, standing_links
from services.credit.domain.ledger import PointsEntry, standing_entries
from services.credit.domain.policy import Policy
from services.credit.domain.sanction import Sanction
from services.credit.storage import agreement_links
from services.kit.ids import new_id


async def tie_to_agreement(
    session: AsyncSession, sanction: Sanction, code: str, policy: Policy, *, now: datetime
) -> None:
    """Store what a sanction that ends an agreement means for a person it holds responsible; the caller restates."""
    if sanction.agreement is None:
        return
    end = link_end(sanction.agreement, sanction.agreement_until, policy.points, now)
    if end is None:
        return
    kind, until = end
    link = AgreementLink(
        link_id=new_id(),
        practitioner_code=code,
        sanction_id=sanction.sanction_id,
        kind=kind,
        effective_until=until,
        recorded_at=now,
        policy_version=policy.version,
    )
    await agreement_links.add(session, [link])


async def untie(
    session: AsyncSession, code: str, sanction_id: UUID, *, cause_id: UUID, cause_kind: str, now: datetime
) -> bool:
    """Take a person's tie under a sanction back, once; tell whether there was one. The caller restates."""
    held = standing_links((await agreement_links.of_practitioners(session, [code]))[code])
    fallen = [one for one in held if one.sanction_id == sanction_id]
    counters = [
        replace(
            one,
            link_id=new_id(),
            recorded_at=now,
            counters_link_id=one.link_id,
            cause_id=cause_id,
            cause_kind=cause_kind,
        )
        for one in fallen
    ]
    await agreement_links.add(session, counters)
    return bool(counters)


async def untie_groundless(
    session: AsyncSession, code: str, ledger: Sequence[PointsEntry], counters: Sequence[PointsEntry], *, now: datetime
) -> None:
    """Untie a person from sanctions under which no violation is left: who did nothing is not responsible."""
    left = {entry.sanction_id for entry in standing_entries(ledger)}
    for counter in {one.sanction_id: one for one in counters if one.sanction_id not in left}.values():
        if counter.cause_id is not None and counter.cause_kind is not None:
            await untie(
                session, code, counter.sanction_id, cause_id=counter.cause_id, cause_kind=counter.cause_kind, now=now
            )
