"""Responsible persons follow the agreement (医保办发〔2024〕34号 Art. 34): by a sanction that names them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.contracts.intake import InstitutionChanged
from services.credit.domain.agreement import AgreementEffect
from services.credit.domain.matter import StepKind
from services.credit.domain.sanction import ResponsiblePerson
from services.credit.domain.standing import Status
from services.credit.use_cases.annul_sanction import AnnulmentRequest
from services.credit.use_cases.request_recovery import RecoveryRequest
from services.credit.use_cases.take_step import StepRequest
from services.credit.wiring import (
    build_annul_sanction,
    build_read_eligibility,
    build_read_practitioners,
    build_request_recovery,
    build_take_step,
)
from services.kit.errors import Conflict, Malformed
from tests.integration.credit.service import HOSPITAL, OFFICER, PHYSICIAN, sanction_of

NURSE = "D110105000002"
BYSTANDER = "D110105000003"
END = date(2026, 6, 30)
SUSPENDED_UNTIL = datetime(2026, 6, 30, 16, tzinfo=UTC)


async def status(credit, code=PHYSICIAN, at=None):
    (answer,) = await build_read_eligibility(credit.resources)([code], OFFICER, at=at)
    return answer.eligibility.status


async def ended(credit, effect=AgreementEffect.SUSPENDED, *, until=END, points=2, tied=(NURSE,)):
    """Record a sanction that ends the agreement, with one person scored and others only tied."""
    await credit.register(PHYSICIAN, NURSE, BYSTANDER)
    (finding,) = await credit.findings()
    made = sanction_of(points, finding, decided_on=credit.today())
    made = replace(
        made,
        agreement=effect,
        agreement_until=until if effect is AgreementEffect.SUSPENDED else None,
        persons=(*made.persons, *(ResponsiblePerson(code, ()) for code in tied)),
    )
    await credit.sanction(made)
    return made, finding


async def test_responsible_persons_are_suspended_as_long_as_the_agreement_and_others_stay(credit):
    await ended(credit)
    assert [await status(credit, code) for code in (PHYSICIAN, NURSE, BYSTANDER)] == [
        Status.SUSPENDED,
        Status.SUSPENDED,
        Status.ELIGIBLE,
    ]
    told = await credit.said(PractitionerSuspended)
    assert {(fact.practitioner_code, fact.effective_until) for fact in told} == {
        (PHYSICIAN, SUSPENDED_UNTIL),
        (NURSE, SUSPENDED_UNTIL),
    }
    assert await status(credit, NURSE, SUSPENDED_UNTIL - timedelta(seconds=1)) is Status.SUSPENDED
    assert await status(credit, NURSE, SUSPENDED_UNTIL) is Status.ELIGIBLE
    assert (
        await credit.number(
            "select coalesce(sum(points), 0) from points_entry where practitioner_code = 'D110105000002'"
        )
        == 0
    )


async def test_a_terminated_agreement_terminates_them_until_a_new_registration(credit):
    await ended(credit, AgreementEffect.TERMINATED)
    told = await credit.said(PractitionerTerminated)
    assert {fact.no_registration_until for fact in told} == {datetime(2027, 3, 10, 2, tzinfo=UTC)}
    assert await status(credit, NURSE, datetime(2029, 1, 1, tzinfo=UTC)) is Status.TERMINATED


async def test_after_the_ban_a_new_registration_ends_a_tie(credit):
    made, _ = await ended(credit, AgreementEffect.TERMINATED)
    credit.clock.advance(timedelta(days=366))
    request = RecoveryRequest(
        made.sanction_id, credit.today(), institution_agrees=True, commitment_signed_on=credit.today()
    )
    matter = await build_request_recovery(credit.resources)(NURSE, request, OFFICER)
    await build_take_step(credit.resources)(matter.matter_id, StepRequest(StepKind.GRANTED, credit.today()), OFFICER)
    assert await status(credit, NURSE) is Status.ELIGIBLE
    assert await status(credit, PHYSICIAN) is Status.TERMINATED


async def test_an_annulled_sanction_takes_every_tie_back_from_its_beginning(credit):
    made, _ = await ended(credit)
    credit.clock.advance(timedelta(days=3))
    annulment = AnnulmentRequest("某市人民法院", "判1号", credit.today())
    for _ in range(2):
        await build_annul_sanction(credit.resources)(made.sanction_id, annulment, OFFICER)
    assert await status(credit, NURSE) is Status.ELIGIBLE
    assert await status(credit, PHYSICIAN) is Status.ELIGIBLE
    assert len(await credit.said(PractitionerReinstated)) == 2
    assert await credit.number("select count(*) from agreement_link where counters_link_id is not null") == 2
    assert await credit.number("select count(*) from matter where phase = 'lapsed'") == 2


async def test_who_loses_the_last_violation_is_not_responsible_any_more(credit):
    _, finding = await ended(credit)
    await credit.tell(credit.overturning(finding))
    assert await status(credit, PHYSICIAN) is Status.ELIGIBLE
    assert await status(credit, NURSE) is Status.SUSPENDED, "named by the authority, not by the finding"


async def test_an_upheld_objection_unties_who_had_no_violation(credit):
    await ended(credit)
    (row,) = await credit.rows(f"select matter_id from matter where practitioner_code = '{NURSE}'")
    step, today = build_take_step(credit.resources), credit.today()
    for request in (
        StepRequest(StepKind.NOTICE_ISSUED, today, document_number="通知1号"),
        StepRequest(StepKind.NOTICE_DELIVERED, today),
        StepRequest(StepKind.OBJECTION_FILED, today, signed_and_stamped=True),
        StepRequest(StepKind.OBJECTION_UPHELD, today),
    ):
        await step(row.matter_id, request, OFFICER)
    assert await status(credit, NURSE) is Status.ELIGIBLE
    assert await status(credit, PHYSICIAN) is Status.SUSPENDED


async def test_points_and_the_agreement_each_keep_their_own_end(credit):
    made, finding = await ended(credit, points=9, until=date(2026, 3, 20))
    file = await build_read_practitioners(credit.resources).one(PHYSICIAN, OFFICER, at=None, known_at=None)
    assert [(one.points, one.effective_until) for one in file.standing.measures] == [
        (9, datetime(2026, 4, 10, 2, tzinfo=UTC)),
        (0, datetime(2026, 3, 20, 16, tzinfo=UTC)),
    ]
    assert file.standing.eligibility.until == datetime(2026, 4, 10, 2, tzinfo=UTC)
    earlier = await build_read_practitioners(credit.resources).one(
        PHYSICIAN, OFFICER, at=None, known_at=credit.clock.now() - timedelta(seconds=1)
    )
    assert earlier.standing.measures == ()
    assert made.agreement_until == date(2026, 3, 20)
    assert finding


async def test_an_agreement_suspension_that_is_over_when_recorded_ties_nobody(credit):
    credit.clock.advance(timedelta(days=200))
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    made = sanction_of(2, finding, decided_on=date(2026, 3, 1))
    await credit.sanction(replace(made, agreement=AgreementEffect.SUSPENDED, agreement_until=date(2026, 3, 31)))
    assert await status(credit) is Status.ELIGIBLE


async def test_the_registry_alone_suspends_nobody(credit):
    await credit.register(PHYSICIAN)
    await credit.tell(
        InstitutionChanged(
            institution_code=HOSPITAL,
            kind="hospital",
            level=3,
            region="110105",
            active=False,
            agreement_from=date(2025, 1, 1),
            agreement_until=date(2026, 3, 1),
        )
    )
    assert await status(credit) is Status.ELIGIBLE
    assert await credit.said() == []


@pytest.mark.parametrize(
    ("effect", "until", "code"),
    [
        (AgreementEffect.SUSPENDED, None, "agreement_end_misstated"),
        (AgreementEffect.SUSPENDED, date(2026, 3, 9), "agreement_end_misstated"),
        (AgreementEffect.TERMINATED, END, "agreement_end_misstated"),
        (None, None, "violation_missing"),
    ],
)
async def test_an_effect_misstated_is_refused_with_its_fault(credit, effect, until, code):
    await credit.register(PHYSICIAN)
    made = sanction_of(2, *(await credit.findings()), decided_on=credit.today())
    persons = (ResponsiblePerson(PHYSICIAN, ()),)
    with pytest.raises(Malformed) as refused:
        await credit.sanction(replace(made, agreement=effect, agreement_until=until, persons=persons))
    assert [field.code for field in refused.value.fields] == [code]


async def test_the_same_sanction_without_its_effect_is_a_different_one(credit):
    made, _ = await ended(credit)
    await credit.sanction(made)
    with pytest.raises(Conflict):
        await credit.sanction(replace(made, agreement=AgreementEffect.TERMINATED, agreement_until=None))
