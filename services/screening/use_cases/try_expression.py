"""Try an expression on claims before it becomes a rule; nothing is stored."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.contracts.intake import SettlementAccepted
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import FieldError, Malformed
from services.kit.principal import Principal, region_prefix
from services.screening.domain.case import Case
from services.screening.domain.expression import Expression, TooManySteps, compile_expression
from services.screening.domain.expression_syntax import ExpressionError
from services.screening.domain.expression_values import BadOperation, NotTold
from services.screening.domain.history import History, needs
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.refunds import net_of_refunds
from services.screening.domain.rulebook import parse_rulebook
from services.screening.domain.rules import RulebookError
from services.screening.expressions import parse_expression
from services.screening.storage import claims, history
from services.screening.use_cases.precheck_request import PrecheckRequest
from services.screening.use_cases.recent_plan import RecentPlan
from services.screening.use_cases.registry_at_service import NOTHING_KNOWN
from services.screening.use_cases.understand_claim import understand

MOST_CLAIMS = 200
_RULE = "FW999999"


@dataclass(frozen=True, slots=True)
class Tried:
    """What an expression said of one claim."""

    settlement_ref: UUID | None
    result: bool | list[int] | None
    """True, false, or numbers of lines; None where it could not answer."""
    error: str | None
    steps: int
    microseconds: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying an expression."""

    parts: int
    history_kept: bool
    """Whether the active rulebook already keeps what history functions ask for; if not, they see too little."""
    claims: Sequence[Tried]
    not_found: Sequence[UUID]


class TryExpression:
    """Runs an expression on claims that are given, or on settlements that are kept."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plan: RecentPlan,
        *,
        perf_counter: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan
        self._perf_counter = perf_counter

    async def __call__(
        self,
        text: str,
        *,
        item_codes: Sequence[str],
        claim: PrecheckRequest | None,
        settlement_refs: Sequence[UUID],
        reader: Principal,
    ) -> Trial:
        """Return what the expression says; raises Malformed with line and column where it cannot be used."""
        try:
            expression = compile_expression(parse_expression(text))
            plan = _plan_of(text, item_codes)
        except (ExpressionError, RulebookError) as error:
            raise _malformed(error) from None
        asked, not_found = await self._claims(claim, settlement_refs, reader)
        async with self._database.glance() as connection:
            past = await history.read(connection, needs(plan, asked), sales=())
        active = await self._plan()
        kept = not expression.look_back_days or (
            set(item_codes) <= active.asked and expression.look_back_days <= active.remembered_days
        )
        if expression.reads_visits:
            kept = kept and plan.visit_settings <= active.visit_settings and plan.visit_days <= active.visit_days
        tried = [self._try(expression, plan, one, past, given=claim is not None) for one in asked]
        return Trial(expression.parts, kept, tried, not_found)

    async def _claims(
        self, given: PrecheckRequest | None, settlement_refs: Sequence[UUID], reader: Principal
    ) -> tuple[list[SettlementAccepted], list[UUID]]:
        if given is not None:
            code = (given.institution and given.institution.code) or reader.institution or "H00000000000"
            understood = understand(
                given,
                institution_code=code,
                insured_ref=given.insured_ref,
                registry=NOTHING_KNOWN,
                now=self._clock.now(),
            )
            return [understood.claim], []
        async with self._database.glance() as connection:
            found = await claims.of_settlements(connection, settlement_refs)
        seen = [one for one in found if _may_see(reader, one)]
        return seen, sorted(set(settlement_refs) - {one.settlement_ref for one in seen})

    def _try(
        self, expression: Expression, plan: Plan, claim: SettlementAccepted, past: History, *, given: bool
    ) -> Tried:
        case = Case(claim, net_of_refunds(claim.lines), past)
        items = [line for line in case.lines if line.item_code in plan.by_item] if plan.by_item else list(case.lines)
        started = self._perf_counter()
        steps, result, error = 0, None, None
        try:
            told, steps = expression(case, items)
            result = told if isinstance(told, bool) else _numbers(told)
        except NotTold:
            error = "not_told"
        except BadOperation as bad:
            error = str(bad)
        except TooManySteps:
            error = "too_many_steps"
        microseconds = round((self._perf_counter() - started) * 1_000_000)
        return Tried(None if given else claim.settlement_ref, result, error, steps, microseconds)


def _plan_of(text: str, item_codes: Sequence[str]) -> Plan:
    """Compile a rulebook of this one expression, so that it asks history for what the rule would."""
    rule = {
        "code": _RULE,
        "kind": "expression",
        "name_zh": "试运行",
        "name_en": "trial",
        "category": "自定义",
        "severity": "suspicion",
        "phases": ["after"],
        "legal_basis": "自定义",
        "parameters": {"expression": text, "text_zh": "试运行", "text_en": "trial"},
    }
    points = [{"id": "trial", "rule": _RULE, "name": "试运行", "codes": list(item_codes)}] if item_codes else []
    document = {"version": "trial", "effective_from": "1990-01-01", "rules": [rule], "points": points}
    return compile_plan(parse_rulebook(document), parse_expression)


def _numbers(told: Any) -> list[int]:
    if not isinstance(told, list):
        raise BadOperation("an expression answers with a truth value or with lines")
    return sorted({one if isinstance(one, int) else one.number for one in told})


def _may_see(reader: Principal, claim: SettlementAccepted) -> bool:
    if reader.institution is not None and reader.institution != claim.institution.code:
        return False
    return reader.region is None or claim.institution.region.startswith(region_prefix(reader.region))


def _malformed(error: ExpressionError | RulebookError) -> Malformed:
    if isinstance(error, ExpressionError):
        at = f"第{error.line}行第{error.column}列" if error.line else ""
        field = FieldError("/expression", "expression_invalid", f"表达式{at}有误：{error.message}", str(error))
    else:
        said = "; ".join(error.problems)
        field = FieldError("/expression", "expression_invalid", f"表达式有误：{said}", said)
    return Malformed(
        "expression_invalid",
        zh="表达式不能使用，详见各项。",
        en="The expression cannot be used; see each.",
        fields=[field],
    )
