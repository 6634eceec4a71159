"""Pages for people: one institution, and a region at a glance; complete without scripts, and fit for paper."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.credit.api import page_texts as texts
from services.credit.api.models import InstitutionCode
from services.credit.api.page_plots import institution_plots, region_plots
from services.credit.api.plots.drawings import points, signed, spark
from services.credit.api.rating_models import RegionPrefix
from services.credit.api.resources import Opened
from services.credit.use_cases.read_pages import MOVERS, InstitutionPage, RegionPage
from services.credit.wiring import build_read_pages
from services.kit.auth import Principal, require
from services.kit.errors import TooMany

router = APIRouter(prefix="/credit/v1", tags=["页面 pages"])

Reader = Annotated[Principal, Depends(require("ratings:read"))]

LINES: Final = 100
"""Institutions of one page of an overview."""
MOST_SUPERVISED: Final = 50
MOST_WAITING: Final = 16
"""Pages that may wait to be drawn; the next is asked to come again."""

_NOT_MODIFIED = 304
_RETRY_SECONDS = 2

# One thread: drawing is work for a processor, and the library is not made for several at once.
_drawing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="credit-pages")


class _Waiting:
    """Counts pages that are being drawn or wait for it."""

    number = 0


@router.get("/institutions/{code}/page", summary="机构信用页面 / Page of an institution", response_class=Response)
async def institution_page(
    code: Annotated[InstitutionCode, Path()], reader: Reader, resources: Opened, request: Request
) -> Response:
    """走势、变动原因、同类分布、年度评价；可打印 / Over time, causes, peers, yearly ratings; prints well."""
    page = await build_read_pages(resources).institution(code, reader)
    return await _answer(request, (page.policy.version, page), lambda: _institution_html(page))


@router.get("/regions/{region}/page", summary="区划信用概览 / Overview of a region", response_class=Response)
async def region_page(
    region: Annotated[RegionPrefix, Path()],
    reader: Reader,
    resources: Opened,
    request: Request,
    number: Annotated[int, Query(ge=1, le=50, description="机构列表的页 / Page of the list of institutions")] = 1,
) -> Response:
    """等级分布、变动、重点监管、期限、机构列表 / Grades, movers, key supervision, deadlines, institutions."""
    page = await build_read_pages(resources).region(region, reader)
    return await _answer(request, (page.policy.version, page, number), lambda: _region_html(page, number))


async def _answer(request: Request, shown: object, render: Callable[[], str]) -> Response:
    """Answer with a page, or that it has not changed; its tag follows from everything it shows."""
    # Everything shown is made of frozen values in a fixed order, so equal pages are written equally.
    tag = await asyncio.to_thread(_tag, shown)
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": _content_policy(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    if _Waiting.number >= MOST_WAITING:
        raise TooMany(
            "pages_busy",
            zh="页面生成繁忙，请稍后再试。",
            en="Many pages are being drawn; try again.",
            retry_after=_RETRY_SECONDS,
        )
    _Waiting.number += 1
    try:
        html = await asyncio.get_running_loop().run_in_executor(_drawing, render)
    finally:
        _Waiting.number -= 1
    return Response(html, media_type="text/html", headers=headers)


def _tag(shown: object) -> str:
    return f'"{sha256(f"{_version()}{shown!r}".encode()).hexdigest()[:32]}"'


def _institution_html(page: InstitutionPage) -> str:
    tiers = tuple((tier.name, tier.text) for tier in page.policy.score.tiers)
    standings = [
        (page.standing, texts.SCORE, tiers),
        *((one.standing, texts.year(one.rating.year), one.grades) for one in page.years),
    ]
    return _render(
        "institution.html",
        page=page,
        plots=_marked(institution_plots(page)),
        overridings=[
            (standing, name, dict(grades))
            for standing, name, grades in standings
            if standing is not None and standing.override is not None
        ],
        kind=texts.KINDS.get(page.registered.kind),
        source=texts.SOURCES[page.level.source],
        states=texts.STATES,
        today=page.today.isoformat(),
    )


def _region_html(page: RegionPage, number: int) -> str:
    moved = sorted((one for one in page.lines if one.moved_e2), key=lambda one: (one.moved_e2, one.institution_code))
    supervised = [one for one in page.lines if one.key_supervision]
    return _render(
        "region.html",
        page=page,
        plots=_marked(region_plots(page)),
        grades=[(version, [row[1:] for row in rows]) for version, rows in groupby(page.grades, key=lambda row: row[0])],
        movers=moved if len(moved) <= 2 * MOVERS else [*moved[:MOVERS], *moved[-MOVERS:]],
        supervised=supervised[:MOST_SUPERVISED],
        supervised_more=max(0, len(supervised) - MOST_SUPERVISED),
        shown=page.lines[(number - 1) * LINES : number * LINES],
        number=number,
        more=len(page.lines) > number * LINES,
        sources=texts.SOURCES,
        due=texts.DUE,
        spark=lambda months: spark(months, page.policy.score.base_e2),
        today=page.today.isoformat(),
    )


def _marked(plots: Mapping[str, str]) -> dict[str, Markup]:
    # Made by an XML writer from our own figures, which escapes every text in them.
    return {name: Markup(svg) for name, svg in plots.items()}  # noqa: S704


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(style=Markup(_style()), **values)  # noqa: S704 - our own sheet


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.credit.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(points=points, signed=signed)
    return environment


@cache
def _style() -> str:
    return (files("services.credit.api") / "templates" / "credit.css").read_text(encoding="utf-8")


@cache
def _content_policy() -> str:
    """Allow nothing but our own sheet, which stands in the page so that a saved page keeps its looks."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"{nothing}; style-src 'sha256-{digest}'"


@cache
def _version() -> str:
    """Name the templates, so that a new release is a new page."""
    folder = files("services.credit.api") / "templates"
    return sha256("".join(one.read_text("utf-8") for one in sorted(folder.iterdir(), key=str)).encode()).hexdigest()
