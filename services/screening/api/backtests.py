"""Back-tests over HTTP: a rulebook tried on past claims before it is activated."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.kit.auth import Principal, require
from services.screening.api.resources import Opened
from services.screening.storage.backtests import StoredBacktest
from services.screening.wiring import build_backtests

router = APIRouter(prefix="/screening/v1", tags=["回测 back-tests"])

_ACCEPTED = 202


class BacktestRequest(BaseModel):
    """A period of past claims to try a rulebook on."""

    first_day: date = Field(description="首日（结算日，含）/ First business day of settling, included")
    last_day: date = Field(description="末日（含）/ Last day, included")
    against: str | None = Field(
        default=None,
        max_length=100,
        description="对照的规则库版本，默认为启用版本 / Rulebook to compare with; the active one",
    )


class BacktestView(BaseModel):
    """One back-test and how far it has come."""

    id: UUID
    version: str
    against: str
    purpose: str
    status: str = Field(description="waiting, running, done, stopped, failed")
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    first_day: date
    last_day: date
    claims_in_period: int | None
    claims_done: int
    problem: str | None = None


class BacktestResult(BacktestView):
    """A back-test with what it has found so far."""

    result: dict[str, Any] = Field(
        description="按规则、机构的数量与金额，新增与消失的疑点，抽样 / Counts and fen by rule and institution, "
        "findings new and gone against the other rulebook, a sample to read"
    )


@router.post(
    "/rulebooks/{version}/backtests", status_code=_ACCEPTED, summary="对历史结算回测 / Try a rulebook on past claims"
)
async def request_backtest(
    version: str,
    wanted: BacktestRequest,
    author: Annotated[Principal, Depends(require("rulebooks:write"))],
    resources: Opened,
) -> BacktestView:
    """后台逐批进行，不影响实时审核 / Runs in the background and leaves live screening its turn."""
    stored = await build_backtests(resources).request(
        version, first=wanted.first_day, last=wanted.last_day, against=wanted.against, by=author.subject
    )
    return _view(stored)


@router.post(
    "/rulebooks/{version}/blast-radius",
    status_code=_ACCEPTED,
    summary="启用前的影响面 / What activation would have hit",
)
async def request_blast_radius(
    version: str, author: Annotated[Principal, Depends(require("rulebooks:write"))], resources: Opened
) -> BacktestView:
    """最近30天：多少笔、哪些机构、多少金额 / The last 30 days: how many claims, which institutions, what amount."""
    return _view(await build_backtests(resources).blast_radius(version, by=author.subject))


@router.get("/rulebooks/{version}/backtests", summary="一个版本的回测 / Back-tests of a rulebook")
async def list_backtests(
    version: str, _reader: Annotated[Principal, Depends(require("rulebooks:read"))], resources: Opened
) -> list[BacktestView]:
    """最近的在前 / Newest first."""
    return [_view(one) for one in await build_backtests(resources).of_version(version)]


@router.get("/backtests/{backtest_id}", summary="回测进度与结果 / A back-test with its result")
async def get_backtest(
    backtest_id: UUID, _reader: Annotated[Principal, Depends(require("rulebooks:read"))], resources: Opened
) -> BacktestResult:
    """进行中也可读已有结果 / What is known so far can be read while it runs."""
    stored = await build_backtests(resources).one(backtest_id)
    tally = dict(stored.tally or {})
    tally.pop("taken", None)
    return BacktestResult(**_view(stored).model_dump(), result=tally)


@router.post("/backtests/{backtest_id}/stop", summary="停止回测 / Stop a back-test")
async def stop_backtest(
    backtest_id: UUID, _author: Annotated[Principal, Depends(require("rulebooks:write"))], resources: Opened
) -> BacktestView:
    """已结束的保持原样 / One that is over stays as it is."""
    return _view(await build_backtests(resources).stop(backtest_id))


def _view(stored: StoredBacktest) -> BacktestView:
    first, last = stored.days
    return BacktestView(
        id=stored.id,
        version=stored.version,
        against=stored.against,
        purpose=stored.purpose,
        status=stored.status,
        requested_by=stored.requested_by,
        requested_at=stored.requested_at,
        finished_at=stored.finished_at,
        first_day=first,
        last_day=last,
        claims_in_period=stored.claims_in_period,
        claims_done=0 if stored.tally is None else stored.tally["claims"],
        problem=stored.problem,
    )
