"""Eligibility goes past the framework's routing: it must refuse, answer and be recorded exactly as routes do."""

import pytest

from services.credit.api.models import EligibilityView
from tests.integration.credit.service import PHYSICIAN


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({}, "/practitioner", "missing"),
        ({"practitioner": "x"}, "/practitioner", "string_pattern_mismatch"),
        ({"practitioner": PHYSICIAN, "at": "2026-03-10T10:00:00"}, "/at", "timezone_aware"),
        ({"practitioner": PHYSICIAN, "at": "1999-12-31T00:00:00Z"}, "/at", "greater_than_equal"),
    ],
)
async def test_a_malformed_question_is_pointed_to_in_the_query(desk, query, pointer, code):
    answer = await desk.get("/eligibility", **query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(one["in"], one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("query", pointer, code)]
    assert answer.json()["code"] == "malformed"


async def test_a_stranger_learns_of_the_missing_token_and_nothing_else(desk):
    answer = await desk.client.get("/credit/v1/eligibility")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    tips = await desk.get("/eligibility", practitioner=PHYSICIAN, as_=desk.mint.bearer("tip_handler"))
    assert (tips.status_code, tips.json()["code"]) == (403, "scope_missing")
    other = await desk.client.post("/credit/v1/eligibility", headers=desk.mint.bearer("auditor"))
    assert other.status_code == 405


async def test_the_answer_is_the_view_in_the_callers_language_and_is_recorded_under_its_template(desk):
    await desk.facts.register(PHYSICIAN)
    answer = await desk.get("/eligibility", practitioner=PHYSICIAN, headers={"Accept-Language": "en"})
    assert EligibilityView.model_validate(answer.json()).status_text == "Eligible"
    assert answer.headers["cache-control"] == "no-store"
    assert "trace-id" in answer.headers
    page = (await desk.client.get("/credit/metrics")).text
    assert 'route="/credit/v1/eligibility"' in page
    assert PHYSICIAN not in page


async def test_the_published_interface_names_its_parameters(desk):
    document = (await desk.client.get("/credit/openapi.json")).json()
    operation = document["paths"]["/credit/v1/eligibility"]["get"]
    assert {one["name"]: one["required"] for one in operation["parameters"]} == {"practitioner": True, "at": False}
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/EligibilityView")
    assert "422" in operation["responses"]
