"""Give up visits that stayed incomplete too long, with the reason; publish those that lack only what is dispensable."""

from collections.abc import Sequence

import msgspec
import structlog

from services.intake import telemetry
from services.intake.domain.fsi.assembly import DISPENSABLE
from services.intake.domain.problem import TEXTS, Problem
from services.intake.domain.quarantine import Refusal
from services.intake.storage import visits
from services.intake.storage.visits import StoredVisit
from services.intake.use_cases.quarantine.keep import KeepInQuarantine
from services.intake.use_cases.visits.visit_book import VisitBook, Work
from services.intake.use_cases.visits.visit_message import open_part
from services.kit.interface_access import credentials

MOST_AT_ONCE = 50
"""Visits of one transaction."""

_log = structlog.get_logger("services.intake.visits")


class SweepVisits:
    """One turn of the sweep; several processes may sweep at once."""

    def __init__(self, book: VisitBook, keep: KeepInQuarantine) -> None:
        self._book = book
        self._keep = keep

    async def __call__(self) -> int:
        """Work through all that is overdue; return how many visits that were."""
        swept = 0
        while True:
            async with self._book.work() as work:
                overdue = await visits.overdue(work.session, now=work.now, limit=MOST_AT_ONCE)
                expired = [await self._sweep(work, visit) for visit in overdue]
                if not overdue:
                    await credentials.forget_nonces(work.session, now=work.now)
            for institution in (visit.institution_code for visit, gone in zip(overdue, expired, strict=True) if gone):
                telemetry.VISITS.add(1, {"service": "intake", "outcome": "expired"})
                _log.info("visit_expired", institution_code=institution)
            swept += len(overdue)
            if len(overdue) < MOST_AT_ONCE:
                return swept

    async def _sweep(self, work: Work, visit: StoredVisit) -> bool:
        """Return whether the visit expired."""
        standings = await self._book.conclude(work, visit, lenient=True)
        left = [standing for standing in standings.values() if standing.status != "complete"]
        if standings and not left:
            return False
        reasons = list(dict.fromkeys(code for one in left for code in one.missing))
        reasons += list(dict.fromkeys(f"{problem.pointer} {problem.code}" for one in left for problem in one.problems))
        if not left:
            reasons = ["never_settled"]
        if set(reasons) <= DISPENSABLE:
            # Nothing but this was missing, and even so it could not be put together.
            reasons.append("left_incomplete")
        await visits.save(
            work.session, visit.visit_ref, state="expired", missing=reasons, now=work.now, expires_at=None
        )
        if left and self._keep.keeps:
            refusal = await self._refusal(work, visit, reasons, [one for standing in left for one in standing.problems])
            await self._keep.within(work.session, [refusal], now=work.now, received_from="visits.sweep")
        return True

    async def _refusal(
        self, work: Work, visit: StoredVisit, reasons: Sequence[str], problems: Sequence[Problem]
    ) -> Refusal:
        """Return a visit that has a settlement but not all of its parts, as it goes into the quarantine."""
        parts = await visits.parts(work.session, visit.visit_ref)
        known = [
            {
                "kind": part.kind,
                "part_key": part.part_key,
                "state": part.state,
                "message_id": part.message_id,
                "node": open_part(part.sealed, self._book.sealer).node,
            }
            for part in parts
        ]
        named = [Problem("", reason) for reason in reasons if reason in TEXTS]
        return Refusal(
            "visit",
            "visit",
            f"visit:{visit.visit_id}",
            named[0].code if named else problems[0].code,
            [*named, *problems],
            msgspec.json.encode({"visit_id": visit.visit_id, "kind": visit.kind, "parts": known}),
            visit.institution_code,
            next((part.part_key for part in parts if part.kind == "settlement"), None),
        )
