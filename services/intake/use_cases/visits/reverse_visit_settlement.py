"""Reverse the settlement of a visit (2208) or a stay (2305); its lines may then be cancelled or settled anew."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from services.intake import telemetry
from services.intake.domain.fsi.refusal import refused
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.domain.fsi.visit_settlement import VisitSettlement
from services.intake.storage import settlements, visits
from services.intake.storage.visits import StoredVisit
from services.intake.use_cases.reverse_settlement import UNNAMED, Request, ReverseSettlements
from services.intake.use_cases.visits import kept_parts
from services.intake.use_cases.visits.visit_book import VisitBook, Work
from services.intake.use_cases.visits.visit_message import open_part

_ID_BYTES = 15


@dataclass(frozen=True, slots=True)
class ReversedSettlement:
    """The undoing, which has an id of its own."""

    reversal_id: str
    message_id: str
    sent: VisitSettlement | None
    """What was undone; None where it did not come over this interface."""
    total_fen: int
    reversed_at: datetime


class ReverseVisitSettlement:
    """Takes a settlement back whole; asked again, it answers the same."""

    def __init__(self, book: VisitBook, reverse: ReverseSettlements) -> None:
        self._book = book
        self._reverse = reverse

    async def __call__(
        self, institution_code: str, visit_id: str, settlement_id: str, *, kind: VisitKind, person: str, at: str
    ) -> ReversedSettlement:
        """Reverse; raises Refused (``settlement_unknown``) where there is none of this person's."""
        counted = False
        async with self._book.work() as work:
            visit = await visits.find_locked(work.session, institution_code, visit_id)
            if visit is not None:
                self._book.require(visit, kind=kind, person=person, at=at, cancelled_too=True)
            known = [] if visit is None else await visits.settlements(work.session, visit.visit_ref)
            part = next((one for one in known if one.part_key == settlement_id and one.state != "cancelled"), None)
            key = (institution_code, settlement_id)
            stored = await settlements.get(work.session, key)
            if part is None and (stored is None or stored.insured_ref != self._book.insured_ref(person)):
                raise refused(f"{at}/setl_id", "settlement_unknown")
            reversed_at = work.now
            if stored is not None:
                reversed_at = stored.reversed_at or work.now
                [answer] = await self._reverse.within(work.session, [Request(key, UNNAMED, None)])
                counted = answer.status == "created"
            sent, message_id, total = None, "", 0 if stored is None else stored.total_fen
            if visit is not None and part is not None:
                kept = open_part(part.sealed, self._book.sealer)
                sent, message_id = kept_parts.settlement_of(kept, kind=kind), part.message_id
                total = sent.total_fen
                if part.state != "reversed":
                    await self._free(work, visit, settlement_id)
        if counted:
            telemetry.REVERSALS.add(1, {"service": "intake"})
        return ReversedSettlement(_made_id(institution_code, settlement_id), message_id, sent, total, reversed_at)

    async def _free(self, work: Work, visit: StoredVisit, settlement_id: str) -> None:
        await visits.set_part_states(work.session, visit.visit_ref, "settlement", [settlement_id], "reversed")
        await visits.free_lines_of(work.session, visit.visit_ref, settlement_id)
        await self._book.conclude(work, visit)


def _made_id(institution_code: str, settlement_id: str) -> str:
    made = blake2b(f"{institution_code}|{settlement_id}".encode(), digest_size=_ID_BYTES, person=b"reversal-id")
    return b32encode(made.digest()).decode()
