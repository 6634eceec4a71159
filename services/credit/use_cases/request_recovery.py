"""Request recovery (恢复申请) from a suspension or a termination, from some working days before its end."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.matter import MatterKind, Phase
from services.credit.domain.measure import MeasureKind
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.standing import eligibility
from services.credit.domain.working_days import subtract_working_days
from services.credit.storage import matters, measures, register, sanctions
from services.credit.storage.matters import Matter
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_concern_practitioner
from services.credit.use_cases.open_matters import Opening, open_matter
from services.credit.use_cases.procedure_refusal import conflicting, malformed, missing
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal
from services.kit.workdays import is_working_day


@dataclass(frozen=True, slots=True)
class RecoveryRequest:
    """A request as the institution passed it on."""

    sanction_id: UUID
    """The sanction the measure rests on."""
    on: date
    """Day on which the agency received it."""
    institution_agrees: bool
    commitment_signed_on: date | None
    """Termination: day of the new service commitment (服务承诺)."""


class RequestRecovery:
    """Opens the matter that the agency evaluates; a granted one after termination is a new registration."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, code: str, request: RecoveryRequest, officer: Principal) -> Matter:
        """Open the matter.

        Raises NotFound, Forbidden, Malformed for a request incomplete in itself, and Conflict for one too early, one
        that is open already, and a measure that does not decide at the moment (医保办发〔2024〕34号 Art. 39).
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
            if request.on > business_date(now):
                raise malformed("step_in_future", "/on")
            stated = (await measures.standing(session, [code]))[code]
            target = next((one.measure for one in stated if one.measure.sanction_id == request.sanction_id), None)
            sanction = await sanctions.find(session, request.sanction_id)
            if target is None or sanction is None:
                raise conflicting("measure_unknown")
            if eligibility([one.measure for one in stated], now).measure != target:
                raise conflicting("measure_not_deciding")
            if target.kind is MeasureKind.TERMINATION and request.commitment_signed_on is None:
                raise malformed("commitment_missing", "/commitment_signed_on")
            policy = _policy(self._book, request.on)
            lead = policy.points.procedure.recovery_lead.working_days
            if request.on < subtract_working_days(business_date(target.effective_until), lead, is_working_day):
                raise conflicting("recovery_early")
            for matter in await matters.of_practitioner(session, code):
                if (matter.state.kind, matter.state.phase) == (MatterKind.RECOVERY, Phase.OPEN):
                    raise conflicting("recovery_open")
            commitment = request.commitment_signed_on
            opening = Opening(
                kind=MatterKind.RECOVERY,
                practitioner_code=code,
                institution_code=sanction.institution_code,
                sanction_id=request.sanction_id,
                on=request.on,
                details={} if commitment is None else {"commitment_signed_on": commitment.isoformat()},
            )
            return await open_matter(session, opening, policy, now=now, by=officer.subject)


def _policy(book: PolicyBook, day: date) -> Policy:
    try:
        return book.on(day)
    except NoPolicyInForceError:
        raise conflicting("no_policy_in_force") from None
