"""Refuse steps and requests of the procedure in words."""

from services.kit.errors import Conflict, FieldError, Malformed, NotFound

_TEXTS: dict[str, tuple[str, str]] = {
    "matter_unknown": ("没有这一事项。", "There is no such matter."),
    "proposal_unknown": ("没有这条记分建议。", "There is no such proposal."),
    "sanction_unknown": ("没有这项处理决定。", "There is no such sanction."),
    "practitioner_unknown": ("没有登记该人员。", "There is no such practitioner."),
    "entry_unknown": ("没有这条有效的记分。", "There is no such entry that stands."),
    "measure_unknown": ("没有由该处理决定引起、仍有效的暂停或终止。", "No measure under this sanction stands."),
    "proposal_decided": ("该记分建议已有决定。", "The proposal has been decided."),
    "sanction_annulled": ("该处理决定已被撤销。", "The sanction has been annulled."),
    "finding_not_proposed": ("该疑点不在记分建议之内。", "The finding is not part of the proposal."),
    "annulment_differs": ("该处理决定已以另一文书撤销。", "The sanction was annulled by another document."),
    "step_not_possible": ("事项目前的状态不能办理这一步。", "The matter does not stand where this step is possible."),
    "step_before_last": ("日期不能早于上一步。", "A step does not come before the one it follows."),
    "step_in_future": ("日期不能晚于今天。", "A step does not lie in the future."),
    "objection_late": (
        "已超过收到处理通知书后的异议期限，逾期视为无异议（医保办发〔2024〕34号第四十一条）。",
        "The term of an objection after receipt of the notice is over; late means none (Art. 41).",
    ),
    "objection_unsigned": (
        "书面异议须由本人签字并加盖机构公章。",
        "An objection is signed by the person and stamped by the institution.",
    ),
    "document_missing": ("处理通知书须有文号。", "A handling notice has a document number."),
    "nothing_to_overturn": ("所指的记分均已冲销。", "None of the named points stand."),
    "institution_disagrees": ("须经所在机构同意。", "The institution has to agree first."),
    "commitment_missing": (
        "终止后重新登记备案须重新签订服务承诺。",
        "A new registration after termination takes a new commitment.",
    ),
    "recovery_early": (
        "期满前15个工作日起方可申请恢复（以当时生效的政策为准）。",
        "Recovery may be requested only shortly before the end, by the policy in force.",
    ),
    "recovery_open": ("已有正在办理的恢复申请。", "A request for recovery is open already."),
    "measure_not_deciding": (
        "该措施目前不生效，或另有更重、更久的措施。",
        "The measure is not in force, or a graver or longer one decides.",
    ),
    "repair_unknown": ("现行政策没有这种修复措施。", "The policy in force knows no such measure of repair."),
    "repair_cap_reached": ("修复已达上限，或已无可减免。", "A cap of repair is reached, or nothing is left to repair."),
    "repair_year_over": ("往年记分已自动清零，不再修复。", "Points of a year that is over are gone by themselves."),
    "no_policy_in_force": ("当日没有生效的记分政策。", "No scoring policy was in force on the day."),
}


def conflicting(code: str) -> Conflict:
    """Return the refusal of what contradicts what stands."""
    zh, en = _TEXTS[code]
    return Conflict(code, zh=zh, en=en)


def malformed(code: str, pointer: str) -> Malformed:
    """Return the refusal of a request that is wrong in itself."""
    zh, en = _TEXTS[code]
    return Malformed(code, zh=zh, en=en, fields=[FieldError(pointer, code, zh, en)])


def missing(code: str) -> NotFound:
    """Return the refusal of a question about nothing."""
    zh, en = _TEXTS[code]
    return NotFound(code, zh=zh, en=en)
