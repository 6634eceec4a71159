"""One server and one Chromium for all tests of a module that look at pages."""

import asyncio
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from PIL import Image
from playwright.sync_api import Browser
from pydantic import SecretStr

from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.ids import new_id
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from services.tips.app import create_app
from services.tips.settings import TipsSettings, development_keys
from tests.support import browser as browsers
from tests.support.browser import People, Visitor, chromium, listening

_INSTITUTIONS = """
    insert into tips.institutions values
        ('H11010500001', 'hospital', 3, '110105', '朝阳区第一人民医院', true, now()),
        ('H11010500002', 'hospital', 2, '110105', '朝阳区第二人民医院（东院区、国际医疗部、互联网医院）', true, now()),
        ('P44010400002', 'pharmacy', 1, '440104', '康乐大药房', true, now())
"""


def photo() -> bytes:
    """A picture as a telephone makes it, smaller."""
    out = io.BytesIO()
    Image.effect_noise((200, 150), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def still_clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(datetime(2026, 3, 10, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def page_settings(
    postgres: EmbeddedPostgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> TipsSettings:
    """Real Argon2id, but with the least memory, over a database of the module's own."""
    state: Path = tmp_path_factory.mktemp("pages")
    url = postgres.create_database(f"pages_{new_id().hex}", template=migrated_template)
    asyncio.run(execute(url, _INSTITUTIONS))
    return TipsSettings(
        database_url=SecretStr(url),
        state_directory=state,
        jwks=str(state / "jwks.json"),
        tips_argon2_memory_kib=64,
        tips_argon2_passes=1,
        **development_keys(state),
    )


@pytest.fixture(scope="module")
def people(page_settings: TipsSettings, still_clock: FixedClock) -> Iterator[People]:
    """The service on a port of its own, with a clock that stands still, and those who use it by REST."""
    mint = TokenMint(still_clock)
    mint.write_jwks(page_settings.state_directory)
    with listening(create_app(page_settings, clock=still_clock)) as base_url:
        yield People(base_url, mint)


async def execute(url: str, statement: str) -> None:
    """Do something in the database; not while a browser runs, which is an event loop of its own."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def browser(in_ci: bool, people: People) -> Iterator[Browser]:
    """Chromium; where it is missing tests are skipped, loudly, and fail where that would hide something."""
    _ = people
    if browsers.binary() is None:
        reason = "BROWSER TESTS DO NOT RUN: chromium not found; install it"
        if in_ci:
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, people: People) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; each is asked at the end what their browser did behind their back."""
    visitors: list[Visitor] = []

    def make(name: str, viewport: dict[str, int], *, script: bool) -> Visitor:
        visitor = Visitor(browser, people.base_url, name, viewport, script=script)
        visitors.append(visitor)
        return visitor

    yield make
    for visitor in visitors:
        visitor.leave()
