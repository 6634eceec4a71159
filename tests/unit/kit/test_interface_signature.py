import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kit.interface_access.signature import signature, signed_headers

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
HEADERS = {"x-tif-paasid": "fw1", "x-tif-timestamp": str(int(NOW.timestamp())), "x-tif-nonce": "n1"}


def test_the_signature_is_the_documented_one() -> None:
    made = signature("1773108000", "secret", "n1")
    assert made == hashlib.sha256(b"1773108000secretn11773108000").hexdigest()
    signed = signed_headers(HEADERS | {"x-tif-signature": signature(HEADERS["x-tif-timestamp"], "secret", "n1")})
    assert signed is not None
    assert signed.matches("secret")
    assert not signed.matches("secret2")
    assert signed.is_fresh(NOW + timedelta(seconds=300), timedelta(seconds=300))
    assert not signed.is_fresh(NOW - timedelta(seconds=301), timedelta(seconds=300))


@given(st.dictionaries(st.sampled_from([*HEADERS, "x-tif-signature"]), st.text(max_size=80)))
def test_no_headers_break_the_reader(headers) -> None:
    signed = signed_headers(headers)
    if signed is not None:
        assert not signed.matches("secret")
        assert signed.signed_at.tzinfo is not None


def test_headers_that_are_not_whole_are_none() -> None:
    whole = HEADERS | {"x-tif-signature": "0" * 64}
    for name in whole:
        assert signed_headers({key: value for key, value in whole.items() if key != name}) is None
    assert signed_headers(whole | {"x-tif-timestamp": "17731080000000"}) is None
    assert signed_headers(whole | {"x-tif-nonce": "n" * 65}) is None
