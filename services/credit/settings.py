"""Settings of the credit service."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.outbound import AddressPolicy, Network
from services.kit.secret_keys import SecretKeyText, decode_key, kept_key
from services.kit.settings import ProcessSettings


def _require_networks(text: str) -> str:
    _networks(text)
    return text


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


class CreditSettings(ProcessSettings):
    """What credit needs beside what every process needs."""

    # A key that is refused must not be shown in the refusal.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    credit_policies: Path | None = Field(
        default=None,
        description="Folder of policy files (JSON), every version that decisions have named and those to come. "
        "Rules of the yearly rating lie in its folder ratings. Empty: the bundled ones.",
    )
    credit_webhook_key: SecretKeyText = Field(
        default=SecretStr(""),
        description="Secret of 32 bytes in base64 under which the secrets of webhooks are sealed. Empty: no webhooks, "
        "in development one is made.",
    )
    credit_webhook_networks: Annotated[str, AfterValidator(_require_networks)] = Field(
        default="",
        description="Networks that webhooks may call although they are not public, such as `10.20.0.0/16,fd00::/8`.",
    )
    credit_webhook_http: bool = Field(
        default=False, description="Whether webhooks may call `http`; for closed networks and tests."
    )
    credit_webhook_timeout_seconds: float = Field(
        default=10, gt=0, le=60, description="Time a webhook's receiver has for its answer."
    )
    credit_webhook_concurrency: int = Field(
        default=32, ge=1, le=1000, description="Webhooks that one process delivers at a time."
    )
    credit_webhook_pause_days: float = Field(
        default=3, ge=0, description="Days of failure after which a webhook pauses; so many attempts are needed too."
    )
    credit_webhook_pause_attempts: int = Field(
        default=20, ge=1, description="Failed attempts in a row before a webhook may pause."
    )
    credit_webhook_log_days: int = Field(default=30, ge=1, description="Days for which attempts stay in the log.")
    credit_public_per_second: int = Field(
        default=50, ge=1, description="Readings of the public list that one process answers in a second."
    )

    def webhook_addresses(self) -> AddressPolicy:
        """Return what webhooks may call."""
        return AddressPolicy(_networks(self.credit_webhook_networks), plain_http=self.credit_webhook_http)

    def webhook_key(self) -> bytes | None:
        """Return the key that seals secrets, None without one; a development installation makes its own."""
        if self.credit_webhook_key.get_secret_value():
            return decode_key(self.credit_webhook_key)
        return kept_key(self.state_directory / "keys" / "credit-webhook.key") if self.development else None
