"""The page that explains a finding, to read on paper: the law, what was charged, how the conclusion follows."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.kit.auth import Principal, require
from services.kit.clock import BUSINESS_ZONE
from services.screening.api.resources import Opened
from services.screening.domain.review import Status
from services.screening.wiring import build_explain_findings

router = APIRouter(prefix="/screening/v1/findings", tags=["疑点 findings"])

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing is loaded and nothing runs; the style is the page's own."""

STATUSES = {
    Status.RAISED: "待核对 raised",
    Status.CONFIRMED: "已认定 confirmed",
    Status.DISMISSED: "已驳回 dismissed",
    Status.WITHDRAWN: "已撤回 withdrawn",
    Status.OVERTURNED: "已撤销 overturned",
}

SEVERITIES = {"violation": "明确违规 violation", "suspicion": "可疑，须人工核对 suspicion, a person decides"}

PRIOR = {"line": "既往明细 earlier line", "stay": "既往就诊 earlier visit", "sale": "既往售出 earlier sale"}

VALUES = {
    "age_days": "年龄（天） age in days",
    "amount_fen": "金额（分） amount in fen",
    "before_fen": "既往金额（分） earlier amount in fen",
    "broken": "不符合的条件 conditions broken",
    "ceiling_fen": "限额（分） ceiling in fen",
    "counted": "计数 counted",
    "daily_e4": "日用量×10000 a day ×10,000",
    "days": "天数 days",
    "diagnoses": "诊断 diagnoses",
    "first_day": "首日 first day",
    "gaps": "缺失或矛盾 gaps",
    "hours": "小时 hours",
    "items": "品种数 items",
    "last_day": "末日 last day",
    "level": "机构级别 level",
    "limit": "上限 limit",
    "limit_e4": "上限×10000 limit ×10,000",
    "max_days": "最多天数 most days",
    "missing_evidence": "需核对的资料 evidence to look for",
    "most": "最多 most",
    "quantity_e4": "数量×10000 quantity ×10,000",
    "required_sex": "限定性别 sex required",
    "total_fen": "合计（分） total in fen",
    "visits": "就诊次数 visits",
    "window": "时间范围 window",
    "within_days": "期间天数 days of the period",
}


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"


def _number(scaled: int) -> str:
    return f"{scaled / 10_000:,.4f}".rstrip("0").rstrip(".")


def _local(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M")


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("services.screening.api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"yuan": _yuan, "number": _number, "local": _local}
    return environment.get_template("explanation.html")


@router.get("/{finding_id}/explain", summary="疑点说明页 / A page that explains a finding", response_class=Response)
async def explain_finding(
    finding_id: UUID, reader: Annotated[Principal, Depends(require("findings:read"))], resources: Opened
) -> Response:
    """可打印；含规则、条文、明细、既往记录和经过 / To print: rule, article, lines, earlier records, what happened."""
    told = await build_explain_findings(resources)(finding_id, reader)
    lines = () if told.claim is None else told.claim.lines
    related = set(told.finding.evidence.get("related_lines", []))
    page = _template().render(
        told=told,
        finding=told.finding,
        review=told.finding.review,
        at_issue=[line for line in lines if line.number in told.finding.line_numbers],
        related=[line for line in lines if line.number in related],
        values=[(VALUES.get(name, name), value) for name, value in told.finding.evidence.get("values", {}).items()],
        statuses=STATUSES,
        severities=SEVERITIES,
        prior_words=PRIOR,
    )
    return Response(page, media_type="text/html; charset=utf-8", headers=HEADERS)
