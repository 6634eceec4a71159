"""Routes around one tip: extension, jurisdiction, tips of one matter, recusal, telling, objections, escalation."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from services.kit.clock import business_date
from services.kit.errors import Forbidden
from services.tips import wiring
from services.tips.api.desk_access import (
    Handler,
    Reader,
    Resources,
    Supervisor,
    agency_only,
    may_see_tip,
    viewer_of,
)
from services.tips.api.models import InstitutionCode, RegionCode, Request, Subject, TipSummary
from services.tips.domain.dispute import Verdict
from services.tips.domain.due import DeadlineKind, Nearness
from services.tips.domain.jurisdiction import Move, TransferReason
from services.tips.domain.tip import Tip
from services.tips.use_cases.read_matter import Matter

router = APIRouter(
    prefix="/tips/v1",
    tags=["举报办理 / handling"],
    dependencies=[Depends(agency_only), Depends(may_see_tip)],
    max_body_size=16 * 1024,
)

DeskCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class TransferRequest(Request):
    """To whom a tip is passed, and why."""

    region: RegionCode = Field(description="行为发生地 / Place of the act")
    reason: TransferReason


class ReturnRequest(Request):
    """Why a tip is sent back."""

    reason: TransferReason


class MergerRequest(Request):
    """The other tip of the matter."""

    tip_id: UUID


class AssignmentRequest(Request):
    """The desk that is to handle a tip; none for any of the region."""

    desk: DeskCode | None


class RecusalRequest(Request):
    """Who is kept away from the tip; by default who asks."""

    subject: Subject | None = None


class InterestRequest(Request):
    """An interest in an institution; by default of who asks."""

    institution_code: InstitutionCode
    subject: Subject | None = None


class DisputeAnswer(Request):
    """How an objection ends."""

    verdict: Verdict


class DeskEntry(Request):
    """A desk and who works at it."""

    region: RegionCode | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    members: list[Subject] = Field(default=[], max_length=500)


class DeadlineView(BaseModel):
    """Something that is due."""

    kind: DeadlineKind
    due_on: date
    nearness: Nearness
    met_on: date | None
    escalated_on: date | None
    taken_note_by: str | None


class MoveView(BaseModel):
    """A move between regions."""

    kind: Move
    from_region: str | None
    to_region: str | None
    reason: TransferReason
    moved_at: datetime
    moved_by: str


class DuplicateView(BaseModel):
    """A tip that may be about the same matter."""

    tip_id: UUID
    received_on: date
    points: int = Field(description="相似分，满分 100 / Points of likeness, of 100")
    kind_points: int
    period_points: int
    words_points: int


class RuleView(BaseModel):
    """Findings under one rule."""

    rule_code: str | None
    findings: int
    settlements: int
    at_issue_fen: int
    confirmed: int
    upheld_fen: int
    dismissed: int


class MatterView(BaseModel):
    """Everything around one tip but its own words."""

    deadlines: list[DeadlineView]
    moves: list[MoveView]
    disputes: list[dict[str, str | int | None]]
    leads: list[UUID] = Field(description="并入的举报，按登记先后 / Tips that follow, in the order of their arrival")
    duplicates: list[DuplicateView] | None
    institution_code: str | None
    institution_name: str | None
    statistics: list[RuleView]
    confirmed_findings: list[UUID]

    @classmethod
    def of(cls, matter: Matter) -> Self:
        """Show what stands around a tip."""
        about = matter.institution
        return cls(
            deadlines=[
                DeadlineView(
                    kind=step.deadline.kind,
                    due_on=step.deadline.due_on,
                    nearness=step.nearness,
                    met_on=step.deadline.met_on,
                    escalated_on=step.deadline.escalated_on,
                    taken_note_by=step.deadline.taken_note_by,
                )
                for step in matter.steps
            ],
            moves=[
                MoveView(
                    kind=move.kind,
                    from_region=move.from_region,
                    to_region=move.to_region,
                    reason=move.reason,
                    moved_at=move.moved_at,
                    moved_by=move.moved_by,
                )
                for move in matter.moves
            ],
            disputes=[
                {
                    "number": dispute.number,
                    "raised_on": str(dispute.raised_on),
                    "due_on": str(dispute.due_on),
                    "decided_against": dispute.decided_against.value,
                    "verdict": dispute.verdict and dispute.verdict.value,
                    "settled_by": dispute.settled_by,
                }
                for dispute in matter.disputes
            ],
            leads=[tip.id for tip in matter.followers],
            duplicates=None
            if matter.duplicates is None
            else [
                DuplicateView(
                    tip_id=each.tip.id,
                    received_on=each.tip.received_on,
                    points=each.likeness.points,
                    kind_points=each.likeness.kind,
                    period_points=each.likeness.period,
                    words_points=each.likeness.words,
                )
                for each in matter.duplicates
            ],
            institution_code=about.code if about else None,
            institution_name=about.entry.name if about and about.entry else None,
            statistics=[
                RuleView(
                    rule_code=rule.rule_code,
                    findings=rule.findings,
                    settlements=rule.settlements,
                    at_issue_fen=rule.at_issue_fen,
                    confirmed=rule.confirmed,
                    upheld_fen=rule.upheld_fen,
                    dismissed=rule.dismissed,
                )
                for rule in (about.statistics if about else ())
            ],
            confirmed_findings=[finding for finding, _, _ in about.confirmed] if about else [],
        )


def _summary(tip: Tip, resources: wiring.Resources) -> TipSummary:
    return TipSummary.of(tip, business_date(resources.clock.now()))


@router.get("/tips/{tip_id}/matter", summary="期限、移送、并案与机构情况 / What stands around a tip")
async def read_matter(tip_id: UUID, reader: Reader, resources: Resources) -> MatterView:
    """Show deadlines, moves, objections, tips of the same matter, and findings of the institution."""
    with_content = "tips:handle" in reader.scopes
    return MatterView.of(
        await wiring.build_read_matter(resources)(tip_id, viewer_of(reader), with_content=with_content)
    )


@router.post("/tips/{tip_id}/extension-request", summary="申请延长 / Ask for more time")
async def ask_extension(tip_id: UUID, handler: Handler, resources: Resources) -> TipSummary:
    """Ask for fifteen more working days, at the latest on the last day."""
    return _summary(await wiring.build_ask_extension(resources)(tip_id, by=handler.subject), resources)


@router.post("/tips/{tip_id}/extension", summary="批准延长核查期限 / Grant more time to verify")
async def extend(tip_id: UUID, supervisor: Supervisor, resources: Resources) -> TipSummary:
    """Give the verification fifteen more working days, once; not by who asked."""
    return _summary(await wiring.build_extend_deadline(resources)(tip_id, by=supervisor.subject), resources)


@router.post("/tips/{tip_id}/transfer", summary="移送 / Pass on to another region")
async def transfer(tip_id: UUID, body: TransferRequest, handler: Handler, resources: Resources) -> TipSummary:
    """Pass the tip to the department at the place of the act; its time runs on."""
    move = wiring.build_move_tip(resources)
    return _summary(await move.transfer(tip_id, body.region, body.reason, by=handler.subject), resources)


@router.post("/tips/{tip_id}/return", summary="退回 / Send back")
async def send_back(tip_id: UUID, body: ReturnRequest, handler: Handler, resources: Resources) -> TipSummary:
    """Return a tip that was passed on; seven working days to agree begin."""
    move = wiring.build_move_tip(resources)
    return _summary(await move.send_back(tip_id, body.reason, by=handler.subject), resources)


@router.post("/tips/{tip_id}/designation", summary="指定管辖 / Designate the region")
async def designate(tip_id: UUID, body: TransferRequest, supervisor: Supervisor, resources: Resources) -> TipSummary:
    """Say as the common superior who handles the tip."""
    move = wiring.build_move_tip(resources)
    tip = await move.designate(tip_id, body.region, body.reason, by=supervisor.subject, superior=supervisor.region)
    return _summary(tip, resources)


@router.post("/tips/{tip_id}/merger", summary="并案 / Merge with another tip")
async def merge(tip_id: UUID, body: MergerRequest, handler: Handler, resources: Resources) -> TipSummary:
    """Merge two tips of one matter; the one that arrived first leads, and is what the answer shows."""
    await wiring.build_check_access(resources)(body.tip_id, viewer_of(handler))
    return _summary(await wiring.build_merge_tips(resources).merge(tip_id, body.tip_id, by=handler.subject), resources)


@router.post("/tips/{tip_id}/separation", summary="拆分 / Separate from the leading tip")
async def separate(tip_id: UUID, handler: Handler, resources: Resources) -> TipSummary:
    """Let a tip go its own way again."""
    return _summary(await wiring.build_merge_tips(resources).separate(tip_id, by=handler.subject), resources)


@router.post("/tips/{tip_id}/assignment", summary="分派 / Give to a desk")
async def assign(tip_id: UUID, body: AssignmentRequest, supervisor: Supervisor, resources: Resources) -> TipSummary:
    """Give the tip to a desk of the region."""
    return _summary(
        await wiring.build_assign_tip(resources).assign(tip_id, body.desk, by=supervisor.subject), resources
    )


@router.post("/tips/{tip_id}/recusal", status_code=204, summary="回避 / Recuse")
async def recuse(tip_id: UUID, body: RecusalRequest, handler: Handler, resources: Resources) -> None:
    """Keep yourself, or as a supervisor somebody else, away from the tip from now on."""
    subject = body.subject or handler.subject
    _require_own(subject, handler)
    await wiring.build_assign_tip(resources).recuse(tip_id, subject, by=handler.subject)


@router.post("/tips/{tip_id}/notice", summary="已告知举报人 / The reporter was told")
async def tell(tip_id: UUID, handler: Handler, resources: Resources) -> TipSummary:
    """Note that the reporter was told of the decision."""
    return _summary(await wiring.build_tell_reporter(resources)(tip_id, by=handler.subject), resources)


@router.post("/tips/{tip_id}/dispute-answer", summary="答复异议 / Answer the objection")
async def answer_dispute(tip_id: UUID, body: DisputeAnswer, handler: Handler, resources: Resources) -> TipSummary:
    """Uphold the outcome or verify anew; not by who decided or closed."""
    return _summary(await wiring.build_settle_dispute(resources)(tip_id, body.verdict, by=handler.subject), resources)


@router.post("/tips/{tip_id}/escalation-note", status_code=204, summary="督办签收 / Take note of an escalation")
async def take_note(tip_id: UUID, supervisor: Supervisor, resources: Resources) -> None:
    """Note that a supervisor has seen what is overdue."""
    await wiring.build_take_note(resources)(tip_id, by=supervisor.subject)


@router.put("/desks/{code}", status_code=204, summary="设置经办组 / Write a desk")
async def write_desk(code: DeskCode, body: DeskEntry, supervisor: Supervisor, resources: Resources) -> None:
    """Write a desk of your region and who works at it."""
    await wiring.build_assign_tip(resources).write_desk(
        code, body.region, body.name, body.members, viewer=viewer_of(supervisor)
    )


@router.post("/interests", status_code=204, summary="申报利害关系 / Declare an interest")
async def declare_interest(body: InterestRequest, handler: Handler, resources: Resources) -> None:
    """Keep yourself, or as a supervisor somebody else, away from every tip about an institution."""
    subject = body.subject or handler.subject
    _require_own(subject, handler)
    await wiring.build_assign_tip(resources).declare_interest(subject, body.institution_code, by=handler.subject)


class SweepView(BaseModel):
    """What a sweep found."""

    reminded: int
    escalated: int


@router.post("/deadline-sweep", summary="期限巡查 / Look through the deadlines")
async def sweep(supervisor: Supervisor, resources: Resources) -> SweepView:
    """Remind and escalate now; the service does it by itself every hour."""
    _ = supervisor
    swept = await wiring.build_sweep_deadlines(resources)()
    return SweepView(reminded=swept.reminded, escalated=swept.escalated)


def _require_own(subject: str, handler: Handler) -> None:
    if subject != handler.subject and "tips:supervise" not in handler.scopes:
        raise Forbidden("not_a_supervisor", zh="只能为本人申报。", en="Only for yourself, unless you supervise.")
