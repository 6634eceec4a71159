"""Rows on their way from the reader to the tables: in files without a name, apart by what belongs together.

Rows of one settlement may stand anywhere in a file, and in two files. So they are dealt out over many small files by a
hash of their key, and each of those is grouped in memory by itself. The files never have a name: they are readable by
this process alone and gone when it ends, however it ends.
"""

import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import IO

import msgspec

from services.intake.domain.imports.items import MOST_ROWS, Row

PARTITIONS = 128
_BUFFER = 16 * 1024
_LENGTH_BYTES = 4

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode


def nameless_file(directory: Path, *, buffering: int = -1) -> IO[bytes]:
    """Open a file that has no name, in a directory that only its owner may enter."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.TemporaryFile(dir=directory, buffering=buffering)


class RowSpool:
    """Takes rows and gives them back in groups; the same rows in the same order come back in the same order."""

    def __init__(self, directory: Path, *, grouped: bool, salt: bytes) -> None:
        self._files = [nameless_file(directory, buffering=_BUFFER) for _ in range(PARTITIONS if grouped else 1)]
        self._grouped = grouped
        self._salt = salt
        self.rows = 0

    def add(self, row: Row, key: str | None) -> None:
        """Take a row; one without a key is a group by itself."""
        packed = _encode(row)
        file = self._files[0]
        if self._grouped and key is not None:
            digest = blake2b(key.encode(), digest_size=2, key=self._salt).digest()
            file = self._files[int.from_bytes(digest) % PARTITIONS]
            packed = _encode((key, packed))
        elif self._grouped:
            packed = _encode((None, packed))
        file.write(len(packed).to_bytes(_LENGTH_BYTES))
        file.write(packed)
        self.rows += 1

    def groups(self) -> Iterator[list[Row]]:
        """Yield the rows that belong together, at most so many of each group."""
        for file in self._files:
            if self._grouped:
                yield from self._grouped_of(file)
            else:
                for packed in _packed(file):
                    yield [_decode(packed)]

    @staticmethod
    def _grouped_of(file: IO[bytes]) -> Iterator[list[Row]]:
        groups: dict[object, list[bytes]] = {}
        for number, packed in enumerate(_packed(file)):
            key, row = _PAIR.decode(packed)
            held = groups.setdefault(number if key is None else key, [])
            if len(held) <= MOST_ROWS:
                held.append(row)
        for rows in groups.values():
            yield [_decode(row) for row in rows]

    def close(self) -> None:
        """Give the disk back."""
        for file in self._files:
            file.close()


_PAIR = msgspec.msgpack.Decoder(tuple[str | None, bytes])


def _packed(file: IO[bytes]) -> Iterator[bytes]:
    file.flush()
    file.seek(0)
    while length := file.read(_LENGTH_BYTES):
        yield file.read(int.from_bytes(length))
