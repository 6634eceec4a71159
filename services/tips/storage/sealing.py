"""Seals what reporters say. The process that takes tips holds public keys only and cannot read what it has stored.

Every tip has a key pair of its own. All that the team may read of the tip is sealed for its public half; the private
half is wrapped for the team and stands in one row (`tip_keys`). To destroy the row is to destroy the tip.
"""

from collections.abc import Callable

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random

from services.tips.storage.keyring import Keyring, KeyringSource, key_id

_PADDING = 512
"""Sealed texts are filled to a multiple of this many bytes, so that their length tells little."""


class TipContent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the handling team may read of a tip."""

    text: str
    place: str | None = None
    """Where it happened, where the reporter picked no institution."""
    answers: dict[str, str] = {}
    """Answers to the questions of the kind, by code of the question."""
    period: tuple[str, str] | None = None
    """First and last month of the acts, ``YYYY-MM``."""


class ReporterIdentity(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who a named reporter is; only the identity officer can open it."""

    name: str
    phone: str
    id_number: str | None = None


class TipKeys(msgspec.Struct, frozen=True):
    """The keys of one tip as they are stored: the public half, and wrapped what opens the rest."""

    generation: str
    """Generation of the team's keys that the others are wrapped under; empty where the row does not tell."""
    wrapped_private: bytes
    public: bytes | None = None
    """None for tips that were sealed before tips had a pair; they have one data key, until they are rewrapped."""
    wrapped_envelope: bytes | None = None


class Unreadable(Exception):  # noqa: N818 - a state of the process, named like the kit's errors
    """The process does not hold the key, or the stored bytes were altered."""


class Sealer:
    """Seals for the handling team, the identity officer and reporters."""

    def __init__(self, keyring: KeyringSource, identity_public_key: bytes) -> None:
        self._keyring = keyring
        self._officer = SealedBox(PublicKey(identity_public_key))
        self.officer_key_id = key_id(identity_public_key)

    def new_tip(self) -> TipKeys:
        """Make the keys of a new tip; the private half is forgotten here at once."""
        return self.wrap(PrivateKey.generate(), random(SecretBox.KEY_SIZE))

    def wrap(self, private: PrivateKey, envelope: bytes) -> TipKeys:
        """Wrap the keys of a tip under the current generation."""
        current = self._keyring().current
        return TipKeys(
            generation=current.id,
            wrapped_private=SealedBox(PublicKey(current.public)).encrypt(bytes(private)),
            public=bytes(private.public_key),
            wrapped_envelope=bytes(SecretBox(current.envelope).encrypt(envelope)),
        )

    def content(self, content: TipContent, keys: TipKeys) -> bytes:
        """Seal the content of a tip for the team."""
        return self.for_team(msgspec.json.encode(content), keys)

    def message_for_team(self, text: str, keys: TipKeys) -> bytes:
        """Seal a message so that the handling team can read it."""
        return self.for_team(text.encode(), keys)

    def for_team(self, content: bytes, keys: TipKeys) -> bytes:
        """Seal some bytes so that the handling team can read them as long as the tip is kept."""
        return SealedBox(PublicKey(keys.public or self._keyring().current.public)).encrypt(_pad(content))

    def identity(self, identity: ReporterIdentity, keys: TipKeys) -> bytes:
        """Seal an identity for the officer, whose private key no process holds, and around that for the tip.

        The outer layer is taken off when two officers have agreed, and goes with the tip when it is erased.
        """
        return self.for_team(self._officer.encrypt(_pad(msgspec.json.encode(identity))), keys)

    def message_for_reporter(self, text: str, reporter_public_key: bytes, keys: TipKeys) -> bytes:
        """Seal a message so that only the holder of the receipt can read it, as long as the tip is kept."""
        return in_envelope(SealedBox(PublicKey(reporter_public_key)).encrypt(_pad(text.encode())), keys, self._keyring)

    @staticmethod
    def reporter_public_key(seed: bytes) -> bytes:
        """Public half of the key pair that a receipt yields."""
        return bytes(PrivateKey.from_seed(seed).public_key)


class OpenTip:
    """A tip whose keys are open."""

    def __init__(self, keys: TipKeys, private: bytes, envelope: bytes | None, ring: Keyring) -> None:
        self.private = private
        self.envelope = envelope
        self._ring = ring
        self._box = None if keys.public is None else SealedBox(PrivateKey(private))

    def content(self, sealed: bytes) -> TipContent:
        """Open the content; raises Unreadable."""
        try:
            padded = SecretBox(self.private).decrypt(sealed) if self._box is None else self._box.decrypt(sealed)
            return msgspec.json.decode(_unpad(padded), type=TipContent)
        except (CryptoError, msgspec.DecodeError, ValueError) as error:
            raise Unreadable from error

    def message(self, sealed: bytes) -> str:
        """Open a message; raises Unreadable."""
        return self.opened(sealed).decode()

    def opened(self, sealed: bytes) -> bytes:
        """Open what was sealed for the team; raises Unreadable."""
        boxes = [self._box] if self._box else [SealedBox(PrivateKey(known)) for known in _private(self._ring)]
        for box in boxes:
            try:
                return _unpad(box.decrypt(sealed))
            except (CryptoError, ValueError):
                continue
        raise Unreadable

    def identity_for_officer(self, stored: bytes) -> bytes:
        """Take the outer layer off an identity; what is left only the officer's private key opens."""
        return stored if self._box is None else self.opened(stored)


class TeamReader:
    """Opens what is sealed for the handling team; without a private key it opens nothing."""

    def __init__(self, keyring: KeyringSource) -> None:
        self._keyring = keyring

    @property
    def can_read(self) -> bool:
        """Whether this process holds the team's private keys."""
        return self._keyring().current.private is not None

    def open(self, keys: TipKeys) -> OpenTip:
        """Open the keys of a tip; raises Unreadable."""
        ring = self._keyring()
        for known in ring.find(keys.generation):
            if known.private is None:
                continue
            try:
                private = SealedBox(PrivateKey(known.private)).decrypt(keys.wrapped_private)
                envelope = keys.wrapped_envelope and SecretBox(known.envelope).decrypt(keys.wrapped_envelope)
            except CryptoError:
                continue
            return OpenTip(keys, private, envelope, ring)
        raise Unreadable


def in_envelope(sealed: bytes, keys: TipKeys, keyring: Callable[[], Keyring]) -> bytes:
    """Close what is sealed for the reporter once more, under the tip's envelope key; raises Unreadable."""
    envelope = _envelope(keys, keyring())
    return sealed if envelope is None else bytes(SecretBox(envelope).encrypt(sealed))


def from_envelope(stored: bytes, keys: TipKeys, keyring: KeyringSource) -> bytes:
    """Take off what ``in_envelope`` put around; raises Unreadable, also once the tip's keys are destroyed."""
    envelope = _envelope(keys, keyring())
    try:
        return stored if envelope is None else SecretBox(envelope).decrypt(stored)
    except CryptoError as error:
        raise Unreadable from error


def read_as_reporter(sealed: bytes, seed: bytes, keys: TipKeys, keyring: KeyringSource) -> str:
    """Open a message with the key a receipt yields; raises Unreadable."""
    try:
        envelope = _envelope(keys, keyring())
        inner = sealed if envelope is None else SecretBox(envelope).decrypt(sealed)
        return _unpad(SealedBox(PrivateKey.from_seed(seed)).decrypt(inner)).decode()
    except (CryptoError, ValueError) as error:
        raise Unreadable from error


def open_identity(blob: bytes, officer_private_key: bytes) -> ReporterIdentity:
    """Open a released identity with the officer's private key, on the officer's machine; raises Unreadable."""
    try:
        padded = SealedBox(PrivateKey(officer_private_key)).decrypt(blob)
        return msgspec.json.decode(_unpad(padded), type=ReporterIdentity)
    except (CryptoError, msgspec.DecodeError, ValueError) as error:
        raise Unreadable from error


def _envelope(keys: TipKeys, ring: Keyring) -> bytes | None:
    if keys.wrapped_envelope is None:
        return None
    for known in ring.find(keys.generation):
        try:
            return SecretBox(known.envelope).decrypt(keys.wrapped_envelope)
        except CryptoError:
            continue
    raise Unreadable


def _private(ring: Keyring) -> list[bytes]:
    return [known.private for known in ring.generations if known.private is not None]


def _pad(content: bytes) -> bytes:
    return content + b"\x80" + bytes(-(len(content) + 1) % _PADDING)


def _unpad(padded: bytes) -> bytes:
    return padded[: padded.rindex(b"\x80")]
