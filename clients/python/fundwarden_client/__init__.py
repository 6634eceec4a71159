"""A typed client of Fundwarden's credit service: eligibility, files, ratings, the feed of changes, webhooks."""

from fundwarden_client.client import AsyncCreditClient, CreditClient
from fundwarden_client.operations import (
    annual_rating,
    annual_ratings,
    change_webhook,
    changes,
    create_webhook,
    delete_webhook,
    eligibilities,
    eligibility,
    ping_webhook,
    practitioner,
    practitioners,
    public_penalties,
    public_ratings,
    replay_webhook,
    rotate_secret,
    sanction,
    webhook,
    webhook_deliveries,
    webhooks,
)
from fundwarden_client.problems import CreditProblem
from fundwarden_client.verification import WebhookInvalid, verify_webhook

__all__ = [
    "AsyncCreditClient",
    "CreditClient",
    "CreditProblem",
    "WebhookInvalid",
    "annual_rating",
    "annual_ratings",
    "change_webhook",
    "changes",
    "create_webhook",
    "delete_webhook",
    "eligibilities",
    "eligibility",
    "ping_webhook",
    "practitioner",
    "practitioners",
    "public_penalties",
    "public_ratings",
    "replay_webhook",
    "rotate_secret",
    "sanction",
    "verify_webhook",
    "webhook",
    "webhook_deliveries",
    "webhooks",
]
