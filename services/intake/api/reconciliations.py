"""Routes of the reconciliation (对账): state a day, see what differs, explain it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from services.intake.api.answers import malformed
from services.intake.api.reconciliation_views import (
    Explanation,
    FileView,
    ReconciliationDetail,
    ReconciliationView,
    StatementBody,
    StateName,
)
from services.intake.api.timely import timely_body
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Viewer
from services.intake.domain.reconciliation import Amounts, Scope, Totals, period_problems, totals_of
from services.intake.domain.statement_csv import read_csv
from services.intake.use_cases.reconciliation.reconcile import Statement
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.clock import business_date
from services.kit.errors import Malformed
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1", tags=["reconciliation"])

MOST_STATEMENT_BYTES = 64 * 1024 * 1024

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
Explainer = Annotated[Principal, Depends(require("settlements:read", "reconciliations:explain"))]
InstitutionQuery = Annotated[str, Query(pattern=f"^{INSTITUTION}$")]
TypeQuery = Annotated[str | None, Query(pattern="^[0-9]{1,6}$")]
IdPath = Annotated[UUID, Path(description="对账记录编号 / our id")]
_CSV = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {
                    "type": "string",
                    "description": "表头：结算编号、医疗费总额，可加基金支付、个人账户支付、现金支付；金额单位元"
                    " / settlement_id, total, and perhaps fund, account, cash, in yuan",
                }
            }
        },
    }
}


@router.post(
    "/reconciliations",
    summary="提交对账 / State what was settled on a day",
    description="重复提交同一内容不增加版本；差异存续至解决或说明，迟到的结算会自动消除差异。"
    " / The same again adds no version; what comes late solves its difference by itself.",
    responses={404: {}},
    max_body_size=MOST_STATEMENT_BYTES,
)
async def post_statement(request: Request, principal: Writer, body: StatementBody) -> ReconciliationDetail:
    """Compare what an institution states with what is held."""
    principal.must_be_institution(body.institution_code)
    listed: dict[str, Amounts] | None = None
    problems: list[Problem] = []
    if body.settlements is not None:
        listed = {}
        for index, one in enumerate(body.settlements):
            if one.settlement_id in listed:
                problems.append(Problem(f"/settlements/{index}/settlement_id", "stated_twice"))
            listed[one.settlement_id] = Amounts(one.total_fen, one.fund_fen, one.account_fen, one.cash_fen)
    if body.totals is None and listed is None:
        problems.append(Problem("/totals", "missing"))
    scope = Scope(
        body.institution_code,
        body.first_day,
        body.last_day or body.first_day,
        body.insurance_type or "",
        body.clearing_type or "",
        body.medical_type or "",
        body.refunds,
    )
    totals = totals_of(listed or {}) if body.totals is None else Totals(**body.totals.model_dump())
    return await _reconciled(request, principal, Statement(scope, totals, listed, "rest", principal.subject), problems)


@router.post(
    "/reconciliations/csv",
    summary="提交对账明细（CSV）/ State a day as CSV",
    responses={404: {}, 408: {}},
    openapi_extra=_CSV,
    max_body_size=MOST_STATEMENT_BYTES,
)
async def post_csv(
    request: Request,
    principal: Writer,
    institution_code: InstitutionQuery,
    first_day: date,
    last_day: date | None = None,
    insurance_type: TypeQuery = None,
    clearing_type: Annotated[str | None, Query(pattern="^(11|21|41|99)$")] = None,
    medical_type: TypeQuery = None,
    *,
    refunds: bool = False,
) -> ReconciliationDetail:
    """Compare a list of settlements with what is held; the totals are those of the list."""
    principal.must_be_institution(institution_code)
    rows = read_csv(await timely_body(request))
    scope = Scope(
        institution_code,
        first_day,
        last_day or first_day,
        insurance_type or "",
        clearing_type or "",
        medical_type or "",
        refunds,
    )
    statement = Statement(scope, totals_of(rows.settlements), rows.settlements, "csv", principal.subject)
    return await _reconciled(request, principal, statement, rows.problems)


@router.post(
    "/statement-files",
    status_code=201,
    summary="上传对账明细文件，供 3202 引用 / Upload details that a 3202 refers to",
    responses={408: {}},
    openapi_extra=_CSV,
    max_body_size=MOST_STATEMENT_BYTES,
)
async def post_file(request: Request, principal: Writer, institution_code: InstitutionQuery) -> FileView:
    """Keep a list of settlements and answer its number (``file_qury_no``)."""
    principal.must_be_institution(institution_code)
    rows = read_csv(await timely_body(request))
    if rows.problems:
        raise malformed(rows.problems)
    resources: Resources = request.app.state.resources
    number = await resources.reconciliations.read.keep_file(institution_code, rows.settlements)
    return FileView(file_qury_no=number, count=len(rows.settlements))


@router.get("/reconciliations", summary="查询对账（默认有差异者）/ List reconciliations, by default the open ones")
async def list_reconciliations(
    request: Request,
    principal: Reader,
    state: Annotated[list[StateName] | None, Query()] = None,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    first_day: date | None = None,
    last_day: date | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReconciliationView]:
    """List days in the order in which they were first stated; of one's own institution or region."""
    if institution_code is not None:
        principal.must_be_institution(institution_code)
    resources: Resources = request.app.state.resources
    found = await resources.reconciliations.read.page(
        Viewer(principal.institution, principal.region),
        institution_code=institution_code,
        states=state or ("open",),
        first_day=first_day,
        last_day=last_day,
        after=_after(cursor),
        limit=limit + 1,
    )
    items = [ReconciliationView.of(one) for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(items=items, next_cursor=encode_cursor(str(last.reconciliation_id)) if last else None)


@router.get("/reconciliations/{reconciliation_id}", summary="查询一项对账 / Read a reconciliation")
async def get_reconciliation(request: Request, principal: Reader, reconciliation_id: IdPath) -> ReconciliationDetail:
    """Read how a day stands, every version of its statement, and the differences."""
    return await _detail(request, principal, reconciliation_id)


@router.post("/reconciliations/{reconciliation_id}/explanations", summary="说明差异 / Explain differences")
async def post_explanation(
    request: Request, principal: Explainer, reconciliation_id: IdPath, body: Explanation
) -> ReconciliationDetail:
    """Mark differences as explained; one whose amounts change later is open again."""
    resources: Resources = request.app.state.resources
    desk = resources.reconciliations
    viewer = Viewer(principal.institution, principal.region)
    found = await desk.read.one(reconciliation_id, viewer)
    await desk.reconcile.explain(found.stored, settlement_ids=body.settlement_ids, by=principal.subject, why=body.why)
    return await _detail(request, principal, reconciliation_id)


async def _reconciled(
    request: Request, principal: Principal, statement: Statement, problems: list[Problem]
) -> ReconciliationDetail:
    resources: Resources = request.app.state.resources
    scope = statement.scope
    problems = problems + period_problems(scope.first_day, scope.last_day, today=business_date(resources.clock.now()))
    if problems:
        raise malformed(problems)
    reconciled = await resources.reconciliations.reconcile(statement)
    return await _detail(request, principal, reconciled.stored.reconciliation_id)


async def _detail(request: Request, principal: Principal, reconciliation_id: UUID) -> ReconciliationDetail:
    resources: Resources = request.app.state.resources
    viewer = Viewer(principal.institution, principal.region)
    return ReconciliationDetail.with_details(await resources.reconciliations.read.one(reconciliation_id, viewer))


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
