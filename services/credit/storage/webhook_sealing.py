"""Seals the secrets of webhooks, so that a copy of the database signs nothing."""

from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox


class SecretUnreadableError(Exception):
    """The stored bytes were altered, or sealed with another key."""


class SecretVault:
    """Seals and opens secrets with one key of 32 bytes; each is bound to its subscription."""

    def __init__(self, key: bytes) -> None:
        self._box = SecretBox(key)

    def seal(self, webhook_id: UUID, secret: bytes) -> bytes:
        """Seal a secret of a subscription."""
        return bytes(self._box.encrypt(webhook_id.bytes + secret))

    def open(self, webhook_id: UUID, sealed: bytes) -> bytes:
        """Open a secret; raises SecretUnreadableError, also for one of another subscription."""
        try:
            opened = self._box.decrypt(sealed)
        except CryptoError as error:
            raise SecretUnreadableError from error
        if opened[:16] != webhook_id.bytes:
            raise SecretUnreadableError
        return opened[16:]
