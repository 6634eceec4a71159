"""The outcome of a settlement over HTTP."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.kit.auth import Principal, require
from services.screening.api.models import ScreeningView
from services.screening.api.resources import Opened, Spoken
from services.screening.api.views import finding_view
from services.screening.wiring import build_read_findings

router = APIRouter(prefix="/screening/v1/settlements", tags=["结算审核 settlements"])


@router.get("/{settlement_ref}/screening", summary="结算的审核结果 / Outcome of a settlement's screening")
async def get_screening(
    settlement_ref: UUID,
    reader: Annotated[Principal, Depends(require("findings:read"))],
    resources: Opened,
    language: Spoken,
) -> ScreeningView:
    """尚未审核为 404 / 404 before it was screened."""
    screening = await build_read_findings(resources).of_settlement(settlement_ref, reader)
    findings = [finding_view(finding, language) for finding in screening.findings]
    return ScreeningView.model_validate({**asdict(screening.settlement), "findings": findings})
