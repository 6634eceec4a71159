"""Whatever is posted, examination answers: it never crashes, and every refusal points to something in the body."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.api.settlement_body import decode
from services.intake.domain.examination import examine
from services.intake.domain.problem import TEXTS
from services.intake.domain.problem_class import class_of
from tests.support.intake import line, settlement

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ODD_TEXTS = [
    *("", " ", "0", "-1", "1e400", "1.23456", "9" * 70, "\x00", "\u202e"),
    *("2026-03-09T09:00:00+08:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30"),
    *("H00000000000", "310", "X", "K82.800x004"),
]
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(ODD_TEXTS),
    st.lists(st.integers() | st.text(max_size=5), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
fields = sorted(settlement())
line_fields = [*line(), "item_kind", "fund_scope_fen", "refund_of", "days_of_supply", "dose", "doses_per_day"]


def resolves(body: Any, pointer: str) -> bool:
    """Tell whether a JSON pointer names something in a body."""
    for step in pointer.split("/")[1:]:
        if isinstance(body, dict) and step in body:
            body = body[step]
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return False
    return True


def judged(text: bytes) -> None:
    candidate = decode(text)
    found = examine(candidate.settlement, now=NOW, broken=candidate.broken)
    body: Any
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    for problem in [*candidate.problems, *found.problems]:
        assert class_of(problem.code) in {"refused", "both"}, problem
        at = problem.pointer.rpartition("/")[0] if problem.code == "missing" else problem.pointer
        assert resolves(body, at), problem
    for doubt in found.doubts:
        assert class_of(doubt.code) in {"doubt", "both"}, doubt
        assert TEXTS[doubt.code][0]
    if not candidate.problems and not found.problems:
        assert len(found.lines) == len(candidate.settlement.lines)
        assert all(resolves(body, doubt.pointer) for doubt in found.doubts)


@QUICK
@given(
    st.dictionaries(st.sampled_from(fields), odd, max_size=4),
    st.lists(st.dictionaries(st.sampled_from(line_fields), odd, max_size=3), max_size=4),
    st.sets(st.sampled_from(fields), max_size=2),
)
def test_fields_of_any_kind_are_judged_and_pointed_at(changes, line_changes, left_out) -> None:
    lines = [line(number) | change for number, change in enumerate(line_changes, 1)] or None
    body = settlement(lines=lines) | changes
    for name in left_out:
        body.pop(name, None)
    judged(json.dumps(body).encode())


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_of_any_kind_are_judged(body) -> None:
    judged(body)


@QUICK
@given(st.recursive(odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner)))
def test_json_of_any_shape_is_judged(body) -> None:
    judged(json.dumps(body).encode())


@QUICK
@given(
    st.integers(1, 10**8).filter(lambda quantity: quantity % 10_000),
    st.integers(0, 10**10),
    st.sampled_from([-1, 0, 1]),
)
def test_an_amount_rounded_or_cut_to_the_fen_is_taken_and_one_further_off_is_not(quantity, price, way) -> None:
    exact = quantity * price
    rounded = exact // 10**8 + max(way, 0) * (exact % 10**8 > 0) - (way < 0 <= exact // 10**8 - 1)
    for amount in {exact // 10**8, -(-exact // 10**8), rounded, (exact + 5 * 10**7) // 10**8}:
        charged = line(quantity=f"{quantity / 10_000:.4f}", unit_price=f"{price / 10**6:.6f}", amount_fen=amount)
        candidate = decode(json.dumps(settlement(lines=[charged])).encode())
        problems = examine(candidate.settlement, now=NOW).problems
        off = abs(exact - amount * 10**8) > 10**8
        assert ("amount_product" in {problem.code for problem in problems}) is off
