"""Annul a sanction that was set aside: the points it carried fall, and all that followed, once."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import standing_entries
from services.credit.domain.policy import PolicyBook
from services.credit.events import annulled
from services.credit.storage import agreement_links, points, register, sanctions, scores
from services.credit.storage.sanctions import Annulment
from services.credit.use_cases.counter_points import Cause, counter_points, lapse
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.procedure_refusal import conflicting, malformed, missing
from services.credit.use_cases.refresh_ratings import Cause as RatingCause
from services.credit.use_cases.refresh_ratings import RefreshRatings
from services.credit.use_cases.restate_measures import restate_measures
from services.credit.use_cases.tie_to_agreement import untie
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.principal import Principal
from services.kit.telemetry import current_traceparent


@dataclass(frozen=True, slots=True)
class AnnulmentRequest:
    """The decision that set a sanction aside."""

    deciding_authority: str
    document_number: str
    annulled_on: date


class AnnulSanction:
    """Undoes a sanction; without it nobody is scored, so what rested on it has no ground."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, sanction_id: UUID, request: AnnulmentRequest, officer: Principal) -> Annulment:
        """Annul and return the annulment; repeating it is harmless.

        Raises NotFound, Forbidden, Malformed for a day in the future or before the sanction, and Conflict when another
        document annulled it.
        """
        async with self._database.transaction() as session:
            found = await sanctions.find(session, sanction_id)
            if found is None:
                raise missing("sanction_unknown")
            await must_govern(session, officer, found.institution_code)
            await sanctions.hold(session, sanction_id)
            codes = {entry.practitioner_code for entry in await points.of_sanction(session, sanction_id)}
            codes |= await agreement_links.practitioners_of(session, sanction_id)
            await scores.lock(session, [found.institution_code])
            await register.find_practitioners(session, codes, lock=True)
            now = self._clock.now()
            if request.annulled_on > business_date(now):
                raise malformed("step_in_future", "/annulled_on")
            if request.annulled_on < found.decided_on:
                raise malformed("step_before_last", "/annulled_on")
            annulment = Annulment(
                sanction_id=sanction_id,
                deciding_authority=request.deciding_authority,
                document_number=request.document_number,
                annulled_on=request.annulled_on,
                recorded_at=now,
                recorded_by=officer.subject,
            )
            if not await sanctions.annul(session, annulment):
                standing = await sanctions.annulment(session, sanction_id)
                if standing is None or replace(annulment, recorded_at=standing.recorded_at) != replace(
                    standing, recorded_by=officer.subject
                ):
                    raise conflicting("annulment_differs")
                return standing
            cause = Cause(sanction_id, "sanction_annulled", current_traceparent())
            events: list[OutgoingEvent] = []
            ledgers = await points.of_practitioners(session, codes)
            for code in sorted(codes):
                fallen = [entry for entry in standing_entries(ledgers[code]) if entry.sanction_id == sanction_id]
                events += await counter_points(session, ledgers[code], fallen, lambda _: cause, self._book, now=now)
                if await untie(session, code, sanction_id, cause_id=cause.cause_id, cause_kind=cause.kind, now=now):
                    facts = await restate_measures(session, code, ledgers[code], self._book, now=now)
                    events += [outgoing(fact, now=now) for fact in facts]
                    await lapse(session, code, sanction_id, cause, self._book, now=now)
            await RefreshRatings(self._book.ratings)(
                session, [found.institution_code], [found.decided_on.year], RatingCause(officer.subject, now)
            )
            fact = annulled(sanction_id, found.institution_code, annulled_on=annulment.annulled_on, recorded_at=now)
            await outbox.add(session, [outgoing(fact, now=now), *events])
        return annulment
