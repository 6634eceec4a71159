"""Every route times every role: denied unless allowed, and nothing is open by accident."""

import re
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.components import COMPONENTS
from services.embedded import component_settings
from services.kit.auth import guards
from services.kit.clock import SystemClock
from services.kit.principal import ROLES
from services.kit.settings import ProcessSettings
from services.kit.testing.tokens import TokenMint
from tests.conftest import running

PUBLIC = frozenset(
    {
        "/credit/v1/published-draws",
        "/credit/v1/published-draws/{draw_id}",
        "/credit/public",
        "/credit/public/ratings",
        "/credit/public/penalties",
    }
)
"""What the public reads without a token, beside the tips' own pages."""


@pytest.fixture(params=list(COMPONENTS))
def component(request) -> Any:
    return COMPONENTS[request.param]


@pytest.fixture
def mint() -> TokenMint:
    return TokenMint(SystemClock())


@pytest.fixture
def app(component, database_url, tmp_path, mint) -> Any:
    settings = ProcessSettings(
        database_url=SecretStr(database_url),
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        development=True,
    )
    return component.create_app(component_settings(component, settings))


def fill(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "00000000-0000-7000-8000-000000000000", path)


def code_of(answer: httpx.Response) -> str | None:
    """The code of a refusal; a page for people has none."""
    return answer.json()["code"] if "json" in answer.headers["content-type"] else None


async def test_every_route_denies_every_role_without_its_scope(app, mint) -> None:
    async with running(app) as client:
        for method, path, scopes, one_of in guards(app):
            if scopes is None:
                continue
            answer = await client.request(method, fill(path))
            assert (answer.status_code, answer.json()["code"]) == (401, "token_missing"), f"{method} {path}"
            for role, granted in ROLES.items():
                answer = await client.request(method, fill(path), headers=mint.bearer(role))
                denied = answer.status_code == 403 and code_of(answer) == "scope_missing"
                assert denied == (not scopes <= granted or bool(one_of and not one_of & granted)), (
                    f"{method} {path} {role}: {answer.status_code}"
                )


async def test_only_probes_and_the_publics_own_routes_are_open(app, component) -> None:
    opened = {one.path for one in guards(app) if one.scopes is None}
    probes = {f"/{component.name}/{name}" for name in ("health/live", "health/ready", "metrics")}
    assert probes <= opened
    for path in opened - probes:
        assert component.name == "tips" or path in PUBLIC, f"{path} is open"
