"""Refusals of webhooks."""

from services.kit.errors import Conflict, FieldError, Forbidden, Malformed, NotFound, Unavailable
from services.kit.outbound import AddressRefusedError

_ADDRESS = {
    "form": ("网址格式有误。", "This is not a URL that can be called."),
    "scheme": ("网址须以 https 开头。", "The URL must begin with https."),
    "host": ("主机名无法解析。", "The host's name cannot be resolved."),
    "address": ("网址指向不允许访问的网络。", "The URL leads to a network that is not called from here."),
}


def address_refused(error: AddressRefusedError) -> Malformed:
    """Say that a URL must not be called, without what its name resolves to."""
    zh, en = _ADDRESS[error.code]
    field = FieldError("/url", f"url_{error.code}", zh, en)
    return Malformed("webhook_url_refused", zh=zh, en=en, fields=[field])


def webhook_unknown() -> NotFound:
    """Say that there is no such subscription, or none of the caller's."""
    return NotFound("webhook_unknown", zh="没有该订阅。", en="There is no such subscription.")


def webhook_ended() -> Conflict:
    """Say that the receiver ended a subscription by its answer 410."""
    return Conflict(
        "webhook_ended",
        zh="接收方已以 410 终止该订阅，请新建订阅。",
        en="The receiver ended this subscription with 410; make a new one.",
    )


def region_outside() -> Forbidden:
    """Say that the region asked for lies outside the caller's."""
    return Forbidden("other_region", zh="只能订阅本统筹区的变更。", en="Only changes of your own region can be had.")


def no_key() -> Unavailable:
    """Say that this installation has no key to seal secrets with."""
    return Unavailable(
        "webhooks_off",
        zh="未设置 FUNDWARDEN_CREDIT_WEBHOOK_KEY，订阅不可用；可改用 since 同步。",
        en="FUNDWARDEN_CREDIT_WEBHOOK_KEY is not set, so there are no webhooks; sync with since instead.",
    )


def too_many() -> Conflict:
    """Say that the caller has as many subscriptions as it may."""
    return Conflict("webhooks_too_many", zh="订阅数已达上限。", en="There may be no more subscriptions.")
