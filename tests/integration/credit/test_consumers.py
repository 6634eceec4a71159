"""Facts in: each has its effect once, however often and late it comes."""

from datetime import date, timedelta

from services.contracts.credit import InstitutionRated
from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.kit.ids import new_id
from tests.integration.credit.service import HOSPITAL, PHYSICIAN, TRACE


async def test_a_confirmed_finding_lowers_the_score_once_and_says_so(credit):
    await credit.register()
    event = credit.event(credit.confirmation(amount_fen=1_000_000), traceparent=TRACE)
    await credit.deliver(event)
    await credit.deliver(event)
    await credit.deliver(credit.event(event.data))
    (rated,) = await credit.said(InstitutionRated)
    assert (rated.institution_code, rated.score_e2, rated.tier) == (HOSPITAL, 9_800, "excellent")
    assert (rated.policy_version, rated.rated_at) == ("national-2024", credit.clock.now())
    assert await credit.number("select count(*) from score_entry") == 1


async def test_a_confirmed_finding_alone_gives_nobody_points(credit):
    await credit.register(PHYSICIAN)
    await credit.findings(30)
    assert await credit.number("select count(*) from points_entry") == 0


async def test_a_batch_rates_each_institution_once(credit):
    await credit.register()
    await credit.tell(*(credit.confirmation() for _ in range(21)))
    rated = await credit.said(InstitutionRated)
    assert [(fact.score_e2, fact.tier) for fact in rated] == [(8_950, "good")]


async def test_findings_of_another_year_do_not_move_this_years_score(credit):
    await credit.register()
    await credit.tell(credit.confirmation(confirmed_at=credit.clock.now() - timedelta(days=100)))
    (rated,) = await credit.said(InstitutionRated)
    assert rated.score_e2 == 10_000
    (row,) = await credit.rows("select year, delta_e2 from score_entry")
    assert (row.year, row.delta_e2) == (2025, -50)


async def test_a_tip_counts_once_under_whatever_event(credit):
    await credit.register()
    tip = new_id()
    await credit.tell(credit.tip(tip, 1_000_000), credit.tip(tip, 1_000_000))
    await credit.tell(credit.tip(tip, 1_000_000))
    assert [fact.score_e2 for fact in await credit.said(InstitutionRated)] == [9_700]
    assert await credit.number("select count(*) from score_entry") == 1


async def test_late_news_of_the_registry_does_not_replace_newer(credit):
    def institution(level: int) -> InstitutionChanged:
        return InstitutionChanged(
            institution_code=HOSPITAL,
            kind="hospital",
            level=level,
            region="110105",
            active=True,
            agreement_from=date(2025, 1, 1),
        )

    def practitioner(category: str) -> PractitionerChanged:
        return PractitionerChanged(
            practitioner_code=PHYSICIAN, category=category, institution_codes=(HOSPITAL,), active=True
        )

    earlier = credit.clock.now() - timedelta(minutes=1)
    await credit.deliver(credit.event(institution(3)))
    await credit.deliver(credit.event(institution(2), time=earlier))
    await credit.deliver(credit.event(practitioner("physician")))
    await credit.deliver(credit.event(practitioner("nurse"), time=earlier))
    assert await credit.number("select level from institution") == 3
    (row,) = await credit.rows("select category from practitioner")
    assert row.category == "physician"


async def test_the_newest_of_one_batch_stands(credit):
    def practitioner(*institutions: str) -> PractitionerChanged:
        return PractitionerChanged(
            practitioner_code=PHYSICIAN, category="physician", institution_codes=institutions, active=True
        )

    moved = credit.event(practitioner("H11010500002"))
    await credit.deliver(credit.event(practitioner(HOSPITAL)), moved)
    (row,) = await credit.rows("select institution_codes from practitioner")
    assert row.institution_codes == ["H11010500002"]
