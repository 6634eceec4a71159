"""The algebra of screening, over random claims against the whole bundled rulebook."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.intake import SettlementAccepted, SettlementLine
from services.screening.domain.engine import Screening, screen
from services.screening.domain.finding import Finding
from services.screening.domain.history import Death, History, Ineligibility
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.rulebooks import read_rulebook
from tests.unit.screening.claims import NOON, OTHER_HOSPITAL, UNLISTED, claim, line, plan_of, point, ref, screened, stay

PLAN = compile_plan(parse_rulebook(read_rulebook()))
SUSPENDED = "D350100000009"
DIED_ON = date(2026, 3, 12)


def _some_codes() -> list[str]:
    """A few items of every knowledge point kind, so that random claims meet many checks."""
    chosen: dict[str, list[str]] = {}
    for one in PLAN.rulebook.points:
        known = chosen.setdefault(one.rule_code, [])
        if len(known) < 4:
            known += (one.item_codes[:1] + one.other_codes[:1])[:2]
    return sorted({code for codes in chosen.values() for code in codes})


CODES = _some_codes()

lines = st.builds(
    lambda code, hours, quantity, price, practitioner, pack, split: line(
        code,
        charged_at=NOON + timedelta(hours=hours),
        quantity=quantity,
        unit_price_e4=price * 10_000,
        practitioner_code=practitioner,
        traceability_codes=() if pack is None else (f"8{pack:019d}",),
        split_pack=split,
    ),
    st.sampled_from([*CODES, UNLISTED]),
    st.integers(-30, 150),
    st.sampled_from([-1, 1, 1, 1, 2, 25]),
    st.integers(100, 40_000),
    st.sampled_from([None, SUSPENDED, "D350100000002"]),
    st.sampled_from([None, None, 1, 2, 3]),
    st.booleans(),
)

people: dict[str, Any] = {
    "sex": st.sampled_from(["male", "female", "unknown"]),
    "age_days": st.sampled_from([None, 10, 2000, 20_000]),
    "level": st.sampled_from([0, 1, 2, 3]),
    "institution": st.sampled_from(["H35010000001", OTHER_HOSPITAL]),
    "medical_type": st.sampled_from(["11", "21", "52"]),
    "fund_fen": st.sampled_from([0, 100]),
    "diagnosis_codes": st.sampled_from([(), ("N40.x00",), ("O82.000", "D25.900")]),
}


@st.composite
def claims(draw: st.DrawFn, name: str = "claim") -> SettlementAccepted:
    """A claim of a few lines of one and the same person."""
    given_lines = draw(st.lists(lines, min_size=1, max_size=6))
    given_person = {field: draw(strategy) for field, strategy in people.items()}
    given_person["settled_at"] = NOON + timedelta(days=10 if name == "claim" else 1)
    if draw(st.booleans()):
        return stay(*given_lines, name=name, **given_person)
    setting = draw(st.sampled_from(["outpatient", "emergency", "pharmacy"]))
    return claim(*given_lines, name=name, care_setting=setting, **given_person)


def history(*earlier: SettlementAccepted) -> History:
    """What earlier claims left, one suspended practitioner, and the person's death in the middle of it all."""
    known = History(
        ineligibilities=[Ineligibility(SUSPENDED, ref("measure"), NOON, None)],
        deaths=[Death("a" * 32, DIED_ON, "卫生健康委", NOON)],
    )
    for one in earlier:
        known.add_claim(one, PLAN)
    return known


def reordered(one: SettlementAccepted, new_lines: tuple[SettlementLine, ...]) -> SettlementAccepted:
    """The same claim with these lines."""
    values = {field: getattr(one, field) for field in one.__struct_fields__}
    return SettlementAccepted(**values | {"lines": new_lines})


def screened_once(one: SettlementAccepted, *earlier: SettlementAccepted) -> Screening:
    """Screen against the bundled rulebook; no check may fail on any claim."""
    result = screen(PLAN, one, history(*earlier))
    assert result.failures == ()
    return result


WHOLE_VISIT = {"overlapping_stays", "split_stay", "idle_stay", "low_indication_admission", "line_record"}
"""Kinds to which no line is unrelated: they question everything charged in a visit, or every line on its own."""
OF_THE_WHOLE = {rule.code for rule in PLAN.rulebook.rules if rule.kind in WHOLE_VISIT}


def _of_items(found: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in found if finding.rule_code not in OF_THE_WHOLE]


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"), st.data())
def test_the_order_of_lines_does_not_show(one, earlier, data) -> None:
    shuffled = reordered(one, tuple(data.draw(st.permutations(one.lines))))
    assert screened_once(shuffled, earlier) == screened_once(one, earlier)


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"))
def test_an_unrelated_line_changes_nothing(one, earlier) -> None:
    unrelated = line("XZ99ZZZ999Z999999999999", number=99)
    more = screened_once(reordered(one, (*one.lines, unrelated)), earlier).findings
    assert _of_items(more) == _of_items(screened_once(one, earlier).findings)


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"))
def test_screening_twice_gives_the_same_even_when_the_claim_is_in_the_history(one, earlier) -> None:
    assert screened_once(one, earlier, one) == screened_once(one, earlier) == screened_once(one, earlier)


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"), claims("reversed"))
def test_reversal_takes_back_exactly_what_a_claim_left(one, earlier, gone) -> None:
    known = history(earlier, gone)
    known.remove(gone.settlement_ref)
    assert screen(PLAN, one, known) == screened_once(one, earlier)


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"))
def test_amounts_at_issue_never_exceed_the_lines(one, earlier) -> None:
    found = screened_once(one, earlier).findings
    at_issue = sum(finding.amount_at_issue_fen for finding in found)
    assert 0 <= at_issue <= sum(max(0, each.amount_fen) for each in one.lines)
    assert all(finding.amount_at_issue_fen >= 0 for finding in found)


@settings(deadline=None, max_examples=150)
@given(claims(), claims("earlier"))
def test_every_finding_has_its_own_fingerprint(one, earlier) -> None:
    found = screened_once(one, earlier).findings
    assert len({finding.fingerprint for finding in found}) == len(found)


FREQUENCY = plan_of("frequency", point(["001102000050000"], when={"window": "day", "limit": 3}))
PAIR = plan_of("exclusive_items", point(["001102000050000"], others=["001109000010100"], when={"window": "day"}))


@settings(deadline=None)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=6), st.data())
def test_splitting_a_claim_does_not_hide_a_frequency_breach(quantities, data) -> None:
    cut = data.draw(st.integers(1, len(quantities) - 1))
    all_lines = [line("001102000050000", quantity=quantity) for quantity in quantities]
    whole = screened(FREQUENCY, claim(*all_lines))
    parts = screened(FREQUENCY, claim(*all_lines[:cut], name="first"), claim(*all_lines[cut:], name="second"))
    amounts = [sum(f.amount_at_issue_fen for result in run for f in result.findings) for run in (whole, parts)]
    assert amounts[0] == amounts[1] == max(0, sum(quantities) - 3) * 10_000


@settings(deadline=None)
@given(st.permutations(["001102000050000", "001109000010100", UNLISTED]), st.integers(1, 2))
def test_splitting_a_claim_does_not_hide_a_pair(codes, cut) -> None:
    all_lines = [line(code) for code in codes]
    parts = screened(PAIR, claim(*all_lines[:cut], name="first"), claim(*all_lines[cut:], name="second"))
    assert sum(len(result.findings) for result in parts) == 1
