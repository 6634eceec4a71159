"""Signing keys and tokens of a small installation."""

import json
import stat
from datetime import timedelta

import jwt
import pytest

from services.kit.token_keys import read_keys
from services.kit.tokens import create_key_files, development_key_files, ensure_key_files, issue_token, read_signing_key


@pytest.fixture
def files(tmp_path):
    return development_key_files(tmp_path)


def issue(key, clock, **claims):
    options = {
        "issuer": "fundwarden",
        "audience": "fundwarden",
        "subject": "reviewer-1",
        "lifetime": timedelta(hours=1),
    }
    return issue_token(key, now=clock.now(), **{**options, **claims})


def test_the_published_key_verifies_what_the_private_one_signs(files, clock):
    key = create_key_files(files)
    published = read_keys(files.jwks.read_bytes())
    token = issue(key, clock, roles=["reviewer"], scopes=["tips:read"], region="110105")
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(
        token,
        published[kid],
        algorithms=["EdDSA"],
        audience="fundwarden",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {
        "iss": "fundwarden",
        "aud": "fundwarden",
        "sub": "reviewer-1",
        "iat": 1773108000,
        "exp": 1773111600,
        "roles": ["reviewer"],
        "scope": "tips:read",
        "region": "110105",
    }


def test_the_private_key_is_readable_by_its_owner_alone_and_not_in_the_jwks(files):
    create_key_files(files)
    assert stat.S_IMODE(files.signing_key.stat().st_mode) == 0o600
    assert set(json.loads(files.jwks.read_text())["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_signing_key_is_never_replaced(files):
    key = create_key_files(files)
    with pytest.raises(FileExistsError):
        create_key_files(files)
    assert read_signing_key(files.signing_key).key_id == key.key_id


def test_ensuring_keys_keeps_those_that_are_there_and_restores_the_jwks(files):
    key = ensure_key_files(files)
    files.jwks.unlink()
    assert ensure_key_files(files).key_id == key.key_id
    assert list(read_keys(files.jwks.read_bytes())) == [key.key_id]


@pytest.mark.parametrize("claims", [{"roles": ["king"]}, {"scopes": ["everything"]}, {"roles": ["hospital"]}])
def test_a_token_that_no_service_would_accept_is_not_signed(files, clock, claims):
    with pytest.raises(ValueError, match=r"unknown|institution"):
        issue(create_key_files(files), clock, **claims)
