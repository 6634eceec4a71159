"""Takes a body of the quarantine in the way it would have been taken at first."""

from collections.abc import Sequence

from services.intake import wiring
from services.intake.api.fsi import envelope as form
from services.intake.api.fsi.handler import Call
from services.intake.api.fsi.transactions import TRANSACTIONS
from services.intake.api.list_body import SETTLEMENT_LIST
from services.intake.api.movement_body import MOVEMENT
from services.intake.api.settlement_body import decode
from services.intake.domain.fsi.refusal import Refused, refused
from services.intake.domain.problem import Problem
from services.intake.use_cases.file_settlement_lists import ListOrNot
from services.intake.use_cases.quarantine.release import Kept, Outcome, Replay
from services.intake.use_cases.take_movements import PostedOrNot
from services.intake.wiring import Resources
from services.kit.auth import Principal

_TAKEN = frozenset({"created", "same"})


def replay_with(resources: Resources, principal: Principal) -> Replay:
    """Return what releases an entry; a correction may not move it to another institution."""

    async def replay(kept: Kept) -> Outcome:
        kind = kept.entry.kind
        if kind == "visit" and not kept.entry.corrections:
            return await wiring.build_release_visit(resources)(kept)
        if kind in {"settlement", "visit"}:
            return await _settlement(resources, kept)
        if kind == "movement":
            return await _movement(resources, kept)
        if kind == "settlement_list":
            return await _list(resources, kept)
        return await _message(resources, principal, kept)

    return replay


async def _settlement(resources: Resources, kept: Kept) -> Outcome:
    """Take a settlement, one put in place of an expired visit too; late is what came late, not what waited here."""
    candidate = decode(kept.body)._replace(received_at=kept.entry.received_at)
    accept = wiring.build_accept_settlements(resources)
    [answer] = await accept([candidate], only_institution=kept.entry.institution_code)
    result: dict[str, object] = {"settlement_id": candidate.settlement.settlement_id}
    return _outcome(answer.status, answer.code, answer.problems, result, settlement_ref=answer.settlement_ref)


async def _movement(resources: Resources, kept: Kept) -> Outcome:
    movement, problems = MOVEMENT.decode(kept.body)
    take = wiring.build_take_movements(resources)
    [answer] = await take([PostedOrNot(movement, problems)], only_institution=kept.entry.institution_code)
    return _outcome(answer.status, answer.code, answer.problems, {}, movement_ref=answer.movement_ref)


async def _list(resources: Resources, kept: Kept) -> Outcome:
    posted, problems = SETTLEMENT_LIST.decode(kept.body)
    file = wiring.build_file_settlement_lists(resources)
    [answer] = await file([ListOrNot(posted, problems)], only_institution=kept.entry.institution_code)
    return _outcome(answer.status, answer.code, answer.problems, {}, list_ref=answer.list_ref)


async def _message(resources: Resources, principal: Principal, kept: Kept) -> Outcome:
    """Take a message of the national interface; nobody need be signed in for it any more."""
    try:
        envelope = form.read(kept.body)
        handler = TRANSACTIONS.get(envelope.infno)
        if handler is None:
            raise refused("/infno", "infno_unknown")
        if kept.entry.institution_code not in {None, envelope.institution_code}:
            raise refused("/fixmedins_code", "other_institution")
        if not await resources.known_institutions([envelope.institution_code]):
            raise refused("/fixmedins_code", "institution_unknown")
        output = await handler(Call(envelope, principal, resources, kept.entry.received_at))
    except Refused as refusal:
        return Outcome(taken=False, code=refusal.problems[0].code, problems=refusal.problems)
    info = (output.node or {}).get("intakeinfo") or {}
    result = {"infno": envelope.infno, "msgid": envelope.msgid}
    return _outcome("created", None, (), dict(result), settlement_ref=info.get("settlement_ref"))


def _outcome(
    status: str, code: str | None, problems: Sequence[Problem], result: dict[str, object], **refs: object
) -> Outcome:
    if status in _TAKEN:
        named = {name: str(ref) for name, ref in refs.items() if ref is not None}
        return Outcome(taken=True, code=status, result=result | named)
    first = code or (problems[0].code if problems else "malformed")
    return Outcome(taken=False, code=first, problems=problems or (Problem("", first),))
