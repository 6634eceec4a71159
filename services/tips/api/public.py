"""Routes for reporters: no token, no address kept, the receipt only ever in a body."""

from fastapi import APIRouter, Depends, Response

from services.kit.auth import public
from services.tips import wiring
from services.tips.api.claim_models import Claim, ClaimRequest
from services.tips.api.desk_access import Resources
from services.tips.api.padding import padded_json
from services.tips.api.public_models import (
    FiledAddition,
    Padded,
    Receipt,
    ReceiptRequest,
    ReporterMessageRequest,
    TipReport,
)
from services.tips.api.status_models import TipStatus

router = APIRouter(
    prefix="/tips/v1", tags=["公众举报 / the public"], dependencies=[Depends(public())], max_body_size=64 * 1024
)


@router.post("/tips", status_code=201, response_model=Receipt, summary="举报 / Report")
async def report(body: TipReport, resources: Resources) -> Response:
    """Take a tip and show its receipt, once."""
    submitted = await wiring.build_submit_tip(resources)(body.submission())
    return padded_json(Receipt.of(submitted), 201)


@router.post("/lookup", response_model=TipStatus, summary="凭回执查询 / Look up with the receipt")
async def look_up(body: ReceiptRequest, resources: Resources) -> Response:
    """Show status, conversation and reward."""
    return padded_json(TipStatus.of(await wiring.build_look_up_tip(resources)(body.receipt)))


@router.post("/lookup/messages", response_model=FiledAddition, summary="补充说明 / Write to the handlers")
async def write_message(body: ReporterMessageRequest, resources: Resources) -> Response:
    """Write to the handlers, and receive the statement that the message was filed."""
    filed = await wiring.build_write_message(resources).as_reporter(body.receipt, body.text, body.message_id)
    return padded_json(FiledAddition.of_addition(filed))


@router.post("/lookup/withdrawal", response_model=Padded, summary="撤回举报 / Withdraw")
async def withdraw(body: ReceiptRequest, resources: Resources) -> Response:
    """Take the tip back."""
    await wiring.build_withdraw_tip(resources)(body.receipt)
    return padded_json(Padded())


@router.post("/lookup/reward-claim", response_model=Claim, summary="领取奖励 / Claim the reward")
async def claim_reward(body: ClaimRequest, resources: Resources) -> Response:
    """Claim the reward and show the payment token; asked again before payment, the same one."""
    payee = body.payee.payee() if body.payee else None
    return padded_json(Claim.of(await wiring.build_claim_reward(resources)(body.receipt, payee)))
