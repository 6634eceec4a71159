"""Restate a practitioner's measures: what the ledger now says, less what others were told, becomes facts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts import Fact
from services.credit.domain.agreement import linked_measures
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.measure import StatedMeasure, measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.restatement import restate
from services.credit.events import ended_early, imposed, reinstated
from services.credit.storage import agreement_links, terms
from services.credit.storage import measures as measure_storage
from services.credit.telemetry import measures as measures_counter
from services.kit.ids import new_id


async def restate_measures(
    session: AsyncSession, practitioner_code: str, ledger: Sequence[PointsEntry], book: PolicyBook, *, now: datetime
) -> list[Fact]:
    """Bring the stated measures in line with the whole ledger; the practitioner's row is locked by the caller.

    Returns the facts to publish, ends before beginnings. Nothing is said of a measure that stands as it did. Raises
    NoPolicyInForceError when the ledger names a version that is not installed.
    """
    changes = (await terms.of_practitioners(session, [practitioner_code]))[practitioner_code]
    told = (await measure_storage.standing(session, [practitioner_code]))[practitioner_code]
    links = (await agreement_links.of_practitioners(session, [practitioner_code]))[practitioner_code]
    difference = restate(told, [*measures(ledger, book, changes), *linked_measures(links, changes)])
    new = [StatedMeasure(new_id(), practitioner_code, measure) for measure in difference.new]
    await measure_storage.undo(session, [stated.measure_id for stated in difference.undone], now=now)
    await measure_storage.ease(session, difference.eased)
    await measure_storage.add(session, new, now=now)
    for act, changed in (("undone", difference.undone), ("eased", difference.eased), ("stated", new)):
        for stated in changed:
            measures_counter.add(1, {"kind": stated.measure.kind.value, "act": act})
    return [
        *(reinstated(stated) for stated in difference.undone),
        *(ended_early(stated) for stated in difference.eased),
        *(imposed(stated) for stated in new),
    ]
