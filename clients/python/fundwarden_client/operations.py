"""What can be asked: each function returns a call that either client makes, with the type of its answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import UUID

from fundwarden_client.models import (
    AnnualRating,
    AnnualRatingFile,
    Changes,
    Delivery,
    Eligibilities,
    Eligibility,
    Page,
    Ping,
    Practitioner,
    PractitionerFile,
    PublicList,
    PublicPenalty,
    PublicRating,
    Sanction,
    Status,
    Webhook,
    WebhookWithSecret,
)

T = TypeVar("T")

Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request and the type of its answer."""

    answer: Any
    """Type to decode; None where the answer is empty."""
    method: Method
    template: str
    """Path as the interface names it."""
    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def url(self) -> str:
        """Path with its parameters filled in."""
        return self.template.format_map({name: quote(str(value), safe="") for name, value in self.path.items()})

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows if it arrived."""
        return self.method == "GET" or self.template.endswith("/eligibility/bulk")


def _given(**values: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }


def eligibility(practitioner: str, *, at: datetime | None = None) -> Call[Eligibility]:
    """Ask whether the fund pays for what a practitioner orders, at an instant or now."""
    return Call(Eligibility, "GET", "/credit/v1/eligibility", query=_given(practitioner=practitioner, at=at))


def eligibilities(practitioner_codes: Iterable[str], *, at: datetime | None = None) -> Call[Eligibilities]:
    """Ask about up to 1,000 practitioners at once."""
    body = _given(practitioner_codes=list(practitioner_codes), at=at)
    return Call(Eligibilities, "POST", "/credit/v1/eligibility/bulk", body=body)


def practitioner(code: str, *, at: datetime | None = None, known_at: datetime | None = None) -> Call[PractitionerFile]:
    """Ask for the file of one person, at any instant, as known at any."""
    query = _given(at=at, known_at=known_at)
    return Call(PractitionerFile, "GET", "/credit/v1/practitioners/{code}", {"code": code}, query)


def practitioners(
    *,
    status: Status | None = None,
    institution: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[Page[Practitioner]]:
    """List practitioners with points and status."""
    query = _given(status=status, institution=institution, cursor=cursor, limit=limit)
    return Call(Page[Practitioner], "GET", "/credit/v1/practitioners", query=query)


def sanction(sanction_id: UUID | str) -> Call[Sanction]:
    """Ask for a sanction with the points that came of it."""
    return Call(Sanction, "GET", "/credit/v1/sanctions/{sanction_id}", {"sanction_id": sanction_id})


def annual_rating(code: str, year: int) -> Call[AnnualRatingFile]:
    """Ask for the yearly rating of an institution with every reason for it."""
    return Call(AnnualRatingFile, "GET", "/credit/v1/ratings/{code}/{year}", {"code": code, "year": year})


def annual_ratings(
    year: int,
    *,
    region: str | None = None,
    state: str | None = None,
    grade: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[Page[AnnualRating]]:
    """List the ratings of a year."""
    query = _given(year=year, region=region, state=state, grade=grade, cursor=cursor, limit=limit)
    return Call(Page[AnnualRating], "GET", "/credit/v1/ratings", query=query)


def changes(
    *,
    since: str | UUID | None = None,
    kinds: Iterable[str] = (),
    region: str | None = None,
    limit: int | None = None,
    wait: int | None = None,
) -> Call[Changes]:
    """Ask for a part of the feed; the clients' ``changes`` reads it to its end."""
    after = None if since is None else str(since)
    query = _given(since=after, kinds=list(kinds) or None, region=region, limit=limit, wait=wait)
    return Call(Changes, "GET", "/credit/v1/changes", query=query)


def create_webhook(
    url: str, *, kinds: Iterable[str] = (), region: str | None = None, since: str = "now", description: str = ""
) -> Call[WebhookWithSecret]:
    """Subscribe; keep the secret, it is not shown again."""
    body = _given(url=url, kinds=list(kinds), region=region, since=since, description=description)
    return Call(WebhookWithSecret, "POST", "/credit/v1/webhooks", body=body)


def webhooks(*, cursor: str | None = None, limit: int | None = None) -> Call[Page[Webhook]]:
    """List subscriptions."""
    return Call(Page[Webhook], "GET", "/credit/v1/webhooks", query=_given(cursor=cursor, limit=limit))


def _of(webhook_id: UUID | str) -> dict[str, object]:
    return {"webhook_id": webhook_id}


def webhook(webhook_id: UUID | str) -> Call[Webhook]:
    """Ask for one subscription."""
    return Call(Webhook, "GET", "/credit/v1/webhooks/{webhook_id}", _of(webhook_id))


def change_webhook(
    webhook_id: UUID | str,
    *,
    url: str | None = None,
    kinds: Iterable[str] | None = None,
    region: str | None = None,
    description: str | None = None,
    state: Literal["active", "paused"] | None = None,
) -> Call[Webhook]:
    """Change, pause or resume a subscription."""
    named = None if kinds is None else list(kinds)
    body = _given(url=url, kinds=named, region=region, description=description, state=state)
    return Call(Webhook, "PATCH", "/credit/v1/webhooks/{webhook_id}", _of(webhook_id), body=body)


def delete_webhook(webhook_id: UUID | str) -> Call[None]:
    """Unsubscribe."""
    return Call(None, "DELETE", "/credit/v1/webhooks/{webhook_id}", _of(webhook_id))


def rotate_secret(webhook_id: UUID | str, *, overlap_hours: int = 24) -> Call[WebhookWithSecret]:
    """Have a new secret; for a while the one before signs too."""
    body = _given(overlap_hours=overlap_hours)
    return Call(WebhookWithSecret, "POST", "/credit/v1/webhooks/{webhook_id}/secret", _of(webhook_id), body=body)


def replay_webhook(
    webhook_id: UUID | str, *, since: str | None = None, from_event: UUID | str | None = None
) -> Call[Webhook]:
    """Have everything behind a cursor, or from one event on, delivered again."""
    body = _given(since=since, from_event=None if from_event is None else str(from_event))
    return Call(Webhook, "POST", "/credit/v1/webhooks/{webhook_id}/replay", _of(webhook_id), body=body)


def ping_webhook(webhook_id: UUID | str) -> Call[Ping]:
    """Have a test message sent at once."""
    return Call(Ping, "POST", "/credit/v1/webhooks/{webhook_id}/ping", _of(webhook_id))


def webhook_deliveries(
    webhook_id: UUID | str, *, cursor: str | None = None, limit: int | None = None
) -> Call[Page[Delivery]]:
    """List attempts to deliver, the newest first."""
    query = _given(cursor=cursor, limit=limit)
    return Call(Page[Delivery], "GET", "/credit/v1/webhooks/{webhook_id}/deliveries", _of(webhook_id), query)


def public_ratings(
    year: int, *, region: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Call[PublicList[PublicRating]]:
    """List what the public may read of yearly grades."""
    query = _given(year=year, region=region, cursor=cursor, limit=limit)
    return Call(PublicList[PublicRating], "GET", "/credit/public/ratings", query=query)


def public_penalties(
    *, region: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Call[PublicList[PublicPenalty]]:
    """List what the public may read of penalties."""
    query = _given(region=region, cursor=cursor, limit=limit)
    return Call(PublicList[PublicPenalty], "GET", "/credit/public/penalties", query=query)
