"""Corrections that the framework's reading of JSON lets through and ours does not."""

import pytest

from services.intake.api.quarantine import _exact
from services.kit.errors import Malformed


@pytest.mark.parametrize(
    "body",
    [
        b'{"patch": {"total_fen": NaN}}',
        b'{"patch": {"total_fen": -Infinity}}',
        rb'{"patch": {"settlement_id": "\ud800"}}',
        rb'{"body": {"settlement_id": "\udfff\ud800"}}',
        b'{"patch": {"settlement_id": "\xed\xa0\x80"}}',
        b'{"body": {"settlement_id": "\xed\xa0\x80"}}',
        b'{"body": ' + b"[" * 3000 + b"]" * 3000 + b"}",
        '{"patch": {}}'.encode("utf-16"),
        b"\xef\xbb\xbf" + b'{"patch": {}}',
    ],
)
def test_such_a_correction_is_malformed_json(body):
    with pytest.raises(Malformed) as raised:
        _exact(body)
    assert [field.code for field in raised.value.fields] == ["malformed_json"]


def test_numbers_of_a_sound_correction_are_kept_to_the_digit():
    exact = _exact(b'{"why": "x", "patch": {"quantity": 2.50}, "body": {"quantity": 1e400}}')
    assert (bytes(exact.patch), bytes(exact.body)) == (b'{"quantity": 2.50}', b'{"quantity": 1e400}')
