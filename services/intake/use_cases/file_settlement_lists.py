"""File settlement lists: examine each, hold it against its settlement, keep every version, state the fact."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import SettlementListFiled
from services.contracts.settlement_list import ListGap
from services.intake import telemetry
from services.intake.domain.problem import Problem
from services.intake.domain.settlement_list import PostedList, examine_list, fees_total
from services.intake.events import DIGEST_BYTES
from services.intake.storage import settlement_lists
from services.intake.storage.settlement_lists import Key, NewList, SettlementOfList, StandingList
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.pseudonym import pseudonym
from services.kit.telemetry import current_traceparent, span

Status = Literal["created", "same", "conflict", "rejected"]

_encode = msgspec.json.Encoder().encode
_NOBODY = UUID(int=0)


class ListOrNot(NamedTuple):
    """A list as it was posted, a struct with the fields of the fact, or what kept it from being decoded."""

    posted: PostedList | None
    problems: Sequence[Problem] = ()


class ListAnswer(NamedTuple):
    """What became of one posted list."""

    status: Status
    list_ref: UUID | None = None
    """Ours; None when it was rejected. For a conflict that of the version which stands."""
    version: int | None = None
    code: str | None = None
    problems: Sequence[Problem] = ()
    gaps: Sequence[Problem] = ()


Beside = Callable[[AsyncSession, Sequence[ListAnswer]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that stores it."""


@dataclass(slots=True)
class _Draft:
    """A list on its way into the table."""

    position: int
    version: int | None
    """As posted; None to follow from the content."""
    fact: SettlementListFiled
    digest: bytes
    gaps: list[Problem]

    @property
    def key(self) -> Key:
        return (self.fact.institution_code, self.fact.settlement_id)


class FileSettlementLists:
    """Files lists; content that stands already is answered and not stated again."""

    def __init__(
        self, database: Database, clock: Clock, known_institutions: KnownInstitutions, *, pseudonym_key: bytes
    ) -> None:
        self._database = database
        self._clock = clock
        self._known_institutions = known_institutions
        self._pseudonym_key = pseudonym_key

    async def __call__(
        self, posted: Sequence[ListOrNot], *, only_institution: str | None = None, beside: Beside | None = None
    ) -> list[ListAnswer]:
        """Return an answer for each, in order; ``only_institution`` is the one whose lists may be filed.

        ``beside`` is done in the same transaction, with the answers.
        """
        now = self._clock.now()
        answers: list[ListAnswer | None] = [None] * len(posted)
        drafts = await self._drafts(posted, answers, only_institution, now)
        if drafts or beside is not None:
            with span(telemetry.LIST_SPAN, attributes={"list.count": len(drafts)}):
                async with self._database.transaction() as session:
                    if drafts:
                        await _store(session, drafts, answers, now)
                    if beside is not None:
                        await beside(session, [answer for answer in answers if answer is not None])
        complete = [answer for answer in answers if answer is not None]
        telemetry.count_lists([answer.status for answer in complete])
        return complete

    async def _drafts(
        self,
        posted: Sequence[ListOrNot],
        answers: list[ListAnswer | None],
        only_institution: str | None,
        now: datetime,
    ) -> list[_Draft]:
        known = await self._known_institutions({one.posted.institution_code for one in posted if one.posted})
        drafts = []
        for position, (one, problems) in enumerate(posted):
            if one is None:
                answers[position] = ListAnswer("rejected", code="malformed", problems=problems)
                continue
            if only_institution is not None and one.institution_code != only_institution:
                answers[position] = _rejected("other_institution")
                continue
            examined = examine_list(one, now=now)
            if examined.problems:
                answers[position] = ListAnswer("rejected", code="malformed", problems=examined.problems)
                continue
            if one.institution_code not in known:
                answers[position] = _rejected("institution_unknown")
                continue
            stated = self._stated(one)
            digest = blake2b(_encode(stated), digest_size=DIGEST_BYTES).digest()
            drafts.append(_Draft(position, one.version, stated, digest, examined.gaps))
        return drafts

    def _stated(self, posted: PostedList) -> SettlementListFiled:
        """Return the fact as it follows from the body alone; the rest is filled in when it is stored."""
        content = _in_utc(msgspec.to_builtins(posted, builtin_types=(datetime, date)))
        del content["version"]
        number = content.pop("insured_number")
        if number is not None:
            content["insured_ref"] = pseudonym(number, self._pseudonym_key)
        content |= {"list_ref": _NOBODY, "version": 0, "filed_at": datetime.min.replace(tzinfo=UTC)}
        return msgspec.convert(content, SettlementListFiled, builtin_types=(datetime, date, UUID))


def _in_utc(value: Any) -> Any:
    """Return a value with every instant in UTC, so that the offset it was sent with is no other content."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: _in_utc(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_in_utc(one) for one in value]
    return value


async def _store(
    session: AsyncSession, drafts: Sequence[_Draft], answers: list[ListAnswer | None], now: datetime
) -> None:
    keys = {draft.key for draft in drafts}
    await settlement_lists.lock(session, {key[0] for key in keys})
    standing = await settlement_lists.standing(session, keys)
    settled = await settlement_lists.settled(session, keys)
    traceparent = current_traceparent()
    rows: list[NewList] = []
    stated: list[OutgoingEvent] = []
    for draft in drafts:
        versions = standing.setdefault(draft.key, [])
        answer = _met(draft, versions)
        if answer is None:
            version = draft.version or (versions[-1].version + 1 if versions else 1)
            fact = _filled(draft, version, settled.get(draft.key), now)
            body = _encode(fact)
            rows.append(NewList(fact.list_ref, *draft.key, version, draft.digest, len(fact.gaps), traceparent, body))
            stated.append(outgoing(fact, now=now, traceparent=traceparent, payload=body))
            versions.append(StandingList(*draft.key, version, fact.list_ref, draft.digest))
            versions.sort(key=lambda one: one.version)
            answer = ListAnswer("created", fact.list_ref, version, gaps=draft.gaps)
        answers[draft.position] = answer
    if rows:
        await settlement_lists.add(session, rows, now=now)
        await outbox.add(session, stated)


def _met(draft: _Draft, versions: Sequence[StandingList]) -> ListAnswer | None:
    """Answer a list that meets its own version; None when it is a new one."""
    if draft.version is None:
        # Without a version only the newest counts: going back to what an older one said is a change.
        met = versions[-1] if versions and versions[-1].digest == draft.digest else None
    else:
        met = next((one for one in versions if one.version == draft.version), None)
    if met is None:
        return None
    if met.digest == draft.digest:
        return ListAnswer("same", met.list_ref, met.version, gaps=draft.gaps)
    return ListAnswer("conflict", met.list_ref, met.version, code="list_differs")


def _filled(draft: _Draft, version: int, settlement: SettlementOfList | None, now: datetime) -> SettlementListFiled:
    """Return the fact with our ids, and with the gaps that its settlement shows."""
    fact, gaps = draft.fact, draft.gaps
    insured_ref = fact.insured_ref
    if settlement is None:
        gaps.append(Problem("/settlement_id", "settlement_not_here"))
    else:
        if fact.fees and fees_total(fact.fees) != settlement.total_fen:
            gaps.append(Problem("/fees", "fees_differ_from_settlement"))
        if insured_ref is not None and insured_ref != settlement.insured_ref:
            gaps.append(Problem("/insured_number", "insured_differs"))
        insured_ref = insured_ref or settlement.insured_ref
    return msgspec.structs.replace(
        fact,
        list_ref=new_id(),
        version=version,
        filed_at=now,
        settlement_ref=None if settlement is None else settlement.settlement_ref,
        insured_ref=insured_ref,
        gaps=tuple(ListGap(pointer=gap.pointer, problem=gap.code) for gap in gaps),
    )


def _rejected(code: str) -> ListAnswer:
    return ListAnswer("rejected", code=code, problems=(Problem("/institution_code", code),))
