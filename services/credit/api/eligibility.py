"""Payment eligibility over HTTP: one practitioner, or many at once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.credit.api.models import EligibilityAnswers, EligibilityBody, EligibilityView, Instant, PractitionerCode
from services.credit.api.resources import Opened, Spoken
from services.credit.api.views import eligibility_view
from services.credit.wiring import build_read_eligibility
from services.kit.auth import Principal, require

router = APIRouter(prefix="/credit/v1/eligibility", tags=["支付资格 eligibility"])

Reader = Annotated[Principal, Depends(require("standing:read"))]


@router.get("", summary="查询支付资格 / Eligibility of one practitioner")
async def get_eligibility(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    practitioner: Annotated[PractitionerCode, Query(description="医保相关人员代码 / Practitioner code")],
    at: Annotated[Instant | None, Query(description="时刻，缺省为现在 / Instant; now when left out")] = None,
) -> EligibilityView:
    """未登记的人员不具备资格 / Who is not registered is not eligible."""
    (answer,) = await build_read_eligibility(resources)([practitioner], reader, at=at)
    return eligibility_view(answer, language)


@router.post("/bulk", summary="批量查询支付资格 / Eligibility of many practitioners")
async def get_eligibilities(
    body: EligibilityBody, reader: Reader, resources: Opened, language: Spoken
) -> EligibilityAnswers:
    """顺序同请求 / In the order asked."""
    answers = await build_read_eligibility(resources)(body.practitioner_codes, reader, at=body.at)
    return EligibilityAnswers(items=[eligibility_view(answer, language) for answer in answers])
