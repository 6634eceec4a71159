"""Reads a form with files as it arrives: fields in memory, files handed on piece by piece, nothing on the disk."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from services.kit.errors import Malformed, TooLarge

_FIELD_BYTES = 64 * 1024
"""Longest field of text."""
_PARTS = 300
"""Most fields and files of a form."""


@dataclass(slots=True)
class Part:
    """One field, or one file with its name as the sender gave it."""

    name: str
    file_name: str | None
    chunks: AsyncIterator[bytes]

    async def text(self) -> str:
        """Read a field; raises TooLarge, and Malformed for what is not UTF-8."""
        content = bytearray()
        async for chunk in self.chunks:
            content += chunk
            if len(content) > _FIELD_BYTES:
                raise TooLarge("field_too_large", zh="填写内容过长。", en="A field is too long.")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise _malformed() from None

    async def skip(self) -> None:
        """Read past it."""
        async for _ in self.chunks:
            pass


class FormParts:
    """The parts of a form, one after the other; a part is read to its end before the next is asked for."""

    def __init__(self, request: Request) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise _malformed()
        self._stream = request.stream()
        self._events: deque[tuple[str, bytes]] = deque()
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._part_data,
                    "on_part_end": lambda: self._events.append(("end", b"")),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _malformed() from None

    async def __aiter__(self) -> AsyncIterator[Part]:
        """Yield the parts; raises Malformed for a form that is broken or ends early."""
        for _ in range(_PARTS):
            disposition = await self._next_part()
            if disposition is None:
                return
            _, options = parse_options_header(disposition)
            file_name = options.get(b"filename")
            part = Part(
                options.get(b"name", b"").decode(errors="replace"),
                None if file_name is None else file_name.decode(errors="replace"),
                self._content(),
            )
            yield part
            await part.skip()
        raise _malformed()

    async def _content(self) -> AsyncIterator[bytes]:
        while await self._more():
            kind, data = self._events.popleft()
            if kind == "end":
                return
            yield data
        raise _malformed()

    async def _next_part(self) -> bytes | None:
        """Return what the next part says about itself; None after the last."""
        while await self._more():
            kind, data = self._events.popleft()
            if kind == "part":
                return data
        if not self._ended:
            raise _malformed()
        return None

    async def _more(self) -> bool:
        """Have something to hand out; False at the end of the body."""
        while not self._events:
            try:
                chunk = await anext(self._stream)
            except StopAsyncIteration:
                return False
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise _malformed() from None
        return True

    def _part_begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _headers_finished(self) -> None:
        # With the event, as the next part's may have been read before this part is asked for.
        self._events.append(("part", self._headers.get(b"content-disposition", b"")))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(("data", data[start:end]))

    def _end(self) -> None:
        self._ended = True


def _malformed() -> Malformed:
    return Malformed("form_malformed", zh="表单无法读取。", en="The form cannot be read.")
