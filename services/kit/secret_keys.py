"""Keys of 32 bytes: read from base64, or made in a file the first time a development installation wants one."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, SecretStr

KEY_BYTES = 32

KeyText = TypeVar("KeyText", str, SecretStr)


def decode_key(text: str | SecretStr) -> bytes:
    """Return the bytes of a key in base64; raises ValueError for anything else."""
    return base64.b64decode(text.get_secret_value() if isinstance(text, SecretStr) else text, validate=True)


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in a file; where there is none, make one, and let the first of two makers win."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        try:
            os.link(scratch, path)
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return path.read_text().strip()


def kept_key(path: Path) -> bytes:
    """Return the key in a file, made where there is none."""
    return decode_key(kept_secret(path, lambda: base64.b64encode(os.urandom(KEY_BYTES)).decode()))


def _require_key(text: KeyText) -> KeyText:
    if (text.get_secret_value() if isinstance(text, SecretStr) else text) and len(decode_key(text)) != KEY_BYTES:
        raise ValueError("a key is 32 bytes in base64")
    return text


SecretKeyText = Annotated[SecretStr, AfterValidator(_require_key)]
"""A setting that holds a secret key in base64, or nothing."""

PublicKeyText = Annotated[str, AfterValidator(_require_key)]
"""A setting that holds a public key in base64, or nothing."""
