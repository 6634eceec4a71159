"""Rulebooks over HTTP: drafted by one person, activated by another."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response

from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from services.screening.api.models import ActivationBody, RulebookDetailView, RulebookView
from services.screening.api.resources import Opened
from services.screening.api.views import rulebook_view
from services.screening.wiring import build_activate_rulebook, build_draft_rulebook, build_read_rulebooks

router = APIRouter(prefix="/screening/v1/rulebooks", tags=["规则库 rulebooks"])

_CREATED = 201

RulebookDocument = Annotated[
    dict[str, Any],
    Body(description="规则库：version、rules、points … / A rulebook as in its file form"),
]


@router.post("", summary="起草规则库 / Draft a rulebook", responses={_CREATED: {"model": RulebookView}})
async def draft_rulebook(
    document: RulebookDocument,
    author: Annotated[Principal, Depends(require("rulebooks:write"))],
    resources: Opened,
    response: Response,
) -> RulebookView:
    """全部问题一次指出；同一版本内容不同为 409 / Every fault at once; another content under the version: 409."""
    stored, new = await build_draft_rulebook(resources)(document, author=author.subject)
    if new:
        response.status_code = _CREATED
    return rulebook_view(stored)


@router.get("", summary="规则库版本列表 / List rulebooks")
async def list_rulebooks(
    _reader: Annotated[Principal, Depends(require("rulebooks:read"))],
    resources: Opened,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RulebookView]:
    """按版本号降序 / By descending version."""
    below = decode_cursor(cursor, 1)[0] if cursor else None
    found = await build_read_rulebooks(resources).page(below=below, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[rulebook_view(rulebook) for rulebook in shown],
        next_cursor=encode_cursor(shown[-1].version) if len(found) > limit else None,
    )


@router.get("/{version}", summary="规则库版本及内容 / One rulebook with its content")
async def get_rulebook(
    version: str, _reader: Annotated[Principal, Depends(require("rulebooks:read"))], resources: Opened
) -> RulebookDetailView:
    """内容与起草时一致 / The content as it was drafted."""
    found = await build_read_rulebooks(resources).one(version)
    return RulebookDetailView.model_validate({**asdict(found.rulebook), "content": found.content})


@router.post("/{version}/activation", summary="启用规则库 / Activate a rulebook")
async def activate_rulebook(
    version: str,
    approver: Annotated[Principal, Depends(require("rulebooks:activate"))],
    resources: Opened,
    wanted: ActivationBody | None = None,
) -> RulebookView:
    """须由起草人以外的人启用；缺少校验或影响面评估为 409 / By another than the author; 409 names what is missing."""
    reason = wanted.reason if wanted else None
    return rulebook_view(await build_activate_rulebook(resources)(version, approver=approver.subject, reason=reason))
