"""Digests of nodes stay what they were: one that is stored must match the same node for as long as it is kept."""

import json
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.use_cases.visits.content_digest import digest
from tests.support import fsi

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBER = st.sampled_from(["1.50", "0.0", "-0.0", "-.5", "1.", "00.10", " 2.0 ", "1.2.30", "a.10", ""])
NAME = TEXT | st.sampled_from(["mdtrt_cert_no", "card_sn", "cnt"])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | NUMBER,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=10,
)


def as_first_written(values: Any) -> bytes:
    """The digest in the words it was first written in."""

    def plain(value: Any) -> Any:
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, str):
            text = value.strip()
            whole, point, part = text.removeprefix("-").partition(".")
            return text.rstrip("0").rstrip(".") if point and whole.isdigit() and part.isdigit() else text
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            pairs = {key: plain(one) for key, one in value.items() if key not in {"mdtrt_cert_no", "card_sn"}}
            return {key: one for key, one in pairs.items() if one not in (None, "", [], {})}
        return value if value is None else str(value)

    text = json.dumps(plain(values), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).digest()


@given(st.dictionaries(NAME, VALUE, max_size=6))
def test_a_digest_is_the_one_that_was_made_before(values) -> None:
    assert digest(values) == as_first_written(values)


def test_a_digest_that_is_stored_somewhere_still_matches() -> None:
    assert digest(fsi.line()).hex() == "93a4c46c657d7dfdec7ffc7751b8dbe4"


@pytest.mark.parametrize("again", [{"card_sn": "9"}, {"memo": " "}, {"cnt": 2}, {"pric": "18.650"}])
def test_what_says_nothing_else_changes_no_digest(again) -> None:
    assert digest(fsi.line() | again) == digest(fsi.line())
