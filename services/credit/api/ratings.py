"""Yearly ratings over HTTP: previewed, published, contested, concluded, read with every reason, recomputed dry."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.credit.api.cursors import code_after
from services.credit.api.models import Instant, InstitutionCode
from services.credit.api.rating_models import (
    AnnualRatingView,
    BacktestBody,
    BacktestView,
    ObjectionBody,
    ObjectionDecisionBody,
    OutcomeView,
    RatedYear,
    RatingFileView,
    RatingPolicyView,
    RecomputationView,
    RegionPrefix,
    RegionYearBody,
)
from services.credit.api.rating_views import (
    annual_rating_view,
    backtest_view,
    rating_file_view,
    rating_policy_view,
    recomputation_view,
)
from services.credit.api.resources import Opened, Spoken
from services.credit.domain.rating_procedure import RatingState
from services.credit.use_cases.contest_rating import Decision
from services.credit.wiring import (
    Resources,
    build_advance_ratings,
    build_backtest_ratings,
    build_contest_rating,
    build_preview_ratings,
    build_read_ratings,
)
from services.kit.auth import Principal, require
from services.kit.http import Language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1/ratings", tags=["年度信用评价 ratings"])

Reader = Annotated[Principal, Depends(require("ratings:read"))]
Officer = Annotated[Principal, Depends(require("ratings:write"))]
Objector = Annotated[Principal, Depends(require("ratings:object"))]
Decider = Annotated[Principal, Depends(require("ratings:decide"))]
Code = Annotated[InstitutionCode, Path()]
Year = Annotated[RatedYear, Path()]


@router.get("", summary="年度信用评价列表 / List the ratings of a year")
async def list_ratings(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    year: Annotated[RatedYear, Query()],
    region: Annotated[RegionPrefix | None, Query()] = None,
    state: Annotated[RatingState | None, Query(description="状态 / State")] = None,
    grade: Annotated[str | None, Query(max_length=32, description="等级 / Grade")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AnnualRatingView]:
    """按机构编码排列；机构只见本机构 / By code; an institution sees itself only."""
    found = await build_read_ratings(resources).page(
        reader, year=year, region=region or "", state=state, grade=grade, after=code_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[annual_rating_view(*one, resources.book.ratings, language) for one in shown],
        next_cursor=encode_cursor(shown[-1][0].institution_code) if len(found) > limit else None,
    )


@router.get("/policies", summary="评价规则版本 / Versions of the rules")
async def list_policies(_: Reader, resources: Opened, language: Spoken) -> Page[RatingPolicyView]:
    """各地区、各版本 / Of every region and version."""
    return Page(items=[rating_policy_view(one, language) for one in resources.book.ratings.all()])


@router.post("/previews", summary="预评 / Preview a region's ratings")
async def preview(body: RegionYearBody, officer: Officer, resources: Opened) -> OutcomeView:
    """可重复；已公示的不变 / Can be repeated; what is public stays."""
    outcome = await build_preview_ratings(resources)(officer, year=body.year, region=body.region)
    return _outcome(body, outcome)


@router.post("/publications", summary="公示 / Publish a region's previews")
async def publish(body: RegionYearBody, officer: Officer, resources: Opened) -> OutcomeView:
    """公示期按工作日计 / Publicity is counted in working days."""
    return _outcome(body, await build_advance_ratings(resources).publish(officer, year=body.year, region=body.region))


@router.post("/conclusions", summary="生效 / Conclude ratings whose publicity is over")
async def conclude(body: RegionYearBody, officer: Officer, resources: Opened) -> OutcomeView:
    """有异议未决的不生效 / An open objection holds a rating up."""
    return _outcome(body, await build_advance_ratings(resources).conclude(officer, year=body.year, region=body.region))


@router.post("/backtests", summary="规则回测 / Back-test a version of the rules over a year")
async def backtest(
    body: BacktestBody, officer: Officer, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> BacktestView:
    """每家机构的得分、等级变化；不保存 / Score and grade of each institution under both; nothing is stored."""
    test = await build_backtest_ratings(resources)(
        officer, year=body.year, region=body.region, policy_version=body.policy_version
    )
    behind = [one for one in test.institutions if one.institution_code > code_after(cursor)]
    shown = behind[:limit]
    following = encode_cursor(shown[-1].institution_code) if len(behind) > limit else None
    return backtest_view(test, shown, region=body.region, next_cursor=following)


@router.get("/{code}/{year}", summary="年度信用评价档案 / The file of one rating")
async def get_rating(code: Code, year: Year, reader: Reader, resources: Opened, language: Spoken) -> RatingFileView:
    """每一分都有指标、证据、依据和规则版本 / Each point with indicator, evidence, article and version."""
    return await _file(code, year, reader, resources, language)


@router.get("/{code}/{year}/recomputation", summary="试算 / Recompute dry")
async def recompute(
    code: Code,
    year: Year,
    reader: Reader,
    resources: Opened,
    language: Spoken,
    at: Annotated[
        Instant | None, Query(description="按当时已知的台账 / From the ledgers as known at this instant")
    ] = None,
    policy: Annotated[str | None, Query(max_length=64, description="另一规则版本 / Another version")] = None,
) -> RecomputationView:
    """同样的输入和规则，同样的结果 / The same inputs and rules give the same result."""
    made = await build_read_ratings(resources).recompute(code, year, reader, at=at, policy_version=policy)
    return recomputation_view(made, language)


@router.post("/{code}/{year}/objections", summary="提出异议 / Object to a public rating")
async def object_to(
    code: Code, year: Year, body: ObjectionBody, principal: Objector, resources: Opened, language: Spoken
) -> RatingFileView:
    """公示期内提出 / Within the publicity."""
    await build_contest_rating(resources).object(
        code, year, principal, reason=body.reason, document_number=body.document_number
    )
    return await _file(code, year, principal, resources, language)


@router.post("/{code}/{year}/objection-decision", summary="异议复核决定 / Decide an objection")
async def decide_objection(
    code: Code, year: Year, body: ObjectionDecisionBody, officer: Decider, resources: Opened, language: Spoken
) -> RatingFileView:
    """成立的，所列证据不再计入 / Upheld, the evidence named does not count any more."""
    decision = Decision(body.upheld, body.reason, body.document_number, tuple(body.excluded_evidence_ids))
    await build_contest_rating(resources).decide(code, year, officer, decision)
    return await _file(code, year, officer, resources, language)


async def _file(code: str, year: int, reader: Principal, resources: Resources, language: Language) -> RatingFileView:
    file = await build_read_ratings(resources).one(code, year, reader)
    return rating_file_view(file, resources.book.ratings, language, names=reader.institution is None)


def _outcome(body: RegionYearBody, outcome: Counter[str]) -> OutcomeView:
    return OutcomeView(year=body.year, region=body.region, outcome=dict(sorted(outcome.items())))
