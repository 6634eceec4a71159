"""Fees after a death: the day of death is one of life, the day after is not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.screening.domain.history import Death, History, needs
from services.screening.domain.joint_memory import JointMemory
from services.screening.domain.judgeable import barred, reads
from services.screening.domain.precheck import precheck
from tests.unit.screening.claims import NOON, SERVICE, claim, findings, line, plan_of, screened, stay

DAY = timedelta(days=1)
DIED = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
"""The end of that day in Shanghai."""
STATED = datetime(2026, 3, 19, 17, 0, tzinfo=UTC)


def known(died_on=DIED, source="卫生健康委", stated_at=STATED, person="a" * 32):
    return History(deaths=[Death(person, died_on, source, stated_at)])


class TestServiceAfterDeath:
    plan = plan_of("service_after_death")

    @pytest.mark.parametrize(
        ("charged_at", "lines"),
        [(NOON - DAY, ()), (MIDNIGHT - timedelta(seconds=1), ()), (MIDNIGHT, (1,)), (NOON + 300 * DAY, (1,))],
    )
    def test_the_day_of_death_is_allowed_to_its_last_second_and_the_day_after_is_not(self, charged_at, lines) -> None:
        found = findings(self.plan, claim(line(charged_at=charged_at)), history=known())
        assert [one.line_numbers for one in found] == ([lines] if lines else [])

    def test_a_stay_that_ends_by_death_keeps_its_days_and_loses_what_is_charged_behind_them(self) -> None:
        days = [line(SERVICE, charged_at=NOON + offset * DAY) for offset in (-2, -1, 0)]
        ended = stay(*days, started_at=NOON - 2 * DAY, ended_at=MIDNIGHT + timedelta(hours=3))
        assert findings(self.plan, ended, history=known()) == []
        later = stay(*days, line(charged_at=NOON + DAY), started_at=NOON - 2 * DAY, ended_at=NOON + DAY)
        (found,) = findings(self.plan, later, history=known())
        assert (found.line_numbers, found.amount_at_issue_fen, found.severity) == ((4,), 10_000, "violation")

    def test_what_was_taken_back_is_not_held_against_anybody(self) -> None:
        back = line(charged_at=NOON + DAY, quantity=-1)
        assert findings(self.plan, claim(line(charged_at=NOON + DAY), back), history=known()) == []

    def test_the_evidence_names_the_source_of_the_registry_and_the_days(self) -> None:
        (found,) = findings(
            self.plan, claim(*(line(charged_at=NOON + days * DAY) for days in (1, 3, 2))), history=known()
        )
        assert found.values == {
            "death_date": "2026-03-10",
            "tolerance_days": 0,
            "days_after": 3,
            "registry_source": "卫生健康委",
            "registry_stated_on": "2026-03-20",
        }
        assert "卫生健康委" in found.text_zh
        assert "2026-03-10" in found.text_zh
        assert "stated on 2026-03-20" in found.text_en

    def test_a_registry_that_does_not_say_who_says_so_is_enough(self) -> None:
        (found,) = findings(self.plan, claim(line(charged_at=NOON + DAY)), history=known(source=None, stated_at=None))
        assert found.values.keys() == {"death_date", "tolerance_days", "days_after"}
        assert found.text_zh.endswith("（死亡日期2026-03-10）。")

    def test_somebody_else_and_somebody_alive_are_not_meant(self) -> None:
        after = claim(line(charged_at=NOON + DAY))
        assert findings(self.plan, after, history=known(person="b" * 32)) == []
        assert findings(self.plan, after) == []

    @pytest.mark.parametrize(("days", "found"), [(2, 0), (3, 1)])
    def test_a_region_may_let_late_booking_pass(self, days, found) -> None:
        plan = plan_of("service_after_death", parameters={"tolerance_days": 2})
        assert len(findings(plan, claim(line(charged_at=NOON + days * DAY)), history=known())) == found

    def test_another_word_about_the_death_is_another_objection(self) -> None:
        after = claim(line(charged_at=NOON + 9 * DAY))
        prints = {
            findings(self.plan, after, history=history)[0].fingerprint
            for history in (
                known(),
                known(date(2026, 3, 11)),
                known(source="公安"),
                known(stated_at=STATED + 3 * DAY),
            )
        }
        assert len(prints) == 4

    def test_a_pre_check_of_somebody_unknown_says_that_it_was_not_judged(self) -> None:
        ((placement,),) = set(self.plan.every_claim.values())
        assert reads(placement) == {"person"}
        assert barred(placement, {"person"})
        told = precheck(self.plan, claim(line(charged_at=NOON + DAY)), known(), unknown=frozenset({"person"}))
        assert told.screening.findings == ()
        assert [(one.missing, one.in_part) for one in told.not_judged] == [(("person",), False)]


class TestHistory:
    def test_deaths_are_asked_for_by_a_plan_that_checks_them_and_by_no_other(self) -> None:
        asking, other = plan_of("service_after_death"), plan_of("line_record")
        batch = [claim(line()), claim(line(), insured_ref="b" * 32), claim(line())]
        assert needs(asking, batch).persons == {"a" * 32, "b" * 32}
        assert needs(other, batch).persons == frozenset()
        assert needs(JointMemory.of(other, asking), batch).persons == {"a" * 32, "b" * 32}
        assert needs(other, batch).joined(needs(asking, batch[:1])).persons == {"a" * 32}

    def test_the_order_of_claims_does_not_matter_to_it(self) -> None:
        plan = plan_of("service_after_death")
        early, late = claim(line(), name="early"), claim(line(charged_at=NOON + DAY), name="late")
        forward = screened(plan, early, late, history=known())
        backward = screened(plan, late, early, history=known())
        assert [len(one.findings) for one in forward] == [0, 1]
        assert [len(one.findings) for one in backward] == [1, 0]
