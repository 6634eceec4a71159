"""Reminders over HTTP: what became of them, and how many were heeded."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.kit.auth import Principal, require
from services.kit.clock import business_date
from services.screening.api.precheck_models import AcceptanceAnswer, AcceptanceView
from services.screening.api.resources import Opened
from services.screening.storage.reminders import Acceptance
from services.screening.wiring import build_reminder_answers

router = APIRouter(prefix="/screening/v1/reminders", tags=["事前事中 pre-checks"])

_DEFAULT_DAYS = 30


@router.get("/statistics", summary="提醒采纳统计 / How reminders are heeded")
async def get_acceptance(
    reader: Annotated[Principal, Depends(require("findings:read"))],
    resources: Opened,
    by: Annotated[Literal["institution", "practitioner", "rule"], Query(description="分组 / Group by")] = "institution",
    first: Annotated[date | None, Query(alias="from", description="首日，缺省30天前 / First business day")] = None,
    last: Annotated[date | None, Query(alias="until", description="末日，缺省今天 / Last business day")] = None,
    institution: Annotated[str | None, Query(description="机构编码 / Institution code")] = None,
    practitioner: Annotated[str | None, Query(description="人员编码 / Practitioner code")] = None,
    rule: Annotated[str | None, Query(description="规则编码 / Rule code")] = None,
    phase: Annotated[Literal["before", "during", "after", "all"] | None, Query(description="环节 / Phase")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AcceptanceAnswer:
    """提醒多的在前；机构只见本机构的，地区只见本地区的 / Most reminders first; everybody sees only their own."""
    last = last or business_date(resources.clock.now())
    counts = await build_reminder_answers(resources).acceptance(
        reader,
        first=first or last - timedelta(days=_DEFAULT_DAYS - 1),
        last=last,
        by=by,
        institution_code=institution,
        practitioner_code=practitioner,
        rule_code=rule,
        phase=phase,
        limit=limit,
    )
    return AcceptanceAnswer(by=by, items=[_view(one) for one in counts])


def _view(one: Acceptance) -> AcceptanceView:
    rate = round(one.revised / one.answered, 4) if one.answered else None
    return AcceptanceView.model_validate({**one._asdict(), "acceptance_rate": rate})
