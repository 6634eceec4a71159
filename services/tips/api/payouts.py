"""Routes of the payout office (奖励发放): numbers, amounts and sealed payees; two people pay, against the token."""

from base64 import b64encode
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.kit.auth import Principal, require
from services.tips import wiring
from services.tips.api.claim_models import PayoutView, SealedPayeeView, TransferRequest
from services.tips.api.desk_access import Resources, require_agency
from services.tips.use_cases.pay_rewards import Payer

router = APIRouter(prefix="/tips/v1/payouts", tags=["奖励发放 / payouts"], max_body_size=16 * 1024)


def payer_of(principal: Principal) -> Payer:
    """Return the payer a principal is; raises Forbidden for whoever speaks for an institution."""
    require_agency(principal)
    return Payer(principal.subject, principal.region)


async def _payer(officer: Annotated[Principal, Depends(require("tips:pay"))]) -> Payer:
    return payer_of(officer)


Officer = Annotated[Payer, Depends(_payer)]


@router.get("", summary="待发放 / What is to be paid")
async def list_payouts(payer: Officer, resources: Resources) -> list[PayoutView]:
    """List claimed rewards of the region, those that wait for a confirmation first."""
    found, _ = await wiring.build_pay_rewards(resources).due(payer)
    return [PayoutView.of(payout) for payout in found]


@router.post("/{payout_id}/payee", summary="领取密封收款信息 / Receive the sealed payee")
async def open_payee(payout_id: UUID, payer: Officer, resources: Resources) -> SealedPayeeView:
    """Receive the payee, sealed for the office's key; every time is logged."""
    payee = await wiring.build_pay_rewards(resources).open(payout_id, payer)
    return SealedPayeeView(payout_id=payout_id, key_id=payee.key_id, sealed=b64encode(payee.sealed).decode())


@router.post("/transfers", summary="登记转账 / Record a transfer")
async def transfer(body: TransferRequest, payer: Officer, resources: Resources) -> PayoutView:
    """Record a transfer without cash against the token; a second one of the office confirms it."""
    return PayoutView.of(await wiring.build_pay_rewards(resources).transfer(body.payment_token, body.reference, payer))


@router.post("/{payout_id}/confirmation", summary="复核发放 / Confirm a transfer")
async def confirm(payout_id: UUID, payer: Officer, resources: Resources) -> PayoutView:
    """Confirm the transfer of a colleague; the payee is deleted."""
    return PayoutView.of(await wiring.build_pay_rewards(resources).confirm(payout_id, payer))


@router.post("/{payout_id}/return", summary="转账退回 / Undo a transfer")
async def send_back(payout_id: UUID, payer: Officer, resources: Resources) -> PayoutView:
    """Undo the transfer of a colleague that did not arrive, so that it can be made again."""
    return PayoutView.of(await wiring.build_pay_rewards(resources).send_back(payout_id, payer))
