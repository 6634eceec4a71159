"""The pages on which a paid reward is taken back, and on which the payout office notes what came."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from services.kit.auth import Principal
from services.tips import public_wiring, wiring
from services.tips.api import desk_public_texts
from services.tips.api.desk_access import Resources, viewer_of
from services.tips.api.desk_outcome import NOTHING_SENT, Outcome, attempt
from services.tips.api.desk_pages import desk_page, shown
from services.tips.api.desk_rewards import DeskPayer
from services.tips.api.desk_session import DeskReader, must_hold, read_form
from services.tips.api.desk_steps import Fields, fen_of, first
from services.tips.api.payouts import payer_of
from services.tips.api.reclaims import ReclaimApproval, ReclaimProposal, RepaymentRequest, Waiver
from services.tips.api.rendering import SECURITY_HEADERS
from services.tips.domain.reward_claim import RewardState

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=16 * 1024
)

Done = Annotated[str, Query(max_length=20)]


@router.get("/tips/{tip_id}/reclaims")
async def reclaims_page(
    request: Request, tip_id: UUID, reader: DeskReader, resources: Resources, done: Done = ""
) -> Response:
    """Show what was demanded back of the reward of one reporter, and what the reader may do."""

    async def answer() -> Response:
        return await _reclaims_page(request, tip_id, reader, resources, done=done)

    return await shown(request, reader, answer)


@router.post("/tips/{tip_id}/reclaims")
async def reclaim_step(request: Request, tip_id: UUID, reader: DeskReader, resources: Resources) -> Response:
    """Propose, demand, turn down or waive, then show the page again."""

    async def answer() -> Response:
        fields = await read_form(request)
        await wiring.build_check_access(resources)(tip_id, viewer_of(reader))
        with attempt() as outcome:
            await _take_step(resources, tip_id, fields, reader)
        if outcome.taken:
            done = first(fields, "action") or ""
            return RedirectResponse(f"/tips/desk/tips/{tip_id}/reclaims?done={done}", 303, SECURITY_HEADERS)
        return await _reclaims_page(request, tip_id, reader, resources, outcome=outcome)

    return await shown(request, reader, answer)


@router.get("/repayments")
async def repayments_page(request: Request, payer: DeskPayer, resources: Resources, done: Done = "") -> Response:
    """Show what is to be repaid."""

    async def answer() -> Response:
        return await _repayments_page(request, payer, resources, done=done)

    return await shown(request, payer, answer)


@router.post("/repayments")
async def note_repayment(request: Request, payer: DeskPayer, resources: Resources) -> Response:
    """Note money that came."""

    async def answer() -> Response:
        fields = await read_form(request)
        with attempt() as outcome:
            body = RepaymentRequest.model_validate(
                {
                    "repayment_number": first(fields, "repayment_number"),
                    "amount_fen": fen_of(first(fields, "amount_yuan") or ""),
                    "reference": first(fields, "reference"),
                }
            )
            take = public_wiring.build_take_repayments(resources)
            await take.note(body.repayment_number, body.amount_fen, body.reference, payer_of(payer))
        if outcome.taken:
            return RedirectResponse("/tips/desk/repayments?done=repaid", 303, SECURITY_HEADERS)
        return await _repayments_page(request, payer, resources, outcome=outcome)

    return await shown(request, payer, answer)


async def _take_step(resources: wiring.Resources, tip_id: UUID, fields: Fields, who: Principal) -> None:
    reclaiming, action = public_wiring.build_reclaim_rewards(resources), first(fields, "action")
    needed = "tips:handle" if action == "reclaim" else "tips:approve"
    must_hold(who, needed)
    if action == "reclaim":
        body = ReclaimProposal.model_validate(
            {
                "reason": first(fields, "reason"),
                "exclusion": first(fields, "exclusion") or None,
                "amount_fen": fen_of(first(fields, "amount_yuan") or ""),
            }
        )
        await reclaiming.propose(tip_id, body.claimed(), by=who.subject)
        return
    number = int(first(fields, "number") or "")
    if action == "demand":
        approval = ReclaimApproval.model_validate({"amount_fen": first(fields, "amount_fen")})
        await reclaiming.decide(tip_id, number, approval.amount_fen, by=who.subject)
    elif action == "refuse-reclaim":
        await reclaiming.turn_down(tip_id, number, by=who.subject)
    elif action == "waive":
        waiver = Waiver.model_validate({"reason": first(fields, "reason")})
        await reclaiming.waive(tip_id, number, waiver.reason, by=who.subject)


async def _reclaims_page(
    request: Request,
    tip_id: UUID,
    reader: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
) -> Response:
    await wiring.build_check_access(resources)(tip_id, viewer_of(reader))
    tip, _, rewards = await wiring.build_reward_desk(resources).read(tip_id)
    reward = next((each for each in rewards if each.tip_id == tip_id), None)
    return desk_page(
        request,
        reader,
        "desk_reclaims.html",
        outcome.status,
        tip=tip,
        reward=reward if reward and reward.state is RewardState.PAID else None,
        reclaims=await public_wiring.build_reclaim_rewards(resources).read(tip_id),
        approves="tips:approve" in reader.scopes,
        words=desk_public_texts,
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
    )


async def _repayments_page(
    request: Request,
    payer: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
) -> Response:
    return desk_page(
        request,
        payer,
        "desk_repayments.html",
        outcome.status,
        demands=await public_wiring.build_take_repayments(resources).due(payer_of(payer)),
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
    )
