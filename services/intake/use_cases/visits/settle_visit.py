"""Settle a visit (2207) or a stay (2304): published at once where nothing is missing, kept waiting otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from services.intake.domain.fsi.refusal import Refused, refused
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.domain.fsi.visit_settlement import VisitSettlement
from services.intake.domain.problem import Problem
from services.intake.storage import settlements, visits
from services.intake.storage.settlements import StoredSettlement
from services.intake.storage.visits import Brought, StoredPart, StoredVisit
from services.intake.use_cases.visits import kept_parts
from services.intake.use_cases.visits.content_digest import digest
from services.intake.use_cases.visits.visit_book import SettlementStanding, VisitBook, Work, complete
from services.intake.use_cases.visits.visit_message import VisitMessage, new_part, open_part
from services.intake.use_cases.visits.visits_together import BroughtSettlement, VisitsTogether

_LIVE = frozenset({"waiting", "complete"})


@dataclass(frozen=True, slots=True)
class SettledVisit:
    """A settlement as it now stands, and as it was first sent."""

    settlement_id: str
    standing: SettlementStanding
    message_id: str
    """Of the message that brought it first (``medins_setl_id``)."""
    settled_at: datetime


class SettleVisit:
    """Takes settlements; the same one again gets the first answer, with what came of it since."""

    def __init__(self, book: VisitBook, together: VisitsTogether) -> None:
        self._book = book
        self._together = together

    async def __call__(
        self, message: VisitMessage, values: Mapping[str, Any], sent: VisitSettlement, *, kind: VisitKind, at: str
    ) -> SettledVisit:
        """Settle; raises Refused where it contradicts what stands, or cannot be accepted as it is."""
        settled = await self._together.settle(BroughtSettlement(message, values, sent, kind))
        if settled is not None:
            standing = complete(settled.answer)
            return SettledVisit(settled.settlement_id, standing, message.message_id, settled.settled_at)
        async with self._book.work() as work:
            visit = await self._book.open(work, message, sent.visit_id, kind=kind, person=sent.person, at=at)
            parts = await visits.parts(work.session, visit.visit_ref)
            known = [one for one in parts if one.kind == "settlement"]
            part = _live(known, sent)
            if part is not None and part.digest == digest(values):
                return await self._again(work, visit, part, kind=kind)
            if part is not None and part.state == "complete":
                raise refused(f"{at}/mdtrt_id", "settlement_differs")
            _require_not_reversed(known, sent, message, at)
            settlement_id = sent.settlement_id or kept_parts.made_id(visit.visit_ref, sent.slot, known)
            if part is not None and part.part_key != settlement_id:
                await visits.set_part_states(work.session, visit.visit_ref, "settlement", [part.part_key], "cancelled")
            new = new_part(values, key=settlement_id, batch=sent.slot, sealer=self._book.sealer, message=message)
            await visits.add_parts(
                work.session,
                visit.visit_ref,
                Brought("settlement", "waiting", message.message_id, work.now, message.traceparent),
                [new],
                replacing=("waiting", "cancelled"),
            )
            brought = StoredPart(
                "settlement", *new[:2], "waiting", None, *new[2:4], message.message_id, work.now, message.traceparent
            )
            others = [one for one in parts if one is not part]
            standings = await self._book.conclude(work, visit, parts=[*others, brought])
            standing = standings[settlement_id]
            if standing.status == "refused":
                # Taken back whole: a settlement that its sender holds for failed must not become complete later.
                raise Refused(standing.problems)
            kept = open_part(new.sealed, self._book.sealer)
            return SettledVisit(
                settlement_id, standing, message.message_id, kept_parts.settled_at(sent, kept, work.now)
            )

    async def _again(self, work: Work, visit: StoredVisit, part: StoredPart, *, kind: VisitKind) -> SettledVisit:
        kept = open_part(part.sealed, self._book.sealer)
        sent = kept_parts.settlement_of(kept, kind=kind)
        settled_at = kept_parts.settled_at(sent, kept, part.received_at)
        if part.state == "waiting":
            standing = (await self._book.conclude(work, visit))[part.part_key]
        else:
            stored = await settlements.get(work.session, (visit.institution_code, part.part_key))
            standing = SettlementStanding("complete") if stored is None else _known_since(stored)
        return SettledVisit(part.part_key, standing, part.message_id, settled_at)


def _known_since(stored: StoredSettlement) -> SettlementStanding:
    marks = msgspec.json.decode(stored.doubts, type=list[tuple[str, str]]) if stored.doubts else []
    return SettlementStanding(
        "complete",
        stored.settlement_ref,
        doubts=[Problem(*mark) for mark in marks],
        verdict=stored.verdict,
        finding_count=stored.finding_count,
    )


def _live(known: Sequence[StoredPart], sent: VisitSettlement) -> StoredPart | None:
    for part in known:
        if part.state in _LIVE and (part.batch == sent.slot or part.part_key == sent.settlement_id):
            return part
    return None


def _require_not_reversed(known: Sequence[StoredPart], sent: VisitSettlement, message: VisitMessage, at: str) -> None:
    """Refuse what was reversed and is only repeated; to settle anew takes another id or another message."""
    for part in known:
        if part.state == "reversed" and (part.part_key == sent.settlement_id or part.message_id == message.message_id):
            raise refused(f"{at}/mdtrt_id", "settlement_reversed")
