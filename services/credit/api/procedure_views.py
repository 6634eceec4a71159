"""The procedure of points in words: matters, steps, duties, measures and proposals."""

from collections.abc import Sequence
from dataclasses import asdict

from services.credit.api.models import DutyView, MatterView, MeasureView, PointsEntryView, StepView
from services.credit.api.procedure_models import PointsProposalView
from services.credit.domain.matter import Duty, MatterKind, Phase, StepKind
from services.credit.domain.measure import MeasureKind
from services.credit.domain.policy import PolicyBook
from services.credit.domain.procedure_policy import ProcedurePolicy
from services.credit.domain.text import Text
from services.credit.storage.matters import Matter, Step
from services.credit.storage.measures import FiledMeasure
from services.credit.storage.proposals import Proposal
from services.credit.use_cases.read_matters import MatterFile
from services.kit.http import Language

_KINDS = {
    MatterKind.HANDLING: Text("记分处理", "Handling of points"),
    MatterKind.RECOVERY: Text("恢复申请", "Request for recovery"),
    MatterKind.REPAIR: Text("记分修复", "Repair"),
}
_STEPS = {
    StepKind.OPENED: Text("立项", "Opened"),
    StepKind.NOTICE_ISSUED: Text("出具处理通知书", "Handling notice issued"),
    StepKind.NOTICE_DELIVERED: Text("送达机构", "Delivered to the institution"),
    StepKind.NOTICE_RECEIVED: Text("本人收到", "Received by the person"),
    StepKind.TALK_HELD: Text("谈话提醒", "Recorded talk"),
    StepKind.OBJECTION_FILED: Text("提出异议", "Objection filed"),
    StepKind.VERIFICATION_PAUSED: Text("第三方或专家鉴定，核实期限中止", "Expert appraisal, the term is paused"),
    StepKind.VERIFICATION_RESUMED: Text("鉴定结束，核实期限继续", "Appraisal over, the term goes on"),
    StepKind.OBJECTION_DISMISSED: Text("异议不成立", "Objection dismissed"),
    StepKind.OBJECTION_UPHELD: Text("异议成立，冲销记分", "Objection upheld, points taken back"),
    StepKind.OBJECTION_ESCALATED: Text("提请同级医保行政部门处理", "Taken to the administrative department"),
    StepKind.LAPSED: Text("记分依据消失，终结", "Closed, the points lost their ground"),
    StepKind.GRANTED: Text("同意", "Granted"),
    StepKind.REFUSED: Text("不同意", "Refused"),
}
_PHASES = {
    Phase.OPEN: Text("待办理", "Open"),
    Phase.ISSUED: Text("已出具通知书", "Notice issued"),
    Phase.DELIVERED: Text("已送达机构", "Delivered"),
    Phase.RECEIVED: Text("本人已收到", "Received"),
    Phase.VERIFYING: Text("异议核实中", "Objection being verified"),
    Phase.PAUSED: Text("鉴定中", "Under appraisal"),
    Phase.DISMISSED: Text("异议不成立", "Objection dismissed"),
    Phase.UPHELD: Text("异议成立", "Objection upheld"),
    Phase.LAPSED: Text("终结", "Closed"),
    Phase.GRANTED: Text("已同意", "Granted"),
    Phase.REFUSED: Text("未同意", "Refused"),
}
_DUTIES = {
    Duty.ISSUE_NOTICE: Text("出具处理通知书", "Issue the handling notice"),
    Duty.DELIVER_NOTICE: Text("送达机构", "Deliver the notice to the institution"),
    Duty.VERIFY_OBJECTION: Text("完成异议核实", "Finish verifying the objection"),
    Duty.EVALUATE_RECOVERY: Text("评估恢复申请", "Evaluate the request for recovery"),
    Duty.REVIEW_REPAIR: Text("复核修复申请", "Re-check the request for repair"),
}
_MEASURES = {
    MeasureKind.SUSPENSION: Text("暂停医保支付资格", "Payment eligibility suspended"),
    MeasureKind.TERMINATION: Text("终止医保支付资格", "Payment eligibility terminated"),
}


def duty_view(matter: Matter, book: PolicyBook, language: Language, *, overdue: bool) -> DutyView:
    """Show what is owed in a matter."""
    return DutyView.model_validate(_duty(matter, book, language, overdue=overdue))


def matter_view(file: MatterFile, book: PolicyBook, language: Language) -> MatterView:
    """Show a matter with its steps."""
    matter = file.matter
    return MatterView.model_validate(
        {
            **_duty(matter, book, language, overdue=file.overdue),
            "entry_id": matter.entry_id,
            "repair_measure": matter.repair_measure,
            "objection_until": matter.state.objection_until,
            "remaining_days": matter.state.remaining_days,
            "opened_at": matter.opened_at,
            "steps": [_step(step, language) for step in file.steps],
        }
    )


def _duty(matter: Matter, book: PolicyBook, language: Language, *, overdue: bool) -> dict[str, object]:
    state = matter.state
    terms = book.version(matter.policy_version).points.procedure
    return {
        "matter_id": matter.matter_id,
        "kind": state.kind,
        "kind_text": _KINDS[state.kind].say(language),
        "practitioner_code": matter.practitioner_code,
        "institution_code": matter.institution_code,
        "sanction_id": matter.sanction_id,
        "phase": state.phase,
        "phase_text": _PHASES[state.phase].say(language),
        "duty": state.duty,
        "duty_text": "" if state.duty is None else _DUTIES[state.duty].say(language),
        "article": "" if state.duty is None else _article(state.duty, terms),
        "due_on": state.due_on,
        "overdue": overdue,
        "policy_version": matter.policy_version,
    }


def _article(duty: Duty, terms: ProcedurePolicy) -> str:
    return {
        Duty.ISSUE_NOTICE: terms.issue_notice,
        Duty.DELIVER_NOTICE: terms.deliver_notice,
        Duty.VERIFY_OBJECTION: terms.verification,
        Duty.EVALUATE_RECOVERY: terms.evaluation,
        Duty.REVIEW_REPAIR: terms.repair_review,
    }[duty].article


def _step(step: Step, language: Language) -> StepView:
    fields = {name: value for name, value in asdict(step).items() if name != "matter_id"}
    return StepView.model_validate(
        {
            **fields,
            "kind_text": _STEPS[step.kind].say(language),
            "late": step.due_on is not None and step.on > step.due_on,
        }
    )


def measure_view(filed: FiledMeasure, language: Language) -> MeasureView:
    """Show a measure as the person's file keeps it."""
    measure = filed.stated.measure
    return MeasureView.model_validate(
        {
            **asdict(measure),
            "measure_id": filed.stated.measure_id,
            "kind_text": _MEASURES[measure.kind].say(language),
            "undone_at": filed.undone_at,
        }
    )


def points_proposal_view(
    proposal: Proposal, kind_code: str, entries: Sequence[PointsEntryView], book: PolicyBook
) -> PointsProposalView:
    """Show a proposal with what may be decided under the kind of its sanction."""
    policy = book.version(proposal.policy_version).points
    kind = policy.kinds[kind_code]
    ranges = [policy.bands[band - 1] for band in kind.bands]
    return PointsProposalView.model_validate(
        {
            **asdict(proposal),
            "decided_by_authority": kind.decided_by.value,
            "causes": sorted(code for code, cause in policy.causes.items() if cause.band in kind.bands),
            "least_points": min(low for low, _ in ranges),
            "most_points": max(high for _, high in ranges),
            "entries": list(entries),
        }
    )
