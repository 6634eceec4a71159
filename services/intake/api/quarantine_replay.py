"""Takes a body of the quarantine in the way it would have been taken at first."""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import ValidationError

from services.intake import wiring
from services.intake.api.body_problems import problem_at
from services.intake.api.fsi import envelope as form
from services.intake.api.fsi.handler import Call
from services.intake.api.fsi.transactions import TRANSACTIONS
from services.intake.api.list_body import SETTLEMENT_LIST
from services.intake.api.movement_body import MOVEMENT
from services.intake.api.registry_models import ENTRIES, declared
from services.intake.api.reversal_body import KeptReversal
from services.intake.api.reversal_body import decode as decode_reversal
from services.intake.api.settlement_body import decode
from services.intake.domain.fsi.refusal import Refused, refused
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import PERSON_KINDS, REGISTRY_KINDS
from services.intake.use_cases.file_settlement_lists import ListOrNot
from services.intake.use_cases.quarantine.release import Kept, Outcome, Replay
from services.intake.use_cases.take_movements import PostedOrNot
from services.intake.wiring import Resources
from services.kit.auth import Principal

_TAKEN = frozenset({"created", "same"})


def replay_with(resources: Resources, principal: Principal) -> Replay:
    """Return what releases an entry; a correction may not move it to another institution."""

    async def registry(_: Resources, kept: Kept) -> Outcome:
        return await _registry(resources, principal, kept)

    async def message(_: Resources, kept: Kept) -> Outcome:
        return await _message(resources, principal, kept)

    taking: dict[str, Callable[[Resources, Kept], Awaitable[Outcome]]] = {
        "settlement": _settlement,
        "visit": _settlement,
        "movement": _movement,
        "settlement_list": _list,
        "reversal": reversal,
        "message": message,
        **dict.fromkeys(REGISTRY_KINDS | PERSON_KINDS, registry),
    }

    async def replay(kept: Kept) -> Outcome:
        if kept.entry.kind == "visit" and not kept.entry.corrections:
            return await wiring.build_release_visit(resources)(kept)
        return await taking[kept.entry.kind](resources, kept)

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


async def reversal(resources: Resources, kept: Kept) -> Outcome:
    """Take a reversal; one whose settlement is still not here goes on waiting."""
    wanted = decode_reversal(kept.body, KeptReversal)
    if isinstance(wanted, list):
        return _refused_again(wanted)
    if kept.entry.institution_code not in {None, wanted.institution_code}:
        return _refused_again([Problem("/institution_code", "other_institution")])
    reverse = wiring.build_reverse_settlements(resources)
    [answer] = await reverse([wanted.to_domain(wanted.institution_code, wanted.settlement_id)])
    status = "rejected" if answer.status == "unknown" else answer.status
    problems = answer.problems or ([] if answer.code is None else [Problem("/settlement_id", answer.code)])
    result: dict[str, object] = {"settlement_id": wanted.settlement_id, "reversal_id": wanted.reversal_id}
    return _outcome(status, answer.code, problems, result, settlement_ref=answer.settlement_ref)


async def _registry(resources: Resources, principal: Principal, kept: Kept) -> Outcome:
    """Write an entry of the registry, as who sent it said it and when it came: what was said since is later news."""
    kind, entry = kept.entry.kind, kept.entry
    try:
        body = ENTRIES[kind].model_validate_json(kept.body)
    except ValidationError as error:
        return _refused_again([problem_at(one["loc"], one["type"]) for one in error.errors(include_input=False)])
    named = getattr(body, "institution_code", None)
    mine = principal.institution
    if (kind == "department" and entry.institution_code not in {None, named}) or (mine and named != mine):
        return _refused_again([Problem("/institution_code", "other_institution")])
    change = wiring.build_change_registry(resources)
    one = declared(kind, body, resources.pseudonym_key)
    [answer] = await change([one], source=entry.received_from, said_at=entry.received_at)
    status = "created" if answer.status == "changed" else answer.status
    # The code of an insured person's entry is a pseudonym, and known to whoever asks the registry.
    return _outcome(status, None, answer.problems, {} if kind in PERSON_KINDS else {"code": one.code})


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


def _refused_again(problems: Sequence[Problem]) -> Outcome:
    return Outcome(taken=False, code=problems[0].code, problems=problems)


def _outcome(
    status: str, code: str | None, problems: Sequence[Problem], result: dict[str, object], **refs: object
) -> Outcome:
    if status in _TAKEN:
        named = {name: str(ref) for name, ref in refs.items() if ref is not None}
        return Outcome(taken=True, code=status, result=result | named)
    # That it is malformed says nothing where it can be said what of it is.
    first = problems[0].code if problems and code in {None, "malformed"} else code or "malformed"
    return Outcome(taken=False, code=first, problems=problems or (Problem("", first),))
