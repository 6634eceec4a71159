"""What 3101 and 3102 answer: reminders in the fields of the interface, and what could not be judged."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.screening.api.fsi.audit_message import Audit
from services.screening.api.unknown_texts import LINE_TEXTS, UNKNOWN_TEXTS
from services.screening.domain.finding import Finding
from services.screening.use_cases.precheck_claims import PrecheckResult, Reminder

_LONGEST_TEXT = 500
_LONGEST_NAME = 200
_ISSUE, _RELATED = "1", "2"
"""``vola_item_type``: 违规项, 涉及项."""
_AMOUNT_KNOWN = "1"
"""``vola_amt_stas``: 1 正常, 0 异常."""


class Codes(NamedTuple):
    """Codes that provinces may set otherwise."""

    violation: str = "1"
    suspicion: str = "2"
    lines: str = "1"
    visit: str = "2"


class Judged(NamedTuple):
    """An encounter and what a pre-check told about it."""

    audit: Audit
    result: PrecheckResult


def output(judged: Sequence[Judged], task_id: str, codes: Codes, *, single: bool) -> Mapping[str, Any]:
    """Return the node ``output``; ``single`` where the caller's system reads one object, the gravest."""
    results = [_result(one, reminder, task_id, codes) for one in judged for reminder in one.result.reminders]
    shown: Any = results
    if single:
        shown = _joined(results)
    return {"result": shown, "screeninginfo": [_information(one) for one in judged]}


def warnings(judged: Sequence[Judged], *, single: bool) -> list[str]:
    """Return in Chinese what the sender should know: what could not be judged, and why."""
    told: list[str] = []
    for audit, result in judged:
        missing = {name: None for one in result.not_judged for name in one.missing}
        rules = {one.rule_code for one in result.not_judged}
        if missing:
            reasons = "、".join(UNKNOWN_TEXTS[name].zh for name in missing)
            told.append(f"{len(rules)}条规则未能判断或只判断了部分：{reasons}")
        problems: dict[str, list[str]] = {}
        for line in result.lines_not_judged:
            problems.setdefault(LINE_TEXTS[line.problem].zh, []).append(audit.order_ids[line.number])
        told += [f"处方{'、'.join(ids[:10])}未能判断：{reason}" for reason, ids in problems.items()]
        if result.unknown_rules:
            told.append(f"规则库中没有：{'、'.join(result.unknown_rules[:10])}")
    if single and sum(len(result.reminders) for _, result in judged) > 1:
        told.append("有多条提醒，结果中只列最严重的一条，明细为全部")
    return list(dict.fromkeys(told))


def _result(judged: Judged, reminder: Reminder, task_id: str, codes: Codes) -> dict[str, Any]:
    audit, finding = judged.audit, reminder.finding
    plan = judged.result.plan
    rule = plan.rulebook.rules[plan.order[finding.rule_code]]
    evidence = [rule.legal_basis, plan.version, *([finding.knowledge_point] if finding.knowledge_point else [])]
    if rule.needs:
        evidence.append(f"须核对：{rule.needs}")
    if finding.prior:
        evidence.append(f"涉及既往记录{len(finding.prior)}条")
    return {
        "jr_id": reminder.id.hex,
        "rule_id": finding.rule_code,
        "rule_name": rule.name_zh[:_LONGEST_NAME],
        "vola_cont": finding.text_zh[:_LONGEST_TEXT],
        "patn_id": audit.patient_id,
        "mdtrt_id": audit.encounter_id,
        "judge_result_detail_dtos": _details(audit, reminder),
        "vola_amt": _yuan(finding.amount_at_issue_fen),
        "vola_amt_stas": _AMOUNT_KNOWN,
        "sev_deg": codes.violation if finding.severity == "violation" else codes.suspicion,
        "vola_evid": "；".join(evidence)[:_LONGEST_TEXT],
        "vola_bhvr_type": codes.lines if finding.line_numbers else codes.visit,
        "task_id": task_id,
    }


def _details(audit: Audit, reminder: Reminder) -> list[dict[str, Any]]:
    finding = reminder.finding
    amounts = _amounts(finding)
    rows = [(number, _ISSUE, amounts.get(number, 0)) for number in finding.line_numbers]
    rows += [(number, _RELATED, 0) for number in finding.related_lines]
    return [
        {
            "jrd_id": f"{reminder.id.hex}-{place}",
            "patn_id": audit.patient_id,
            "mdtrt_id": audit.encounter_id,
            "rx_id": audit.order_ids[number],
            "vola_item_type": kind,
            "vola_amt": _yuan(fen),
        }
        for place, (number, kind, fen) in enumerate(rows, start=1)
    ]


def _amounts(finding: Finding) -> dict[int, int]:
    """Return the fen of each line, which together are what the finding has after attribution."""
    left = finding.amount_at_issue_fen
    taken: dict[int, int] = {}
    for number, share in finding.shares:
        part = min(share, left)
        taken[number] = taken.get(number, 0) + part
        left -= part
    return taken


def _joined(results: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the gravest reminder with the details of all; they come in order of priority."""
    if not results:
        return None
    first = min(results, key=lambda one: one["sev_deg"])
    details = [detail for one in results for detail in one["judge_result_detail_dtos"]]
    return {**first, "judge_result_detail_dtos": details}


def _information(judged: Judged) -> dict[str, Any]:
    audit, result = judged
    return {
        "patn_id": audit.patient_id,
        "mdtrt_id": audit.encounter_id,
        "phase": result.phase,
        "rulebook_version": result.plan.version,
        "verdict": result.verdict,
        "not_judged": [
            {
                "rule_id": one.rule_code,
                "missing": one.missing,
                "in_part": one.in_part,
                "rx_ids": [audit.order_ids[number] for number in one.line_numbers],
            }
            for one in result.not_judged
        ],
        "orders_not_judged": [
            {"rx_id": audit.order_ids[line.number], "problem": line.problem} for line in result.lines_not_judged
        ],
        "rules_unknown": result.unknown_rules,
        "rules_failed": sorted({failure.rule_code for failure in result.failures}),
    }


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
