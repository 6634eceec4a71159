"""Routes of settlement lists (结算清单): file them, read them with their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.contracts.intake import SettlementListFiled
from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, malformed
from services.intake.api.list_body import SETTLEMENT_LIST, SettlementListBody
from services.intake.api.models import Doubt
from services.intake.api.ndjson import Line
from services.intake.api.pacing import caller_of
from services.intake.api.stream import MOST_STREAM_BYTES, STREAM_BODY, STREAM_RESPONSES, Lines, stream
from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID
from services.intake.domain.problem import Problem
from services.intake.use_cases.file_settlement_lists import Beside, ListAnswer, ListOrNot
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Conflict, Forbidden, ServiceError
from services.kit.http import language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/settlement-lists", tags=["settlement lists"])

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
SettlementPath = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]

_Decoded = tuple[bytes | None, SettlementListBody | None, list[Problem]]
"""The text of a line that was refused, or its list; and what is wrong."""

_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": SETTLEMENT_LIST.schema()}}}}


class ListFiled(BaseModel):
    """Answer to a filed list."""

    status: Literal["created", "same"] = Field(description="新版本或重复 / a new version, or filed before")
    list_ref: UUID = Field(description="平台清单编号 / our id")
    settlement_id: str
    version: int
    gaps: list[Doubt] = Field(description="完整性问题 / what is missing or contradicts itself")


class ListView(BaseModel):
    """A settlement list in a page."""

    list_ref: UUID
    institution_code: str
    settlement_id: str
    version: int
    filed_at: datetime
    gap_count: int = Field(description="完整性问题数 / number of gaps")


class ListHistory(BaseModel):
    """A settlement list with every version that was filed."""

    current: dict[str, Any] = Field(description="现行版本 / the version that stands, as in the fact")
    history: list[dict[str, Any]] = Field(description="以前版本，新者在前 / the versions before it, newest first")


@router.post(
    "",
    status_code=201,
    summary="提交结算清单 / File a settlement list",
    description="新版本答 201，内容相同的重发答 200，同一版本内容不同答 409；不完整者照收并标注。"
    " / 201 for a new version, 200 for a resend, 409 for other content under the same version.",
    responses={200: {"model": ListFiled}},
    openapi_extra=_BODY,
)
async def post_list(request: Request, response: Response, principal: Writer) -> ListFiled:
    """File one list; a later version replaces the one before, which is kept."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal))
    posted, problems = SETTLEMENT_LIST.decode(await request.body())
    if posted is None:
        raise malformed(problems)
    file = wiring.build_file_settlement_lists(resources)
    (answer,) = await file([ListOrNot(posted)], only_institution=principal.institution)
    if answer.status not in {"created", "same"}:
        raise _refusal(answer)
    response.status_code = 201 if answer.status == "created" else 200
    spoken = language(request)
    gaps = [Doubt(pointer=gap.pointer, code=gap.code, message=getattr(gap, spoken)) for gap in answer.gaps]
    return ListFiled.model_validate(
        {
            "status": answer.status,
            "list_ref": answer.list_ref,
            "settlement_id": posted.settlement_id,
            "version": answer.version,
            "gaps": gaps,
        }
    )


@router.post(
    "/batch",
    summary="提交多份结算清单（NDJSON）/ File settlement lists as NDJSON",
    description="每行一份，逐行作答；已答的行均已落库，未答的行请重发。"
    " / One list a line, one answer a line. What is answered is stored; send again what is not.",
    response_class=Response,
    responses=STREAM_RESPONSES,
    openapi_extra=STREAM_BODY,
    max_body_size=MOST_STREAM_BYTES,
)
async def post_lists(request: Request, principal: Writer) -> Response:
    """File lists as they stream in, chunk by chunk."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal), 0)
    spoken = language(request)
    file = wiring.build_file_settlement_lists(resources)

    def decode(text: bytes | None) -> _Decoded:
        posted, problems = SETTLEMENT_LIST.decode(text)
        return (text if posted is None else None), posted, problems

    async def taken(decoded: Sequence[_Decoded], beside: Beside | None) -> Sequence[ListAnswer]:
        posted = [ListOrNot(one, problems) for _, one, problems in decoded]
        return await file(posted, only_institution=principal.institution, beside=beside)

    def answered(lines: Sequence[Line], decoded: Sequence[_Decoded], answers: Sequence[ListAnswer]) -> list[LineAnswer]:
        return [
            LineAnswer(
                line.number,
                answer.status,
                SETTLEMENT_LIST.named(text, "settlement_id") if posted is None else posted.settlement_id,
                code=answer.code,
                fields=in_language(answer.problems, spoken),
                doubts=in_language(answer.gaps, spoken),
                list_ref=answer.list_ref,
                version=answer.version,
            )
            for line, (text, posted, _), answer in zip(lines, decoded, answers, strict=True)
        ]

    return stream(request, Lines("settlement_list", decode, taken, answered), principal=principal)


def _refusal(answer: ListAnswer) -> ServiceError:
    if answer.status == "conflict":
        return Conflict(
            "list_differs",
            zh="该版本的结算清单已有不同内容，请提交新版本。",
            en="This version of the list has other content; file a new version.",
        )
    if answer.code == "other_institution":
        problem = answer.problems[0]
        return Forbidden("other_institution", zh=problem.zh, en=problem.en)
    return malformed(answer.problems, code=answer.code or "malformed")


@router.get("", summary="查询结算清单列表 / List settlement lists")
async def list_lists(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ListView]:
    """The version that stands of each, in the order of institutions and settlements."""
    wanted = institution_code or principal.institution
    if wanted is not None:
        principal.must_be_institution(wanted)
    after = None
    if cursor is not None:
        institution, settlement = decode_cursor(cursor, 2)
        after = (institution, settlement)
    read = wiring.build_read_settlement_lists(request.app.state.resources)
    found = await read.some(wanted, after=after, limit=limit + 1)
    items = [ListView.model_validate(one._asdict()) for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(items=items, next_cursor=encode_cursor(last.institution_code, last.settlement_id) if last else None)


@router.get("/{institution_code}/{settlement_id}", summary="查询结算清单 / Read a settlement list")
async def get_list(
    request: Request, principal: Reader, institution_code: InstitutionPath, settlement_id: SettlementPath
) -> ListHistory:
    """Read the version that stands and those before it."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_settlement_lists(request.app.state.resources)
    current, *before = await read.one((institution_code, settlement_id))
    return ListHistory(current=_shown(current), history=[_shown(one) for one in before])


def _shown(fact: SettlementListFiled) -> dict[str, Any]:
    """Return a version as JSON; the pseudonym of the person is of no use to its reader."""
    shown: dict[str, Any] = msgspec.to_builtins(fact)
    shown.pop("insured_ref", None)
    return shown
