"""Routes of visits that came over the national interface: which are incomplete, and why."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from services.intake import wiring
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.problem import TEXTS
from services.intake.storage.visits import StoredVisit
from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.kit.http import Language, language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/visits", tags=["visits"])

Reader = Annotated[Principal, Depends(require("settlements:read"))]
VisitState = Literal["open", "waiting", "settled", "expired", "cancelled"]
_INCOMPLETE: tuple[VisitState, ...] = ("waiting", "expired")


class MissingView(BaseModel):
    """One thing that a visit waits for, or waited for in vain."""

    code: str
    pointer: str = Field(description="节点位置 / JSON pointer into the messages; empty for a part as a whole")
    message: str


class VisitView(BaseModel):
    """A visit and what it waits for; nothing of the person."""

    visit_id: str = Field(description="就诊 ID（mdtrt_id）")
    institution_code: str
    kind: Literal["outpatient", "inpatient"]
    state: VisitState = Field(
        description="open 已登记，waiting 待补齐，settled 已结算，expired 逾期未补齐，cancelled 已撤销"
        " / waiting: settled but parts are missing; expired: they never came"
    )
    missing: list[MissingView]
    opened_at: datetime
    changed_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, visit: StoredVisit, spoken: Language) -> Self:
        """Return the view of a visit."""
        values = visit._asdict()
        values["missing"] = [_missing(text, spoken) for text in visit.missing]
        return cls.model_validate(values)


def _missing(text: str, spoken: Language) -> MissingView:
    pointer, _, code = text.rpartition(" ")
    return MissingView(code=code, pointer=pointer, message=TEXTS[code][0 if spoken == "zh" else 1])


@router.get("", summary="查询就诊（默认未补齐与逾期）/ List visits, by default those that are incomplete or expired")
async def list_visits(
    request: Request,
    principal: Reader,
    state: Annotated[list[VisitState] | None, Query()] = None,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[VisitView]:
    """List in the order in which visits were opened; an institution sees its own."""
    wanted = institution_code or principal.institution
    if wanted is not None:
        principal.must_be_institution(wanted)
    read = wiring.build_read_visits(request.app.state.resources)
    found = await read(institution_code=wanted, states=state or _INCOMPLETE, after=_after(cursor), limit=limit + 1)
    items = [VisitView.of(one, language(request)) for one in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor(str(found[limit - 1].visit_ref)) if more else None)


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
