"""Take stock movements: examine each, judge it by what is known beside it, store it and state the fact."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import StockMoved
from services.intake import events, telemetry
from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.domain.stock import DIRECTION, INFLOWS, PostedMovement, examine_movement
from services.intake.storage import settlements, stock
from services.intake.storage.stock import Key, NewMovement, StandingMovement
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span

Status = Literal["created", "same", "conflict", "rejected"]

_encode = msgspec.json.Encoder().encode


class PostedOrNot(NamedTuple):
    """A movement as it was posted, or what kept it from being decoded."""

    movement: PostedMovement | None
    problems: Sequence[Problem] = ()


class MovementAnswer(NamedTuple):
    """What became of one posted movement."""

    status: Status
    movement_ref: UUID | None = None
    """Ours; None when it was rejected. For a conflict that of the movement which stands."""
    code: str | None = None
    problems: Sequence[Problem] = ()
    doubts: Sequence[Problem] = ()


Beside = Callable[[AsyncSession, Sequence[MovementAnswer]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that stores it."""


@dataclass(slots=True)
class _Draft:
    """A movement on its way into the table."""

    position: int
    fact: StockMoved
    digest: bytes
    doubts: list[Problem]

    @property
    def key(self) -> Key:
        return (self.fact.institution_code, self.fact.movement_id)

    @property
    def target(self) -> Key | None:
        """Key of the movement that this one returns or deletes."""
        return None if self.fact.refers_to is None else (self.fact.institution_code, self.fact.refers_to)


class Prepared(NamedTuple):
    """Movements that are examined and need only to be stored."""

    answers: list[MovementAnswer | None]
    """None until it is stored."""
    drafts: list[_Draft]
    now: datetime


class TakeMovements:
    """Takes movements; one that stands already is answered and not stated again."""

    def __init__(self, database: Database, clock: Clock, known_institutions: KnownInstitutions) -> None:
        self._database = database
        self._clock = clock
        self._known_institutions = known_institutions

    async def __call__(
        self, posted: Sequence[PostedOrNot], *, only_institution: str | None = None, beside: Beside | None = None
    ) -> list[MovementAnswer]:
        """Return an answer for each, in order; ``only_institution`` is the one whose movements may be posted.

        ``beside`` is done in the same transaction, with the answers.
        """
        prepared = await self.prepare(posted, only_institution=only_institution)
        if prepared.drafts or beside is not None:
            async with self._database.transaction() as session:
                await self.store_within(session, prepared)
                if beside is not None:
                    await beside(session, [answer for answer in prepared.answers if answer is not None])
        return self.ended(prepared)

    async def prepare(self, posted: Sequence[PostedOrNot], *, only_institution: str | None = None) -> Prepared:
        """Examine movements and draft what is to be stored of them."""
        now = self._clock.now()
        answers: list[MovementAnswer | None] = [None] * len(posted)
        return Prepared(answers, await self._drafts(posted, answers, only_institution, now), now)

    @staticmethod
    async def store_within(session: AsyncSession, prepared: Prepared) -> None:
        """Store what was prepared in a transaction of the caller's; `ended` is due when that is committed."""
        drafts = prepared.drafts
        if not drafts:
            return
        with span(telemetry.STOCK_SPAN, attributes={"movement.count": len(drafts)}):
            await stock.lock(session, {draft.fact.institution_code for draft in drafts})
            for turn in _turns(drafts):
                await _store(session, turn, prepared.answers, prepared.now)

    @staticmethod
    def ended(prepared: Prepared) -> list[MovementAnswer]:
        """Count what was stored and return the answers, in order."""
        complete = [answer for answer in prepared.answers if answer is not None]
        telemetry.count_movements([answer.status for answer in complete])
        return complete

    async def _drafts(
        self,
        posted: Sequence[PostedOrNot],
        answers: list[MovementAnswer | None],
        only_institution: str | None,
        now: datetime,
    ) -> list[_Draft]:
        known = await self._known_institutions({one.movement.institution_code for one in posted if one.movement})
        drafts = []
        for position, (movement, problems) in enumerate(posted):
            if movement is None:
                answers[position] = MovementAnswer("rejected", code="malformed", problems=problems)
                continue
            if only_institution is not None and movement.institution_code != only_institution:
                answers[position] = _rejected("other_institution")
                continue
            examined = examine_movement(movement, now=now)
            if examined.problems:
                found = examined.problems[:MOST_PROBLEMS]
                answers[position] = MovementAnswer("rejected", code="malformed", problems=found)
                continue
            institution = known.get(movement.institution_code)
            if institution is None:
                answers[position] = _rejected("institution_unknown")
                continue
            fact = events.stock_moved(movement, examined, movement_ref=new_id())
            drafts.append(_Draft(position, fact, events.movement_digest(fact), examined.doubts))
        return drafts


def _turns(drafts: Sequence[_Draft]) -> Iterator[list[_Draft]]:
    """Group drafts so that each finds in the tables whatever of its own chunk came before it and concerns it."""
    turns: list[list[_Draft]] = []
    touched: dict[Key, int] = {}
    for draft in drafts:
        keys = [key for key in (draft.key, draft.target) if key is not None]
        turn = max((touched[key] + 1 for key in keys if key in touched), default=0)
        touched.update(dict.fromkeys(keys, turn))
        if turn == len(turns):
            turns.append([])
        turns[turn].append(draft)
    return iter(turns)


async def _store(
    session: AsyncSession, drafts: Sequence[_Draft], answers: list[MovementAnswer | None], now: datetime
) -> None:
    """Store movements of which none concerns another."""
    keys = {draft.key for draft in drafts}
    targets = {draft.target for draft in drafts if draft.target is not None}
    standing = await stock.standing(session, keys | targets)
    deleted = await stock.deletions(session, keys | targets)
    fresh: list[tuple[_Draft, int]] = []
    for draft in drafts:
        revisions = standing.get(draft.key, [])
        same = next((one for one in revisions if one.digest == draft.digest), None)
        if same is not None:
            answers[draft.position] = MovementAnswer("same", same.movement_ref, doubts=draft.doubts)
        elif revisions and (*draft.key, revisions[-1].revision) not in deleted:
            answers[draft.position] = MovementAnswer("conflict", revisions[-1].movement_ref, code="movement_differs")
        else:
            fresh.append((draft, revisions[-1].revision + 1 if revisions else 1))
    if not fresh:
        return
    settled = await _settlements(session, [draft for draft, _ in fresh])
    stocked = await _stocked(session, drafts)
    rows: list[NewMovement] = []
    stated: list[OutgoingEvent] = []
    traceparent = current_traceparent()
    for draft, revision in fresh:
        effect_e4 = draft.fact.effect_e4
        target = next(reversed(standing.get(draft.target, [])), None) if draft.target else None
        _judge(draft, target, settled, stocked)
        fact = _filled(draft, revision, target, deleted, settled)
        body = _encode(fact)
        rows.append(_row(fact, effect_e4, target, draft, traceparent, body))
        stated.append(outgoing(fact, now=now, traceparent=traceparent, payload=body))
        answers[draft.position] = MovementAnswer("created", fact.movement_ref, doubts=draft.doubts)
    await stock.add(session, rows, now=now)
    await outbox.add(session, stated)


async def _settlements(session: AsyncSession, drafts: Iterable[_Draft]) -> dict[Key, UUID]:
    named = {(draft.fact.institution_code, draft.fact.settlement_id) for draft in drafts if draft.fact.settlement_id}
    if not named:
        return {}
    return {key: stored.settlement_ref for key, stored in (await settlements.existing(session, named)).items()}


async def _stocked(session: AsyncSession, drafts: Sequence[_Draft]) -> set[Key]:
    """Return items that are known to have come in, before or in this turn."""
    items = {_item(draft) for draft in drafts if DIRECTION.get(draft.fact.movement_kind) == -1}
    if not items:
        return set()
    arriving = {
        _item(draft)
        for draft in drafts
        if draft.fact.movement_kind == "count" or (draft.fact.effect_e4 or 0) > 0
        if draft.fact.movement_kind in INFLOWS
    }
    missing = items - arriving
    return (items & arriving) | (await stock.stocked(session, missing) if missing else set())


def _item(draft: _Draft) -> Key:
    return (draft.fact.institution_code, draft.fact.item_code or "")


def _judge(draft: _Draft, target: StandingMovement | None, settled: dict[Key, UUID], stocked: set[Key]) -> None:
    """Mark what is doubtful about a movement beside others."""
    fact, doubts = draft.fact, draft.doubts
    if fact.settlement_id is not None and (fact.institution_code, fact.settlement_id) not in settled:
        doubts.append(Problem("/settlement_id", "settlement_not_here"))
    if DIRECTION.get(fact.movement_kind) == -1 and _item(draft) not in stocked:
        doubts.append(Problem("/item_code", "sale_without_purchase"))
    if fact.refers_to is None:
        return
    if target is None or target.kind == "delete":
        doubts.append(Problem("/refers_to", "movement_unknown"))
    elif fact.movement_kind != "delete":
        if fact.item_code != target.item_code:
            doubts.append(Problem("/item_code", "item_differs"))
        if fact.quantity_e4 > abs(target.quantity_e4):
            doubts.append(Problem("/quantity", "return_exceeds"))


def _filled(
    draft: _Draft,
    revision: int,
    target: StandingMovement | None,
    deleted: set[tuple[str, str, int]],
    settled: dict[Key, UUID],
) -> StockMoved:
    """Return the fact with what is known beside it: refs, revision, effect and doubts."""
    fact, effect, item_code = draft.fact, draft.fact.effect_e4, draft.fact.item_code
    if fact.movement_kind == "delete" and draft.target is not None:
        taken_back = 1 if target is None else target.revision
        if (*draft.target, taken_back) in deleted:
            draft.doubts.append(Problem("/refers_to", "deleted_already"))
            effect = 0
        elif target is not None and target.kind != "delete":
            effect = None if target.effect_e4 is None else -target.effect_e4
        if target is not None:
            item_code = target.item_code
    elif (*draft.key, revision) in deleted:
        # Its deletion overtook it: it stands in the books, and changes nothing.
        draft.doubts.append(Problem("/movement_id", "deleted_before"))
        effect = 0
    reference = (fact.institution_code, fact.settlement_id or "")
    return msgspec.structs.replace(
        fact,
        revision=revision,
        effect_e4=effect,
        item_code=item_code,
        settlement_ref=settled.get(reference),
        refers_to_ref=None if target is None else target.movement_ref,
        doubts=tuple(doubt.code for doubt in draft.doubts),
    )


def _row(
    fact: StockMoved,
    effect_e4: int | None,
    target: StandingMovement | None,
    draft: _Draft,
    traceparent: str | None,
    body: bytes,
) -> NewMovement:
    deletes = fact.movement_kind == "delete"
    return NewMovement(
        fact.movement_ref,
        fact.institution_code,
        fact.movement_id,
        fact.revision,
        fact.movement_kind,
        fact.item_code,
        fact.batch_number,
        fact.quantity_e4,
        None if deletes else effect_e4,
        fact.moved_at,
        fact.settlement_id,
        fact.refers_to,
        (1 if target is None else target.revision) if deletes else None,
        draft.digest,
        traceparent,
        _encode(draft.doubts).decode() if draft.doubts else None,
        body,
    )


def _rejected(code: str) -> MovementAnswer:
    return MovementAnswer("rejected", code=code, problems=(Problem("/institution_code", code),))
