"""Expressions of own rules: the language as its library evaluates it, its bounds, and the checks they become."""

from datetime import timedelta

import celpy
import pytest
from celpy import celtypes
from celpy.adapter import json_to_cel
from hypothesis import given, settings
from hypothesis import strategies as st

from services.screening.domain.case import Case
from services.screening.domain.expression import MOST_STEPS, TooManySteps, compile_expression
from services.screening.domain.expression_syntax import ExpressionError
from services.screening.domain.expression_values import BadOperation, NotTold
from services.screening.domain.history import History
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.domain.rules import RulebookError
from services.screening.expressions import parse_expression
from tests.unit.screening.claims import (
    DRUG,
    NOON,
    RULE,
    SERVICE,
    claim,
    document,
    findings,
    line,
    point,
    rule,
    screened,
)

CLAIM = claim(line(DRUG), line(SERVICE, quantity=3), line(DRUG, quantity=2), age_days=400)


def told(text, one=CLAIM, history=None):
    case = Case(one, one.lines, history or History())
    return compile_expression(parse_expression(text))(case, list(one.lines))[0]


def plan_with(expression, *points, **parameters):
    given_parameters = {"expression": expression, "text_zh": "不合规定。", "text_en": "against the rule.", **parameters}
    book = document([rule("expression", parameters=given_parameters)], points)
    return compile_plan(parse_rulebook(book), parse_expression)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claim.age_years < 2 && claim.sex == 'male'", True),
        ("claim.care_setting in ['inpatient', 'emergency']", False),
        ("lines.filter(l, l.item_kind == 'drug').size() == 2", True),
        ("lines.filter(l, l.quantity > 2.5).map(l, l.number)", [2]),
        ("lines.exists(l, lines.exists(m, m.number != l.number && m.item_code == l.item_code))", True),
        ("lines.all(l, l.amount_fen >= 10000)", True),
        ("lines.exists_one(l, l.quantity == 3.0)", True),
        ("lines.map(l, l.hour)[0] == 12", True),
        ("has(claim.department) ? true : claim.days == 1", True),
        ("claim.diagnosis_codes.exists(d, d.startsWith('J'))", False),
        ("double(lines[0].amount_fen) / 3.0 > 3333.3", True),
        ("!(1 + 2 * 3 == 7) || -7 / 2 == -3 && -7 % 2 == -1", True),
        ("'盒' + \"装\" == '盒装' && r'\\n'.size() == 2", True),
        ("true == 1", False),
        ("claim.practitioner_title == null", True),
        ("false && claim.practitioner_title < 'x'", False),
        ("claim.practitioner_title < 'x' || true", True),
    ],
)
def test_an_expression_says_what_it_should(text, expected) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("claim.agee_years > 1", 1),
        ("patient.age", 1),
        ("1 +", 3),
        ("claim.sex.matches('a+')", 1),
        ("lines.filter(l)", 1),
        ("lines.exists(l, lines.exists(m, lines.exists(n, true)))", 33),
        ("lines.exists(lines, true)", 1),
        ("history.quantity(claim.days)", 1),
        ("history.quantity(0)", 1),
        ("history.visits('anywhere', 3)", 1),
        ("open('/etc/passwd')", 1),
        ("claim.__class__", 1),
        ("{'a': 1}", 1),
        ("'\\q'", 1),
        ("99999999999999999999", 1),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(text, column) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(parse_expression(text))
    assert (refused.value.line, refused.value.column) == (1, column)


@pytest.mark.parametrize("text", ["1 + " * 600 + "1", "!(" * 400 + "true" + ")" * 400, " || ".join(["true"] * 150)])
def test_size_is_bounded(text) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(parse_expression(text))


def test_loops_are_counted_and_stop() -> None:
    many = claim(*[line(DRUG)] * 300)
    with pytest.raises(TooManySteps):
        told("lines.all(l, lines.all(m, m.number > 0))", many)
    case = Case(many, many.lines, History())
    _, steps = compile_expression(parse_expression("lines.all(l, l.number > 0)"))(case, [])
    assert steps == 300 < MOST_STEPS


@pytest.mark.parametrize(
    "text", ["claim.practitioner_title < 'a'", "lines[0].dose * 2.0 > 1.0", "size(claim.department) > 1"]
)
def test_what_the_claim_does_not_tell_is_held_against_nobody(text) -> None:
    with pytest.raises(NotTold):
        told(text)
    assert findings(plan_with(text), CLAIM) == []


@pytest.mark.parametrize(
    "text", ["1 + 1.0", "'a' < 1", "1 / 0", "lines[7]", "claim.sex && true", "claim.dose", "9223372036854775807 + 1"]
)
def test_operations_that_make_no_sense_are_errors(text) -> None:
    with pytest.raises(BadOperation):
        told(text)


def test_a_rule_that_breaks_on_a_claim_is_isolated() -> None:
    [result] = screened(plan_with("1 / (claim.days - 1) == 1"), CLAIM)
    assert (result.findings, [failure.error for failure in result.failures]) == ((), ["BadOperation"])


def test_a_plain_yes_is_about_the_items_of_the_point_and_lists_are_about_their_lines() -> None:
    [yes] = findings(plan_with("claim.age_years < 18", point([DRUG])), CLAIM)
    assert (yes.line_numbers, yes.amount_at_issue_fen, yes.text_zh) == ((1, 3), 30_000, "第1、3行不合规定。")
    [lines] = findings(plan_with("lines.filter(l, l.quantity > 2.5)"), CLAIM)
    assert (lines.line_numbers, lines.amount_at_issue_fen) == ((2,), 30_000)
    [visit] = findings(plan_with("claim.age_years < 18", amount="none"), CLAIM)
    assert (visit.line_numbers, visit.amount_at_issue_fen) == ((), 0)
    assert findings(plan_with("claim.age_years > 18", point([DRUG])), CLAIM) == []
    assert findings(plan_with("true", care_settings=["inpatient"]), CLAIM) == []


def test_history_functions_count_what_was_settled_before() -> None:
    earlier = claim(line(DRUG, quantity=4, charged_at=NOON - timedelta(days=10)), name="earlier")
    later = claim(line(DRUG), name="later", settled_at=NOON + timedelta(days=1))
    for text, expected in (
        ("history.quantity(30) >= 4.0", 1),
        ("history.quantity(5) > 0.0", 0),
        ("history.count(30) == 1", 1),
        ("history.visits('outpatient', 30) == 1", 1),
    ):
        assert len(findings(plan_with(text, point([DRUG])), earlier, later)) == expected, text


def test_a_rulebook_names_its_faulty_expression() -> None:
    with pytest.raises(RulebookError, match="unknown field agee"):
        plan_with("claim.agee > 1")
    with pytest.raises(RulebookError, match="need knowledge points"):
        plan_with("history.count(30) > 1")
    book = document([rule("expression", parameters={"expression": "true", "text_zh": "a", "text_en": "a"})])
    with pytest.raises(RulebookError, match=f"{RULE}: expressions are not understood here"):
        compile_plan(parse_rulebook(book))


_ENVIRONMENT = celpy.Environment()
_ATOMS = ["1", "2", "-3", "0", "1.5", "true", "false", "'a'", "'b'", "[1, 2]", "[]", "[true, 'a']"]
_OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in"]

expressions = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(_OPERATORS), inner).map(lambda three: f"({three[0]} {three[1]} {three[2]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} ? {three[1]} : {three[2]})"),
        inner.map(lambda one: f"!({one})"),
        inner.map(lambda one: f"size({one})"),
        inner.map(lambda one: f"[1, 2, 3].filter(x, {one})"),
        inner.map(lambda one: f"[1, 2].exists(x, x == {one})"),
        inner.map(lambda one: f"[1, 2].all(x, x != {one})"),
    ),
    max_leaves=6,
)


def by_the_library(text):
    """What cel-python's own evaluator says, as plain values; None for an error."""
    program = _ENVIRONMENT.program(_ENVIRONMENT.compile(text))
    try:
        value = program.evaluate({"unused": json_to_cel(1)})
    except Exception:  # noqa: BLE001 - its evaluator lets errors of its own out
        return "error"
    return plain(value)


def plain(value):
    if isinstance(value, celtypes.BoolType | bool):
        return bool(value)
    if isinstance(value, celtypes.ListType):
        return [plain(one) for one in value]
    for kind, made in ((celtypes.IntType, int), (celtypes.DoubleType, float), (celtypes.StringType, str)):
        if isinstance(value, kind):
            return made(value)
    return value


def by_us(text):
    try:
        return told(text)
    except (BadOperation, NotTold, ExpressionError):
        return "error"


@settings(deadline=None, max_examples=300)
@given(expressions)
def test_the_language_means_what_the_library_means(text) -> None:
    ours, theirs = by_us(text), by_the_library(text)
    if "error" in (ours, theirs):
        # Where one side refuses, the other may be laxer, never say something else about a value both give.
        return
    assert ours == theirs
    assert type(ours) is type(theirs)
