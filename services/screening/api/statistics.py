"""Numbers of findings over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.kit.auth import Principal, require
from services.screening.api.models import FindingCountView, StatisticsView
from services.screening.api.resources import Opened
from services.screening.wiring import build_read_findings

router = APIRouter(prefix="/screening/v1/statistics", tags=["统计 statistics"])


@router.get("/findings", summary="按规则和状态统计疑点 / Findings and amounts by rule and status")
async def count_findings(
    reader: Annotated[Principal, Depends(require("findings:read"))],
    resources: Opened,
    institution: Annotated[str | None, Query(description="机构编码 / Institution code")] = None,
) -> StatisticsView:
    """数量与金额（分） / Numbers, and amounts in fen."""
    counts = await build_read_findings(resources).counts(institution, reader)
    return StatisticsView(items=[FindingCountView.model_validate(asdict(count)) for count in counts])
