"""Webhooks over HTTP: subscriptions, their secrets, their log, tests and replays."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.credit.api.change_models import (
    AttemptView,
    PingView,
    ReplayBody,
    SecretBody,
    WebhookBody,
    WebhookChangeBody,
    WebhookSecretView,
    WebhookView,
)
from services.credit.api.cursors import id_after, place_in_feed, position_after
from services.credit.api.resources import Opened
from services.credit.domain.webhook import WebhookState
from services.credit.storage.webhooks import Webhook
from services.credit.use_cases.change_message import cursor_behind
from services.credit.use_cases.keep_webhooks import Subscribed, WebhookPlan
from services.credit.wiring import build_keep_webhooks, build_ping_webhook
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1/webhooks", tags=["变更与订阅 changes and webhooks"])

Keeper = Annotated[Principal, Depends(require("webhooks:manage", "standing:read", "ratings:read"))]


@router.post("", status_code=201, summary="新建订阅 / Subscribe")
async def create_webhook(body: WebhookBody, keeper: Keeper, resources: Opened) -> WebhookSecretView:
    """密钥只在此显示一次 / The secret is shown here and never again."""
    plan = WebhookPlan(body.url, body.description, tuple(sorted(set(body.kinds))), body.region or "")
    made = await build_keep_webhooks(resources).create(
        plan, keeper, since=_place(body.since if body.since != "now" else None), new=body.since == "now"
    )
    return _with_secret(made)


@router.get("", summary="订阅列表 / List subscriptions")
async def list_webhooks(
    keeper: Keeper, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[WebhookView]:
    """本机构、本统筹区或经办机构的订阅 / Those of one's institution, region, or of the agencies."""
    found = await build_keep_webhooks(resources).page(keeper, after=id_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[_view(one) for one in shown],
        next_cursor=encode_cursor(str(shown[-1].webhook_id)) if len(found) > limit else None,
    )


@router.get("/{webhook_id}", summary="一个订阅 / One subscription")
async def get_webhook(webhook_id: UUID, keeper: Keeper, resources: Opened) -> WebhookView:
    """含状态、失败次数与进度 / With state, failures and how far it is."""
    return _view(await build_keep_webhooks(resources).one(webhook_id, keeper))


@router.patch("/{webhook_id}", summary="修改、暂停、恢复订阅 / Change, pause, resume")
async def change_webhook(webhook_id: UUID, body: WebhookChangeBody, keeper: Keeper, resources: Opened) -> WebhookView:
    """恢复后从停止处继续 / Resumed, it goes on where it stopped."""
    changed = await build_keep_webhooks(resources).change(
        webhook_id,
        keeper,
        url=body.url,
        description=body.description,
        kinds=None if body.kinds is None else tuple(sorted(set(body.kinds))),
        region=body.region,
        state=None if body.state is None else WebhookState(body.state),
    )
    return _view(changed)


@router.delete("/{webhook_id}", status_code=204, summary="删除订阅 / Unsubscribe")
async def delete_webhook(webhook_id: UUID, keeper: Keeper, resources: Opened) -> Response:
    """连同投递日志 / With its log."""
    await build_keep_webhooks(resources).remove(webhook_id, keeper)
    return Response(status_code=204)


@router.post("/{webhook_id}/secret", summary="更换密钥 / A new secret")
async def rotate_secret(webhook_id: UUID, body: SecretBody, keeper: Keeper, resources: Opened) -> WebhookSecretView:
    """重叠期内新旧密钥并签 / For a while both secrets sign."""
    overlap = timedelta(hours=body.overlap_hours)
    return _with_secret(await build_keep_webhooks(resources).rotate(webhook_id, keeper, overlap=overlap))


@router.post("/{webhook_id}/replay", summary="重放 / Deliver again")
async def replay_webhook(webhook_id: UUID, body: ReplayBody, keeper: Keeper, resources: Opened) -> WebhookView:
    """自任一事件起重新投递 / From any event on; also forward, to skip."""
    return _view(
        await build_keep_webhooks(resources).replay(
            webhook_id, keeper, since=body.from_event or _place(body.since), event=body.from_event is not None
        )
    )


@router.post("/{webhook_id}/ping", summary="测试投递 / Send a test message")
async def ping_webhook(webhook_id: UUID, keeper: Keeper, resources: Opened) -> PingView:
    """立即投递一条签名的测试消息 / At once, signed, outside the feed."""
    result = await build_ping_webhook(resources)(webhook_id, keeper)
    return PingView(
        event_id=result.event_id,
        outcome=result.outcome,
        status=result.status,
        duration_ms=round(result.seconds * 1000),
    )


@router.get("/{webhook_id}/deliveries", summary="投递日志 / The log of deliveries")
async def list_deliveries(
    webhook_id: UUID, keeper: Keeper, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[AttemptView]:
    """由新到旧，不含消息内容 / The newest first; without bodies."""
    found = await build_keep_webhooks(resources).attempts(
        webhook_id, keeper, before=position_after(cursor) or None, limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[AttemptView.model_validate(one, from_attributes=True) for one in shown],
        next_cursor=encode_cursor(shown[-1].attempt_id) if len(found) > limit else None,
    )


def _place(since: str | None) -> int | UUID | None:
    return None if since == "start" else place_in_feed(since)


def _view(one: Webhook) -> WebhookView:
    return WebhookView(
        webhook_id=one.webhook_id,
        url=one.url,
        description=one.description,
        kinds=list(one.kinds),
        region=one.region or None,
        institution_code=one.institution_code,
        bound_region=one.bound_region,
        state=one.state,
        state_reason=one.state_reason,
        state_at=one.state_at,
        cursor=cursor_behind(one.position),
        failures=one.failures,
        failing_since=one.failing_since,
        next_attempt_at=one.next_attempt_at,
        secret_before_until=one.secret_before_until,
        created_at=one.created_at,
    )


def _with_secret(made: Subscribed) -> WebhookSecretView:
    return WebhookSecretView(**_view(made.webhook).model_dump(), secret=made.secret)
