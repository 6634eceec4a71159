"""Routes on completeness: gaps in an institution's numbering (断号), and institutions that fell silent (静默)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from services.intake.api.stock import FIRST_DAY, LAST_DAY
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.quarantine import Viewer
from services.intake.domain.sequence import Series
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import NotFound

router = APIRouter(prefix="/intake/v1", tags=["reconciliation"])

Reader = Annotated[Principal, Depends(require("settlements:read"))]


class GapView(BaseModel):
    """Numbers that are missing between two that came."""

    after: str
    before: str
    missing: int


class SeriesView(BaseModel):
    """What the numbers of a day look like."""

    state: Literal["serial", "not_serial", "too_few"] = Field(
        description="serial 连号，not_serial 非连号不判断，too_few 太少不判断 / only a serial day can have gaps"
    )
    seen: int
    missing: int
    gaps: Sequence[GapView] = Field(description="最多 1000 处 / at most 1000")

    @classmethod
    def of(cls, series: Series) -> Self:
        """Return the view of a series."""
        return cls(
            state=series.state,
            seen=series.seen,
            missing=series.missing,
            gaps=[GapView(**gap._asdict()) for gap in series.gaps],
        )


class GapsView(BaseModel):
    """Gaps of one institution and day."""

    institution_code: str
    day: date
    messages: SeriesView = Field(description="报文号 msgid，按发送方时钟归日 / by the day within the msgid")
    settlements: SeriesView = Field(description="结算编号，按结算日 / by the day of settlement")


class SilentView(BaseModel):
    """An institution that usually sends at this time and did not."""

    institution_code: str
    region: str | None
    usual_days: int = Field(description="前十个工作日中同时段有数据的天数 / of ten working days, those with data then")
    last_at: datetime | None = Field(description="最近一次数据 / when something came last")


@router.get("/institutions/{code}/gaps", summary="查询断号 / Gaps in an institution's numbering")
async def get_gaps(
    request: Request,
    principal: Reader,
    code: Annotated[str, Path(pattern=f"^{INSTITUTION}$")],
    day: Annotated[date, Query(ge=FIRST_DAY, le=LAST_DAY, description="日期（上海）/ the day in Shanghai")],
) -> GapsView:
    """Tell which numbers are missing between the first and the last that came; one's own institution or region."""
    principal.must_be_institution(code)
    resources: Resources = request.app.state.resources
    known = (await resources.known_institutions([code])).get(code)
    viewer = Viewer(principal.institution, principal.region)
    if known is None or not viewer.may_see(institution_code=code, region=known.region):
        raise NotFound("institution_unknown", zh="定点医药机构未登记。", en="The institution is not in the registry.")
    found = await resources.watch_activity.gaps(code, day)
    return GapsView(
        institution_code=code,
        day=day,
        messages=SeriesView.of(found.messages),
        settlements=SeriesView.of(found.settlements),
    )


@router.get("/silent-institutions", summary="查询静默机构 / Institutions that fell silent")
async def list_silent(request: Request, principal: Reader) -> list[SilentView]:
    """List who usually sends at this time of a working day and sent nothing for hours."""
    resources: Resources = request.app.state.resources
    found = await resources.watch_activity.silent(Viewer(principal.institution, principal.region))
    return [SilentView(**one._asdict()) for one in found]
