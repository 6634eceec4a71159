"""Encryption of what must be kept and must not be read in the tables: parts of visits, signing secrets."""

from collections.abc import Sequence
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

_NAME_BYTES = 4


class UnknownSealError(Exception):
    """Something was sealed with a secret that is no longer configured, or was changed since."""


class NoSealError(Exception):
    """No secret is configured to seal with."""


class Sealer:
    """Seals with the first of its secrets and opens with any of them, so that a secret can be changed while in use."""

    def __init__(self, secrets: Sequence[str]) -> None:
        boxes = [_box(secret) for secret in secrets]
        self._first = boxes[0] if boxes else None
        self._boxes = dict(boxes)

    def seal(self, content: bytes) -> bytes:
        """Return the content encrypted, behind the name of the key; raises NoSealError where there is no secret."""
        if self._first is None:
            raise NoSealError
        name, box = self._first
        return name + box.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """Return the content; raises UnknownSealError."""
        box = self._boxes.get(sealed[:_NAME_BYTES])
        if box is None:
            raise UnknownSealError
        try:
            return box.decrypt(sealed[_NAME_BYTES:])
        except CryptoError:
            raise UnknownSealError from None


def _box(secret: str) -> tuple[bytes, SecretBox]:
    key = blake2b(secret.encode(), digest_size=SecretBox.KEY_SIZE, person=b"intake-seal").digest()
    return blake2b(key, digest_size=_NAME_BYTES, person=b"intake-seal-name").digest(), SecretBox(key)
