"""Settings of the tips service, and the keys a development installation makes for itself."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from nacl.public import PrivateKey
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.kit.settings import ProcessSettings

KEY_BYTES = 32
_KEY_NAMES = ("tips_receipt_salt", "tips_team_public_key", "tips_team_private_key", "tips_identity_public_key")


def _require_key(text: str) -> str:
    if text and len(decode_key(text)) != KEY_BYTES:
        raise ValueError("a key is 32 bytes in base64")
    return text


def _require_secret_key(secret: SecretStr) -> SecretStr:
    _require_key(secret.get_secret_value())
    return secret


PublicKeyText = Annotated[str, AfterValidator(_require_key)]
SecretKeyText = Annotated[SecretStr, AfterValidator(_require_secret_key)]


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
        description="Administrative division whose reward table holds, such as 440000 for Guangdong.",
    )

    def keys(self) -> "TipsKeys":
        """Return the keys; a development installation makes its own where none are set.

        Raises ValueError that names the keys which are missing.
        """
        texts: dict[str, str | SecretStr] = {name: getattr(self, name) for name in _KEY_NAMES}
        if self.development and not any(map(_plain, texts.values())):
            texts.update(development_keys(self.state_directory))
        if missing := [name for name in _KEY_NAMES if name != "tips_team_private_key" and not _plain(texts[name])]:
            raise ValueError(f"keys that are not set: {', '.join(missing)}")
        may_read = self.tips_serves != "public"
        return TipsKeys(
            receipt_salt=decode_key(texts["tips_receipt_salt"]),
            team_public=decode_key(texts["tips_team_public_key"]),
            team_private=(decode_key(texts["tips_team_private_key"]) or None) if may_read else None,
            identity_public=decode_key(texts["tips_identity_public_key"]),
        )


@dataclass(frozen=True, slots=True, repr=False)
class TipsKeys:
    """The keys as bytes."""

    receipt_salt: bytes
    team_public: bytes
    team_private: bytes | None
    """None in a process that may not read tips."""
    identity_public: bytes


def decode_key(text: str | SecretStr) -> bytes:
    """Return the bytes of a key in base64; raises ValueError for anything else."""
    return base64.b64decode(_plain(text), validate=True)


def development_keys(state_directory: Path) -> dict[str, str]:
    """Return the key settings of a development installation, made in its state directory the first time.

    The identity officer's private key lies there too, in a file of its own for a demonstration of opening; it is not
    among the settings, and a real installation makes it on another machine.
    """
    folder = state_directory / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    team = PrivateKey(_kept(folder / "tips-team.key"))
    officer = PrivateKey(_kept(folder / "tips-identity-officer.key"))
    return {
        "tips_receipt_salt": _text(_kept(folder / "tips-receipt-salt.key")),
        "tips_team_public_key": _text(bytes(team.public_key)),
        "tips_team_private_key": _text(bytes(team)),
        "tips_identity_public_key": _text(bytes(officer.public_key)),
    }


def _kept(path: Path) -> bytes:
    """Return the key in a file; where there is none, make one, and let the first of two makers win."""
    if not path.exists():
        scratch = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(_text(os.urandom(KEY_BYTES)) + "\n")
        try:
            os.link(scratch, path)
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return decode_key(path.read_text().strip())


def _plain(text: str | SecretStr) -> str:
    return text.get_secret_value() if isinstance(text, SecretStr) else text


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
