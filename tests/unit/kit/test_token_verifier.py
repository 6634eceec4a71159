"""Tokens that get through, and the many that must not."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.kit import token_verifier
from services.kit.errors import ServiceError
from services.kit.principal import ROLES
from services.kit.testing.tokens import TokenMint
from services.kit.token_keys import KeySource
from services.kit.token_verifier import LEEWAY_SECONDS, TokenVerifier


@pytest.fixture
def verifier(mint, clock, tmp_path):
    source = KeySource(str(mint.write_jwks(tmp_path)), clock=clock)
    return TokenVerifier(source, issuer="fundwarden", audience="fundwarden", clock=clock)


async def refusal(verifier, token):
    with pytest.raises(ServiceError) as raised:
        await verifier.verify(token)
    return raised.value.status, raised.value.code


def claims_at(clock, **changed):
    now = int(clock.now().timestamp())
    claims = {"iss": "fundwarden", "aud": "fundwarden", "sub": "x", "iat": now, "exp": now + 60, "roles": ["auditor"]}
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def signed(mint, claims, **headers):
    return jwt.encode(claims, mint.key.private, algorithm="EdDSA", headers={"kid": mint.key.key_id, **headers})


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_a_token_says_who_asks_and_what_they_may_do(verifier, mint):
    principal = await verifier.verify(
        mint.token("reviewer", scopes=["tips:read"], region="110105", practitioner="D110105000001")
    )
    assert principal.subject == "reviewer-1"
    assert principal.roles == {"reviewer"}
    assert principal.scopes == ROLES["reviewer"] | {"tips:read"}
    assert (principal.region, principal.practitioner, principal.institution) == ("110105", "D110105000001", None)


async def test_a_token_of_an_institution_is_bound_to_it(verifier, mint):
    principal = await verifier.verify(mint.token("hospital", institution="H11010500009"))
    principal.must_be_institution("H11010500009")
    with pytest.raises(ServiceError) as raised:
        principal.must_be_institution("H11010500001")
    assert (raised.value.status, raised.value.code) == (403, "other_institution")


async def test_an_agency_may_see_every_institution(verifier, mint):
    (await verifier.verify(mint.token("reviewer"))).must_be_institution("H11010500001")


async def test_a_hospital_that_names_no_institution_is_refused_rather_than_taken_for_an_agency(verifier, mint, clock):
    assert await refusal(verifier, signed(mint, claims_at(clock, roles=["hospital"]))) == (401, "token_invalid")


async def test_unknown_roles_and_scopes_give_nothing(verifier, mint, clock):
    token = signed(mint, claims_at(clock, roles=["king"], scope="everything findings:read"))
    assert (await verifier.verify(token)).scopes == {"findings:read"}


@pytest.mark.parametrize("token", ["x", "a.b.c", "医保", "..", "{}", "a" * 9000])
async def test_what_is_not_a_jwt_is_malformed(verifier, token):
    assert await refusal(verifier, token) == (401, "token_malformed")


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_altered_anywhere_is_refused(verifier, mint, part):
    parts = mint.token("reviewer").split(".")
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    assert (await refusal(verifier, ".".join(parts)))[0] == 401


async def test_a_payload_put_under_another_signature_is_refused(verifier, mint, clock):
    header, _, signature = mint.token("reviewer").split(".")
    body = b64(json.dumps(claims_at(clock, roles=["supervisor"])).encode())
    assert await refusal(verifier, f"{header}.{body}.{signature}") == (401, "token_invalid")


async def test_an_unsigned_token_is_refused(verifier, mint, clock):
    header = b64(json.dumps({"alg": "none", "kid": mint.key.key_id}).encode())
    body = b64(json.dumps(claims_at(clock)).encode())
    assert await refusal(verifier, f"{header}.{body}.") == (401, "token_invalid")


async def test_the_public_key_is_no_shared_secret(verifier, mint, clock):
    public = mint.key.private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    head = b64(json.dumps({"alg": "HS256", "kid": mint.key.key_id}).encode())
    body = b64(json.dumps(claims_at(clock)).encode())
    for secret in (pem, raw, mint.key.jwk()["x"].encode()):
        mac = b64(hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256))
        assert await refusal(verifier, f"{head}.{body}.{mac}") == (401, "token_invalid")


async def test_another_signer_with_our_key_id_is_refused(verifier, mint, clock):
    stranger = TokenMint(clock)
    token = jwt.encode(claims_at(clock), stranger.key.private, algorithm="EdDSA", headers={"kid": mint.key.key_id})
    assert await refusal(verifier, token) == (401, "token_invalid")


async def test_a_key_carried_by_the_token_itself_is_not_used(verifier, clock):
    stranger = TokenMint(clock)
    token = signed(stranger, claims_at(clock), jwk=stranger.key.jwk())
    assert await refusal(verifier, token) == (401, "token_invalid")


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat"])
async def test_a_token_without_a_required_claim_is_refused(verifier, mint, clock, missing):
    assert await refusal(verifier, signed(mint, claims_at(clock, **{missing: None}))) == (401, "token_invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"exp": "soon"},
        {"exp": True},
        {"roles": {"a": 1}},
        {"institution": 5},
        {"scope": 5},
    ],
)
async def test_a_claim_that_makes_no_sense_here_is_refused(verifier, mint, clock, wrong):
    assert await refusal(verifier, signed(mint, claims_at(clock, **wrong))) == (401, "token_invalid")


async def test_a_token_ends_at_its_expiry_and_the_leeway_also_when_it_is_remembered(verifier, mint, clock):
    token = mint.token("reviewer", lifetime=timedelta(seconds=60))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=60 + LEEWAY_SECONDS - 1))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=1))
    assert await refusal(verifier, token) == (401, "token_expired")


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_from_the_future_is_refused_beyond_the_leeway(verifier, mint, clock, claim):
    now = int(clock.now().timestamp())
    await verifier.verify(signed(mint, claims_at(clock, **{claim: now + LEEWAY_SECONDS})))
    token = signed(mint, claims_at(clock, **{claim: now + LEEWAY_SECONDS + 1}))
    assert await refusal(verifier, token) == (401, "token_invalid")


async def test_a_token_is_verified_once_and_then_remembered(verifier, mint, monkeypatch):
    token = mint.token("reviewer")
    first = await verifier.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert await verifier.verify(token) is first


async def test_remembered_tokens_are_bounded_and_the_one_unused_for_longest_goes(verifier, mint, monkeypatch):
    monkeypatch.setattr(token_verifier, "REMEMBERED", 2)
    first, second, third = (mint.token("reviewer", subject=str(number)) for number in range(3))
    kept = await verifier.verify(first)
    gone = await verifier.verify(second)
    await verifier.verify(first)
    await verifier.verify(third)
    assert await verifier.verify(first) is kept
    assert await verifier.verify(second) is not gone


async def test_a_withdrawn_key_also_withdraws_the_tokens_remembered(verifier, mint, clock, tmp_path):
    token = mint.token("reviewer", lifetime=timedelta(hours=2))
    await verifier.verify(token)
    TokenMint(clock).write_jwks(tmp_path)
    clock.advance(timedelta(minutes=11))
    assert await refusal(verifier, token) == (401, "token_invalid")


async def test_rs256_is_accepted_and_short_keys_and_other_curves_are_not(clock, tmp_path):
    long_key = rsa.generate_private_key(65537, 2048)
    short_key = rsa.generate_private_key(65537, 1024)
    curve_key = ec.generate_private_key(ec.SECP256R1())
    jwks = {
        "keys": [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(long_key.public_key())), "kid": "long"},
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(short_key.public_key())), "kid": "short"},
            {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(curve_key.public_key())), "kid": "curve"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        ]
    }
    path = tmp_path / "rsa.json"
    path.write_text(json.dumps(jwks))
    verifier = TokenVerifier(KeySource(str(path), clock=clock), issuer="fundwarden", audience="fundwarden", clock=clock)
    good = jwt.encode(claims_at(clock), long_key, algorithm="RS256", headers={"kid": "long"})
    assert (await verifier.verify(good)).subject == "x"
    other_hash = jwt.encode(claims_at(clock), long_key, algorithm="RS512", headers={"kid": "long"})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        short = jwt.encode(claims_at(clock), short_key, algorithm="RS256", headers={"kid": "short"})
    curve = jwt.encode(claims_at(clock), curve_key, algorithm="ES256", headers={"kid": "curve"})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        secret = jwt.encode(claims_at(clock), b"secret", algorithm="HS256", headers={"kid": "secret"})
    for token in (other_hash, short, curve, secret):
        assert await refusal(verifier, token) == (401, "token_invalid")
