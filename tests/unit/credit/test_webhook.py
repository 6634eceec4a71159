"""Webhooks without network or database: signature, pauses, endurance, regions."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from services.credit.domain.region import inside, reach
from services.credit.domain.webhook import (
    Endurance,
    Outcome,
    StateReason,
    WebhookState,
    outcome_of,
    pause_after,
    progress_after,
    shown_secret,
    signed_headers,
)
from services.credit.storage.webhook_sealing import SecretUnreadableError, SecretVault
from services.kit.ids import new_id

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
ENDURANCE = Endurance(timedelta(days=3), 20)


def after(failures, since, outcome, **changes):
    given = {"now": NOW, "endurance": ENDURANCE, "jitter": 0.0, **changes}
    return progress_after(failures, since, outcome, **given)


def test_the_signature_is_that_of_standard_webhooks():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers([secret], "msg_1", datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}')
    expected = hmac.new(secret, b'msg_1.1614265330.{"test": 2432232314}', hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1," + base64.b64encode(expected).decode(),
    }


def test_two_secrets_give_two_signatures_the_new_one_first():
    one = signed_headers([b"a" * 32], "x", NOW, b"{}")["webhook-signature"]
    two = signed_headers([b"b" * 32], "x", NOW, b"{}")["webhook-signature"]
    assert signed_headers([b"a" * 32, b"b" * 32], "x", NOW, b"{}")["webhook-signature"] == f"{one} {two}"
    assert shown_secret(b"a" * 32).startswith("whsec_")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (199, Outcome.REFUSED),
        (301, Outcome.REDIRECTED),
        (400, Outcome.REFUSED),
        (410, Outcome.GONE),
        (503, Outcome.REFUSED),
    ],
)
def test_only_success_is_delivered(status, outcome):
    assert outcome_of(status) is outcome


def test_pauses_double_up_to_an_hour_and_no_further():
    assert [pause_after(failures, 0).total_seconds() for failures in (1, 2, 3, 10, 11, 500)] == [
        5,
        10,
        20,
        2560,
        3600,
        3600,
    ]
    assert pause_after(1, 0.999) < timedelta(seconds=6.25)
    assert pause_after(500, 0.999) < timedelta(seconds=4500)


def test_a_receiver_may_ask_for_a_longer_pause_but_not_for_a_shorter_or_endless_one():
    assert pause_after(1, 0, 120).total_seconds() == 120
    assert pause_after(5, 0, 1).total_seconds() == 80
    assert pause_after(1, 0, 10**8).total_seconds() == 3600


def test_success_forgets_every_failure():
    progress = after(19, NOW - timedelta(days=9), Outcome.DELIVERED)
    assert (progress.state, progress.failures, progress.failing_since) == (WebhookState.ACTIVE, 0, None)


@pytest.mark.parametrize(
    ("failures", "days", "state"),
    [(18, 3, WebhookState.ACTIVE), (19, 2.99, WebhookState.ACTIVE), (19, 3, WebhookState.PAUSED)],
)
def test_a_dead_receiver_pauses_after_both_time_and_attempts(failures, days, state):
    progress = after(failures, NOW - timedelta(days=days), Outcome.REFUSED)
    assert progress.state is state
    assert (progress.reason is StateReason.UNREACHABLE) == (state is WebhookState.PAUSED)


def test_gone_ends_at_once():
    progress = after(0, None, Outcome.GONE)
    assert (progress.state, progress.reason) == (WebhookState.ENDED, StateReason.GONE)


@pytest.mark.parametrize(
    ("region", "bound", "expected"),
    [
        ("330106", "330000", True),
        ("330106", "330100", True),
        ("330106", "330106", True),
        ("3301", "330100", True),
        ("330100", "330106", False),
        ("110105", "330000", False),
        ("33", "330100", False),
    ],
)
def test_a_region_holds_what_lies_below_it(region, bound, expected):
    assert inside(region, bound) is expected


def test_the_reach_of_a_country_code_of_zeros_is_not_everything():
    assert reach("000000") == "00"


def test_a_sealed_secret_opens_only_for_its_own_subscription():
    vault, one, other = SecretVault(b"k" * 32), new_id(), new_id()
    sealed = vault.seal(one, b"secret")
    assert vault.open(one, sealed) == b"secret"
    assert b"secret" not in sealed
    for broken in (lambda: vault.open(other, sealed), lambda: SecretVault(b"l" * 32).open(one, sealed)):
        with pytest.raises(SecretUnreadableError):
            broken()
