"""The team's keys by generation: read from a file that may change while processes run, newest last."""

import base64
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from nacl.public import PrivateKey

KEY_BYTES = 32


def key_id(public_key: bytes) -> str:
    """Name a public key by its fingerprint, twelve hexadecimal characters."""
    return hashlib.blake2b(public_key, digest_size=6, person=b"tips-key-id").hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Generation:
    """One generation: the pair that tips are wrapped for, and the key around what reporters read."""

    public: bytes
    private: bytes | None
    """None in a process that may not read tips."""
    envelope: bytes
    """Symmetric, in every process: it opens nothing by itself, but without it an old copy stays closed."""

    @property
    def id(self) -> str:
        """Name of the generation."""
        return key_id(self.public)


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """All generations that are still needed."""

    generations: tuple[Generation, ...]

    @property
    def current(self) -> Generation:
        """The generation that new tips are wrapped for."""
        return self.generations[-1]

    def find(self, generation: str) -> tuple[Generation, ...]:
        """Return the generation of that name; all of them where a tip does not tell; none where it was removed."""
        if not generation:
            return self.generations
        return tuple(known for known in self.generations if known.id == generation)

    def without_private(self) -> "Keyring":
        """Return what a process that faces the public may hold."""
        return Keyring(tuple(replace(known, private=None) for known in self.generations))

    def rotated(self) -> "Keyring":
        """Return the ring with a new generation, which new tips use from now on."""
        private = PrivateKey.generate()
        new = Generation(bytes(private.public_key), bytes(private), os.urandom(KEY_BYTES))
        return Keyring((*self.generations, new))

    def without(self, generation: str) -> "Keyring":
        """Return the ring without a generation; raises ValueError for the current one and for unknown ones."""
        if generation == self.current.id or not self.find(generation):
            raise ValueError("only a known generation that is not the current one can be removed")
        return Keyring(tuple(known for known in self.generations if known.id != generation))


KeyringSource = Callable[[], Keyring]
"""Returns the ring as it is now."""


class _StoredGeneration(msgspec.Struct, omit_defaults=True):
    public: str
    envelope: str
    private: str | None = None


class _StoredRing(msgspec.Struct):
    generations: list[_StoredGeneration]


def read_keyring(path: Path) -> Keyring:
    """Read a ring; raises OSError, and ValueError for a file that is none (its content is not repeated)."""
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_StoredRing)
        generations = tuple(
            Generation(_key(entry.public), _key(entry.private) if entry.private else None, _key(entry.envelope))
            for entry in stored.generations
        )
    except (msgspec.DecodeError, ValueError):
        raise ValueError("the file is no keyring") from None
    if not generations:
        raise ValueError("the keyring is empty")
    return Keyring(generations)


def write_keyring(path: Path, ring: Keyring) -> None:
    """Write a ring in place of another, readable by its owner only; a reader sees the old one or the new one."""
    stored = _StoredRing(
        [
            _StoredGeneration(_text(known.public), _text(known.envelope), _text(known.private))
            if known.private
            else _StoredGeneration(_text(known.public), _text(known.envelope))
            for known in ring.generations
        ]
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(stored)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


class WatchedKeyring:
    """A ring that is read again when its file changes, so that a rotation needs no restart."""

    def __init__(self, path: Path, fallback: Keyring | None, *, with_private: bool) -> None:
        self._path = path
        self._fallback = fallback
        self._with_private = with_private
        self._seen: tuple[int, int, int] | None = None
        self._ring: Keyring | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Keyring:
        """Return the ring; raises ValueError where there is neither file nor fallback."""
        with self._lock:
            try:
                state = self._path.stat()
            except OSError:
                # A ring once read is kept: a volume that is away for a moment must not lose a report.
                ring = self._ring or self._fallback
            else:
                seen = (state.st_mtime_ns, state.st_ino, state.st_size)
                if self._ring is None or seen != self._seen:
                    self._ring, self._seen = read_keyring(self._path), seen
                ring = self._ring
            if ring is None:
                raise ValueError("there is no keyring")
            return ring if self._with_private else ring.without_private()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes")
    return key


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
