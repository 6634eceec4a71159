"""Request repair (记分修复) of points or of a term, for a measure of the policy that the person completed."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.ledger import standing_entries
from services.credit.domain.matter import MatterKind
from services.credit.domain.policy import PolicyBook
from services.credit.domain.repair import in_repair_year
from services.credit.storage import measures, points, register, sanctions
from services.credit.storage.matters import Matter
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_concern_practitioner
from services.credit.use_cases.open_matters import Opening, open_matter
from services.credit.use_cases.procedure_refusal import conflicting, malformed, missing
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """A request as the institution passed it on."""

    sanction_id: UUID
    """The sanction whose points or measure are to be eased."""
    entry_id: UUID | None
    """The entry whose points are to be reduced; None to have the measure's term shortened."""
    measure: str
    """Code of the measure of repair in the policy."""
    on: date
    institution_agrees: bool
    document_number: str | None
    """Proof of what was done."""


class RequestRepair:
    """Opens the matter that the agency re-checks; how much it repairs is settled when it is granted."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, code: str, request: RepairRequest, officer: Principal) -> Matter:
        """Open the matter.

        Raises NotFound, Forbidden, Malformed for a request incomplete in itself, and Conflict for points or a measure
        that do not stand, points of a past year, and a measure of repair the policy does not know (Art. 38).
        """
        must_be_free_of_person(officer)
        if not request.institution_agrees:
            raise malformed("institution_disagrees", "/institution_agrees")
        async with self._database.transaction() as session:
            people = await register.find_practitioners(session, [code], lock=True)
            must_concern_practitioner(officer, code, people.get(code))
            if code not in people:
                raise missing("practitioner_unknown")
            now = self._clock.now()
            today = business_date(now)
            if request.on > today:
                raise malformed("step_in_future", "/on")
            try:
                policy = self._book.on(request.on)
            except NoPolicyInForceError:
                raise conflicting("no_policy_in_force") from None
            if request.measure not in policy.points.repair.measures:
                raise malformed("repair_unknown", "/measure")
            sanction = await sanctions.find(session, request.sanction_id)
            if sanction is None:
                raise conflicting("sanction_unknown")
            if request.entry_id is None:
                stated = (await measures.standing(session, [code]))[code]
                if all(one.measure.sanction_id != request.sanction_id for one in stated):
                    raise conflicting("measure_unknown")
            else:
                ledger = standing_entries((await points.of_practitioners(session, [code]))[code])
                entry = next((one for one in ledger if one.entry_id == request.entry_id), None)
                if entry is None or entry.sanction_id != request.sanction_id or entry.repairs_entry_id is not None:
                    raise conflicting("entry_unknown")
                if not in_repair_year(entry, today):
                    raise conflicting("repair_year_over")
            opening = Opening(
                kind=MatterKind.REPAIR,
                practitioner_code=code,
                institution_code=sanction.institution_code,
                sanction_id=request.sanction_id,
                on=request.on,
                entry_id=request.entry_id,
                repair_measure=request.measure,
                document_number=request.document_number,
            )
            return await open_matter(session, opening, policy, now=now, by=officer.subject)
