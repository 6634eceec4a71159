"""A service of its own for tests of the spine: the schema ``probe`` with the spine's tables and a ledger."""

from typing import ClassVar

import sqlalchemy as sa

from services.contracts import Fact
from services.kit.db import admin_engine, role_of, service_metadata, spine_tables


class Probed(Fact, frozen=True, kw_only=True):
    """A fact that only these tests state."""

    TYPE: ClassVar[str] = "probe.thing.probed.v1"
    TOPIC: ClassVar[str] = "probe.thing"
    KEY: ClassVar[str] = "subject"

    subject: str
    number: int


class Counted(Fact, frozen=True, kw_only=True):
    """A second type on the same topic."""

    TYPE: ClassVar[str] = "probe.thing.counted.v1"
    TOPIC: ClassVar[str] = "probe.thing"
    KEY: ClassVar[str] = "subject"

    subject: str
    number: int


async def make_probe_schema(url: str) -> None:
    """Create role, schema and tables of the probe service."""
    metadata = service_metadata("probe")
    spine_tables(metadata)
    sa.Table(
        "effect",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("subject", sa.Text),
        sa.Column("number", sa.Integer),
    )
    engine = admin_engine(url)
    async with engine.begin() as connection:
        role = role_of("probe")
        if not await connection.scalar(sa.text("select 1 from pg_roles where rolname = :role"), {"role": role}):
            await connection.execute(sa.text(f"create role {role} nologin"))
        await connection.execute(sa.text(f"create schema probe authorization {role}"))
        await connection.execute(sa.text(f"set local role {role}"))
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
