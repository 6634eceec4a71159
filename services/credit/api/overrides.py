"""Overrides over HTTP, and levels for whoever makes them a condition of something."""

import re
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.credit.api.cursors import id_after
from services.credit.api.models import Instant, InstitutionCode
from services.credit.api.override_models import (
    MOST_LEVELS,
    LevelAnswers,
    OverrideBody,
    OverrideDecisionBody,
    OverrideRevocationBody,
    OverrideView,
)
from services.credit.api.override_views import level_view, override_view
from services.credit.api.resources import Opened, Spoken
from services.credit.use_cases.override_rating import ProposedOverride
from services.credit.wiring import build_override_rating, build_read_levels
from services.kit.auth import Principal, require
from services.kit.errors import FieldError, Malformed
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["人工调整与等级 overrides and levels"])

_CREATED = 201
_CODE = re.compile(r"[HP][0-9]{11}")

Reader = Annotated[Principal, Depends(require("ratings:read"))]
Author = Annotated[Principal, Depends(require("ratings:write"))]
Decider = Annotated[Principal, Depends(require("ratings:decide"))]


@router.post("/overrides", summary="提出人工调整 / Propose an override", responses={_CREATED: {"model": OverrideView}})
async def propose(body: OverrideBody, officer: Author, resources: Opened, response: Response) -> OverrideView:
    """须由另一人批准后生效；期限以规则为限 / Holds when another approves it, within the term of the rules."""
    made, created = await build_override_rating(resources).propose(ProposedOverride(**body.model_dump()), officer)
    if created:
        response.status_code = _CREATED
    return override_view(made)


@router.post("/overrides/{override_id}/decision", summary="批准或不批准调整 / Decide on an override")
async def decide(override_id: UUID, body: OverrideDecisionBody, officer: Decider, resources: Opened) -> OverrideView:
    """提出人不得批准 / Not by its author."""
    return override_view(
        await build_override_rating(resources).decide(
            override_id, officer, approved=body.approved, reason=body.reason, document_number=body.document_number
        )
    )


@router.post("/overrides/{override_id}/revocation", summary="撤销调整 / Revoke an override")
async def revoke(override_id: UUID, body: OverrideRevocationBody, officer: Decider, resources: Opened) -> OverrideView:
    """即时失效 / It ends at once."""
    return override_view(
        await build_override_rating(resources).revoke(
            override_id, officer, reason=body.reason, document_number=body.document_number
        )
    )


@router.get("/overrides", summary="人工调整列表 / List overrides")
async def list_overrides(
    reader: Reader,
    resources: Opened,
    institution: Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")] = None,
    on: Annotated[date | None, Query(description="期限含该日的 / Whose days include this one")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OverrideView]:
    """含未批准、已撤销和已过期的 / Refused, revoked and past ones too."""
    found = await build_override_rating(resources).page(
        reader, institution_code=institution, on=on, after=id_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[override_view(one) for one in shown],
        next_cursor=encode_cursor(str(shown[-1].override_id)) if len(found) > limit else None,
    )


@router.get("/levels", summary="机构等级（批量） / Levels of institutions")
async def read_levels(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    institutions: Annotated[
        str, Query(max_length=MOST_LEVELS * 13, description="机构编码，逗号分隔 / Codes, by commas")
    ],
    at: Annotated[Instant | None, Query(description="时刻，缺省为现在 / Instant; now when left out")] = None,
) -> LevelAnswers:
    """已生效的年度等级优先，尚无的用信用分档次 / The final yearly grade, else the tier of the score."""
    instant, found = await build_read_levels(resources)(_codes(institutions), reader, at=at)
    return LevelAnswers(at=instant, items=[level_view(one, language) for one in found])


def _codes(text: str) -> list[str]:
    codes = text.split(",")
    if len(codes) > MOST_LEVELS or not all(_CODE.fullmatch(code) for code in codes):
        raise Malformed(
            "institutions_malformed",
            zh=f"机构编码以逗号分隔，至多{MOST_LEVELS}家。",
            en=f"Codes of institutions, separated by commas, {MOST_LEVELS} at most.",
            fields=[FieldError("/institutions", "institutions_malformed", "编码有误。", "A code is malformed.")],
        )
    return codes
