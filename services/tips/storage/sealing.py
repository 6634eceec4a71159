"""Seals what reporters say. The process that takes tips holds public keys only and cannot read what it has stored."""

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random

_PADDING = 512
"""Sealed texts are filled to a multiple of this many bytes, so that their length tells little."""


class TipContent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the handling team may read of a tip."""

    text: str
    place: str | None = None
    """Where it happened, where the reporter picked no institution."""


class ReporterIdentity(msgspec.Struct, frozen=True):
    """Who a named reporter is; only the identity officer can open it."""

    name: str
    phone: str


class SealedText(msgspec.Struct, frozen=True):
    """A text under a data key of its own, and that key wrapped for the handling team."""

    wrapped_key: bytes
    content: bytes


class Unreadable(Exception):  # noqa: N818 - a state of the process, named like the kit's errors
    """The process does not hold the key, or the stored bytes were altered."""


class Sealer:
    """Seals for the handling team, the identity officer and reporters."""

    def __init__(self, team_public_key: bytes, identity_public_key: bytes) -> None:
        self._team = SealedBox(PublicKey(team_public_key))
        self._officer = SealedBox(PublicKey(identity_public_key))

    def tip(self, content: TipContent) -> SealedText:
        """Seal the content of a tip under a new data key."""
        key = random(SecretBox.KEY_SIZE)
        sealed = SecretBox(key).encrypt(_pad(msgspec.json.encode(content)))
        return SealedText(self._team.encrypt(key), bytes(sealed))

    def identity(self, identity: ReporterIdentity) -> bytes:
        """Seal an identity for the officer, whose private key no process of the service holds."""
        return self._officer.encrypt(_pad(msgspec.json.encode(identity)))

    def message_for_team(self, text: str) -> bytes:
        """Seal a message so that the handling team can read it."""
        return self._team.encrypt(_pad(text.encode()))

    @staticmethod
    def message_for_reporter(text: str, reporter_public_key: bytes) -> bytes:
        """Seal a message so that only the holder of the receipt can read it."""
        return SealedBox(PublicKey(reporter_public_key)).encrypt(_pad(text.encode()))

    @staticmethod
    def reporter_public_key(seed: bytes) -> bytes:
        """Public half of the key pair that a receipt yields."""
        return bytes(PrivateKey.from_seed(seed).public_key)


class TeamReader:
    """Opens what is sealed for the handling team; without the private key it opens nothing."""

    def __init__(self, team_private_key: bytes | None) -> None:
        self._box = None if team_private_key is None else SealedBox(PrivateKey(team_private_key))

    @property
    def can_read(self) -> bool:
        """Whether this process holds the team's private key."""
        return self._box is not None

    def tip(self, sealed: SealedText) -> TipContent:
        """Open the content of a tip; raises Unreadable."""
        try:
            key = self._open(sealed.wrapped_key)
            return msgspec.json.decode(_unpad(SecretBox(key).decrypt(sealed.content)), type=TipContent)
        except (CryptoError, msgspec.DecodeError) as error:
            raise Unreadable from error

    def message(self, sealed: bytes) -> str:
        """Open a message; raises Unreadable."""
        try:
            return _unpad(self._open(sealed)).decode()
        except CryptoError as error:
            raise Unreadable from error

    def _open(self, sealed: bytes) -> bytes:
        if self._box is None:
            raise Unreadable
        return self._box.decrypt(sealed)


def read_as_reporter(sealed: bytes, seed: bytes) -> str:
    """Open a message with the key a receipt yields; raises Unreadable."""
    try:
        return _unpad(SealedBox(PrivateKey.from_seed(seed)).decrypt(sealed)).decode()
    except CryptoError as error:
        raise Unreadable from error


def _pad(content: bytes) -> bytes:
    return content + b"\x80" + bytes(-(len(content) + 1) % _PADDING)


def _unpad(padded: bytes) -> bytes:
    return padded[: padded.rindex(b"\x80")]
