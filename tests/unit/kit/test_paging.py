"""Cursors: what comes back, and what is refused."""

import base64
import contextlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Malformed
from services.kit.paging import Page, decode_cursor, decode_id_cursor, encode_cursor

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20) | st.integers(1 - 2**63, 2**63 - 1)


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_a_cursor_gives_back_its_parts_as_text(parts):
    assert decode_cursor(encode_cursor(*parts), len(parts)) == tuple(str(part) for part in parts)


def test_a_cursor_needs_no_escaping_in_a_url():
    assert encode_cursor("医院?", "~~~???>>>").replace("-", "").replace("_", "").isalnum()


def cursor_of(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "a",
        "医保",
        "AAAA",
        "x" * 5000,
        encode_cursor("one"),
        encode_cursor("one", "two", "three"),
        cursor_of([2, "one", "two"]),
        cursor_of([1, "one", None]),
        cursor_of([1, "one", True]),
        cursor_of([1, "one", ["two"]]),
        cursor_of([1, "one", "\x00"]),
        cursor_of([1, "\ud800", "two"]),
        cursor_of([1, "one", 2**63]),
        cursor_of([1, -(10**300), "two"]),
        cursor_of({"1": "one"}),
        cursor_of([1, "one", "two"]) + "####",
    ],
)
def test_anything_else_is_a_malformed_cursor(text):
    with pytest.raises(Malformed) as raised:
        decode_cursor(text, 2)
    assert raised.value.code == "cursor_malformed"


def test_a_cursor_of_an_id_is_that_id():
    assert decode_id_cursor(encode_cursor(str(UUID(int=7)))) == UUID(int=7)


@pytest.mark.parametrize("text", ["", encode_cursor("not-an-id"), encode_cursor(7), encode_cursor("one", "two")])
def test_a_cursor_of_anything_but_an_id_is_malformed(text):
    with pytest.raises(Malformed) as raised:
        decode_id_cursor(text)
    assert raised.value.code == "cursor_malformed"


@given(st.text(max_size=60))
def test_no_text_breaks_the_decoder(text):
    with contextlib.suppress(Malformed):
        assert len(decode_cursor(text, 1)) == 1


def test_the_last_page_has_no_cursor():
    assert Page[int](items=[1]).model_dump() == {"items": [1], "next_cursor": None}
