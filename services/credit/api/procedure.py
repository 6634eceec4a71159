"""The procedure of points over HTTP: proposals, matters and their steps, requests, annulments, what is due."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.credit.api.cursors import due_after, id_after
from services.credit.api.models import DutyView, InstitutionCode, MatterView, PractitionerCode
from services.credit.api.procedure_models import (
    AnnulmentBody,
    AnnulmentView,
    PointsProposalView,
    ProposalDecisionBody,
    RecoveryBody,
    RepairBody,
    StepBody,
)
from services.credit.api.procedure_views import duty_view, matter_view, points_proposal_view
from services.credit.api.resources import Opened, Spoken
from services.credit.api.sanctions import violations_of
from services.credit.api.views import points_entries_view
from services.credit.domain.matter import StepKind
from services.credit.use_cases.annul_sanction import AnnulmentRequest
from services.credit.use_cases.decide_proposal import ProposalDecision
from services.credit.use_cases.read_matters import MatterFile
from services.credit.use_cases.request_recovery import RecoveryRequest
from services.credit.use_cases.request_repair import RepairRequest
from services.credit.use_cases.take_step import StepRequest
from services.credit.wiring import (
    build_annul_sanction,
    build_decide_proposal,
    build_read_matters,
    build_read_sanctions,
    build_request_recovery,
    build_request_repair,
    build_take_step,
)
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["记分程序 procedure"])

_CREATED = 201

Officer = Annotated[Principal, Depends(require("sanctions:write"))]
Reader = Annotated[Principal, Depends(require("standing:read"))]


@router.get("/points-proposals", summary="待决定的记分建议 / Proposals for points that wait for a person's decision")
async def list_points_proposals(
    officer: Officer,
    resources: Opened,
    institution: Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PointsProposalView]:
    """处理决定所涉疑点的人员 / The persons named by findings that a sanction answers."""
    found = await build_read_matters(resources).open_proposals(
        officer, institution_code=institution, after=id_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[points_proposal_view(proposal, kind, [], resources.book) for proposal, kind in shown],
        next_cursor=encode_cursor(str(shown[-1][0].proposal_id)) if len(found) > limit else None,
    )


@router.post("/points-proposals/{proposal_id}/decision", summary="决定是否记分 / Decide a proposal for points")
async def decide_points_proposal(
    proposal_id: UUID, body: ProposalDecisionBody, officer: Officer, resources: Opened, language: Spoken
) -> PointsProposalView:
    """记分由人决定；已有决定为 409 / A person decides; one decided before is 409."""
    decision = ProposalDecision(violations_of(body.violations), body.reason)
    proposal, entries = await build_decide_proposal(resources)(proposal_id, decision, officer)
    sanction = (await build_read_sanctions(resources).one(proposal.sanction_id, officer)).sanction
    shown = points_entries_view(entries, resources.book, language)
    return points_proposal_view(proposal, sanction.kind, shown, resources.book)


@router.post("/sanctions/{sanction_id}/annulment", summary="撤销处理决定 / Annul a sanction and all that followed")
async def annul_sanction(sanction_id: UUID, body: AnnulmentBody, officer: Officer, resources: Opened) -> AnnulmentView:
    """冲销其下全部记分及后果；重复提交结果相同 / Takes back its points and what followed; repeating is harmless."""
    request = AnnulmentRequest(body.deciding_authority, body.document_number, body.annulled_on)
    annulment = await build_annul_sanction(resources)(sanction_id, request, officer)
    return AnnulmentView(
        sanction_id=annulment.sanction_id,
        deciding_authority=annulment.deciding_authority,
        document_number=annulment.document_number,
        annulled_on=annulment.annulled_on,
        recorded_at=annulment.recorded_at,
        recorded_by=annulment.recorded_by,
    )


@router.get("/deadlines", summary="待办与逾期事项 / What is due and what is overdue")
async def list_deadlines(
    officer: Officer,
    resources: Opened,
    language: Spoken,
    overdue: Annotated[bool, Query(description="只看逾期 / Overdue only")] = False,
    institution: Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DutyView]:
    """按期限先后 / Soonest first."""
    found = await build_read_matters(resources).due(
        officer, overdue=overdue, institution_code=institution, after=due_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    return Page(
        items=[duty_view(matter, resources.book, language, overdue=late) for matter, late in shown],
        next_cursor=None if last is None else encode_cursor(str(last.state.due_on), str(last.matter_id)),
    )


@router.get("/matters/{matter_id}", summary="事项及办理过程 / A matter with its steps")
async def get_matter(matter_id: UUID, reader: Reader, resources: Opened, language: Spoken) -> MatterView:
    """本人、所在机构和经办机构可查 / Open to the person, the institution and agencies."""
    return matter_view(await build_read_matters(resources).one(matter_id, reader), resources.book, language)


@router.post("/matters/{matter_id}/steps", summary="登记办理的一步 / Record a step", status_code=_CREATED)
async def take_step(
    matter_id: UUID, body: StepBody, officer: Officer, resources: Opened, language: Spoken
) -> MatterView:
    """逾期的异议为 409；异议成立即冲销记分 / A late objection is 409; an upheld one takes the points back."""
    request = StepRequest(
        kind=StepKind(body.kind),
        on=body.on,
        document_number=body.document_number,
        violation_numbers=tuple(body.violation_numbers),
        signed_and_stamped=body.signed_and_stamped,
    )
    matter, steps = await build_take_step(resources)(matter_id, request, officer)
    return matter_view(MatterFile(matter, steps, overdue=False), resources.book, language)


@router.post("/practitioners/{code}/recoveries", summary="恢复申请 / Request recovery", status_code=_CREATED)
async def request_recovery(
    code: PractitionerCode, body: RecoveryBody, officer: Officer, resources: Opened, language: Spoken
) -> MatterView:
    """期满前15个工作日起受理；终止后须重新承诺 / From 15 working days before the end, by the policy in force."""
    request = RecoveryRequest(body.sanction_id, body.on, body.institution_agrees, body.commitment_signed_on)
    matter = await build_request_recovery(resources)(code, request, officer)
    return matter_view(await build_read_matters(resources).one(matter.matter_id, officer), resources.book, language)


@router.post("/practitioners/{code}/repairs", summary="记分修复申请 / Request repair", status_code=_CREATED)
async def request_repair(
    code: PractitionerCode, body: RepairBody, officer: Officer, resources: Opened, language: Spoken
) -> MatterView:
    """减免记分或缩减期限，有年度上限 / Points or a term are reduced, within the caps of a year."""
    request = RepairRequest(
        sanction_id=body.sanction_id,
        entry_id=body.entry_id,
        measure=body.measure,
        on=body.on,
        institution_agrees=body.institution_agrees,
        document_number=body.document_number,
    )
    matter = await build_request_repair(resources)(code, request, officer)
    return matter_view(await build_read_matters(resources).one(matter.matter_id, officer), resources.book, language)
