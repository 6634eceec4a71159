"""Routes and pages on which anybody reads statistics and typical cases; nothing is counted when asked."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.kit.auth import public
from services.tips import public_wiring
from services.tips.api import texts
from services.tips.api.desk_access import Resources
from services.tips.api.rendering import page
from services.tips.domain.statistics import TOTAL, Measure
from services.tips.domain.tip import Kind
from services.tips.domain.typical_case import TypicalCase
from services.tips.storage.statistics import NO_REGION

router = APIRouter(
    prefix="/tips/v1/public", tags=["信息公开 / publications"], dependencies=[Depends(public())], max_body_size=4096
)
pages = APIRouter(
    prefix="/tips/public",
    tags=["信息公开 / publications"],
    dependencies=[Depends(public())],
    include_in_schema=False,
    max_body_size=4096,
)

PeriodLabel = Annotated[str, Query(pattern=r"^20\d{2}-(Q[1-4]|0[1-9]|1[0-2])$")]


class AnswerTimes(BaseModel):
    """How long decisions took, in days from the receipt of the tip."""

    median_days: int | None = Field(description="中位数 / Median; null: too few")
    tail_days: int | None = Field(description="95 百分位数 / 95th percentile; null: too few")


class Publication(BaseModel):
    """Statistics of one period, frozen when they were published; null stands for a hidden number."""

    format: str
    period: str
    first_day: date
    last_day: date
    smallest: int = Field(description="低于此数（零除外）不公布 / Smaller numbers than this, but zero, are hidden")
    rounding: int = Field(description="取整单位 / Numbers are rounded to a multiple of this")
    regions: list[str] = Field(description="行：市级区划，末行合计 / Rows: cities, the total last")
    kinds: list[str] = Field(description="列：类型，末列合计 / Columns: kinds, the total last")
    counts: dict[Measure, list[list[int | None]]]
    paid_fen: list[int | None] = Field(description="按行的奖励金额 / Rewards paid, by row")
    answers: dict[str, AnswerTimes]


class Publications(BaseModel):
    """What is published: the periods, and the statistics of one."""

    periods: list[str]
    publication: Publication | None


class CaseView(BaseModel):
    """A typical case as the public reads it."""

    case_id: UUID
    region: str
    month: str
    kind: Kind
    title: str
    body: str
    title_en: str | None
    body_en: str | None
    published_on: date | None

    @classmethod
    def of(cls, case: TypicalCase) -> Self:
        """Show a case; who wrote it stays inside."""
        return cls(
            case_id=case.id,
            region=case.region,
            month=case.month,
            kind=case.kind,
            title=case.title,
            body=case.body,
            title_en=case.title_en,
            body_en=case.body_en,
            published_on=case.published_on,
        )


@router.get("/statistics", summary="举报统计 / Statistics of tips")
async def read_statistics(resources: Resources, period: PeriodLabel | None = None) -> Publications:
    """Return the statistics of a published period, by default the latest."""
    labels, found = await _statistics(resources, period)
    return Publications(periods=labels, publication=None if found is None else Publication.model_validate(found))


@router.get("/cases", summary="典型案例 / Typical cases")
async def read_cases(resources: Resources) -> list[CaseView]:
    """List the published cases, the latest first."""
    return [CaseView.of(case) for case in await public_wiring.build_tell_cases(resources).published()]


@pages.get("/statistics")
async def statistics_page(resources: Resources, period: PeriodLabel | None = None) -> Response:
    """Show the statistics of a period: one table of totals by region, one by kind, and the whole behind a fold."""
    labels, found = await _statistics(resources, period)
    publication = None if found is None else Publication.model_validate(found)
    return page(
        "public_statistics.html",
        labels=labels,
        publication=publication,
        measures=list(Measure),
        words=texts,
        total=TOTAL,
        no_region=NO_REGION,
        kinds={kind.value: words for kind, words in texts.KINDS.items()},
    )


@pages.get("/cases")
async def cases_page(resources: Resources) -> Response:
    """Show the published cases."""
    return page("public_cases.html", cases=await public_wiring.build_tell_cases(resources).published())


async def _statistics(resources: Resources, period: str | None) -> tuple[list[str], dict[str, Any] | None]:
    show = public_wiring.build_show_statistics(resources)
    every = await show()
    labels = [str(each["period"]) for each in every]
    if period is not None:
        return labels, dict(await show.of(period))
    return labels, dict(every[0]) if every else None
