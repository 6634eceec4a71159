"""Rulebooks as stored: drafts, the active one, and those it replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH, insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.storage.tables import rulebook


@dataclass(frozen=True, slots=True)
class StoredRulebook:
    """A rulebook with its life, without its content."""

    version: str
    status: str
    author: str
    drafted_at: datetime
    approver: str | None
    activated_at: datetime | None
    retired_at: datetime | None
    editors: Sequence[str] = ()
    """Who imported into it or confirmed proposals in it."""
    validated_at: datetime | None = None
    shadowed_at: datetime | None = None


class StandingVersion(NamedTuple):
    """A rulebook that judges; validated anew, it may say something else under the same version."""

    version: str
    validated_at: datetime | None


class Standing(NamedTuple):
    """The rulebooks that judge now."""

    active: StandingVersion | None
    shadow: StandingVersion | None


_LIFE: list[sa.Column[Any]] = [
    rulebook.c.version,
    rulebook.c.status,
    rulebook.c.author,
    rulebook.c.drafted_at,
    rulebook.c.approver,
    rulebook.c.activated_at,
    rulebook.c.retired_at,
    rulebook.c.editors,
    rulebook.c.validated_at,
    rulebook.c.shadowed_at,
]


async def active_version(session: AsyncSession) -> str | None:
    """Return the version screening judges by, None before the first activation."""
    return await session.scalar(sa.select(rulebook.c.version).where(rulebook.c.status == "active"))


async def standing(session: AsyncSession) -> Standing:
    """Return which rulebook judges, and which one judges in its shadow."""
    query = sa.select(rulebook.c.status, rulebook.c.version, rulebook.c.validated_at).where(
        rulebook.c.status.in_(("active", "shadow"))
    )
    found = {row[0]: StandingVersion(row[1], row[2]) for row in await session.execute(query)}
    return Standing(found.get("active"), found.get("shadow"))


async def find(session: AsyncSession, version: str, *, lock: bool = False) -> StoredRulebook | None:
    """Return one rulebook's life, None when there is none; ``lock`` keeps others from changing it."""
    query = sa.select(*_LIFE).where(rulebook.c.version == version)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return StoredRulebook(*row) if row else None


async def content(session: AsyncSession, version: str) -> dict[str, Any]:
    """Return a rulebook's content as it was drafted; raises NoResultFound when there is none."""
    query = sa.select(rulebook.c.content).where(rulebook.c.version == version)
    found: dict[str, Any] = (await session.execute(query)).scalar_one()
    return found


async def content_text(session: AsyncSession, version: str) -> str:
    """Return a rulebook's content as JSON text, for whoever reads a large one off the event loop."""
    query = sa.select(sa.cast(rulebook.c.content, sa.Text)).where(rulebook.c.version == version)
    found: str = (await session.execute(query)).scalar_one()
    return found


async def entries(
    session: AsyncSession, version: str, rule_code: str, point_id: str | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return one rule of a rulebook and one of its knowledge points, without reading the whole; None where missing."""
    found = []
    for path, name in (("$.rules[*] ? (@.code == $name)", rule_code), ("$.points[*] ? (@.id == $name)", point_id)):
        query = sa.select(
            sa.func.jsonb_path_query_first(
                rulebook.c.content, sa.cast(path, JSONPATH), sa.func.jsonb_build_object("name", sa.cast(name, sa.Text))
            )
        ).where(rulebook.c.version == version)
        found.append(None if name is None else await session.scalar(query))
    return found[0], found[1]


async def page(session: AsyncSession, *, below: str | None, limit: int) -> list[StoredRulebook]:
    """Return rulebooks by descending version, below the one given."""
    query = sa.select(*_LIFE).order_by(rulebook.c.version.desc()).limit(limit)
    if below is not None:
        query = query.where(rulebook.c.version < below)
    return [StoredRulebook(*row) for row in await session.execute(query)]


async def add_draft(
    session: AsyncSession, version: str, body: Mapping[str, object], *, author: str, now: datetime
) -> bool:
    """Store a draft; False, and nothing stored, when the version exists."""
    statement = (
        insert(rulebook)
        .values(version=version, status="draft", content=dict(body), author=author, drafted_at=now)
        .on_conflict_do_nothing()
        .returning(rulebook.c.version)
    )
    return await session.scalar(statement) is not None


async def activate(session: AsyncSession, version: str, *, approver: str, now: datetime) -> None:
    """Retire the active rulebook and make this one active."""
    await session.execute(
        sa.update(rulebook).where(rulebook.c.status == "active").values(status="retired", retired_at=now)
    )
    await session.execute(
        sa.update(rulebook)
        .where(rulebook.c.version == version)
        .values(status="active", approver=approver, activated_at=now, retired_at=None)
    )


async def lock_activation(session: AsyncSession) -> None:
    """Let one activation happen at a time: two at once would both retire the same rulebook."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('screening.rulebook.activation'))"))
