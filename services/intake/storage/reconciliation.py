"""Reconciliations, their statements and differences, and what is held of the days they are about."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.reconciliation import Amounts, Difference, Scope, bounds
from services.kit.db import driver

_ONE = (
    "reconciliation_id, institution_code, region, first_day, last_day, insurance_type, clearing_type, medical_type, "
    "refunds, state, revision, stated, held, compared_at, changed_at, traceparent"
)

_HELD = """
select settlement_id, total_fen, fact ->> 'fund_fen', fact ->> 'account_fen', fact ->> 'cash_fen'
from settlement cross join lateral (select convert_from(body, 'UTF8')::json as fact offset 0) told
where institution_code = $1 and {days}
    and ($4 = '' or fact ->> 'insurance_type' = $4) and ($5::text[] is null or fact ->> 'care_setting' = any($5))
    and ($6 = '' or fact ->> 'medical_type' = $6)
"""
_SETTLED = "settled_at >= $2 and settled_at < $3 and (reversed_at is null or reversed_at < $2 or reversed_at >= $3)"
_TAKEN_BACK = "reversed_at >= $2 and reversed_at < $3"

_WRITE = f"""
insert into reconciliation ({_ONE})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, '{{}}', '{{}}', $10, $10, $11)
on conflict on constraint uq_reconciliation_scope do update set changed_at = reconciliation.changed_at
returning {_ONE}
"""

_DIFFER = """
insert into reconciliation_difference (reconciliation_id, kind, settlement_id, stated, held, state, opened_at)
select $1, kind, settlement_id, stated::jsonb, held::jsonb, 'open', $6
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as found (kind, settlement_id, stated, held)
on conflict (reconciliation_id, kind, settlement_id) do update set
    state = case when reconciliation_difference.state = 'solved'
        or reconciliation_difference.stated is distinct from excluded.stated
        or reconciliation_difference.held is distinct from excluded.held then 'open'
        else reconciliation_difference.state end,
    closed_at = case when reconciliation_difference.state = 'explained'
        and reconciliation_difference.stated is not distinct from excluded.stated
        and reconciliation_difference.held is not distinct from excluded.held
        then reconciliation_difference.closed_at end,
    stated = excluded.stated, held = excluded.held
"""


class StoredReconciliation(NamedTuple):
    """A reconciliation as it stands."""

    reconciliation_id: UUID
    institution_code: str
    region: str
    first_day: date
    last_day: date
    insurance_type: str
    clearing_type: str
    medical_type: str
    refunds: bool
    state: str
    revision: int
    stated: dict[str, int | None]
    held: dict[str, int | None]
    compared_at: datetime
    changed_at: datetime
    traceparent: str | None

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return Scope(
            self.institution_code,
            self.first_day,
            self.last_day,
            self.insurance_type,
            self.clearing_type,
            self.medical_type,
            self.refunds,
        )


class StoredStatement(NamedTuple):
    """One version of what an institution said."""

    revision: int
    source: str
    stated_at: datetime
    stated_by: str
    digest: bytes
    totals: dict[str, int | None]
    settlements: list[list[Any]] | None


class StoredDifference(NamedTuple):
    """A difference and where it stands."""

    kind: str
    settlement_id: str
    stated: dict[str, int | None] | None
    held: dict[str, int | None] | None
    state: str
    opened_at: datetime
    closed_at: datetime | None
    explained_by: str | None
    why: str | None


async def held_of(session: AsyncSession, scope: Scope, settings: Sequence[str] | None) -> dict[str, Amounts]:
    """Return what is held of the days; ``settings`` are the kinds of visits of the clearing type, None for all."""
    connection = await driver(session)
    begin, end = bounds(scope.first_day, scope.last_day)
    rows = await connection.fetch(
        _HELD.format(days=_TAKEN_BACK if scope.refunds else _SETTLED),
        scope.institution_code,
        begin,
        end,
        scope.insurance_type,
        None if settings is None else list(settings),
        scope.medical_type,
    )
    return {row[0]: Amounts(row[1], int(row[2]), int(row[3]), int(row[4])) for row in rows}


async def standing_under(session: AsyncSession, institution_code: str, ids: Collection[str]) -> dict[str, str]:
    """Return, of ids that were reported second by another region, the id that their settlement stands under."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select settlement_id, stands_under from settlement_second_report "
        "where institution_code = $1 and settlement_id = any($2::text[])",
        institution_code,
        list(ids),
    )
    return {row[0]: row[1] for row in rows}


async def region_of(session: AsyncSession, institution_code: str) -> str | None:
    """Return the region of an institution as registered last; None for one that is not registered."""
    connection = await driver(session)
    found: str | None = await connection.fetchval(
        "select fields ->> 'region' from registry_period where kind = 'institution' and object_code = $1 "
        "order by effective_from desc limit 1",
        institution_code,
    )
    return found


async def open_locked(
    session: AsyncSession, reconciliation_id: UUID, scope: Scope, *, region: str, now: datetime, traceparent: str | None
) -> StoredReconciliation:
    """Return the reconciliation of a scope, locked; it is made where there is none."""
    connection = await driver(session)
    row = await connection.fetchrow(
        _WRITE,
        reconciliation_id,
        scope.institution_code,
        region,
        scope.first_day,
        scope.last_day,
        scope.insurance_type,
        scope.clearing_type,
        scope.medical_type,
        scope.refunds,
        now,
        traceparent,
    )
    return StoredReconciliation(*row)


async def find(session: AsyncSession, reconciliation_id: UUID, *, lock: bool = False) -> StoredReconciliation | None:
    """Return a reconciliation."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {_ONE} from reconciliation where reconciliation_id = $1{' for update' if lock else ''}",
        reconciliation_id,
    )
    return StoredReconciliation(*row) if row else None


async def due(session: AsyncSession, *, before: datetime, limit: int) -> list[StoredReconciliation]:
    """Return open reconciliations that were not compared since an instant, locked, the longest waiting first."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_ONE} from reconciliation where state = 'open' and compared_at < $1 order by compared_at limit $2 "
        "for update skip locked",
        before,
        limit,
    )
    return [StoredReconciliation(*row) for row in rows]


async def page(
    session: AsyncSession,
    *,
    institution_code: str | None,
    region_prefix: str | None,
    states: Collection[str],
    first_day: date | None,
    last_day: date | None,
    after: UUID | None,
    limit: int,
) -> list[StoredReconciliation]:
    """Return reconciliations in the order in which they were first stated."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_ONE} from reconciliation where ($1::text is null or institution_code = $1) "
        "and ($2::text is null or starts_with(region, $2)) and state = any($3::text[]) "
        "and ($4::date is null or last_day >= $4) and ($5::date is null or first_day <= $5) "
        "and reconciliation_id > $6 order by reconciliation_id limit $7",
        institution_code,
        region_prefix,
        list(states),
        first_day,
        last_day,
        after or UUID(int=0),
        limit,
    )
    return [StoredReconciliation(*row) for row in rows]


async def count_open(session: AsyncSession) -> int:
    """Return how many reconciliations are open."""
    connection = await driver(session)
    return int(await connection.fetchval("select count(*) from reconciliation where state = 'open'"))


async def save(
    session: AsyncSession,
    reconciliation_id: UUID,
    *,
    state: str,
    revision: int,
    stated: Mapping[str, int | None],
    held: Mapping[str, int | None],
    now: datetime,
) -> None:
    """Write where a reconciliation stands after it was compared."""
    connection = await driver(session)
    await connection.execute(
        "update reconciliation set state = $2, revision = $3, stated = $4::jsonb, held = $5::jsonb, compared_at = $6, "
        "changed_at = case when state = $2 and revision = $3 and held = $5::jsonb then changed_at else $6 end "
        "where reconciliation_id = $1",
        reconciliation_id,
        state,
        revision,
        _json(stated),
        _json(held),
        now,
    )


async def add_statement(session: AsyncSession, reconciliation_id: UUID, statement: StoredStatement) -> None:
    """Add a version of a statement."""
    connection = await driver(session)
    await connection.execute(
        "insert into reconciliation_statement values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)",
        reconciliation_id,
        statement.revision,
        statement.source,
        statement.stated_at,
        statement.stated_by,
        statement.digest,
        _json(statement.totals),
        None if statement.settlements is None else _json(statement.settlements),
    )


async def statements(
    session: AsyncSession, reconciliation_id: UUID, *, revision: int | None = None
) -> list[StoredStatement]:
    """Return every version, or one; the settlements they list only with one."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select revision, source, stated_at, stated_by, digest, totals, "
        "case when $2::integer is null then null else settlements end from reconciliation_statement "
        "where reconciliation_id = $1 and ($2 is null or revision = $2) order by revision",
        reconciliation_id,
        revision,
    )
    return [StoredStatement(*row) for row in rows]


async def write_differences(
    session: AsyncSession, reconciliation_id: UUID, found: Sequence[Difference], *, now: datetime
) -> None:
    """Write the differences there are; one that was explained stays so while its amounts stay, others are solved."""
    connection = await driver(session)
    kinds, ids = [one.kind for one in found], [one.settlement_id for one in found]
    if found:
        await connection.execute(
            _DIFFER,
            reconciliation_id,
            kinds,
            ids,
            [None if one.stated is None else _json(one.stated._asdict()) for one in found],
            [None if one.held is None else _json(one.held._asdict()) for one in found],
            now,
        )
    await connection.execute(
        "update reconciliation_difference set state = 'solved', closed_at = $4 where reconciliation_id = $1 "
        "and state <> 'solved' and (kind, settlement_id) not in (select * from unnest($2::text[], $3::text[]))",
        reconciliation_id,
        kinds,
        ids,
        now,
    )


async def differences(
    session: AsyncSession, reconciliation_id: UUID, *, states: Collection[str], limit: int
) -> list[StoredDifference]:
    """Return differences in the order of their settlements."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select kind, settlement_id, stated, held, state, opened_at, closed_at, explained_by, why "
        "from reconciliation_difference where reconciliation_id = $1 and state = any($2::text[]) "
        "order by settlement_id, kind limit $3",
        reconciliation_id,
        list(states),
        limit,
    )
    return [StoredDifference(*row) for row in rows]


async def counts(session: AsyncSession, reconciliation_id: UUID) -> dict[tuple[str, str], int]:
    """Return how many differences there are of each kind and state."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select kind, state, count(*) from reconciliation_difference where reconciliation_id = $1 group by kind, state",
        reconciliation_id,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def explain(
    session: AsyncSession,
    reconciliation_id: UUID,
    *,
    settlement_ids: Sequence[str] | None,
    by: str,
    why: str,
    now: datetime,
) -> int:
    """Mark open differences as explained, of these settlements or all; return how many."""
    connection = await driver(session)
    rows = await connection.fetch(
        "update reconciliation_difference set state = 'explained', explained_by = $3, why = $4, closed_at = $5 "
        "where reconciliation_id = $1 and state = 'open' and ($2::text[] is null or settlement_id = any($2)) "
        "returning true",
        reconciliation_id,
        None if settlement_ids is None else list(settlement_ids),
        by,
        why,
        now,
    )
    return len(rows)


async def keep_file(
    session: AsyncSession, file_number: str, institution_code: str, settlements: object, *, now: datetime
) -> None:
    """Keep details that a later statement refers to."""
    connection = await driver(session)
    await connection.execute(
        "insert into statement_file values ($1, $2, $3, $4::jsonb)",
        file_number,
        institution_code,
        now,
        _json(settlements),
    )


async def read_file(session: AsyncSession, file_number: str, institution_code: str) -> list[list[Any]] | None:
    """Return the details under a number; None where the institution has none."""
    connection = await driver(session)
    found: list[list[Any]] | None = await connection.fetchval(
        "select settlements from statement_file where file_number = $1 and institution_code = $2",
        file_number,
        institution_code,
    )
    return found


async def forget_files(session: AsyncSession, *, before: datetime) -> None:
    """Drop details that nobody referred to for long enough."""
    connection = await driver(session)
    await connection.execute("delete from statement_file where uploaded_at < $1", before)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
