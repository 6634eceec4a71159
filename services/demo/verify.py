"""Counts in the databases themselves what was lost and what happened twice; nothing here is assumed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

import asyncpg

from services.kit.db import connection_arguments

SERVICES = ("intake", "screening", "credit", "tips")
PAUSE_SECONDS = 0.05

_POSTED = "(select institution, id from unnest($1::text[], $2::text[]) as p (institution, id))"

_ACCEPTED = f"""
select count(*) from intake.settlement s
join {_POSTED} p on p.institution = s.institution_code and p.id = s.settlement_id
"""

_SCREENED = f"""
select count(*) from screening.settlement s
join {_POSTED} p on p.institution = s.institution_code and p.id = s.settlement_id
where s.verdict is not null
"""

_NEVER_SCREENED = f"""
select count(*) from {_POSTED} p where not exists (
    select from intake.settlement a
    join screening.settlement s on s.settlement_ref = a.settlement_ref and s.verdict is not null
    where a.institution_code = p.institution and a.settlement_id = p.id
)
"""

_NEVER_REPORTED_BACK = f"""
select count(*) from intake.settlement a
join {_POSTED} p on p.institution = a.institution_code and p.id = a.settlement_id
where not exists (select from intake.settlement_outcome o where o.settlement_ref = a.settlement_ref)
"""

_CONFIRMED_WITHOUT_SCORE = """
select count(*) from screening.finding_event e where e.status = 'confirmed' and not exists (
    select from credit.score_entry s where s.cause_id = e.finding_id and s.cause = 'finding_confirmed'
)
"""

_OVERTURNED_WITHOUT_COUNTER = """
select count(*) from screening.finding f
where (f.status = 'overturned' or (f.status = 'withdrawn' and f.decided_at is not null)) and not exists (
    select from credit.score_entry s
    where s.cause_id = f.id and s.cause in ('finding_overturned', 'finding_withdrawn')
)
"""

LOST: dict[str, str] = {
    "never screened": _NEVER_SCREENED,
    "verdict never reported back": _NEVER_REPORTED_BACK,
    "confirmed without score": _CONFIRMED_WITHOUT_SCORE,
    "taken back without counter-entry": _OVERTURNED_WITHOUT_COUNTER,
}
"""What can be lost on the way, and the query that counts it."""


def _repeated(what: str, table: str, condition: str = "true") -> str:
    return (
        f"select coalesce(sum(n - 1), 0) from (select count(*) as n from {table} where {condition} group by {what}) g"
    )


DUPLICATED: dict[str, str] = {
    "accepted twice": _repeated("institution_code, settlement_id", "intake.settlement"),
    "screened twice": _repeated("institution_code, settlement_id", "screening.settlement"),
    "found twice": _repeated("settlement_ref, fingerprint", "screening.finding"),
    "same objection twice": _repeated("settlement_ref, rule_code, knowledge_point, line_numbers", "screening.finding"),
    "same step twice": _repeated("finding_id, status", "screening.finding_event"),
    "scored twice": _repeated("cause_id, cause", "credit.score_entry"),
    "points twice": _repeated(
        "sanction_id, practitioner_code, violation_number", "credit.points_entry", "counters_entry_id is null"
    ),
    "countered twice": _repeated("counters_entry_id", "credit.points_entry", "counters_entry_id is not null"),
    "measure twice": _repeated("sanction_id, practitioner_code, kind", "credit.measure"),
    "tip valued twice": _repeated("tip_id, finding_id, cause", "tips.case_value_entries", "finding_id is not null"),
}
"""What can happen twice, and the query that counts how often too many."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the databases say after everything has come to rest."""

    accepted: int
    screened: int
    lost: int
    duplicated: int
    outbox_left: int
    dead_letters: int
    details: tuple[str, ...]
    """What was lost or duplicated, and how often, for those that are not zero."""


class Books:
    """A reader of all four schemas, as only a test or a demonstration may be."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, database_url: str) -> Self:
        """Connect to the database at an address; the caller closes."""
        return cls(await asyncpg.connect(**connection_arguments(database_url), server_settings={"jit": "off"}))

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()

    async def version(self) -> str:
        """Name and version of the database server."""
        number = await self._connection.fetchval("show server_version")
        return f"PostgreSQL {str(number).split(maxsplit=1)[0]}"

    async def screened(self) -> int:
        """Settlements with a verdict, of whatever day."""
        return await self._count("select count(*) from screening.settlement where verdict is not null")

    async def barred(self, practitioner_code: str) -> bool:
        """Whether screening holds a measure against a practitioner that stands now."""
        query = """
        select count(*) from screening.ineligibility
        where practitioner_code = $1 and effective_from <= now() and lifted_from is null
        """
        return await self._count(query, practitioner_code) > 0

    async def outbox_left(self) -> int:
        """Facts that no relay has published yet."""
        return sum([await self._count(f"select count(*) from {service}.outbox") for service in SERVICES])

    async def audit(self, posted: Sequence[tuple[str, str]]) -> Audit:
        """Count over all four schemas, for the (institution, settlement id) pairs that were taken."""
        pairs = [institution for institution, _ in posted], [identity for _, identity in posted]
        lost = {name: await self._count(query, *_arguments(query, pairs)) for name, query in LOST.items()}
        twice = {name: await self._count(query) for name, query in DUPLICATED.items()}
        letters = [
            await self._count(f"select count(*) from {service}.dead_letter where state = 'parked'")
            for service in SERVICES
        ]
        return Audit(
            accepted=await self._count(_ACCEPTED, *pairs),
            screened=await self._count(_SCREENED, *pairs),
            lost=sum(lost.values()),
            duplicated=sum(twice.values()),
            outbox_left=await self.outbox_left(),
            dead_letters=sum(letters),
            details=tuple(f"{name}: {count}" for name, count in (lost | twice).items() if count),
        )

    async def _count(self, query: str, *arguments: object) -> int:
        found: int = await self._connection.fetchval(query, *arguments)
        return int(found)


def _arguments(query: str, pairs: tuple[list[str], list[str]]) -> tuple[list[str], ...]:
    return pairs if "$1" in query else ()


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 60, pause: float = PAUSE_SECONDS) -> bool:
    """Wait until something holds; False when it still does not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause)
    return True
