"""The public list over HTTP and as a page: no token, few fields, fit for caches."""

from functools import cache
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.credit.api.cursors import code_after, due_after
from services.credit.api.public_models import (
    PublicPenaltiesView,
    PublicPenaltyView,
    PublicRatingsView,
    PublicRatingView,
)
from services.credit.api.rating_models import RatedYear
from services.credit.api.resources import Opened, Spoken
from services.credit.domain.calendar import business_date
from services.credit.domain.public_list import LIST_ARTICLES
from services.credit.use_cases.read_public_list import PublicPenalty, PublicRating
from services.credit.wiring import Resources, build_read_public_list
from services.kit.auth import public
from services.kit.http import Language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, encode_cursor

CACHE_SECONDS = 300
"""A penalty that is annulled leaves every cache within this time; the law gives three days."""

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}


async def _bounded(resources: Opened) -> None:
    resources.public_rate.take()


router = APIRouter(
    prefix="/credit/public", tags=["公开名单 public list"], dependencies=[Depends(public()), Depends(_bounded)]
)

Region = Annotated[str, Query(pattern=r"^[0-9]{0,6}$", description="医保区划前缀 / Prefix of the region")]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=200)]


@router.get(
    "/ratings",
    summary="公开名单：年度信用等级 / Yearly grades",
    response_model=PublicRatingsView,
    responses={304: {"description": "未变 / Not modified"}},
)
async def list_public_ratings(
    resources: Opened,
    language: Spoken,
    year: Annotated[RatedYear, Query()],
    region: Region = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    if_none_match: Known = None,
) -> Response:
    """只含已生效的等级；修复后移出 / Final grades only; a repair takes them off."""
    found = await build_read_public_list(resources).ratings(
        year=year, region=region, after=code_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    view = PublicRatingsView(
        article=LIST_ARTICLES["ratings"],
        items=[_rating(one, language) for one in shown],
        next_cursor=encode_cursor(shown[-1].institution_code) if len(found) > limit else None,
    )
    return _cacheable(view.model_dump_json().encode(), "application/json", if_none_match, language)


@router.get(
    "/penalties",
    summary="公开名单：行政处罚 / Administrative penalties",
    response_model=PublicPenaltiesView,
    responses={304: {"description": "未变 / Not modified"}},
)
async def list_public_penalties(
    resources: Opened,
    language: Spoken,
    region: Region = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    if_none_match: Known = None,
) -> Response:
    """由近及远；撤销、修复、满三年的不列 / The latest first; none annulled, repaired or older than three years."""
    found = await build_read_public_list(resources).penalties(region=region, before=due_after(cursor), limit=limit + 1)
    shown = found[:limit]
    last = shown[-1].penalty if len(found) > limit else None
    view = PublicPenaltiesView(
        article=LIST_ARTICLES["penalties"],
        items=[_penalty(one, language) for one in shown],
        next_cursor=None if last is None else encode_cursor(last.decided_on.isoformat(), str(last.sanction_id)),
    )
    return _cacheable(view.model_dump_json().encode(), "application/json", if_none_match, language)


@router.get("", include_in_schema=False)
async def show_public_list(
    resources: Opened,
    language: Spoken,
    year: Annotated[RatedYear | None, Query()] = None,
    region: Region = "",
    after: Cursor = None,
    before: Cursor = None,
    if_none_match: Known = None,
) -> Response:
    """Show both lists on one page that needs no script."""
    read = build_read_public_list(resources)
    year = year or business_date(resources.clock.now()).year - 1
    ratings = await read.ratings(year=year, region=region, after=code_after(after), limit=DEFAULT_LIMIT + 1)
    penalties = await read.penalties(region=region, before=due_after(before), limit=DEFAULT_LIMIT + 1)
    html = _template(
        resources,
        language=language,
        year=year,
        region=region,
        articles=LIST_ARTICLES,
        ratings=[_rating(one, language) for one in ratings[:DEFAULT_LIMIT]],
        penalties=[_penalty(one, language) for one in penalties[:DEFAULT_LIMIT]],
        more_ratings=_next_rating(ratings),
        more_penalties=_next_penalty(penalties),
    )
    return _cacheable(html.encode(), "text/html; charset=utf-8", if_none_match, language, _PAGE_HEADERS)


def _next_rating(found: list[PublicRating]) -> str | None:
    return encode_cursor(found[DEFAULT_LIMIT - 1].institution_code) if len(found) > DEFAULT_LIMIT else None


def _next_penalty(found: list[PublicPenalty]) -> str | None:
    if len(found) <= DEFAULT_LIMIT:
        return None
    last = found[DEFAULT_LIMIT - 1].penalty
    return encode_cursor(last.decided_on.isoformat(), str(last.sanction_id))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("services.credit.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(resources: Resources, **values: object) -> str:
    today = business_date(resources.clock.now())
    return _environment().get_template("public_list.html").render(today=today, **values)


def _rating(one: PublicRating, language: Language) -> PublicRatingView:
    return PublicRatingView(
        institution_code=one.institution_code,
        region=one.region,
        year=one.year,
        grade=one.grade,
        grade_text=getattr(one.text, language),
        final_since=one.final_since,
        article=one.article,
    )


def _penalty(one: PublicPenalty, language: Language) -> PublicPenaltyView:
    return PublicPenaltyView(
        institution_code=one.penalty.institution_code,
        region=one.penalty.region,
        kind=one.penalty.kind,
        kind_text=getattr(one.text, language),
        deciding_authority=one.penalty.deciding_authority,
        document_number=one.penalty.document_number,
        decided_on=one.penalty.decided_on,
        article=one.article,
    )


def _cacheable(
    body: bytes, media_type: str, known: str | None, language: Language, headers: dict[str, str] | None = None
) -> Response:
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    shared = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={CACHE_SECONDS}",
        "Vary": "Accept-Language",
        "Content-Language": "zh-CN" if language == "zh" else "en",
        **(headers or {}),
    }
    if known is not None and tag in {one.strip().removeprefix("W/") for one in known.split(",")}:
        return Response(status_code=304, headers=shared)
    return Response(body, media_type=media_type, headers=shared)
