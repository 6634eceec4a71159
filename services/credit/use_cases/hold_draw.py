"""Hold a draw: commit to a seed before, reveal it after, publish; or cancel in the open."""

import asyncio
import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain import draw as rules
from services.credit.domain.policy import PolicyBook
from services.credit.storage import draws
from services.credit.storage.draws import DrawFile, DrawState, PreparedDraw
from services.credit.telemetry import draws as draws_counter
from services.credit.use_cases import draw_refusal
from services.credit.use_cases.guard_draws import must_be_agency, must_lie_inside
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


class HoldDraw:
    """Takes a prepared draw through its steps; every step is recorded once and never changed."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def seal(self, draw_id: UUID, list_hash: str, seed_commitment: str, officer: Principal) -> DrawFile:
        """Fix list and seed before anybody can know the result.

        Raises NotFound, Forbidden for the preparer, and Conflict: wrong state, another list, a commitment used before,
        a public value that exists already, candidates that reached the year's limit meanwhile.
        """
        async with self._database.transaction() as session:
            prepared = (await self._held(session, draw_id, officer, DrawState.PREPARED)).prepared
            now = self._clock.now()
            if prepared.list_hash != list_hash:
                raise draw_refusal.other_list()
            if prepared.public_not_before <= now:
                raise draw_refusal.public_value_known()
            if await draws.commitment_taken(session, seed_commitment):
                raise draw_refusal.commitment_used()
            await self._refuse_visited(session, prepared)
            await draws.add_commitment(session, prepared, seed_commitment, now=now, by=officer.subject)
            return await self._after(session, draw_id)

    async def reveal(self, draw_id: UUID, seed: str, public_value: str, officer: Principal) -> DrawFile:
        """Draw with the seed and the public value.

        Raises NotFound, Forbidden for the preparer, and Conflict: wrong state, another seed, a public value not due
        yet or not of the form the list names.
        """
        async with self._database.transaction() as session:
            held = await self._held(session, draw_id, officer, DrawState.COMMITTED)
            now = self._clock.now()
            if now < held.prepared.public_not_before:
                raise draw_refusal.public_value_known()
            listing = json.loads(held.prepared.listing)
            if len(public_value) != listing["public_digits"]:
                raise draw_refusal.other_public_form()
            if rules.commitment_of(seed) != held.seed_commitment:
                raise draw_refusal.other_seed()
            key = rules.key_of(held.prepared.list_hash, seed, public_value)
            # A county's thousands of tickets take a second; others are answered meanwhile.
            selections = await asyncio.to_thread(rules.draw, rules.lots_of(listing), key)
            await draws.add_result(
                session,
                held.prepared,
                selections,
                seed=seed,
                public_value=public_value,
                now=now,
                by=officer.subject,
            )
            return await self._after(session, draw_id)

    async def publish(self, draw_id: UUID, officer: Principal) -> DrawFile:
        """Make seed and result public; raises NotFound, Forbidden for the preparer, Conflict before the draw."""
        async with self._database.transaction() as session:
            await self._held(session, draw_id, officer, DrawState.DRAWN)
            await draws.add_publication(session, draw_id, now=self._clock.now(), by=officer.subject)
            return await self._after(session, draw_id)

    async def cancel(self, draw_id: UUID, reason: str, officer: Principal) -> DrawFile:
        """Give up a draw before it is held; one committed to stays in the public list, with its reason.

        Raises NotFound, Forbidden for the preparer, and Conflict when it was held.
        """
        async with self._database.transaction() as session:
            await self._held(session, draw_id, officer, DrawState.PREPARED, DrawState.COMMITTED)
            await draws.add_cancellation(session, draw_id, reason, now=self._clock.now(), by=officer.subject)
            return await self._after(session, draw_id)

    async def _held(self, session: AsyncSession, draw_id: UUID, officer: Principal, *states: DrawState) -> DrawFile:
        """Return the draw while no other step of any draw can happen."""
        must_be_agency(officer)
        await draws.lock_draws(session)
        found = await draws.find(session, draw_id)
        if found is None:
            raise draw_refusal.unknown()
        must_lie_inside(officer, found.prepared.regions)
        if found.prepared.prepared_by == officer.subject:
            raise draw_refusal.same_person()
        if found.state not in states:
            raise draw_refusal.not_in_state()
        return found

    async def _refuse_visited(self, session: AsyncSession, prepared: PreparedDraw) -> None:
        """Two open draws never share a candidate beyond the year's limit, so neither can break it when it is held."""
        policy = self._book.version(prepared.policy_version).inspection
        if not prepared.limited or policy is None:
            return
        visits = await draws.visits(session, prepared.candidate_codes, prepared.year)
        over = sorted(code for code, number in visits.items() if number >= policy.on_site_a_year)
        if over:
            raise draw_refusal.already_visited(over)

    async def _after(self, session: AsyncSession, draw_id: UUID) -> DrawFile:
        found = await draws.find(session, draw_id)
        if found is None:
            raise LookupError(f"draw {draw_id} was held and cannot be read")
        draws_counter.add(1, {"state": found.state.value})
        return found
