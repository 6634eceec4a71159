"""Paging by cursor: an opaque, versioned mark of the last item a caller has seen."""

import base64
import binascii
import json
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.kit.errors import Malformed

T = TypeVar("T")

_VERSION = 1
_LONGEST = 1024
"""Characters; a cursor holds one sort key, and nobody needs a longer one."""

DEFAULT_LIMIT = 50
MOST_ITEMS = 200

Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="一页最多多少项 / Most items of one page")]
"""Query parameter ``limit`` of a list; give it the default ``DEFAULT_LIMIT``."""

Cursor = Annotated[
    str | None, Query(max_length=_LONGEST, description="上一页的 next_cursor / ``next_cursor`` of the page before")
]
"""Query parameter ``cursor`` of a list; give it the default None."""


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="本页各项 / The items of this page")
    next_cursor: str | None = Field(
        default=None, description="下一页的游标，没有则为空 / Cursor of the page after; null when this is the last"
    )


def encode_cursor(*parts: str | int) -> str:
    """Return the cursor that stands after an item with these sort keys."""
    text = json.dumps([_VERSION, *parts], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(text: str, count: int) -> tuple[str, ...]:
    """Return the ``count`` sort keys of a cursor as text; raises Malformed (``cursor_malformed``) on anything else."""
    if len(text) > _LONGEST:
        raise _malformed()
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise _malformed() from None
    if not isinstance(values, list) or len(values) != count + 1 or values[0] != _VERSION:
        raise _malformed()
    if not all(_is_key(value) for value in values):
        raise _malformed()
    return tuple(str(value) for value in values[1:])


def decode_id_cursor(text: str) -> UUID:
    """Return the one id that a cursor holds; raises Malformed (``cursor_malformed``) on anything else."""
    try:
        return UUID(decode_cursor(text, 1)[0])
    except ValueError:
        raise _malformed() from None


def _is_key(value: object) -> bool:
    """Tell whether a value can be a sort key: text and numbers that a database can be asked for."""
    if isinstance(value, str):
        # Neither half a character nor a NUL can be sent to PostgreSQL.
        return "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _malformed() -> Malformed:
    return Malformed(
        "cursor_malformed",
        zh="游标无效，请从第一页重新开始。",
        en="The cursor is not valid; start again from the first page.",
    )
