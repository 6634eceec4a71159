"""Pre-checks over HTTP: a visit in, reminders out, before anything is settled."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.kit.http import Language
from services.screening.api.precheck_body import EXAMPLE, read_precheck
from services.screening.api.precheck_models import PrecheckView
from services.screening.api.resources import Opened, Spoken
from services.screening.api.unknown_texts import LINE_TEXTS, UNKNOWN_TEXTS
from services.screening.domain.rules import Rule
from services.screening.use_cases.precheck_claims import PrecheckResult, Reminder
from services.screening.use_cases.understand_claim import institution_of

router = APIRouter(prefix="/screening/v1/prechecks", tags=["事前事中 pre-checks"])

MOST_BODY_BYTES = 4 * 1024 * 1024
_encode = msgspec.json.Encoder().encode


@router.post(
    "",
    summary="事前、事中审核 / Screen a visit that is not settled yet",
    response_model=PrecheckView,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["lines"],
                        "properties": {"lines": {"type": "array", "minItems": 1, "items": {"type": "object"}}},
                        "description": "就诊及明细，除明细外均可缺省，见 docs/precheck.md / A visit and its lines; "
                        "all but the lines may be left out.",
                    },
                    "example": EXAMPLE,
                }
            },
        }
    },
    max_body_size=MOST_BODY_BYTES,
)
async def post_precheck(
    request: Request,
    caller: Annotated[Principal, Depends(require("settlements:write"))],
    resources: Opened,
    language: Spoken,
) -> Response:
    """逐条提醒，并说明未能判断的规则及原因 / Reminders, and which rules could not be judged, and why."""
    body = read_precheck(await request.body())
    code = institution_of(body) or caller.institution
    if code is None:
        raise Malformed(
            "institution_missing", zh="缺少机构编码。", en="The code of the institution is missing (institution.code)."
        )
    caller.must_be_institution(code)
    result = await resources.prechecks(body, institution_code=code)
    return Response(_encode(_view(result, body.task_id, language)), media_type="application/json")


def _view(result: PrecheckResult, task_id: str | None, language: Language) -> Mapping[str, Any]:
    return {
        "task_id": task_id,
        "phase": result.phase,
        "rulebook_version": result.plan.version,
        "verdict": result.verdict,
        "amount_at_issue_fen": sum(one.finding.amount_at_issue_fen for one in result.reminders),
        "reminders": [_reminder(one, result) for one in result.reminders],
        "not_judged": [
            {
                "rule_code": one.rule_code,
                "rule_name": _rule_name(result, one.rule_code, language),
                "missing": one.missing,
                "reason": "；".join(UNKNOWN_TEXTS[name].spoken(language) for name in one.missing),
                "in_part": one.in_part,
                "line_numbers": one.line_numbers,
            }
            for one in result.not_judged
        ],
        "lines_not_judged": [
            {"number": one.number, "problem": one.problem, "reason": LINE_TEXTS[one.problem].spoken(language)}
            for one in result.lines_not_judged
        ],
        "unknown_rules": result.unknown_rules,
        "failed_rules": sorted({failure.rule_code for failure in result.failures}),
    }


def _reminder(one: Reminder, result: PrecheckResult) -> Mapping[str, Any]:
    finding = one.finding
    rule = _rule(result, finding.rule_code)
    return {
        "reminder_id": one.id,
        "rule_code": finding.rule_code,
        "rule_name_zh": rule.name_zh,
        "rule_name_en": rule.name_en,
        "knowledge_point": finding.knowledge_point,
        "severity": finding.severity,
        "line_numbers": finding.line_numbers,
        "related_lines": finding.related_lines,
        "amount_at_issue_fen": finding.amount_at_issue_fen,
        "text_zh": finding.text_zh,
        "text_en": finding.text_en,
        "legal_basis": rule.legal_basis,
        "needs": rule.needs,
        "evidence": {
            "values": finding.values,
            "prior": [
                {
                    "settlement_ref": prior.settlement_ref,
                    "institution_code": prior.institution_code,
                    "line_number": prior.line_number,
                    "what": prior.what,
                }
                for prior in finding.prior
            ],
        },
    }


def _rule(result: PrecheckResult, code: str) -> Rule:
    plan = result.plan
    return plan.rulebook.rules[plan.order[code]]


def _rule_name(result: PrecheckResult, code: str, language: Language) -> str:
    rule = _rule(result, code)
    return rule.name_en if language == "en" else rule.name_zh
