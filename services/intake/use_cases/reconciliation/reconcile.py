"""Reconcile a statement with what is held, and again whenever something may have come since."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.reconciliation import DayReconciled
from services.intake import telemetry
from services.intake.domain.reconciliation import CLEARING_TYPES, Amounts, Scope, State, Totals, compare, totals_of
from services.intake.storage import reconciliation
from services.intake.storage.reconciliation import StoredReconciliation, StoredStatement
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Malformed, NotFound
from services.kit.ids import new_id
from services.kit.outbox import outgoing
from services.kit.telemetry import current_traceparent

COMPARED_EVERY = timedelta(seconds=60)
"""How long after a comparison an open day is compared again."""
MOST_AT_ONCE = 20
"""Days of institutions that one transaction compares."""
FILES_KEPT_FOR = timedelta(days=35)
_DIGEST_BYTES = 16


class Statement(NamedTuple):
    """What an institution says."""

    scope: Scope
    totals: Totals
    settlements: Mapping[str, Amounts] | None
    """Every settlement, where the statement lists them."""
    source: str
    stated_by: str


class Reconciled(NamedTuple):
    """What a statement came to."""

    stored: StoredReconciliation
    again: bool
    """The same statement had been made before; no version was added."""


class Reconcile:
    """Takes statements; the same one again adds nothing and is answered as things stand."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, statement: Statement) -> Reconciled:
        """Compare a statement and keep it; raises Malformed for an institution that is not registered."""
        now = self._clock.now()
        digest = _digest(statement)
        async with self._database.transaction() as session:
            region = await reconciliation.region_of(session, statement.scope.institution_code)
            if region is None:
                raise Malformed(
                    "institution_unknown", zh="定点医药机构未登记。", en="The institution is not in the registry."
                )
            stored = await reconciliation.open_locked(
                session, new_id(), statement.scope, region=region, now=now, traceparent=current_traceparent()
            )
            before = await reconciliation.statements(session, stored.reconciliation_id, revision=stored.revision)
            again = bool(before) and before[0].digest == digest
            revision = stored.revision if again else stored.revision + 1
            if not again:
                listed = statement.settlements
                await reconciliation.add_statement(
                    session,
                    stored.reconciliation_id,
                    StoredStatement(
                        revision,
                        statement.source,
                        now,
                        statement.stated_by,
                        digest,
                        statement.totals._asdict(),
                        None if listed is None else [[one, *amounts] for one, amounts in listed.items()],
                    ),
                )
            stored = await self._compare(
                session, stored, statement.totals, statement.settlements, revision=revision, now=now
            )
        telemetry.STATEMENTS.add(1, {"service": "intake", "outcome": stored.state})
        return Reconciled(stored, again)

    async def sweep(self) -> int:
        """Compare open days anew, so that what came late closes them; return how many were compared."""
        compared = 0
        now = self._clock.now()
        while True:
            async with self._database.transaction() as session:
                due = await reconciliation.due(session, before=now - COMPARED_EVERY, limit=MOST_AT_ONCE)
                for stored in due:
                    [last] = await reconciliation.statements(
                        session, stored.reconciliation_id, revision=stored.revision
                    )
                    await self._compare(session, stored, *read_statement(last), revision=stored.revision, now=now)
                if not due:
                    await reconciliation.forget_files(session, before=now - FILES_KEPT_FOR)
            compared += len(due)
            if len(due) < MOST_AT_ONCE:
                break
        async with self._database.reading() as session:
            left = await reconciliation.count_open(session)
        telemetry.UNRECONCILED.set(left, {"service": "intake"})
        return compared

    async def explain(
        self, stored: StoredReconciliation, *, settlement_ids: Sequence[str] | None, by: str, why: str
    ) -> StoredReconciliation:
        """Mark open differences as explained, of these settlements or all; raises NotFound where none is open."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            locked = await reconciliation.find(session, stored.reconciliation_id, lock=True)
            assert locked is not None  # noqa: S101 - reconciliations are never deleted
            explained = await reconciliation.explain(
                session, locked.reconciliation_id, settlement_ids=settlement_ids, by=by, why=why, now=now
            )
            if not explained:
                raise NotFound("difference_unknown", zh="没有待说明的差异。", en="No such difference is open.")
            return await _conclude(
                session, locked, stated=locked.stated, held=locked.held, revision=locked.revision, now=now
            )

    async def _compare(
        self,
        session: AsyncSession,
        stored: StoredReconciliation,
        totals: Totals,
        settlements: Mapping[str, Amounts] | None,
        *,
        revision: int,
        now: datetime,
    ) -> StoredReconciliation:
        held = await reconciliation.held_of(session, stored.scope, _settings(stored.clearing_type))
        if settlements is not None:
            settlements = await _under_our_ids(session, stored.institution_code, settlements, held)
        found = compare(totals, settlements, held)
        await reconciliation.write_differences(session, stored.reconciliation_id, found, now=now)
        return await _conclude(
            session, stored, stated=totals._asdict(), held=totals_of(held)._asdict(), revision=revision, now=now
        )


def read_statement(stored: StoredStatement) -> tuple[Totals, dict[str, Amounts] | None]:
    """Return what a stored statement says."""
    listed = stored.settlements
    totals = Totals(**stored.totals)  # type: ignore[arg-type]  # written from Totals
    return totals, None if listed is None else {row[0]: Amounts(*row[1:]) for row in listed}


async def _conclude(
    session: AsyncSession,
    stored: StoredReconciliation,
    *,
    stated: dict[str, int | None],
    held: dict[str, int | None],
    revision: int,
    now: datetime,
) -> StoredReconciliation:
    """Write where a day stands, and state it where that changed."""
    counts = await reconciliation.counts(session, stored.reconciliation_id)
    state: State = "matched"
    if any(where == "open" for _, where in counts):
        state = "open"
    elif any(where == "explained" for _, where in counts):
        state = "explained"
    await reconciliation.save(
        session, stored.reconciliation_id, state=state, revision=revision, stated=stated, held=held, now=now
    )
    if (stored.state, stored.revision, stored.held) != (state, revision, held) or stored.revision == 0:
        fact = _fact(stored, state, revision, stated, held, counts, now)
        # In the trace of the first statement, whatever closed the day in the end.
        await outbox.add(session, [outgoing(fact, now=now, traceparent=stored.traceparent)])
    changed = await reconciliation.find(session, stored.reconciliation_id)
    assert changed is not None  # noqa: S101 - it was just written
    return changed


def _fact(
    stored: StoredReconciliation,
    state: State,
    revision: int,
    stated: dict[str, int | None],
    held: dict[str, int | None],
    counts: Mapping[tuple[str, str], int],
    now: datetime,
) -> DayReconciled:
    def number(kind: str) -> int:
        return counts.get((kind, "open"), 0) + counts.get((kind, "explained"), 0)

    return DayReconciled(
        reconciliation_ref=stored.reconciliation_id,
        institution_code=stored.institution_code,
        first_day=stored.first_day,
        last_day=stored.last_day,
        outcome=state,
        revision=revision,
        reconciled_at=now,
        insurance_type=stored.insurance_type or None,
        clearing_type=stored.clearing_type or None,
        medical_type=stored.medical_type or None,
        refunds=stored.refunds,
        stated_count=stated["settlements"] or 0,
        held_count=held["settlements"] or 0,
        stated_total_fen=stated["total_fen"],
        held_total_fen=held["total_fen"] or 0,
        missing_here=number("missing_here"),
        missing_there=number("missing_there"),
        amount_differs=number("amount_differs"),
        totals_differ=bool(number("totals_differ")),
    )


async def _under_our_ids(
    session: AsyncSession, institution_code: str, stated: Mapping[str, Amounts], held: Mapping[str, Amounts]
) -> dict[str, Amounts]:
    """Return a statement under the ids that settlements stand under: another region may have reported them first."""
    unknown = [one for one in stated if one not in held]
    ours = await reconciliation.standing_under(session, institution_code, unknown) if unknown else {}
    return {
        ours.get(one, one): amounts
        for one, amounts in stated.items()
        if one not in ours or (ours[one] in held and ours[one] not in stated)
    }


def _settings(clearing_type: str) -> list[str] | None:
    """Return the kinds of visits that a clearing type stands for; None for all."""
    if not clearing_type:
        return None
    return [setting for setting, code in CLEARING_TYPES.items() if code == clearing_type]


def _digest(statement: Statement) -> bytes:
    listed: Any = None if statement.settlements is None else sorted(statement.settlements.items())
    return blake2b(msgspec.json.encode([statement.totals, listed]), digest_size=_DIGEST_BYTES).digest()
