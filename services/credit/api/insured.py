"""The credit of insured persons over HTTP: sanctions, counter-entries, the pause, and who read what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.credit.api.cursors import position_after
from services.credit.api.insured_models import (
    AccessView,
    CounterEntryBody,
    InsuredEntryView,
    InsuredLedgerView,
    InsuredSanctionBody,
    PauseView,
    Reference,
    StatedPurpose,
)
from services.credit.api.models import Instant
from services.credit.api.resources import Opened, Spoken
from services.credit.domain.insured import InsuredEntry, InsuredSanction
from services.credit.wiring import Resources, build_read_insured, build_sanction_insured
from services.kit.auth import Principal, require
from services.kit.http import Language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["参保人信用 insured persons"])

_CREATED = 201

Officer = Annotated[Principal, Depends(require("insured:sanction"))]
Reader = Annotated[Principal, Depends(require("insured:read"))]


@router.post(
    "/insured/sanctions",
    summary="登记对参保人的处理 / Record a sanction against an insured person",
    responses={_CREATED: {"model": InsuredEntryView}},
)
async def record_insured_sanction(
    body: InsuredSanctionBody, officer: Officer, resources: Opened, language: Spoken, response: Response
) -> InsuredEntryView:
    """重复提交为 200，内容不同为 409 / Repeated: 200, altered: 409."""
    entry, created = await build_sanction_insured(resources).record(InsuredSanction(**body.model_dump()), officer)
    if created:
        response.status_code = _CREATED
    return _entry_view(entry, resources, language)


@router.post(
    "/insured/sanctions/{entry_id}/counter-entry",
    summary="冲销对参保人的处理 / Take a sanction back",
    responses={_CREATED: {"model": InsuredEntryView}},
)
async def counter_insured_sanction(
    entry_id: UUID,
    body: CounterEntryBody,
    officer: Officer,
    resources: Opened,
    language: Spoken,
    response: Response,
) -> InsuredEntryView:
    """自始无效，原记录保留 / As if it had never been; the entry itself stays."""
    entry, created = await build_sanction_insured(resources).counter(
        entry_id, body.counter_id, body.cause, body.document_number, officer
    )
    if created:
        response.status_code = _CREATED
    return _entry_view(entry, resources, language)


@router.get("/insured/{insured_ref}/settlement-pause", summary="联网结算暂停状态 / Is online settlement paused")
async def get_settlement_pause(
    insured_ref: Reference,
    purpose: StatedPurpose,
    reader: Reader,
    resources: Opened,
    at: Annotated[Instant | None, Query(description="时刻，缺省为现在 / Instant; now when left out")] = None,
    known_at: Annotated[Instant | None, Query(description="只看当时已有的台账 / As the ledger stood then")] = None,
) -> PauseView:
    """查阅留痕 / The reading is logged."""
    instant, pause = await build_read_insured(resources).pause(
        insured_ref, reader, purpose=purpose, at=at, known_at=known_at
    )
    return PauseView(at=instant, paused=pause.paused, until=pause.until, entry_ids=list(pause.entry_ids))


@router.get("/insured/{insured_ref}/ledger", summary="参保人信用台账 / The ledger of an insured person")
async def get_insured_ledger(
    insured_ref: Reference, purpose: StatedPurpose, reader: Reader, resources: Opened, language: Spoken
) -> InsuredLedgerView:
    """含冲销；查阅留痕 / With counter-entries; the reading is logged."""
    entries = await build_read_insured(resources).ledger(insured_ref, reader, purpose=purpose)
    return InsuredLedgerView(items=[_entry_view(entry, resources, language) for entry in entries])


@router.get("/insured-accesses", summary="查阅日志 / Who read whose ledger, and why")
async def list_insured_accesses(
    auditor: Annotated[Principal, Depends(require("insured:audit"))],
    resources: Opened,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AccessView]:
    """只增不改 / Only ever added to."""
    found = await build_read_insured(resources).accesses(auditor, after=position_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[
            AccessView(
                read_at=access.read_at,
                subject=access.subject,
                insured_ref=access.insured_ref,
                matter=access.matter,
                purpose=access.purpose,
                granted=access.granted,
            )
            for _, access in shown
        ],
        next_cursor=encode_cursor(shown[-1][0]) if len(found) > limit else None,
    )


def _entry_view(entry: InsuredEntry, resources: Resources, language: Language) -> InsuredEntryView:
    rules = resources.book.version(entry.policy_version).insured
    circumstance = None if rules is None else rules.circumstances.get(entry.circumstance)
    text = entry.circumstance if circumstance is None else getattr(circumstance, language)
    return InsuredEntryView(
        entry_id=entry.entry_id,
        circumstance=entry.circumstance,
        circumstance_text=text,
        article="" if circumstance is None else circumstance.article,
        decided_on=entry.decided_on,
        document_number=entry.document_number,
        refund_fen=entry.refund_fen,
        fine_fen=entry.fine_fen,
        pause_months=entry.pause_months,
        pause_from=entry.pause_from,
        pause_until=entry.pause_until,
        policy_version=entry.policy_version,
        recorded_at=entry.recorded_at,
        counters_entry_id=entry.counters_entry_id,
        cause=entry.cause,
    )
