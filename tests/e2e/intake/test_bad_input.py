"""What must not get in: the right status, a problem that tells no values, and nothing stored."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.kit.testing.tokens import TokenMint
from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, UNKNOWN_HOSPITAL, line, settlement

PATH = "/intake/v1/settlements"


@pytest.fixture
async def refused(client, rows):
    """Check that an answer is a problem of a status and code, and that nothing was kept."""
    before = len(await rows("select from outbox"))

    async def check(answer, status: int, code: str) -> dict:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (status, code)
        assert INSURED_NUMBER not in answer.text
        assert "Traceback" not in answer.text
        assert await rows("select from settlement") == []
        assert len(await rows("select from outbox")) == before
        return problem

    return check


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"settlement_id": "S1"} trailing'])
async def test_malformed_json_is_422(client, hospital, refused, body) -> None:
    problem = await refused(await client.post(PATH, content=body, headers=hospital), 422, "malformed")
    assert [field["code"] for field in problem["errors"]] == ["malformed_json"]


async def test_wrong_sums_are_named_by_pointer(client, hospital, refused) -> None:
    body = settlement(lines=[line(1), line(2, amount_fen=9999)], total_fen=7460, fund_paid_fen=0, cash_paid_fen=1)
    problem = await refused(await client.post(PATH, json=body, headers=hospital), 422, "malformed")
    assert {(field["pointer"], field["code"]) for field in problem["errors"]} == {
        ("/lines/1/amount_fen", "amount_product"),
        ("/total_fen", "lines_sum"),
        ("/total_fen", "payments_sum"),
    }
    assert all(field["in"] == "body" and field["message"] for field in problem["errors"])


async def test_values_are_never_repeated(client, hospital, refused) -> None:
    body = settlement(insured_person={"number": f" {INSURED_NUMBER}", "sex": INSURED_NUMBER})
    await refused(await client.post(PATH, json=body, headers=hospital), 422, "malformed")


async def test_an_unknown_institution_is_422(client, exchange, refused) -> None:
    answer = await client.post(PATH, json=settlement(institution_code=UNKNOWN_HOSPITAL), headers=exchange)
    problem = await refused(answer, 422, "institution_unknown")
    assert problem["errors"][0]["pointer"] == "/institution_code"


async def test_a_body_of_50_megabytes_is_413(client, hospital, refused) -> None:
    size = 50 * 1024 * 1024

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(size // 65_536):
            yield b" " * 65_536

    for content in (b" " * size, stream()):
        await refused(await client.post(PATH, content=content, headers=hospital), 413, "body_too_large")


async def test_a_line_of_50_megabytes_is_dropped_as_it_comes(client, hospital, rows) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(800):
            yield b"x" * 65_536
        yield b"\n" + json.dumps(settlement()).encode()

    response = await client.post(f"{PATH}/batch", content=stream(), headers=hospital)
    assert [json.loads(text)["status"] for text in response.text.splitlines()] == ["rejected", "created"]
    assert len(await rows("select from settlement")) == 1


async def test_another_institutions_token_is_403(client, mint, refused) -> None:
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    await refused(await client.post(PATH, json=settlement(), headers=other), 403, "other_institution")
    await refused(await client.get(f"{PATH}/{HOSPITAL}/S1", headers=other), 403, "other_institution")
    await refused(await client.post(f"{PATH}/{HOSPITAL}/S1/reversal", headers=other), 403, "other_institution")
    answer = await client.get(PATH, params={"institution_code": HOSPITAL}, headers=other)
    await refused(answer, 403, "other_institution")


async def test_a_role_without_the_scope_is_403(client, mint, refused) -> None:
    for role in ("reviewer", "registrar", "operator"):
        answer = await client.post(PATH, json=settlement(), headers=mint.bearer(role))
        await refused(answer, 403, "scope_missing")
        answer = await client.post(f"{PATH}/batch", content=b"{}", headers=mint.bearer(role))
        await refused(answer, 403, "scope_missing")


async def test_no_token_is_401_even_where_the_body_is_rubbish(client, refused) -> None:
    for path in (PATH, f"{PATH}/batch"):
        await refused(await client.post(path, content=b"{"), 401, "token_missing")


async def test_an_expired_token_is_401(client, mint, clock, refused) -> None:
    expired = mint.bearer("hospital", institution=HOSPITAL, lifetime=timedelta(minutes=1))
    clock.advance(timedelta(hours=1))
    answer = await client.post(PATH, json=settlement(), headers=expired)
    assert answer.json()["code"].startswith("token_")
    await refused(answer, 401, answer.json()["code"])


async def test_an_altered_token_or_one_of_a_stranger_is_401(client, mint, clock, refused) -> None:
    header, payload, signature = mint.token("hospital", institution=HOSPITAL).split(".")
    _, other_payload, _ = mint.token("hospital", institution=OTHER_HOSPITAL).split(".")
    stranger = TokenMint(clock).token("hospital", institution=HOSPITAL)
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."
    for token in (f"{header}.{other_payload}.{signature}", stranger, unsigned, "rubbish"):
        answer = await client.post(PATH, json=settlement(), headers={"Authorization": f"Bearer {token}"})
        await refused(answer, 401, answer.json()["code"])


@pytest.mark.parametrize("path", [f"{PATH}/X1/S1", f"{PATH}/{HOSPITAL}/%00", f"{PATH}/{HOSPITAL}/{'a' * 65}"])
async def test_an_address_of_the_wrong_form_is_422(client, hospital, refused, path) -> None:
    await refused(await client.get(path, headers=hospital), 422, "malformed")
