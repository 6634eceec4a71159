"""Migrations: creates roles and schemas, and moves each service's schema with Alembic, one service after the other."""

import argparse
import asyncio
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from services.kit.db import admin_engine, role_of
from services.kit.embedded_postgres import EmbeddedPostgres, scratch_directory
from services.kit.revisions import SERVICES, alembic_config

LOCK_TIMEOUT = "5s"
"""A migration that waits longer than this for a table lock gives up instead of stopping the service behind it."""


def run_environment(connection: Connection, service: str, metadata: sa.MetaData) -> None:
    """Run Alembic's environment for one service on a connection; every ``env.py`` calls only this."""
    connection.execute(sa.text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(sa.text(f"set role {role_of(service)}"))
    connection.execute(sa.text(f"set search_path = {service}"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=service,
        include_schemas=True,
        include_name=_only(service),
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


def _only(service: str) -> Callable[[str | None, str, object], bool]:
    """Keep autogenerate inside the service's own schema; without it, it would drop the others' tables."""

    def include(name: str | None, kind: str, _parents: object) -> bool:
        return name == service if kind == "schema" else True

    return include


async def prepare_database(url: str, passwords: dict[str, str] | None = None) -> None:
    """Create each service's role and schema where missing; ``passwords`` let a role log in by itself."""
    engine = admin_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('fundwarden.prepare'))"))
            for service in SERVICES:
                role = role_of(service)
                known = await connection.scalar(sa.text("select 1 from pg_roles where rolname = :role"), {"role": role})
                if not known:
                    await connection.execute(sa.text(f"create role {role} nologin"))
                password = (passwords or {}).get(service)
                if password:
                    quoted = await connection.scalar(sa.text("select quote_literal(:value)"), {"value": password})
                    await connection.execute(sa.text(f"alter role {role} login password {quoted}"))
                await connection.execute(sa.text(f"grant {role} to current_user"))
                await connection.execute(sa.text(f"create schema if not exists {service} authorization {role}"))
                await connection.execute(sa.text(f"revoke all on schema {service} from public"))
    finally:
        await engine.dispose()


async def _with_alembic(url: str, service: str, run: Callable[[Connection], None]) -> None:
    engine = admin_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(
                sa.text("select pg_advisory_lock(hashtext(:name))"), {"name": f"fundwarden.migrate.{service}"}
            )
            await connection.commit()
            await connection.run_sync(run)
    finally:
        await engine.dispose()


async def upgrade(url: str, services: Sequence[str] = SERVICES, revision: str = "head") -> None:
    """Bring the schemas of the given services to a revision."""
    for service in services:

        def run(connection: Connection, service: str = service) -> None:
            config = alembic_config(service)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

        await _with_alembic(url, service, run)


async def downgrade(url: str, service: str, revision: str) -> None:
    """Take one service's schema back to a revision, ``base`` for nothing."""

    def run(connection: Connection) -> None:
        config = alembic_config(service)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    await _with_alembic(url, service, run)


async def differences(url: str, service: str, metadata: sa.MetaData) -> list[object]:
    """Return what the tables in code and the schema in the database disagree on; empty when they agree."""
    engine = admin_engine(url)
    try:
        async with engine.connect() as connection:

            def compare(sync_connection: Connection) -> list[object]:
                migration = MigrationContext.configure(
                    sync_connection,
                    opts={
                        "include_schemas": True,
                        "include_name": _only(service),
                        "version_table_schema": service,
                        "compare_type": True,
                    },
                )
                return list(compare_metadata(migration, metadata))

            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def _new(service: str, slug: str) -> None:
    with EmbeddedPostgres(scratch_directory()) as server:
        url = await asyncio.to_thread(server.create_database, f"new_{service}")
        await prepare_database(url)
        await upgrade(url, [service])

        def run(connection: Connection) -> None:
            config = alembic_config(service)
            config.attributes["connection"] = connection
            command.revision(config, message=slug, autogenerate=True)

        await _with_alembic(url, service, run)


def main() -> None:
    """Write a new migration from the difference between a service's tables and its migrations so far."""
    parser = argparse.ArgumentParser(prog="python -m services.kit.migrations")
    parser.add_argument("action", choices=["new"])
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("slug", help="what the migration does, in a few words")
    arguments = parser.parse_args()
    asyncio.run(_new(arguments.service, arguments.slug))


if __name__ == "__main__":
    main()
