"""Encrypts files in chunks under a key of their own (XChaCha20-Poly1305 secretstream), in constant memory.

A file is the header of the stream, then chunks of `CHUNK_BYTES` of content with 17 bytes each; the last is marked, so
that a file that was cut off, put together from two or changed in one bit is noticed.
"""

import os
from collections.abc import Generator
from pathlib import Path

from nacl import bindings
from nacl.exceptions import CryptoError

from services.tips.storage.sealing import Unreadable

CHUNK_BYTES = 64 * 1024
_HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_SEALED_CHUNK = CHUNK_BYTES + bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class SealedWriter:
    """Writes one encrypted file; the key is made here and is nowhere but in memory until somebody wraps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key: bytes = bindings.crypto_secretstream_xchacha20poly1305_keygen()
        self.size_bytes = 0
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._pending = bytearray()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self._file.write(bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, self.key))

    def write(self, content: bytes) -> None:
        """Add content; raises OSError."""
        self.size_bytes += len(content)
        self._pending += content
        # The last full chunk waits: only at the end is it known whether it is the final one.
        while len(self._pending) > CHUNK_BYTES:
            self._push(bytes(self._pending[:CHUNK_BYTES]), _MESSAGE)
            del self._pending[:CHUNK_BYTES]

    def finish(self) -> None:
        """Write the final chunk; raises OSError. Whoever keeps the file waits until the disk has it."""
        self._push(bytes(self._pending), _FINAL)
        self._pending.clear()
        self._file.close()

    def discard(self) -> None:
        """Remove what was written."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _push(self, chunk: bytes, tag: int) -> None:
        self._file.write(bindings.crypto_secretstream_xchacha20poly1305_push(self._state, chunk, None, tag))


def read_sealed(path: Path, key: bytes) -> Generator[bytes, None, None]:
    """Yield the content of an encrypted file; raises Unreadable for a wrong key, a changed or a cut file, and OSError.

    Each chunk is verified before it is yielded; that the end is missing shows only at the end.
    """
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    with path.open("rb", buffering=0) as file:
        try:
            bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, file.read(_HEADER_BYTES), key)
            tag = _MESSAGE
            while sealed := file.read(_SEALED_CHUNK):
                chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, None)
                if chunk:
                    yield chunk
        except (CryptoError, ValueError, TypeError, RuntimeError) as error:
            raise Unreadable from error
    if tag != _FINAL:
        raise Unreadable
