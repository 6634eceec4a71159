"""The pages for the reward of a matter and for the payout office; complete without scripts."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from services.kit.auth import Principal
from services.kit.clock import business_date
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api import desk_public_texts
from services.tips.api.claim_models import PAYEE_FORMAT, TransferRequest
from services.tips.api.desk_access import Resources, viewer_of
from services.tips.api.desk_outcome import NOTHING_SENT, Outcome, attempt
from services.tips.api.desk_pages import desk_page, shown
from services.tips.api.desk_session import DeskGuard, DeskReader, must_hold, read_form
from services.tips.api.desk_steps import Fields, fen_of, first
from services.tips.api.payouts import payer_of
from services.tips.api.rendering import SECURITY_HEADERS
from services.tips.api.rewards import RewardApproval, RewardProposal
from services.tips.domain.reward import RewardPolicy
from services.tips.domain.reward_claim import RewardState
from services.tips.storage.rewards import together

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=64 * 1024
)

DeskPayer = Annotated[Principal, Depends(DeskGuard("tips:pay"))]
Done = Annotated[str, Query(max_length=20)]


@router.get("/tips/{tip_id}/reward")
async def reward_page(
    request: Request, tip_id: UUID, reader: DeskReader, resources: Resources, done: Done = ""
) -> Response:
    """Show the shares of a matter, the table that holds, and what the reader may do."""

    async def answer() -> Response:
        return await _reward_page(request, tip_id, reader, resources, done=done)

    return await shown(request, reader, answer)


@router.post("/tips/{tip_id}/reward")
async def reward_step(request: Request, tip_id: UUID, reader: DeskReader, resources: Resources) -> Response:
    """Propose, approve, turn down or extend, then show the page again."""

    async def answer() -> Response:
        fields = await read_form(request)
        await wiring.build_check_access(resources)(tip_id, viewer_of(reader))
        with attempt() as outcome:
            await _take_step(resources, tip_id, fields, reader)
        if outcome.taken:
            done = first(fields, "action") or ""
            return RedirectResponse(f"/tips/desk/tips/{tip_id}/reward?done={done}", 303, SECURITY_HEADERS)
        return await _reward_page(request, tip_id, reader, resources, outcome=outcome)

    return await shown(request, reader, answer)


@router.get("/payouts")
async def payouts_page(request: Request, payer: DeskPayer, resources: Resources, done: Done = "") -> Response:
    """Show what is to be paid."""

    async def answer() -> Response:
        return await _payouts_page(request, payer, resources, done=done)

    return await shown(request, payer, answer)


@router.post("/payouts")
async def payout_step(request: Request, payer: DeskPayer, resources: Resources) -> Response:
    """Record a transfer, or confirm or undo that of a colleague."""

    async def answer() -> Response:
        fields = await read_form(request)
        pay, who, action = wiring.build_pay_rewards(resources), payer_of(payer), first(fields, "action") or ""
        with attempt() as outcome:
            if action == "transfer":
                body = TransferRequest.model_validate(
                    {name: first(fields, name) or "" for name in ("payment_token", "reference")}
                )
                await pay.transfer(body.payment_token, body.reference, who)
            elif action in {"confirm", "undo"}:
                payout_id = UUID(first(fields, "payout_id") or "")
                await (pay.confirm if action == "confirm" else pay.send_back)(payout_id, who)
        if outcome.taken:
            return RedirectResponse(f"/tips/desk/payouts?done={action}", 303, SECURITY_HEADERS)
        return await _payouts_page(request, payer, resources, outcome=outcome)

    return await shown(request, payer, answer)


@router.post("/payouts/{payout_id}/payee")
async def payee_file(request: Request, payout_id: UUID, payer: DeskPayer, resources: Resources) -> Response:
    """Send the sealed payee as a file, to be opened offline."""

    async def answer() -> Response:
        await read_form(request)
        payee = await wiring.build_pay_rewards(resources).open(payout_id, payer_of(payer))
        document = {
            "format": PAYEE_FORMAT,
            "payout_id": str(payout_id),
            "key_id": payee.key_id,
            "sealed": b64encode(payee.sealed).decode(),
        }
        disposition = {"Content-Disposition": f'attachment; filename="payee-{payout_id}.json"'}
        return Response(
            msgspec.json.format(msgspec.json.encode(document)),
            media_type="application/json",
            headers=SECURITY_HEADERS | disposition,
        )

    return await shown(request, payer, answer)


async def _take_step(resources: wiring.Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    desk, action = wiring.build_reward_desk(resources), first(fields, "action")
    must_hold(who, "tips:handle" if action == "propose" else "tips:approve")
    if action == "propose":
        await desk.propose(tip_id, _proposal(fields).proposal(), by=who.subject)
    elif action == "approve":
        body = RewardApproval.model_validate({"amount_fen": first(fields, "amount_fen")})
        await desk.approve(tip_id, body.amount_fen, by=who.subject)
    elif action == "turn-down":
        await desk.send_back(tip_id, by=who.subject)
    elif action == "extend":
        await desk.extend(tip_id, by=who.subject)


def _proposal(fields: Fields) -> RewardProposal:
    """Read a proposal: of each reporter the form says whether and how the reward is shared."""
    roles: Mapping[str, str] = {
        name.removeprefix("role-"): values[0] for name, values in fields.items() if name.startswith("role-")
    }
    yuan = first(fields, "without_loss_yuan")
    values: dict[str, Any] = {
        "level": int(first(fields, "level") or 0),
        "insider": first(fields, "insider") == "yes",
        "of_person": first(fields, "of_person") == "yes",
        "without_loss_fen": None if yuan is None else fen_of(yuan),
        "joint": [
            {"tip_id": tip, "weight": first(fields, f"weight-{tip}") or 1}
            for tip, role in roles.items()
            if role == "joint"
        ],
        "decisive": [tip for tip, role in roles.items() if role == "decisive"],
        "excluded": [
            {"tip_id": tip, "reason": role.removeprefix("not-")}
            for tip, role in roles.items()
            if role.startswith("not-")
        ],
    }
    return RewardProposal.model_validate(values)


async def _reward_page(
    request: Request,
    tip_id: UUID,
    reader: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
) -> Response:
    await wiring.build_check_access(resources)(tip_id, viewer_of(reader))
    desk = wiring.build_reward_desk(resources)
    tip, followers, found = await desk.read(tip_id)
    try:
        policy: RewardPolicy | None = desk.policy_for(tip)
    except ServiceError:
        policy = None
    today = business_date(resources.clock.now())
    return desk_page(
        request,
        reader,
        "desk_reward.html",
        outcome.status,
        tip=tip,
        reporters=[tip, *followers],
        shares=found,
        states={share.tip_id: share.state_on(today) for share in found},
        total=together(found),
        proposable=all(share.state is RewardState.NONE for share in found),
        approvable=any(share.state is RewardState.PROPOSED for share in found),
        policy=policy,
        approves="tips:approve" in reader.scopes,
        words=desk_public_texts,
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
    )


async def _payouts_page(
    request: Request,
    payer: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
) -> Response:
    found, today = await wiring.build_pay_rewards(resources).due(payer_of(payer))
    return desk_page(
        request,
        payer,
        "desk_payouts.html",
        outcome.status,
        payouts=found,
        today=today,
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
    )
