"""Settings of the tips service, and its keys as bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.secret_keys import PublicKeyText, SecretKeyText, decode_key
from services.kit.settings import ProcessSettings
from services.tips.domain.attachment import Limits
from services.tips.domain.file_type import Family
from services.tips.domain.receipt import derive
from services.tips.storage.development_keys import development_keys
from services.tips.storage.keyring import Generation, Keyring, KeyringSource, WatchedKeyring

__all__ = ["TipsKeys", "TipsSettings", "decode_key", "development_keys"]

_KEY_NAMES = (
    "tips_receipt_salt",
    "tips_team_public_key",
    "tips_team_private_key",
    "tips_identity_public_key",
    "tips_filing_signing_key",
    "tips_payout_public_key",
)
_MEBIBYTE = 2**20


class TipsSettings(ProcessSettings):
    """What tips needs beside what every process needs."""

    # A key that is refused must not be shown in the refusal.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    tips_serves: Literal["all", "public", "handling"] = Field(
        default="all",
        description="Which routes an API process serves: those for the public, those for handlers, or `all`. "
        "Apart, the process that faces the public never holds the team's private key.",
    )
    tips_receipt_salt: SecretKeyText = Field(
        default=SecretStr(""),
        description="Secret of 32 bytes in base64 under which receipts are hashed. Losing it makes every receipt "
        "useless; keep it out of the database's backups.",
    )
    tips_team_public_key: PublicKeyText = Field(
        default="", description="Public key (X25519, base64) of the handling team; tips are sealed for it."
    )
    tips_team_private_key: SecretKeyText = Field(
        default=SecretStr(""),
        description="Private key of the handling team, for processes handlers use. Empty: tips can be taken, not read.",
    )
    tips_identity_public_key: PublicKeyText = Field(
        default="",
        description="Public key (X25519, base64) of the identity officer; no process holds the private key.",
    )
    tips_team_keyring: Path | None = Field(
        default=None,
        description="File with the generations of the handling team's keys, made by `fundwarden tips rotate-keys` and "
        "read again when it changes; it takes the place of both team keys. Default: `keys/tips-team-keyring.json` of "
        "the state directory, once it is there.",
    )
    tips_payout_public_key: PublicKeyText = Field(
        default="",
        description="Public key (X25519, base64) of the payout office, another one than the identity officer's; no "
        "process holds the private key. Empty: payees are not taken online, reporters bring the payment token.",
    )
    tips_filing_signing_key: SecretKeyText = Field(
        default=SecretStr(""),
        description="Seed (32 bytes in base64) of the Ed25519 key that signs statements of filing and published days.",
    )
    tips_files_directory: Path | None = Field(
        default=None,
        description="Folder of encrypted attachments, shared by all processes of tips. Default: `tips-files` of the "
        "state directory.",
    )
    tips_file_mebibytes: int = Field(default=200, ge=1, le=4096, description="Largest attachment, in MiB.")
    tips_tip_mebibytes: int = Field(default=1024, ge=1, description="Most attachments of one tip together, in MiB.")
    tips_tip_files: int = Field(default=20, ge=0, le=200, description="Most attachments of one tip; 0: none are taken.")
    tips_file_families: frozenset[Family] = Field(
        default=frozenset(Family), description="Kinds of files that are taken, told by their content."
    )
    tips_uploads_at_once: int = Field(
        default=64, ge=1, description="Attachments one process takes at a time; more are told to come back."
    )
    tips_free_mebibytes: int = Field(
        default=1024, ge=0, description="Space on the folder's disk that uploads leave free, in MiB."
    )
    tips_rewrite_mebibytes: int = Field(
        default=64,
        ge=1,
        le=1024,
        description="Largest PDF, office document or TIFF whose metadata is taken out, in memory, in MiB; other kinds "
        "are cleaned at any size.",
    )
    tips_rewrites_at_once: int = Field(
        default=1,
        ge=1,
        le=16,
        description="PDFs, office documents and TIFFs whose metadata one process takes out at a time; bounds its "
        "memory.",
    )
    tips_clamd: str = Field(
        default="",
        pattern=r"^(|tcp://[^/]+:\d+|unix:///.+)$",
        description="Address of ClamAV's clamd, `tcp://host:3310` or `unix:///run/clamd.sock`. Empty: no scan.",
    )
    tips_retention_policy: Path | None = Field(
        default=None, description="File of the retention policy. Default: the one that is shipped."
    )
    tips_sweep_seconds: float = Field(
        default=60.0, gt=0, description="Seconds between two rounds of publishing, erasing and rewrapping."
    )
    tips_argon2_memory_kib: int = Field(
        default=64 * 1024, ge=8, description="Memory one receipt hash takes, in KiB. Changing it voids receipts."
    )
    tips_argon2_passes: int = Field(
        default=3, ge=1, description="Passes of one receipt hash over its memory. Changing it voids receipts."
    )
    tips_argon2_concurrency: int = Field(
        default=2, ge=1, le=64, description="Receipt hashes that run at a time in one process; bounds its memory."
    )
    tips_reward_region: str = Field(
        default="440000",
        pattern=r"^\d{6}$",
        description="Administrative division whose reward table holds where a tip's own region, and those above it, "
        "have none, such as 440000 for Guangdong.",
    )
    tips_reward_tables: Path | None = Field(
        default=None,
        description="Folder with reward tables of your own (JSON), beside those that are shipped; one with the same "
        "version takes the place of a shipped one.",
    )
    tips_statistics_period: Literal["month", "quarter"] = Field(
        default="quarter", description="Periods of the public statistics; each is published once, after its end."
    )
    tips_statistics_delay_days: int = Field(
        default=10, ge=1, le=90, description="Days after the end of a period before its statistics are published."
    )
    tips_statistics_smallest: int = Field(
        default=5, ge=2, le=100, description="Smallest number (k) that is published of a group, unless it is zero."
    )
    tips_statistics_rounding: int = Field(
        default=5, ge=1, le=100, description="Published numbers are rounded to a multiple of this; 1: not at all."
    )

    @property
    def files_directory(self) -> Path:
        """Folder of encrypted attachments."""
        return self.tips_files_directory or self.state_directory / "tips-files"

    @property
    def keyring_file(self) -> Path:
        """File of the team's keys, which need not be there."""
        return self.tips_team_keyring or self.state_directory / "keys" / "tips-team-keyring.json"

    @property
    def limits(self) -> Limits:
        """How much a tip may carry."""
        return Limits(
            file_bytes=self.tips_file_mebibytes * _MEBIBYTE,
            tip_bytes=self.tips_tip_mebibytes * _MEBIBYTE,
            tip_files=self.tips_tip_files,
        )

    def keys(self) -> "TipsKeys":
        """Return the keys; a development installation makes its own where none are set.

        Raises ValueError that names the keys which are missing.
        """
        texts: dict[str, str | SecretStr] = {name: getattr(self, name) for name in _KEY_NAMES}
        if self.development and not any(map(_plain, texts.values())):
            texts.update(development_keys(self.state_directory))
        optional = {"tips_team_private_key", "tips_payout_public_key"} | (
            {"tips_team_public_key"} if self.keyring_file.exists() else set()
        )
        if missing := [name for name in _KEY_NAMES if name not in optional and not _plain(texts[name])]:
            raise ValueError(f"keys that are not set: {', '.join(missing)}")
        salt = decode_key(texts["tips_receipt_salt"])
        public = decode_key(texts["tips_team_public_key"])
        first = Generation(public, decode_key(texts["tips_team_private_key"]) or None, derive(salt, b"tips-envelope"))
        ring = WatchedKeyring(
            self.keyring_file,
            Keyring((first,)) if public else None,
            with_private=self.tips_serves != "public",
        )
        _ = ring()
        return TipsKeys(
            receipt_salt=salt,
            keyring=ring,
            identity_public=decode_key(texts["tips_identity_public_key"]),
            filing_seed=decode_key(texts["tips_filing_signing_key"]),
            payout_public=decode_key(texts["tips_payout_public_key"]) or None,
        )


@dataclass(frozen=True, slots=True, repr=False)
class TipsKeys:
    """The keys as bytes."""

    receipt_salt: bytes
    keyring: KeyringSource
    """The team's keys; without private halves in a process that may not read tips."""
    identity_public: bytes
    filing_seed: bytes
    payout_public: bytes | None = None
    """The payout office's public key, where it has one."""


def _plain(text: str | SecretStr) -> str:
    return text.get_secret_value() if isinstance(text, SecretStr) else text
