"""Where verification keys come from, and how seldom they are asked for."""

from datetime import timedelta

import httpx
import pytest

from services.kit.errors import Unavailable
from services.kit.testing.tokens import TokenMint
from services.kit.token_keys import KeySource, read_keys
from services.kit.tokens import jwks_document, new_signing_key


class Issuer:
    def __init__(self, *keys):
        self.keys = list(keys)
        self.calls = 0
        self.status = 200

    def __call__(self, request):
        assert str(request.url) == "https://issuer.test/jwks"
        self.calls += 1
        return httpx.Response(self.status, text=jwks_document(self.keys))


@pytest.fixture
def issuer():
    return Issuer(new_signing_key())


@pytest.fixture
def source(issuer, clock):
    return KeySource("https://issuer.test/jwks", clock=clock, transport=httpx.MockTransport(issuer))


async def test_keys_are_fetched_once_and_kept(source, issuer):
    for _ in range(5):
        assert await source.find(issuer.keys[0].key_id) is not None
    assert issuer.calls == 1


async def test_an_unknown_key_id_asks_again_but_not_more_often_than_allowed(source, issuer, clock):
    await source.refresh_if_old()
    added = new_signing_key()
    issuer.keys.append(added)
    for number in range(50):
        assert await source.find(f"made-up-{number}") is None
    assert issuer.calls == 1
    clock.advance(timedelta(seconds=30))
    assert await source.find(added.key_id) is not None
    assert issuer.calls == 2


async def test_keys_are_read_again_when_they_are_old(source, issuer, clock):
    withdrawn = issuer.keys[0].key_id
    await source.find(withdrawn)
    generation = source.generation
    issuer.keys = [new_signing_key()]
    clock.advance(timedelta(minutes=10))
    assert await source.find(withdrawn) is None
    assert source.generation == generation + 1


async def test_keys_at_hand_stay_good_while_the_issuer_is_away(source, issuer, clock):
    await source.refresh_if_old()
    issuer.status = 500
    clock.advance(timedelta(hours=1))
    assert await source.find(issuer.keys[0].key_id) is not None


async def test_without_any_keys_the_service_says_that_it_cannot_tell(source, issuer):
    issuer.status = 500
    with pytest.raises(Unavailable) as raised:
        await source.refresh_if_old()
    assert (raised.value.code, raised.value.retry_after) == ("keys_unavailable", 30)


async def test_a_file_that_is_not_there_yet_is_found_later(clock, tmp_path):
    mint = TokenMint(clock)
    source = KeySource(str(tmp_path / "jwks.json"), clock=clock)
    with pytest.raises(Unavailable):
        await source.refresh_if_old()
    mint.write_jwks(tmp_path)
    clock.advance(timedelta(seconds=30))
    assert await source.find(mint.key.key_id) is not None


@pytest.mark.parametrize("document", ["[]", "{}", '{"keys": 1}', "null"])
def test_what_is_not_a_jwks_is_an_error(document):
    with pytest.raises(ValueError, match="JWKS"):
        read_keys(document)


def test_keys_for_other_uses_and_broken_ones_are_passed_over():
    good = new_signing_key()
    jwk = good.jwk()
    others = [{**jwk, "kid": "e", "use": "enc"}, {**jwk, "kid": "b", "x": "!"}, {**jwk, "kid": "a", "alg": "HS256"}, 5]
    document = jwks_document([good]).replace('"keys": [', f'"keys": [{", ".join(map(_json, others))},')
    assert list(read_keys(document)) == [good.key_id]


def _json(value):
    return str(value).replace("'", '"')
