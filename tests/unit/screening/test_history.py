"""What a batch asks for and what a claim leaves: reading exactly that must change nothing."""

from datetime import timedelta

from services.screening.domain.history import CodeSale, History, needs, remember
from services.screening.domain.plan import compile_plan
from services.screening.domain.position import position
from services.screening.domain.rulebook import parse_rulebook
from services.screening.rulebooks import read_rulebook
from tests.unit.screening.claims import (
    HERB,
    NOON,
    OTHER_SERVICE,
    SERVICE,
    UNLISTED,
    claim,
    line,
    plan_of,
    point,
    ref,
    stay,
)

DAY = timedelta(days=1)
BUNDLED = compile_plan(parse_rulebook(read_rulebook()))


class TestNeeds:
    def test_a_pair_asks_for_the_partner_of_what_the_claim_holds(self) -> None:
        plan = plan_of("exclusive_items", point([SERVICE], others=[OTHER_SERVICE], when={"window": "day"}))
        assert needs(plan, [claim(line(SERVICE))]).lines == {("a" * 32, OTHER_SERVICE)}
        assert needs(plan, [claim(line(OTHER_SERVICE))]).lines == {("a" * 32, SERVICE)}
        assert needs(plan, [claim(line(UNLISTED))]).lines == frozenset()
        assert needs(plan, [claim(line(UNLISTED))]).since is None

    def test_it_looks_back_as_far_as_the_longest_window_of_the_earliest_claim(self) -> None:
        plan = plan_of("frequency", point([SERVICE], when={"window": "rolling", "limit": 1, "days": 14}))
        early = claim(line(SERVICE, charged_at=NOON - 3 * DAY), started_at=NOON - 2 * DAY)
        since = needs(plan, [claim(line(SERVICE)), early]).since
        assert since is not None
        assert since <= NOON - 3 * DAY - 13 * DAY
        assert plan.remembered_days == 14

    def test_only_what_a_check_asks_for_is_asked(self) -> None:
        plan = plan_of("sex", point(when={"sex": "male"}))
        asked = needs(plan, [stay(line(UNLISTED, traceability_codes=("1",), practitioner_code="D1"))])
        assert not any((asked.lines, asked.visits, asked.traceability_codes, asked.practitioners))

    def test_stays_codes_and_practitioners_of_the_batch_are_asked_for(self) -> None:
        inpatient = stay(line(UNLISTED, traceability_codes=("1", "2"), practitioner_code="D1"))
        herb = claim(line(HERB, traceability_codes=("3",)), insured_ref="b" * 32, practitioner_code=None)
        asked = needs(BUNDLED, [inpatient, herb])
        assert asked.visits == {"a" * 32, "b" * 32}
        assert asked.visits_since == NOON - 91 * DAY
        assert asked.traceability_codes == {"1", "2"}
        assert asked.practitioners == {"D1", "D350100000001"}


class TestRemember:
    def test_only_items_that_a_check_asks_about_are_kept(self) -> None:
        plan = plan_of("exclusive_items", point([SERVICE], others=[OTHER_SERVICE], when={"window": "day"}))
        left = remember(plan, claim(line(SERVICE), line(UNLISTED), line(OTHER_SERVICE, quantity=-1)))
        assert [(one.item_code, one.quantity_e4, one.line_number) for one in left.lines] == [
            (SERVICE, 10_000, 1),
            (OTHER_SERVICE, -10_000, 3),
        ]
        assert plan.remembers(SERVICE)
        assert not plan.remembers(UNLISTED)
        assert (left.visits, left.sales) == ((), ())

    def test_inpatients_leave_a_stay_and_packs_leave_a_sale(self) -> None:
        settled = stay(line(UNLISTED, traceability_codes=("1",), split_pack=True))
        left = remember(BUNDLED, settled)
        placed = position("H35010000001", "claim", settled.settled_at)
        assert [(one.settlement_ref, one.position) for one in left.visits] == [(ref("claim"), placed)]
        assert left.sales == (CodeSale("1", "a" * 32, ref("claim"), "H35010000001", 1, NOON, True, False, placed),)

    def test_visits_nobody_asks_for_are_not_kept_and_herbs_leave_no_sale(self) -> None:
        plan = plan_of("overlapping_stays")
        left = remember(plan, claim(line(HERB, traceability_codes=("1",))))
        assert (left.visits, left.sales) == ((), ())
        assert remember(BUNDLED, claim(line(HERB, traceability_codes=("1",)))).sales == ()
        assert len(remember(plan, stay(line(HERB))).visits) == 1

    def test_a_history_keeps_what_it_was_given(self) -> None:
        history = History()
        history.add_claim(stay(line(SERVICE, traceability_codes=("1",))), BUNDLED)
        assert [one.item_code for one in history.lines_of("a" * 32)[SERVICE]] == [SERVICE]
        assert len(history.visits_of("a" * 32)) == 1
        assert len(history.sales_of("1")) == 1
        history.remove(ref("claim"))
        assert not history.lines_of("a" * 32)
        assert not history.visits_of("a" * 32)
        assert not history.sales_of("1")
