"""Inspection draws over HTTP: the officers' steps, the directory of inspectors, and the public's own reading."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from services.credit.api.cursors import code_after, id_after
from services.credit.api.draw_models import (
    CancellationBody,
    CommitmentBody,
    DrawBody,
    DrawingBody,
    DrawSummaryView,
    DrawView,
    InspectorBody,
    InspectorView,
    PublicDrawView,
)
from services.credit.api.draw_views import draw_summary_view, draw_view, inspector_view, public_draw_view
from services.credit.api.resources import Opened
from services.credit.storage.draws import DrawFile
from services.credit.storage.inspectors import Recusal
from services.credit.use_cases.prepare_draw import DrawPlan
from services.credit.wiring import (
    Resources,
    build_hold_draw,
    build_keep_inspectors,
    build_prepare_draw,
    build_read_draws,
)
from services.kit.auth import Principal, public, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["检查抽取 inspection draws"])

Preparer = Annotated[Principal, Depends(require("draws:prepare"))]
Revealer = Annotated[Principal, Depends(require("draws:reveal"))]
Reader = Annotated[Principal, Depends(require("draws:read"))]


@router.put("/inspectors/{code}", summary="登记检查人员 / State an inspector")
async def put_inspector(
    code: Annotated[str, Path(pattern=r"^[A-Z0-9]{4,30}$", description="检查人员编码 / Inspector code")],
    body: InspectorBody,
    registrar: Annotated[Principal, Depends(require("inspectors:write"))],
    resources: Opened,
) -> InspectorView:
    """以最近一次登记为准，历次登记均留存 / The newest statement counts, all are kept."""
    entry = await build_keep_inspectors(resources).state(
        code,
        registrar,
        active=body.active,
        certified_until=body.certified_until,
        skills=body.skills,
        recusals=[Recusal(one.institution_code, one.ground) for one in body.recusals],
    )
    return inspector_view(entry)


@router.get("/inspectors", summary="检查人员名录 / The directory of inspectors")
async def list_inspectors(
    reader: Reader, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[InspectorView]:
    """按编码排列 / By code."""
    found = await build_keep_inspectors(resources).page(reader, after=code_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[inspector_view(entry) for entry in shown],
        next_cursor=encode_cursor(shown[-1].inspector_code) if len(found) > limit else None,
    )


@router.post("/draws", summary="编制抽取名单 / Prepare a draw", status_code=201)
async def prepare_draw(body: DrawBody, officer: Preparer, resources: Opened) -> DrawView:
    """名单由规则生成，不得自行增删 / The rules make the list; nobody adds or removes."""
    plan = DrawPlan(
        draw_id=body.draw_id,
        cause=body.cause,
        on_site=body.on_site,
        count=body.count,
        regions=tuple(body.regions),
        kinds=tuple(body.kinds),
        institution_codes=tuple(body.institution_codes),
        inspection_from=body.inspection_from,
        inspection_until=body.inspection_until,
        public_source=body.public_source,
        public_digits=body.public_digits,
        public_not_before=body.public_not_before,
    )
    return await _seen(await build_prepare_draw(resources)(plan, officer), officer, resources)


@router.post("/draws/{draw_id}/commitment", summary="公布名单与种子承诺 / Commit to list and seed")
async def commit_draw(draw_id: UUID, body: CommitmentBody, officer: Revealer, resources: Opened) -> DrawView:
    """由编制人以外的人办理；此后名单与承诺公开 / Not by the preparer; list and commitment are public from here."""
    file = await build_hold_draw(resources).seal(draw_id, body.list_hash, body.seed_commitment, officer)
    return await _seen(file, officer, resources)


@router.post("/draws/{draw_id}/drawing", summary="揭示种子并抽取 / Reveal the seed and draw")
async def hold_draw(draw_id: UUID, body: DrawingBody, officer: Revealer, resources: Opened) -> DrawView:
    """须在公开随机值产生之后 / After the public value has come about."""
    file = await build_hold_draw(resources).reveal(draw_id, body.seed, body.public_value, officer)
    return await _seen(file, officer, resources)


@router.post("/draws/{draw_id}/publication", summary="公开抽取结果 / Publish seed and result")
async def publish_draw(draw_id: UUID, officer: Revealer, resources: Opened) -> DrawView:
    """检查结束后公开 / When the inspections are over."""
    return await _seen(await build_hold_draw(resources).publish(draw_id, officer), officer, resources)


@router.post("/draws/{draw_id}/cancellation", summary="废止抽取 / Cancel a draw before it is held")
async def cancel_draw(draw_id: UUID, body: CancellationBody, officer: Revealer, resources: Opened) -> DrawView:
    """已承诺的仍公开，并附理由 / One committed to stays public, with the reason."""
    return await _seen(await build_hold_draw(resources).cancel(draw_id, body.reason, officer), officer, resources)


@router.get("/draws", summary="抽取列表 / List draws")
async def list_draws(
    reader: Reader, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[DrawSummaryView]:
    """按编号排列 / By id."""
    return _page(await build_read_draws(resources).page(reader, after=id_after(cursor), limit=limit + 1), limit)


@router.get("/draws/{draw_id}", summary="抽取及经办情况 / One draw with who did what")
async def get_draw(draw_id: UUID, reader: Reader, resources: Opened) -> DrawView:
    """含权重依据 / With the grounds of each weight."""
    return draw_view(await build_read_draws(resources).one(draw_id, reader))


@router.get("/published-draws", summary="公示：抽取列表 / For the public: draws", dependencies=[Depends(public())])
async def list_published_draws(
    resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[DrawSummaryView]:
    """自承诺起列出，废止的也列出 / From the commitment on, cancelled ones too."""
    return _page(await build_read_draws(resources).public_page(after=id_after(cursor), limit=limit + 1), limit)


@router.get(
    "/published-draws/{draw_id}", summary="公示：一次抽取 / For the public: one draw", dependencies=[Depends(public())]
)
async def get_published_draw(draw_id: UUID, resources: Opened) -> PublicDrawView:
    """任何人可用 verify_draw.py 复核 / Anybody verifies it with verify_draw.py."""
    return public_draw_view(await build_read_draws(resources).public_one(draw_id))


async def _seen(file: DrawFile, officer: Principal, resources: Resources) -> DrawView:
    return draw_view(await build_read_draws(resources).one(file.prepared.draw_id, officer))


def _page(found: list[DrawFile], limit: int) -> Page[DrawSummaryView]:
    shown = found[:limit]
    return Page(
        items=[draw_summary_view(file) for file in shown],
        next_cursor=encode_cursor(str(shown[-1].prepared.draw_id)) if len(found) > limit else None,
    )
