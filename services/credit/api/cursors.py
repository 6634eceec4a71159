"""Cursors of credit's lists: the sort key of the last item seen, read back with distrust."""

import re
from datetime import date
from uuid import UUID

from services.credit.use_cases.change_message import CURSOR_KIND
from services.kit.errors import Malformed
from services.kit.paging import decode_cursor

_CODE = re.compile(r"[A-Z0-9]{1,30}")
_EVENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_POSITION = re.compile(r"[0-9]{1,18}")


def code_after(cursor: str | None) -> str:
    """Return the code a list goes on behind, empty at the beginning; raises Malformed."""
    return "" if cursor is None else _key(cursor, _CODE)


def position_after(cursor: str | None) -> int:
    """Return the ledger position a list goes on behind, 0 at the beginning; raises Malformed."""
    return 0 if cursor is None else int(_key(cursor, _POSITION))


def id_after(cursor: str | None) -> UUID | None:
    """Return the id a list goes on behind, None at the beginning; raises Malformed."""
    if cursor is None:
        return None
    (text,) = decode_cursor(cursor, 1)
    try:
        return UUID(text)
    except ValueError:
        raise _malformed() from None


def due_after(cursor: str | None) -> tuple[date, UUID] | None:
    """Return the day and id a list goes on behind, None at the beginning; raises Malformed."""
    if cursor is None:
        return None
    day, text = decode_cursor(cursor, 2)
    try:
        return date.fromisoformat(day), UUID(text)
    except ValueError:
        raise _malformed() from None


def place_in_feed(since: str | None) -> int | UUID | None:
    """Return the place in the feed that ``since`` names: a cursor, or the id of an event; raises Malformed."""
    if since is None:
        return None
    if _EVENT_ID.fullmatch(since) is not None:
        return UUID(since)
    kind, text = decode_cursor(since, 2)
    if kind != CURSOR_KIND or _POSITION.fullmatch(text) is None:
        raise _malformed()
    return int(text)


def _key(cursor: str, form: re.Pattern[str]) -> str:
    (text,) = decode_cursor(cursor, 1)
    if form.fullmatch(text) is None:
        raise _malformed()
    return text


def _malformed() -> Malformed:
    return Malformed(
        "cursor_malformed",
        zh="游标无效，请从第一页重新开始。",
        en="The cursor is not valid; start again from the first page.",
    )
