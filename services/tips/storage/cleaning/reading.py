"""Reads a file once, forwards, a chunk at a time, in memory that does not grow with the file."""

import re
from collections.abc import Iterable

MOST_PARTS = 2_000_000
"""Segments, chunks, boxes or frames of one file; more is no file of a camera or a recorder."""


class DamagedError(Exception):
    """The file does not keep to its format."""


class TooLargeError(Exception):
    """The file, or a part of it that must be in memory, is beyond the limits."""


class UnsupportedError(Exception):
    """The file is of a kind within its format that we cannot clean."""


class Reader:
    """A position in a file of known size; raises DamagedError where the file ends too early."""

    def __init__(self, chunks: Iterable[bytes], size: int) -> None:
        self.size = size
        self._chunks = iter(chunks)
        self._buffer = b""
        self._at = 0
        self._before = 0
        """Bytes of the file before the buffer."""
        self._parts = 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._before + self._at

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.size - self.position

    def part(self) -> None:
        """Count a part of the file; raises TooLargeError where there are too many."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise TooLargeError

    def peek(self, count: int) -> bytes:
        """Return the next bytes without reading past them; fewer at the end of the file."""
        if len(self._buffer) - self._at < count:
            self._fill(count)
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Read so many bytes."""
        found = self.peek(count)
        if len(found) < count:
            raise DamagedError
        self._at += count
        return found

    def skip(self, count: int) -> None:
        """Read past so many bytes."""
        while count > len(self._buffer) - self._at:
            count -= len(self._buffer) - self._at
            self._next()
        self._at += count

    def skip_to(self, pattern: re.Pattern[bytes], overlap: int) -> bool:
        """Read to where a pattern of ``overlap`` + 1 bytes begins; to the end and False where it does not occur."""
        while True:
            found = pattern.search(self._buffer, self._at)
            if found:
                self._at = found.start()
                return True
            self._at = max(self._at, len(self._buffer) - overlap)
            if not self._fill(overlap + 1):
                self._at = len(self._buffer)
                return False

    def _next(self) -> None:
        self._before += len(self._buffer)
        self._at = 0
        self._buffer = next(self._chunks, b"")
        if not self._buffer:
            raise DamagedError

    def _fill(self, count: int) -> bool:
        """Have so many bytes in the buffer; False where the file has no more."""
        pieces = [self._buffer[self._at :]]
        have = len(pieces[0])
        while have < count and (chunk := next(self._chunks, b"")):
            pieces.append(chunk)
            have += len(chunk)
        self._before += self._at
        self._buffer, self._at = b"".join(pieces), 0
        return have >= count
