"""The feed over HTTP: everything credit states, in one order, from any place on."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query

from services.credit.api.change_models import ChangesView, ChangeView, Kinds, Region, Since
from services.credit.api.cursors import place_in_feed
from services.credit.api.resources import Opened
from services.credit.storage.changes import PlacedChange
from services.credit.use_cases.change_message import cursor_behind
from services.credit.use_cases.read_changes import LONGEST_WAIT_SECONDS
from services.credit.wiring import build_read_changes
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Limit

router = APIRouter(prefix="/credit/v1/changes", tags=["变更与订阅 changes and webhooks"])

Reader = Annotated[Principal, Depends(require("standing:read", "ratings:read"))]


@router.get("", summary="变更流（since 同步） / The feed of changes")
async def list_changes(
    reader: Reader,
    resources: Opened,
    since: Annotated[Since | None, Query(description="缺省为从头 / From the beginning when left out")] = None,
    kinds: Annotated[Kinds, Query()] = [],  # noqa: B006 - never changed; the framework wants a list
    region: Annotated[Region | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    wait: Annotated[
        int,
        Query(
            ge=0, le=LONGEST_WAIT_SECONDS, description="无新事件时最多等待的秒数 / Seconds to wait where there is none"
        ),
    ] = 0,
) -> ChangesView:
    """按提交次序，不重不漏；机构只见本机构，统筹区只见本区 / In the order of commits, without gaps; one's own only."""
    page = await build_read_changes(resources)(
        reader, since=place_in_feed(since), kinds=kinds, region=region, limit=limit, wait_seconds=wait
    )
    return ChangesView(
        items=[change_view(change) for change in page.changes],
        next_since=cursor_behind(page.position),
        more=page.more,
    )


def change_view(change: PlacedChange) -> ChangeView:
    """Show a fact of the feed."""
    return ChangeView(
        id=change.event_id,
        type=change.type,
        time=change.time,
        cursor=cursor_behind(change.position),
        data=msgspec.json.decode(change.payload),
    )
