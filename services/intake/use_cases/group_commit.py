"""Settlements that come one by one at the same time share a transaction."""

from collections.abc import Sequence
from typing import NamedTuple

from services.intake import telemetry
from services.intake.use_cases.accept_settlements import AcceptSettlements, Answer, Candidate, Prepared
from services.intake.use_cases.shared_transaction import MOST_WAITING, SharedTransaction
from services.kit.telemetry import current_traceparent
from services.kit.telemetry.traces import recording


class _Posted(NamedTuple):
    candidate: Candidate
    prepared: Prepared | None
    """None to have it prepared together with the others of its transaction."""


class GroupCommit(SharedTransaction[_Posted, Answer]):
    """Stores single settlements in shared transactions; one per process."""

    def __init__(self, accept: AcceptSettlements, *, most_waiting: int = MOST_WAITING) -> None:
        super().__init__(self._answers, most_waiting=most_waiting, sizes=telemetry.GROUPED)
        self._accept = accept

    async def __call__(self, candidate: Candidate, *, only_institution: str | None = None) -> Answer:
        """Examine a settlement, store it together with others, and return its answer.

        Raises TooMany (``busy``) when too many wait already, and Unavailable (``stopping``) once the process stops.
        """
        self.require_room()
        candidate = candidate._replace(only_institution=only_institution, traceparent=current_traceparent())
        # The span of a settlement is opened below that of its own request.
        prepared = await self._accept.prepare([candidate]) if recording() else None
        return await self.share(_Posted(candidate, prepared))

    async def _answers(self, together: Sequence[_Posted]) -> list[Answer]:
        chunks = [one.prepared for one in together if one.prepared is not None]
        unprepared = [one.candidate for one in together if one.prepared is None]
        if unprepared:
            chunks.append(await self._accept.prepare(unprepared))
        answers = [answer for chunk in await self._accept.store_together(chunks) for answer in chunk]
        # In the order of the chunks: those that came prepared first.
        order = sorted(range(len(together)), key=lambda position: together[position].prepared is None)
        by_position = dict(zip(order, answers, strict=True))
        return [by_position[position] for position in range(len(together))]
