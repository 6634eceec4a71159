"""Files of an import as they stream in: one as the body itself, or several as parts of a form; never gathered."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.intake.api.ndjson import IDLE_SECONDS, timely
from services.intake.use_cases.imports.start_import import MOST_FILES
from services.kit.errors import BadRequest, TooLarge

PART_BYTES = 1024 * 1024
"""Bytes of a file that are held until they are stored."""

Keep = Callable[[int, int, bytes], Awaitable[None]]
"""Stores a part: number of the file, number of the part, content."""


class Received(NamedTuple):
    """What came in."""

    files: int
    size: int


class _Files:
    """Cuts files into parts and stores each as soon as it is full."""

    def __init__(self, keep: Keep, most_bytes: int) -> None:
        self._keep = keep
        self._most_bytes = most_bytes
        self._buffer = bytearray()
        self._part = 0
        self.file = -1
        self.size = 0

    def next_file(self) -> None:
        self.file += 1
        self._part = 0

    async def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._most_bytes:
            raise TooLarge(
                "import_too_large",
                zh=f"文件超过上限 {self._most_bytes // 2**20} MiB；请拆分。",
                en=f"The files exceed {self._most_bytes // 2**20} MiB; split them.",
            )
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            await self._store(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    async def end(self) -> None:
        if self._buffer:
            await self._store(bytes(self._buffer))
            self._buffer.clear()

    async def _store(self, content: bytes) -> None:
        await self._keep(self.file, self._part, content)
        self._part += 1


async def receive(request: Request, keep: Keep, *, most_bytes: int) -> Received:
    """Store the files of a request; raises TooLarge, and BadRequest for a form that is none."""
    files = _Files(keep, most_bytes)
    stream = timely(request.stream(), IDLE_SECONDS)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        await _form(stream, options.get(b"boundary", b""), files)
    else:
        files.next_file()
        async for data in stream:
            await files.write(data)
        await files.end()
    if not files.size:
        raise BadRequest("file_missing", zh="请求中没有文件。", en="There is no file in the request.")
    return Received(files.file + 1, files.size)


async def _form(stream: AsyncIterator[bytes], boundary: bytes, files: _Files) -> None:
    happened: list[bytes | bool] = []
    """What the parser saw: the begin of a part (True), its bytes, its end (False)."""
    ended = False

    def over() -> None:
        nonlocal ended
        ended = True

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: happened.append(True),
                "on_part_data": lambda data, start, end: happened.append(data[start:end]),
                "on_part_end": lambda: happened.append(False),
                "on_end": over,
            },
        )
        async for data in stream:
            parser.write(data)
            for one in happened:
                if one is True:
                    files.next_file()
                    if files.file >= MOST_FILES:
                        raise BadRequest(
                            "files_too_many",
                            zh=f"一次最多 {MOST_FILES} 个文件。",
                            en=f"At most {MOST_FILES} files at once.",
                        )
                elif one is False:
                    await files.end()
                else:
                    await files.write(one)
            happened.clear()
    except FormParserError as error:
        raise _malformed() from error
    if not ended:
        raise _malformed()


def _malformed() -> BadRequest:
    return BadRequest("form_malformed", zh="表单格式不正确。", en="The form is not well-formed.")
