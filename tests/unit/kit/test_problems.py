"""Errors as a caller sees them: the form, the texts, and what must never be in them."""

import json
from datetime import date
from enum import Enum

import pytest
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from services.kit.auth import public, require
from services.kit.errors import Conflict, FieldError, Malformed, TooMany, Unavailable

SECRET = "110105199003078888"


class Kind(Enum):
    OUTPATIENT = "op"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount_fen: int = Field(ge=1, le=10)


class Claim(BaseModel):
    code: str = Field(pattern="^H[0-9]{11}$", max_length=20)
    day: date
    at: AwareDatetime
    kind: Kind
    lines: list[Line] = Field(min_length=1)
    free: dict[str, int] = {}
    checked: str = ""
    plain: str = ""

    @field_validator("checked")
    @classmethod
    def check(cls, value):
        if value:
            raise PydanticCustomError(
                "check_digit", "never {en}", {"zh": "校验位不符。", "en": "The check digit is wrong."}
            )
        return value

    @field_validator("plain")
    @classmethod
    def quote(cls, value):
        if value:
            raise ValueError(f"{value} is wrong")
        return value


router = APIRouter(prefix="/probe/v1")


@router.post("/claims", dependencies=[Depends(public())])
async def post_claim(claim: Claim, limit: int = 5) -> Claim:
    assert limit == 5
    return claim


@router.post("/guarded", dependencies=[Depends(require("settlements:write"))])
async def guarded(claim: Claim) -> Claim:
    return claim


@router.get("/raise/{what}", dependencies=[Depends(public())])
async def failing(what: str) -> None:
    raise {
        "conflict": Conflict("settlement_differs", zh="内容不同。", en="It differs."),
        "fields": Malformed(
            "sum_wrong", zh="合计不符。", en="Sums.", fields=[FieldError("/lines/3", "sum", "不符", "no")]
        ),
        "busy": TooMany("busy", zh="忙。", en="Busy.", retry_after=7),
        "away": Unavailable("away", zh="不在。", en="Away."),
        "teapot": HTTPException(418, f"detail {SECRET}"),
        "gone": ConnectionRefusedError(f"connect failed for {SECRET}"),
        "bug": RuntimeError(f"insert failed for {SECRET}"),
    }[what]


@pytest.fixture
async def client(serve):
    async with serve(router) as client:
        yield client


async def test_an_error_of_ours_has_the_form_of_rfc_9457_in_chinese(client):
    answer = await client.get("/probe/v1/raise/conflict")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "zh-CN"
    problem = answer.json()
    assert problem.pop("trace_id") == answer.headers["trace-id"]
    assert problem == {
        "type": "urn:fundwarden:problem:settlement_differs",
        "title": "存在冲突",
        "status": 409,
        "code": "settlement_differs",
        "detail": "内容不同。",
    }


async def test_an_error_speaks_english_when_asked_to(client):
    answer = await client.get("/probe/v1/raise/conflict", headers={"Accept-Language": "en"})
    assert answer.headers["content-language"] == "en"
    assert (answer.json()["title"], answer.json()["detail"]) == ("Conflict", "It differs.")


async def test_field_errors_point_into_the_body(client):
    assert (await client.get("/probe/v1/raise/fields")).json()["errors"] == [
        {"in": "body", "pointer": "/lines/3", "code": "sum", "message": "不符"}
    ]


@pytest.mark.parametrize(("what", "status", "wait"), [("busy", 429, "7"), ("away", 503, "5")])
async def test_a_caller_is_told_when_to_come_back(client, what, status, wait):
    answer = await client.get(f"/probe/v1/raise/{what}")
    assert (answer.status_code, answer.headers["retry-after"]) == (status, wait)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/probe/v1/none/{SECRET}", 404, "not_found"),
        ("DELETE", "/probe/v1/claims", 405, "method_not_allowed"),
        ("GET", "/probe/v1/raise/teapot", 418, "bad_request"),
        ("GET", "/probe/v1/claims/", 404, "not_found"),
    ],
)
async def test_errors_of_the_framework_have_the_same_form_and_repeat_nothing(client, method, path, status, code):
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text + str(answer.headers)


async def test_a_refused_method_is_told_which_ones_are_allowed(client):
    assert (await client.delete("/probe/v1/claims")).headers["allow"] == "POST"


async def test_a_bug_shows_nothing_of_itself(client):
    with capture_logs():
        answer = await client.get("/probe/v1/raise/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["trace-id"]
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text


async def test_a_database_that_is_away_for_now_is_no_bug(client):
    with capture_logs():
        answer = await client.get("/probe/v1/raise/gone")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert SECRET not in answer.text


GOOD = {
    "code": "H11010500001",
    "day": "2026-03-10",
    "at": "2026-03-10T08:00:00+08:00",
    "kind": "op",
    "lines": [{"amount_fen": 1}],
}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"code": SECRET}, "/code", "string_pattern_mismatch"),
        ({"code": SECRET * 3}, "/code", "string_too_long"),
        ({"day": SECRET}, "/day", "date_from_datetime_parsing"),
        ({"at": "2026-03-10T08:00:00"}, "/at", "timezone_aware"),
        ({"kind": SECRET}, "/kind", "enum"),
        ({"lines": []}, "/lines", "too_short"),
        ({"lines": SECRET}, "/lines", "list_type"),
        ({"lines": [{"amount_fen": 1}, {"amount_fen": 11}]}, "/lines/1/amount_fen", "less_than_equal"),
        ({"lines": [{"amount_fen": 1, SECRET: 1}]}, "/lines/0", "extra_forbidden"),
        ({"lines": [{}]}, "/lines/0/amount_fen", "missing"),
        ({"free": {SECRET: "x"}}, "/free/*", "int_parsing"),
        ({"checked": SECRET}, "/checked", "check_digit"),
        ({"plain": SECRET}, "/plain", "value_error"),
    ],
)
async def test_a_malformed_field_is_named_and_its_value_never_repeated(client, change, pointer, code):
    answer = await client.post("/probe/v1/claims", json={**GOOD, **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "malformed")
    assert [(error["in"], error["pointer"], error["code"]) for error in problem["errors"]] == [("body", pointer, code)]
    assert SECRET not in answer.text
    assert all(error["message"] for error in problem["errors"])


async def test_bounds_of_ours_are_named_in_both_languages(client):
    body = {**GOOD, "lines": [{"amount_fen": 11}]}
    said = [
        (await client.post("/probe/v1/claims", json=body, headers={"Accept-Language": spoken})).json()["errors"][0]
        for spoken in ("zh", "en")
    ]
    assert [error["message"] for error in said] == ["不得大于 10。", "This must be at most 10."]


async def test_a_validator_of_a_service_brings_its_own_texts(client):
    answer = await client.post("/probe/v1/claims", json={**GOOD, "checked": "x"})
    assert answer.json()["errors"][0]["message"] == "校验位不符。"


async def test_a_query_parameter_is_told_apart_from_the_body(client):
    answer = await client.post("/probe/v1/claims", json=GOOD, params={"limit": SECRET + "x"})
    assert [(error["in"], error["pointer"]) for error in answer.json()["errors"]] == [("query", "/limit")]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body", [b"{", b'{"code": nope}', b"\xff\xfe", b'{"a": ' + SECRET.encode(), b'"\xff"', b"[" * 100_000]
)
async def test_malformed_json_is_422_with_an_empty_pointer(client, body):
    answer = await client.post("/probe/v1/claims", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_json")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("", "malformed_json")]
    assert SECRET not in answer.text


async def test_a_stranger_learns_of_the_missing_token_before_the_malformed_body(client, mint):
    send = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    assert (await client.post("/probe/v1/guarded", **send)).json()["code"] == "token_missing"
    send["headers"] |= mint.bearer("auditor")
    assert (await client.post("/probe/v1/guarded", **send)).json()["code"] == "scope_missing"
    send["headers"] |= mint.bearer("hospital")
    assert (await client.post("/probe/v1/guarded", **send)).json()["code"] == "malformed_json"


async def test_a_stranger_learns_of_the_missing_token_before_the_invalid_fields(client):
    assert (await client.post("/probe/v1/guarded", json={})).status_code == 401


async def test_no_more_than_a_hundred_fields_are_told(client):
    body = {**GOOD, "lines": [{"amount_fen": 0}] * 500}
    assert len(json.loads((await client.post("/probe/v1/claims", json=body)).text)["errors"]) == 100
