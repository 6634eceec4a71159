"""The life of rulebooks as stored: edits of drafts, validation, the shadow, and the steps that were taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.storage.rulebook_life_tables import rulebook_step
from services.screening.storage.tables import rulebook

_open = rulebook.c.status.in_(("draft", "validated"))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a rulebook."""

    step: str
    at: datetime
    by: str
    reason: str | None = None
    details: Mapping[str, Any] | None = None


async def add_step(session: AsyncSession, version: str, step: Step) -> None:
    """Write down what happened."""
    await session.execute(
        sa.insert(rulebook_step).values(
            version=version, step=step.step, at=step.at, by=step.by, reason=step.reason, details=step.details
        )
    )


async def steps(session: AsyncSession, version: str) -> Sequence[Step]:
    """Return what happened to a rulebook, oldest first."""
    column = rulebook_step.c
    query = (
        sa.select(column.step, column.at, column.by, column.reason, column.details)
        .where(column.version == version)
        .order_by(column.sequence)
    )
    return [Step(*row) for row in await session.execute(query)]


async def edit(session: AsyncSession, version: str, content_json: str, *, by: str) -> None:
    """Replace the content of a rulebook that does not judge; it has to be validated again."""
    await session.execute(
        sa.update(rulebook)
        .where(rulebook.c.version == version)
        .values(
            content=sa.cast(sa.literal(content_json, sa.Text), postgresql.JSONB),
            status="draft",
            validated_at=None,
            report=None,
            editors=sa.case(
                (rulebook.c.editors.contains([by]), rulebook.c.editors),
                else_=sa.func.array_append(rulebook.c.editors, by),
            ),
        )
    )


async def save_report(
    session: AsyncSession, version: str, report: Mapping[str, Any], *, now: datetime, passed: bool
) -> None:
    """Keep the report of a validation; a draft that passed is validated, a validated one that did not is a draft."""
    await session.execute(
        sa.update(rulebook)
        .where(rulebook.c.version == version)
        .values(
            report=dict(report),
            # Of one that judges, or has judged, the content is fixed; the instant tells workers of another content.
            validated_at=sa.case((_open, now if passed else None), else_=rulebook.c.validated_at),
            status=sa.case((_open, "validated" if passed else "draft"), else_=rulebook.c.status),
        )
    )


async def report(session: AsyncSession, version: str) -> dict[str, Any] | None:
    """Return the report of the last validation, None when there was none."""
    found: dict[str, Any] | None = await session.scalar(
        sa.select(rulebook.c.report).where(rulebook.c.version == version)
    )
    return found


async def enter_shadow(session: AsyncSession, version: str, *, now: datetime) -> None:
    """Let a rulebook judge in the shadow of the active one."""
    await session.execute(
        sa.update(rulebook).where(rulebook.c.version == version).values(status="shadow", shadowed_at=now)
    )


async def leave_shadow(session: AsyncSession, version: str) -> None:
    """Let a rulebook judge no longer; it stays validated."""
    await session.execute(sa.update(rulebook).where(rulebook.c.version == version).values(status="validated"))


async def all_contents(session: AsyncSession, *, without: str) -> Sequence[str]:
    """Return the content of every other rulebook that ever judged, as JSON text."""
    query = sa.select(sa.cast(rulebook.c.content, sa.Text)).where(
        rulebook.c.version != without, rulebook.c.status.in_(("active", "retired", "shadow"))
    )
    return [row[0] for row in await session.execute(query)]
