"""Reverse parts of settlements: a claim goes on as what is left of it, and all that rests on it is looked at again."""

from collections.abc import Sequence

from msgspec.structs import replace

from services.contracts.intake import SettlementAccepted, SettlementPartlyReversed
from services.kit import inbox
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.screening.domain.affected import affected
from services.screening.domain.history import needs, remember
from services.screening.storage import claims, history, traceability
from services.screening.storage.traceability import Sold
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import Changes, look_again


class ReverseLines:
    """Judges what is left of settlements as if nothing else had ever been settled."""

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan

    async def __call__(self, events: Sequence[Event[SettlementPartlyReversed]]) -> None:
        """Handle a run of partial reversals in one transaction."""
        now = self._clock.now()
        changes = Changes()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            if not claimed:
                return
            connection = await driver(session)
            plan = await self._current_plan(session)
            refs = [event.data.settlement_ref for event in claimed]
            before = [kept.claim for kept in await claims.lock_standing(connection, refs)]
            after = _left_of(before, claimed)
            asked = needs(plan, before)
            sales = await traceability.read(connection, asked.traceability_codes)
            past = await history.read(connection, asked, sales=sales)
            moved = {ref for claim in before for ref in affected(plan, claim, past)}
            if before:
                await history.forget(connection, [(claim.insured_ref, claim.settlement_ref) for claim in before])
                await history.copy(connection, [remember(plan, claim) for claim in after])
                await traceability.give_back(connection, _gone(before, after), now)
                await claims.replace(connection, after)
                ground = moved | {claim.settlement_ref for claim in before}
                changes = await look_again(session, plan, ground, now=now, cause=claimed[0].traceparent)
        changes.count()


def _left_of(
    before: Sequence[SettlementAccepted], events: Sequence[Event[SettlementPartlyReversed]]
) -> list[SettlementAccepted]:
    """Return claims with what is left of their lines; lines of which nothing is left are gone."""
    left = {claim.settlement_ref: claim for claim in before}
    for event in events:
        claim = left.get(event.data.settlement_ref)
        if claim is None:
            continue
        rest = {line.number: line for line in event.data.lines}
        gone = set(event.data.returned_lines)
        lines = tuple(
            line
            if line.number not in rest
            else replace(
                line,
                quantity_e4=rest[line.number].remaining_quantity_e4,
                amount_fen=rest[line.number].remaining_amount_fen,
            )
            for line in claim.lines
            if line.number not in gone
        )
        left[claim.settlement_ref] = replace(claim, lines=lines, total_fen=event.data.remaining_fen)
    return list(left.values())


def _gone(before: Sequence[SettlementAccepted], after: Sequence[SettlementAccepted]) -> list[Sold]:
    """Return the codes on lines of which nothing is left."""
    kept = {(claim.settlement_ref, line.number) for claim in after for line in claim.lines}
    return [
        Sold(code, claim.settlement_ref, line.number)
        for claim in before
        for line in claim.lines
        if (claim.settlement_ref, line.number) not in kept
        for code in line.traceability_codes
    ]
