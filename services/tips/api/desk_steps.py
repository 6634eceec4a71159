"""What the buttons of a tip's page do: each reads its fields and takes one step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from services.kit.auth import Principal
from services.kit.errors import Forbidden
from services.tips import wiring
from services.tips.api import matters, models
from services.tips.api.desk_access import viewer_of
from services.tips.wiring import Resources

Fields = Mapping[str, list[str]]
Step = Callable[[Resources, UUID, Fields, Principal], Awaitable[object]]


def first(fields: Fields, name: str) -> str | None:
    """Return the first value of a field."""
    values = fields.get(name)
    return values[0] if values else None


async def _accept(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = models.Acceptance.model_validate({"institution_code": first(fields, "institution_code")})
    await wiring.build_accept_tip(resources)(tip_id, body.institution_code, by=who.subject)


async def _refuse(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = models.Refusal.model_validate({"reason_code": first(fields, "reason_code")})
    await wiring.build_refuse_tip(resources)(tip_id, body.reason_code, by=who.subject)


async def _ask_extension(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_ask_extension(resources)(tip_id, by=who.subject)


async def _extend(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    _supervise(who)
    await wiring.build_extend_deadline(resources)(tip_id, by=who.subject)


async def _transfer(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = matters.TransferRequest.model_validate(_plain(fields, "region", "reason"))
    await wiring.build_move_tip(resources).transfer(tip_id, body.region, body.reason, by=who.subject)


async def _send_back(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = matters.ReturnRequest.model_validate(_plain(fields, "reason"))
    await wiring.build_move_tip(resources).send_back(tip_id, body.reason, by=who.subject)


async def _designate(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    _supervise(who)
    body = matters.TransferRequest.model_validate(_plain(fields, "region", "reason"))
    move = wiring.build_move_tip(resources)
    await move.designate(tip_id, body.region, body.reason, by=who.subject, superior=who.region)


async def _merge(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = matters.MergerRequest.model_validate({"tip_id": first(fields, "other")})
    await wiring.build_check_access(resources)(body.tip_id, viewer_of(who))
    await wiring.build_merge_tips(resources).merge(tip_id, body.tip_id, by=who.subject)


async def _separate(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_merge_tips(resources).separate(tip_id, by=who.subject)


async def _assign(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    _supervise(who)
    body = matters.AssignmentRequest.model_validate({"desk": first(fields, "desk")})
    await wiring.build_assign_tip(resources).assign(tip_id, body.desk, by=who.subject)


async def _recuse(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_assign_tip(resources).recuse(tip_id, who.subject, by=who.subject)


async def _write(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = models.HandlerMessageRequest.model_validate(
        {"message_id": first(fields, "message_id"), "text": first(fields, "text") or ""}
    )
    await wiring.build_write_message(resources).as_handler(tip_id, body.text, body.message_id, by=who.subject)


async def _substantiate(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    yuan = first(fields, "case_value_yuan")
    body = models.Substantiation.model_validate(
        {
            "finding_ids": fields.get("finding", []),
            "case_value_fen": None if yuan is None else fen_of(yuan),
            "without_loss": first(fields, "without_loss") == "yes",
        }
    )
    await wiring.build_substantiate_tip(resources)(
        tip_id, body.finding_ids, body.case_value_fen, by=who.subject, without_loss=body.without_loss
    )


async def _dismiss(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_dismiss_tip(resources)(tip_id, by=who.subject)


async def _close(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_close_tip(resources)(tip_id, by=who.subject)


async def _tell(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    await wiring.build_tell_reporter(resources)(tip_id, by=who.subject)


async def _answer(resources: Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    body = matters.DisputeAnswer.model_validate(_plain(fields, "verdict"))
    await wiring.build_settle_dispute(resources)(tip_id, body.verdict, by=who.subject)


async def _take_note(resources: Resources, tip_id: UUID, _: Fields, who: Principal) -> None:
    _supervise(who)
    await wiring.build_take_note(resources)(tip_id, by=who.subject)


STEPS: dict[str, Step] = {
    "accept": _accept,
    "refuse": _refuse,
    "ask-extension": _ask_extension,
    "extend": _extend,
    "transfer": _transfer,
    "return": _send_back,
    "designate": _designate,
    "merge": _merge,
    "separate": _separate,
    "assign": _assign,
    "recuse": _recuse,
    "write": _write,
    "substantiate": _substantiate,
    "dismiss": _dismiss,
    "close": _close,
    "tell": _tell,
    "answer": _answer,
    "take-note": _take_note,
}
"""By the name a form sends."""

LEAVE_THE_PAGE = frozenset({"transfer", "return", "designate", "assign", "recuse"})
"""Steps after which whoever took them may see the tip no more."""


def _plain(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: first(fields, name) for name in names}


def fen_of(yuan: str) -> object:
    """Read an amount in yuan as fen without a float; what is none is left for the model to refuse."""
    whole, _, rest = yuan.replace(",", "").replace("，", "").partition(".")
    digits = whole + rest.ljust(2, "0")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(rest) <= 2 else yuan  # noqa: PLR2004


def _supervise(who: Principal) -> None:
    if "tips:supervise" not in who.scopes:
        raise Forbidden("not_a_supervisor", zh="此步骤由负责人办理。", en="This step is a supervisor's.")
