"""Own rules without code: an expression is tried here before it goes into a rulebook."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.screening.api.precheck_body import read_trial
from services.screening.api.resources import Opened
from services.screening.use_cases.try_expression import MOST_CLAIMS

router = APIRouter(prefix="/screening/v1/expressions", tags=["自定义规则 own rules"])

EXAMPLE = {
    "expression": "claim.age_years < 14 && lines.exists(l, l.item_kind == 'drug' && l.amount_fen > 50000)",
    "item_codes": [],
    "settlement_refs": ["00000000-0000-7000-8000-000000000000"],
}


class TriedView(BaseModel):
    """对一笔结算的结果 / What the expression says of one claim."""

    settlement_ref: UUID | None
    result: bool | list[int] | None = Field(description="是否，或违规行号 / A truth value, or line numbers")
    error: str | None = Field(description="not_told：结算未载明所需内容 / The claim does not tell what is asked")
    steps: int = Field(description="循环次数 / Turns of loops")
    microseconds: int


class TrialView(BaseModel):
    """试运行结果 / What came of trying an expression."""

    parts: int = Field(description="表达式的组成数 / Parts of the expression")
    history_kept: bool = Field(description="既往记录是否齐备 / Whether earlier lines it asks for are kept already")
    claims: list[TriedView]
    not_found: list[UUID]


@router.post(
    "/dry-run",
    summary="试运行表达式 / Try an expression",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["expression"],
                        "properties": {"expression": {"type": "string"}},
                        "description": "表达式及一份就诊（claim）或若干结算（settlement_refs），见 docs/precheck.md"
                        " / An expression with a claim or with settlements.",
                    },
                    "example": EXAMPLE,
                }
            },
        }
    },
)
async def dry_run(
    request: Request, reader: Annotated[Principal, Depends(require("rulebooks:write"))], resources: Opened
) -> TrialView:
    """不保存任何内容；表达式有误时指出行列 / Nothing is stored; a faulty expression is named with line and column."""
    body = read_trial(await request.body())
    if len(body.settlement_refs) > MOST_CLAIMS:
        raise Malformed(
            "too_many_settlements",
            zh=f"一次至多{MOST_CLAIMS}笔结算。",
            en=f"At most {MOST_CLAIMS} settlements are tried at once.",
        )
    trial = await resources.trials(
        body.expression,
        item_codes=body.item_codes,
        claim=body.claim,
        settlement_refs=body.settlement_refs,
        reader=reader,
    )
    return TrialView.model_validate(asdict(trial))
