"""Credit over HTTP on a real database, with facts told to its consumers beside it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.credit.app import create_app
from services.credit.settings import CreditSettings
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.integration.credit.service import Credit


@dataclass
class Desk:
    """A client of the service, the tokens its callers hold, and the service's neighbours."""

    client: httpx.AsyncClient
    mint: TokenMint
    facts: Credit

    async def get(self, path: str, *, as_: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
        query = {name: value for name, value in parameters.items() if name != "headers"}
        headers = {**(as_ or self.mint.bearer("sanction_officer")), **parameters.get("headers", {})}
        return await self.client.get(f"/credit/v1{path}", params=query, headers=headers)

    async def post(self, path: str, body: Any, *, as_: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.post(
            f"/credit/v1{path}", json=body, headers=as_ or self.mint.bearer("sanction_officer")
        )


@pytest.fixture
async def desk(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    mint = TokenMint(clock)
    settings = CreditSettings(database_url=database_url, state_directory=tmp_path, jwks=str(mint.write_jwks(tmp_path)))
    app = create_app(settings, clock=clock)
    async with running(app) as client:
        yield Desk(client, mint, Credit(app.state.resources, clock))


@pytest.fixture
def sanction_body() -> Callable[..., dict[str, Any]]:
    def make(sanction_id: object, finding_id: object, *, cause: str = "penalty_article_40", **changes: Any) -> Any:
        return {
            "sanction_id": str(sanction_id),
            "institution_code": "H11010500001",
            "kind": cause,
            "deciding_authority": "某市医疗保障局",
            "document_number": "医保罚〔2026〕1号",
            "decided_on": "2026-03-10",
            "persons": [
                {
                    "practitioner_code": "D110105000001",
                    "violations": [
                        {
                            "finding_ids": [str(finding_id)],
                            "band_cause": cause,
                            "degree": "principal",
                            "modifier": "none",
                        }
                    ],
                }
            ],
            **changes,
        }

    return make
