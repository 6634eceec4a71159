"""Hospitals' systems that sign 3101 to 3103 instead of holding a token: once each, in time, for themselves alone."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from services.contracts.intake import InstitutionChanged
from services.kit.interface_access.signature import signature
from services.kit.interface_access.verify import REMEMBERED_SECONDS, VerifySignature
from services.kit.sealing import Sealer
from services.screening.app import create_app
from services.screening.wiring import build_forget_nonces, build_keep_registry
from tests.contract.examples import EXAMPLES

FOLDER = Path(__file__).resolve().parents[2] / "contract" / "screening_fsi"
ADDRESS = "/screening/fsi"
HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
CREDENTIALS = f"/screening/v1/institutions/{HOSPITAL}/interface-credentials"
ELSEWHERE = {"paasid": "province0001", "secret": "0123456789abcdef0123456789abcdef"}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"screening_seal_secrets": SecretStr("s" * 32)})


@pytest.fixture
async def registered(resources, claims):
    """Two hospitals, as intake states them."""
    [example] = [fact for fact in EXAMPLES if isinstance(fact, InstitutionChanged)]
    stated = [msgspec.structs.replace(example, institution_code=code) for code in (HOSPITAL, OTHER_HOSPITAL)]
    await build_keep_registry(resources)([claims.event(fact) for fact in stated])


@pytest.fixture
async def credential(client, mint, registered):
    return (await client.post(CREDENTIALS, headers=mint.bearer("operator"))).json()


@pytest.fixture
def sign(clock, credential):
    numbers = iter(range(1000))

    def headers(held=None, *, seconds=0, **changed):
        held = held or credential
        timestamp, nonce = str(int(clock.now().timestamp()) + seconds), f"n{next(numbers)}"
        return {
            "x-tif-paasid": held["paasid"],
            "x-tif-timestamp": timestamp,
            "x-tif-nonce": nonce,
            "x-tif-signature": signature(timestamp, held["secret"], nonce),
        } | {f"x-tif-{name}": value for name, value in changed.items()}

    return headers


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["request"]


def refusal(answer):
    return answer.status_code, answer.json().get("code")


async def test_a_signed_message_is_answered_once(client, sign, admin):
    body, signed = read("3101-lists"), sign()
    answers = await asyncio.gather(*(client.post(ADDRESS, json=body, headers=signed) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    [taken] = [answer for answer in answers if answer.status_code == 200]
    assert taken.json()["infcode"] == "0"
    assert {refusal(answer)[1] for answer in answers if answer is not taken} == {"nonce_used"}
    assert refusal(await client.post(ADDRESS, json=read("3103-feedback"), headers=signed)) == (401, "nonce_used")
    assert (await client.post(ADDRESS, json=read("3103-feedback"), headers=sign())).json()["infcode"] == "0"
    assert await admin.fetchval("select count(*) from interface_nonce") == 2


async def test_a_wrong_or_unknown_signature_uses_up_no_nonce(client, sign, credential, admin):
    for headers, code in (
        (sign(credential | {"secret": "another secret"}), "signature_invalid"),
        (sign(credential | {"paasid": "fwunknown"}), "signature_invalid"),
        (sign(signature="0" * 64), "signature_invalid"),
        (sign(timestamp="17731080000000"), "signature_malformed"),
        (sign(nonce=""), "signature_malformed"),
        (sign(seconds=-301), "signature_expired"),
    ):
        assert refusal(await client.post(ADDRESS, json=read("3101-lists"), headers=headers)) == (401, code)
    assert await admin.fetchval("select count(*) from interface_nonce") == 0
    assert refusal(await client.post(ADDRESS, json=read("3101-lists"))) == (401, "token_missing")


@pytest.mark.parametrize("side", [-1, 1])
async def test_the_window_closes_after_its_last_second(client, sign, side):
    body = read("3101-lists")
    assert (await client.post(ADDRESS, json=body, headers=sign(seconds=300 * side))).status_code == 200
    late = await client.post(ADDRESS, json=body, headers=sign(seconds=301 * side))
    assert refusal(late) == (401, "signature_expired")


@pytest.mark.parametrize("ahead", [0, 300])
async def test_a_nonce_is_remembered_until_its_timestamp_is_refused_anyway(
    client, sign, clock, resources, admin, ahead
):
    body, signed = read("3101-lists"), sign(seconds=ahead)
    forget = build_forget_nonces(resources)
    assert (await client.post(ADDRESS, json=body, headers=signed)).status_code == 200
    clock.advance(timedelta(seconds=300 + ahead))
    await forget()
    assert refusal(await client.post(ADDRESS, json=body, headers=signed)) == (401, "nonce_used")
    clock.advance(timedelta(seconds=1))
    await forget()
    assert await admin.fetchval("select count(*) from interface_nonce") == 0
    assert refusal(await client.post(ADDRESS, json=body, headers=signed)) == (401, "signature_expired")


async def test_a_signature_speaks_for_its_own_institution_and_for_nothing_else(client, sign):
    other = read("3101-lists") | {"fixmedins_code": OTHER_HOSPITAL}
    assert refusal(await client.post(ADDRESS, json=other, headers=sign())) == (403, "other_institution")
    inside = read("3101-lists")
    inside["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][0]["medins_id"] = OTHER_HOSPITAL
    assert refusal(await client.post(ADDRESS, json=inside, headers=sign())) == (403, "other_institution")
    feedback = read("3103-feedback") | {"fixmedins_code": OTHER_HOSPITAL}
    assert refusal(await client.post(ADDRESS, json=feedback, headers=sign())) == (403, "other_institution")
    for method, path in (("GET", "/screening/v1/findings"), ("POST", "/screening/v1/prechecks"), ("GET", CREDENTIALS)):
        assert refusal(await client.request(method, path, headers=sign())) == (401, "token_missing")


async def test_a_retired_credential_is_refused_two_seconds_later_at_the_latest(
    client, sign, credential, mint, resources, clock
):
    now = [0.0]
    verify = VerifySignature(
        resources.database, clock, resources.sealer, window=timedelta(seconds=300), monotonic=lambda: now[0]
    )
    assert (await verify(sign())).institution == HOSPITAL
    operator = mint.bearer("operator")
    for _ in range(2):
        assert (await client.delete(f"{CREDENTIALS}/{credential['paasid']}", headers=operator)).status_code == 204
    now[0] = REMEMBERED_SECONDS - 0.01
    assert (await verify(sign())).institution == HOSPITAL
    now[0] = REMEMBERED_SECONDS
    with pytest.raises(Exception, match="signature_invalid"):
        await verify(sign())
    # Another process never knew it.
    assert refusal(await client.post(ADDRESS, json=read("3101-lists"), headers=sign())) == (401, "signature_invalid")
    [listed] = (await client.get(CREDENTIALS, headers=operator)).json()
    assert (listed["paasid"], listed["retired_at"] is None) == (credential["paasid"], False)


async def test_a_key_that_the_institution_holds_already_can_be_entered_once(client, sign, mint, admin):
    operator = mint.bearer("operator")
    body = read("3101-lists")
    assert refusal(await client.post(ADDRESS, json=body, headers=sign(ELSEWHERE))) == (401, "signature_invalid")
    entered = await client.post(CREDENTIALS, json=ELSEWHERE, headers=operator)
    assert entered.status_code == 201
    assert ELSEWHERE["secret"] not in entered.text
    assert (await client.post(ADDRESS, json=body, headers=sign(ELSEWHERE))).status_code == 200
    await client.delete(f"{CREDENTIALS}/{ELSEWHERE['paasid']}", headers=operator)
    for path in (CREDENTIALS, CREDENTIALS.replace(HOSPITAL, OTHER_HOSPITAL)):
        assert refusal(await client.post(path, json=ELSEWHERE, headers=operator)) == (409, "paasid_taken")
    kept = await admin.fetchval("select sealed_secret from interface_credential where key_id = $1", "province0001")
    assert ELSEWHERE["secret"].encode() not in kept


@pytest.mark.parametrize(("length", "status"), [(31, 422), (32, 201), (256, 201), (257, 422)])
async def test_a_secret_that_can_be_guessed_is_not_taken(client, mint, registered, length, status):
    del registered
    secret = "q" * length
    answer = await client.post(CREDENTIALS, json={"paasid": "p1", "secret": secret}, headers=mint.bearer("operator"))
    assert answer.status_code == status
    assert secret not in answer.text


async def test_credentials_are_given_by_operators_of_the_region_to_institutions_there_are(client, mint, registered):
    del registered
    for region, status in (("110000", 201), ("110100", 201), ("110200", 403), ("350000", 403)):
        operator = mint.bearer("operator", region=region)
        assert (await client.post(CREDENTIALS, headers=operator)).status_code == status
        assert (await client.get(CREDENTIALS, headers=operator)).status_code == (200 if status == 201 else status)
        gone = await client.delete(f"{CREDENTIALS}/fwnone", headers=operator)
        assert gone.status_code == (404 if status == 201 else status)
    operator = mint.bearer("operator")
    assert refusal(await client.post(CREDENTIALS, headers=operator)) == (409, "credentials_two")
    nowhere = CREDENTIALS.replace(HOSPITAL, "H11010599999")
    for method in ("POST", "GET"):
        assert refusal(await client.request(method, nowhere, headers=operator)) == (404, "institution_unknown")
    bound = mint.bearer(scopes=["credentials:write"], institution=OTHER_HOSPITAL)
    assert refusal(await client.post(CREDENTIALS, headers=bound)) == (403, "other_institution")


async def test_without_a_secret_to_seal_with_nothing_is_given_and_no_signature_taken(
    settings, clock, mint, sign, make_client
):
    off = settings.model_copy(update={"screening_seal_secrets": SecretStr("")})
    async with make_client(create_app(off, clock=clock)) as client:
        given = await client.post(CREDENTIALS, headers=mint.bearer("operator"))
        assert refusal(given) == (503, "signing_off")
        # The credential stands in the table, sealed with a secret that this process does not have.
        answer = await client.post(ADDRESS, json=read("3101-lists"), headers=sign())
        assert refusal(answer) == (401, "signature_invalid")


def test_secrets_to_seal_with_are_long_and_the_newest_seals(settings):
    changed = settings.model_copy(update={"screening_seal_secrets": SecretStr(f"{'n' * 32} {'s' * 32}")})
    assert changed.seal_secrets == ("n" * 32, "s" * 32)
    sealed = Sealer(settings.seal_secrets).seal(b"secret")
    assert Sealer(changed.seal_secrets).open(sealed) == b"secret"
    with pytest.raises(ValueError, match="32 characters"):
        _ = settings.model_copy(update={"screening_seal_secrets": SecretStr("s" * 31)}).seal_secrets
