"""Record a sanction against an insured person, or take one back by a counter-entry."""

import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.credit.domain import insured as rules
from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.insured import CounterCause, InsuredEntry, InsuredSanction
from services.credit.domain.insured_policy import InsuredPolicy
from services.credit.domain.policy import PolicyBook
from services.credit.storage import insured
from services.credit.telemetry import insured_entries
from services.credit.use_cases import insured_refusal
from services.credit.use_cases.guard_draws import is_agency
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


class SanctionInsured:
    """Keeps the ledger of insured persons."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def record(self, sanction: InsuredSanction, officer: Principal) -> tuple[InsuredEntry, bool]:
        """Record a decision and return its entry, and whether this request made it.

        Raises Forbidden for a token bound to somebody, Malformed for a decision wrong in itself, Conflict when the id
        is taken by another or no policy is in force.
        """
        if not is_agency(officer):
            raise insured_refusal.bound()
        version, policy = self._policy(sanction)
        now = self._clock.now()
        if wrong := rules.problems(sanction, policy, business_date(now)):
            raise insured_refusal.misstated(wrong)
        period = rules.pause_period(sanction)
        digest = _digest(asdict(sanction))
        entry = InsuredEntry(
            entry_id=sanction.entry_id,
            insured_ref=sanction.insured_ref,
            circumstance=sanction.circumstance,
            decided_on=sanction.decided_on,
            document_number=sanction.document_number,
            refund_fen=sanction.refund_fen,
            fine_fen=sanction.fine_fen,
            pause_months=sanction.pause_months,
            pause_from=None if period is None else period[0],
            pause_until=None if period is None else period[1],
            policy_version=version,
            recorded_at=now,
            recorded_by=officer.subject,
            digest=digest,
        )
        async with self._database.transaction() as session:
            # The id is what two requests at once would share.
            await insured.lock_person(session, str(sanction.entry_id))
            await insured.lock_person(session, sanction.insured_ref)
            found = await insured.find(session, sanction.entry_id)
            if found is not None:
                if found.digest != digest:
                    raise insured_refusal.taken()
                return found, False
            await insured.add(session, entry)
        insured_entries.add(1, {"act": "sanction"})
        return entry, True

    async def counter(
        self, entry_id: UUID, counter_id: UUID, cause: CounterCause, document_number: str, officer: Principal
    ) -> tuple[InsuredEntry, bool]:
        """Take a sanction back from its beginning, once; return the counter-entry and whether this request made it.

        Raises Forbidden, NotFound for an unknown entry, Conflict for one that was taken back otherwise, and for an
        entry that is itself a counter-entry.
        """
        if not is_agency(officer):
            raise insured_refusal.bound()
        digest = _digest(
            {"entry_id": entry_id, "counter_id": counter_id, "cause": cause.value, "document": document_number}
        )
        async with self._database.transaction() as session:
            await insured.lock_person(session, str(counter_id))
            sanctioned = await insured.find(session, entry_id)
            if sanctioned is None:
                raise insured_refusal.unknown()
            await insured.lock_person(session, sanctioned.insured_ref)
            standing = await insured.counter_of(session, entry_id)
            if standing is not None and standing.digest == digest:
                return standing, False
            if standing is not None or sanctioned.counters_entry_id is not None:
                raise insured_refusal.already_countered()
            if await insured.find(session, counter_id) is not None:
                raise insured_refusal.taken()
            now = self._clock.now()
            entry = replace(
                sanctioned,
                entry_id=counter_id,
                decided_on=business_date(now),
                document_number=document_number,
                refund_fen=-sanctioned.refund_fen,
                fine_fen=-sanctioned.fine_fen,
                pause_months=-sanctioned.pause_months,
                recorded_at=now,
                recorded_by=officer.subject,
                digest=digest,
                counters_entry_id=entry_id,
                cause=cause.value,
            )
            await insured.add(session, entry)
        insured_entries.add(1, {"act": "counter"})
        return entry, True

    def _policy(self, sanction: InsuredSanction) -> tuple[str, InsuredPolicy]:
        try:
            policy = self._book.on(sanction.decided_on)
        except NoPolicyInForceError:
            raise insured_refusal.no_policy() from None
        if policy.insured is None:
            raise insured_refusal.no_policy()
        return policy.version, policy.insured


def _digest(request: dict[str, Any]) -> bytes:
    """Digest a request in canonical form, so that a repeated one is told from a different one."""
    canonical = json.dumps(request, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).digest()
