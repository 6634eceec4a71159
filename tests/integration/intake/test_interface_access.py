"""Who may speak over the national interface: signatures once each, credentials that rotate, one institution's own."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from services.intake.app import create_app
from services.intake.wiring import build_sweep_visits
from services.kit.interface_access.signature import signature
from services.kit.metrics_page import render
from services.kit.testing.spans import capture_spans
from tests.conftest import running
from tests.support import fsi
from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, UNKNOWN_HOSPITAL

CREDENTIALS = f"/intake/v1/institutions/{HOSPITAL}/interface-credentials"


@pytest.fixture
async def credential(http: Any, mint: Any) -> dict[str, Any]:
    return (await http.post(CREDENTIALS, headers=mint.bearer("operator"))).json()


@pytest.fixture
def sign(clock: Any, credential: dict[str, Any]) -> Any:
    numbers = iter(range(1000))

    def headers(given: dict[str, Any] | None = None, **changes: str) -> dict[str, str]:
        held = given or credential
        timestamp = changes.pop("timestamp", str(int(clock.now().timestamp())))
        nonce = changes.pop("nonce", f"n{next(numbers)}")
        return {
            "x-tif-paasid": held["paasid"],
            "x-tif-timestamp": timestamp,
            "x-tif-nonce": nonce,
            "x-tif-signature": signature(timestamp, held["secret"], nonce),
        } | changes

    return headers


async def test_a_signed_message_is_taken_once(http, sign) -> None:
    signed = sign()
    body = fsi.registration()
    answers = await asyncio.gather(*(http.post(fsi.PATH, json=body, headers=signed) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    refused = next(answer for answer in answers if answer.status_code == 401)
    assert refused.json()["code"] == "nonce_used"
    assert (await http.post(fsi.PATH, json=body, headers=sign())).json()["infcode"] == "0"


async def test_a_wrong_old_or_unknown_signature_is_refused_and_uses_no_nonce(http, sign, clock, rows) -> None:
    late = str(int((clock.now() - timedelta(seconds=301)).timestamp()))
    for headers, code in (
        (sign(**{"x-tif-signature": "0" * 64}), "signature_invalid"),
        (sign(**{"x-tif-paasid": "fwunknown"}), "signature_invalid"),
        (sign(timestamp=late), "signature_expired"),
        (sign(**{"x-tif-nonce": ""}), "signature_malformed"),
    ):
        answer = await http.post(fsi.PATH, json=fsi.registration(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert await rows("select from interface_nonce") == []
    assert (await http.post(fsi.PATH, json=fsi.registration())).status_code == 401


async def test_nonces_are_forgotten_once_their_timestamp_is_refused_anyway(http, sign, clock, resources, rows) -> None:
    signed = sign()
    await http.post(fsi.PATH, json=fsi.registration(), headers=signed)
    clock.advance(timedelta(seconds=299))
    await build_sweep_visits(resources)()
    assert (await http.post(fsi.PATH, json=fsi.registration(), headers=signed)).json()["code"] == "nonce_used"
    clock.advance(timedelta(seconds=2))
    await build_sweep_visits(resources)()
    assert await rows("select from interface_nonce") == []
    assert (await http.post(fsi.PATH, json=fsi.registration(), headers=signed)).json()["code"] == "signature_expired"


async def test_a_signature_speaks_for_its_own_institution_and_for_nothing_else(http, sign, mint) -> None:
    body = fsi.registration()
    answer = await http.post(fsi.PATH, json=body | {"fixmedins_code": OTHER_HOSPITAL}, headers=sign())
    assert (answer.status_code, answer.json()["code"]) == (403, "other_institution")
    assert (await http.get("/intake/v1/settlements", headers=sign())).status_code == 401
    agency = mint.bearer(scopes=["settlements:write"])
    assert (
        await http.post(fsi.PATH, json=body | {"fixmedins_code": OTHER_HOSPITAL}, headers=agency)
    ).status_code == 200
    unknown = await http.post(fsi.PATH, json=body | {"fixmedins_code": UNKNOWN_HOSPITAL}, headers=agency)
    assert "[institution_unknown]" in unknown.json()["err_msg"]


async def test_two_credentials_are_valid_while_one_takes_the_place_of_the_other(
    http, sign, mint, credential, resources
) -> None:
    operator = mint.bearer("operator")
    second = await http.post(CREDENTIALS, headers=operator)
    assert second.status_code == 201
    for held in (credential, second.json()):
        answer = await http.post(fsi.PATH, json=fsi.registration(), headers=sign(held))
        assert answer.status_code == 200
    third = await http.post(CREDENTIALS, headers=operator)
    assert (third.status_code, third.json()["code"]) == (409, "credentials_two")
    for _ in range(2):
        assert (await http.delete(f"{CREDENTIALS}/{credential['paasid']}", headers=operator)).status_code == 204
    assert (await http.delete(f"{CREDENTIALS}/fwnone", headers=operator)).status_code == 404
    http._transport.app.state.resources.signatures._remembered.clear()
    answer = await http.post(fsi.PATH, json=fsi.registration(), headers=sign(credential))
    assert answer.json()["code"] == "signature_invalid"
    listed = (await http.get(CREDENTIALS, headers=operator)).json()
    assert sorted(one["retired_at"] is None for one in listed) == [False, True]
    assert "secret" not in json.dumps(listed)


async def test_a_secret_is_nowhere_in_the_tables_and_only_an_operator_gives_one(http, mint, rows, credential) -> None:
    [row] = await rows("select * from interface_credential")
    assert credential["secret"] not in " ".join(str(value) for value in row.values())
    assert credential["secret"].encode() not in row["sealed_secret"]
    for role in ("hospital", "registrar", "supervisor"):
        assert (await http.post(CREDENTIALS, headers=mint.bearer(role))).status_code == 403
    unknown = CREDENTIALS.replace(HOSPITAL, UNKNOWN_HOSPITAL)
    assert (await http.post(unknown, headers=mint.bearer("operator"))).status_code == 404


async def test_a_body_that_is_no_message_is_answered_in_the_form_of_the_interface(http, mint) -> None:
    caller = mint.bearer("hospital", institution=HOSPITAL)
    for content, told in (
        (b"{", "[malformed_json]"),
        (b"[]", "[malformed_json]"),
        (b"\xff\xfe", "[malformed_json]"),
        (b"[" * 100_000, "[malformed_json]"),
        (b"{}", "/infno"),
        (json.dumps(fsi.registration() | {"input": "x"}).encode(), "/input"),
        (json.dumps(fsi.registration(psn_no={"a": 1})).encode(), "/input/data/psn_no"),
        (json.dumps(fsi.registration(psn_no="a\x00b")).encode(), "/input/data/psn_no"),
    ):
        answer = await http.post(fsi.PATH, content=content, headers=caller)
        assert answer.status_code == 200, content[:40]
        read = answer.json()
        assert read["infcode"] == "-1"
        assert told in read["err_msg"]
        assert read["err_msg"].isascii() is False
    big = json.dumps(fsi.message("2201", {"data": {"memo": "x" * (8 * 1024 * 1024)}})).encode()
    assert (await http.post(fsi.PATH, content=big, headers=caller)).status_code == 413


async def test_a_message_has_a_span_and_a_count_and_neither_names_a_person(http, mint, capfd) -> None:
    caller = mint.bearer("hospital", institution=HOSPITAL)
    with capture_spans() as capture:
        for part in (fsi.registration(), fsi.visit_information(), fsi.lines(), fsi.settlement()):
            await http.post(fsi.PATH, json=part, headers=caller)
        await http.post(fsi.PATH, json=fsi.settlement(inscp_scp_amt=1), headers=caller)
        await http.post(fsi.PATH, json=fsi.message("MADE-UP", {"data": {}}), headers=caller)
    [made] = [one for one in capture.spans("intake.fsi.transaction") if one.attributes["fsi.infno"] == "2204"]
    assert made.attributes["institution.code"] == HOSPITAL
    assert capture.spans("intake.visit.assemble")
    told = " ".join(one.to_json() for one in capture.spans()) + "".join(capfd.readouterr())
    page = render("", service="intake")[0]
    page = page.decode() if isinstance(page, bytes) else page
    for secret in (INSURED_NUMBER, "张三", "李四", "\\u5f20\\u4e09", "收费员"):
        assert secret not in told
        assert secret not in page
    counted = [line for line in page.splitlines() if line.startswith("intake_fsi_messages")]
    assert any('infno="2207"' in line and 'infcode="refused"' in line for line in counted)
    assert any('infno="unknown"' in line for line in counted)
    assert "MADE-UP" not in page


async def test_a_sign_in_is_asked_for_where_the_installation_wants_one(settings, clock, resources, mint) -> None:
    wanted = settings.model_copy(update={"intake_sign_in_required": True})
    caller = mint.bearer("hospital", institution=HOSPITAL)
    async with running(create_app(wanted, clock=clock)) as http:
        refused = (await http.post(fsi.PATH, json=fsi.registration(), headers=caller)).json()
        assert "[sign_in_missing]" in refused["err_msg"]
        signed = await http.post(fsi.PATH, json=fsi.message("9001", {"signIn": {"opter_no": "7"}}), headers=caller)
        number = {"sign_no": signed.json()["output"]["signinoutb"]["sign_no"]}
        body = fsi.registration() | number
        assert (await http.post(fsi.PATH, json=body, headers=caller)).json()["infcode"] == "0"
        clock.advance(timedelta(days=1))
        later = mint.bearer("hospital", institution=HOSPITAL)
        assert (await http.post(fsi.PATH, json=body, headers=later)).json()["infcode"] == "-1"
