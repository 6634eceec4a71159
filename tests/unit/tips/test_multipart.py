"""Forms are read the same however they are cut on the way."""

from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from services.kit.errors import Malformed, TooLarge
from services.tips.api.multipart import FormParts

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="receipt"\r\n\r\n1234\r\n'
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="\xe5\xbc\xa0.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nline\r\n--c is no boundary\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xe4\xb8\xad\xe6\x96\x87\r\n--b--\r\n'
)


def request(body: bytes, step: int, content_type: str = "multipart/form-data; boundary=b") -> Request:
    pieces = [body[start : start + step] for start in range(0, len(body), step)]

    async def messages() -> AsyncIterator[dict[str, object]]:
        for number, piece in enumerate(pieces):
            yield {"type": "http.request", "body": piece, "more_body": number + 1 < len(pieces)}

    receiving = messages()

    async def receive() -> dict[str, object]:
        return await anext(receiving)

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(body: bytes, step: int) -> list[tuple[str, str | None, str]]:
    return [(part.name, part.file_name, await part.text()) async for part in FormParts(request(body, step))]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 50, 120, 10_000])
async def test_a_form_is_read_however_it_is_cut(step: int):
    assert await read(BODY, step) == [
        ("receipt", None, "1234"),
        ("files", "张.txt", "line\r\n--c is no boundary\r\n"),
        ("text", None, "中文"),
    ]


@pytest.mark.parametrize("step", [5, 10_000])
async def test_a_part_that_is_not_read_is_skipped(step: int):
    assert [part.name async for part in FormParts(request(BODY, step))] == ["receipt", "files", "text"]


@pytest.mark.parametrize("body", [BODY[:-10], BODY[:100], b"nothing like a form", b""])
async def test_a_form_that_ends_early_is_refused(body: bytes):
    with pytest.raises(Malformed, match="form_malformed"):
        await read(body or b"\r\n", 20)


async def test_what_is_no_form_or_too_much_is_refused():
    with pytest.raises(Malformed):
        FormParts(request(BODY, 10, "application/json"))
    with pytest.raises(Malformed):
        FormParts(request(BODY, 10, "multipart/form-data"))
    long = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"x" * 70_000 + b"\r\n--b--\r\n"
    with pytest.raises(TooLarge):
        await read(long, 1000)
    many = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' * 301 + b"--b--\r\n"
    with pytest.raises(Malformed):
        await read(many, 1000)
    latin = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\xfe\r\n--b--\r\n'
    with pytest.raises(Malformed):
        await read(latin, 1000)
