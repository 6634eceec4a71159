"""Guards on routes: who gets in, and the applications that will not start."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends

from services.kit.auth import ROLES, SCOPES, Principal, guards, public, require, require_one_of, routes_without_guard

router = APIRouter(prefix="/probe/v1")


@router.get("/findings")
async def findings(principal: Annotated[Principal, Depends(require("findings:read"))]) -> dict[str, str]:
    return {"subject": principal.subject}


@router.post("/findings/decide")
async def decide(principal: Annotated[Principal, Depends(require("findings:read", "findings:review"))]) -> None: ...


@router.get("/institutions/{code}")
async def institution(code: str, principal: Annotated[Principal, Depends(require("standing:read"))]) -> None:
    principal.must_be_institution(code)


@router.get("/whoever")
async def whoever(principal: Annotated[Principal, Depends(require())]) -> None: ...


@router.get("/either")
async def either(principal: Annotated[Principal, Depends(require_one_of("tips:handle", "registry:write"))]) -> None: ...


@router.get("/open", dependencies=[Depends(public())])
async def for_all() -> None: ...


whole = APIRouter(prefix="/probe/v1/tips", dependencies=[Depends(require("tips:handle"))])


@whole.put("/{tip}")
async def put_tip(tip: str) -> None: ...


@whole.delete("/{tip}")
async def delete_tip(tip: str) -> None: ...


@pytest.fixture
async def client(serve):
    async with serve(router, whole) as client:
        yield client


async def test_a_token_with_the_scope_gets_in(client, mint):
    answer = await client.get("/probe/v1/findings", headers=mint.bearer("reviewer"))
    assert (answer.status_code, answer.json()) == (200, {"subject": "reviewer-1"})


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token"])
async def test_without_a_token_the_door_says_what_it_wants(client, header):
    answer = await client.get("/probe/v1/findings", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="fundwarden"'


async def test_a_bad_token_is_401_and_is_not_repeated(client):
    answer = await client.get("/probe/v1/findings", headers={"Authorization": "Bearer not-a-token"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_malformed")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "not-a-token" not in answer.text


async def test_a_missing_scope_is_403_and_is_named(client, mint):
    answer = await client.post("/probe/v1/findings/decide", headers=mint.bearer("auditor"))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "findings:review" in answer.json()["detail"]
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_all_scopes_are_needed_not_one_of_them(client, mint):
    only_review = mint.bearer(scopes=["findings:review"])
    assert (await client.post("/probe/v1/findings/decide", headers=only_review)).status_code == 403


async def test_an_institution_sees_only_its_own(client, mint):
    header = mint.bearer("hospital", institution="H11010500001")
    assert (await client.get("/probe/v1/institutions/H11010500001", headers=header)).status_code == 200
    answer = await client.get("/probe/v1/institutions/H11010500002", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (403, "other_institution")


async def test_every_marked_route_is_listed_with_what_it_wants(make_app):
    listed = {(guard.method, guard.path): guard.scopes for guard in guards(make_app(router, whole))}
    assert listed == {
        ("GET", "/probe/health/live"): None,
        ("GET", "/probe/health/ready"): None,
        ("GET", "/probe/metrics"): None,
        ("GET", "/probe/v1/findings"): {"findings:read"},
        ("POST", "/probe/v1/findings/decide"): {"findings:read", "findings:review"},
        ("GET", "/probe/v1/institutions/{code}"): {"standing:read"},
        ("GET", "/probe/v1/whoever"): frozenset(),
        ("GET", "/probe/v1/either"): frozenset(),
        ("GET", "/probe/v1/open"): None,
        ("PUT", "/probe/v1/tips/{tip}"): {"tips:handle"},
        ("DELETE", "/probe/v1/tips/{tip}"): {"tips:handle"},
    }


async def test_every_route_lets_in_exactly_the_roles_that_have_its_scopes(make_app, client, mint):
    for guard in guards(make_app(router, whole)):
        for role, scopes in ROLES.items():
            answer = await client.request(guard.method, guard.path, headers=mint.bearer(role))
            allowed = guard.scopes is None or (
                guard.scopes <= scopes and (not guard.one_of or bool(guard.one_of & scopes))
            )
            refused = answer.status_code == 403 and answer.json()["code"] == "scope_missing"
            assert refused is not allowed, (guard, role)


def test_an_application_with_an_unmarked_route_does_not_start(make_app):
    forgetful = APIRouter()

    @forgetful.get("/probe/v1/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match="GET /probe/v1/forgotten"):
        make_app(router, forgetful)


def test_a_route_outside_of_the_framework_counts_as_unmarked(make_app):
    app = make_app(router)
    app.add_route("/probe/raw", for_all)
    assert routes_without_guard(app) == ["GET /probe/raw", "HEAD /probe/raw"]


def test_a_misspelt_scope_is_found_at_once():
    with pytest.raises(ValueError, match="finding:read"):
        require("finding:read")


def test_nobody_handles_a_tip_and_approves_its_reward():
    assert not [role for role, scopes in ROLES.items() if {"tips:handle", "tips:approve"} <= scopes]


def test_every_scope_names_a_subject_and_a_verb():
    assert all(scope.count(":") == 1 for scope in SCOPES)


async def test_the_document_tells_which_routes_want_a_token(client):
    document = (await client.get("/probe/openapi.json")).json()
    assert document["paths"]["/probe/v1/findings"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/probe/v1/open"]["get"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert (await client.get("/probe/docs")).status_code == 200
