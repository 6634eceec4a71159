"""Traceability codes in the ways they are sent."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.traceability import all_separated, has_usual_form, is_readable, occurs_twice, separated

twenty_digits = st.text(digits, min_size=20, max_size=20)
makers_own = st.text(ascii_letters + digits, min_size=7, max_size=100)
any_code = twenty_digits | makers_own
separators = st.sampled_from([",", ";", "|", " ", "\n", "\t", "，", "；", "、", ", ", " | ", "\r\n"])


@given(st.lists(any_code, max_size=20), separators)
def test_codes_come_back_however_they_were_separated(codes, separator):
    assert separated(separator.join(codes)) == tuple(codes)


@given(st.lists(any_code, max_size=20), separators, separators)
def test_stray_separators_make_no_codes(codes, separator, stray):
    assert separated(stray + separator.join(codes) + stray) == tuple(codes)


@given(st.lists(any_code, min_size=1, max_size=9))
def test_one_list_of_texts_and_one_text_say_the_same(codes):
    assert all_separated(codes) == separated(",".join(codes))


@given(any_code)
def test_every_makers_code_is_readable_and_of_usual_form(code):
    assert is_readable(code)
    assert has_usual_form(code)


@given(st.lists(any_code, unique=True), st.data())
def test_a_repeat_is_noticed_wherever_it_stands(codes, data):
    assert not occurs_twice(codes)
    if codes:
        position = data.draw(st.integers(0, len(codes)))
        assert occurs_twice([*codes[:position], data.draw(st.sampled_from(codes)), *codes[position:]])


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading_and_nothing_unreadable_is_kept(text):
    for code in separated(text):
        assert code == code.strip()
        if is_readable(code):
            code.encode("ascii")
            assert len(code) <= 100


def test_brackets_of_gs1_are_marks_and_no_part_of_the_code():
    assert separated("(01)06901234567892(21)ABC\x1d(10)LOT7") == ("010690123456789221ABC10LOT7",)


@pytest.mark.parametrize("code", ["", "1" * 101, "含中文", "a\x00b", "a b"])
def test_what_nobody_can_read_is_no_code(code):
    assert not is_readable(code)
