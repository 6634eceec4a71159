"""What a cell says: text as it stood in the file, turned into the value of its field, or the code of what is wrong."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from services.intake.domain.fsi.fields import (
    BUSINESS_OFFSET,
    FEN_PLACES,
    FieldForm,
    as_day,
    as_instant,
    as_scaled,
)
from services.intake.domain.imports.fields import ImportField
from services.intake.domain.imports.layout import Column

LONGEST_CELL = 4_000
"""Characters of a cell; what is longer is not kept."""
TOO_LONG = "\x00"
"""Stands for a cell that was longer."""

REMEMBERED = 8_192
"""Cells of one column that are remembered as long as its file is read."""

Value = str | int | bool | list[str]

_BLANKS = " \t\r\n\u3000\u00a0\ufeff\u200b"
_DAMAGED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[eE][+-][0-9]{2,}")
"""A number as a spreadsheet shows one that is too long for it: its digits are lost."""
_SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_MONEY_SIGNS = str.maketrans("", "", ",，¥￥元 \u00a0")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")
_CHINESE_DATE = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": ""})
_CODE_SEPARATORS = re.compile(r"[;；,，、|\s]+")
_WORD_SEPARATORS = re.compile(r"[;；,，、|\n]+")
_YES = frozenset({"1", "是", "y", "yes", "true", "t", "√", "有效", "在岗", "在用", "正常"})
_NO = frozenset({"0", "否", "n", "no", "false", "f", "×", "无效", "不在岗", "停用", "非"})
_LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)
_ENDS = frozenset({"/ended_at", "/settled_at"})
"""Written as a day alone they mean its end: what ends on a day does not end before it began."""


@lru_cache(maxsize=REMEMBERED)
def plain(text: str) -> str | None:
    """Return the text of a cell without blanks and without what people put before codes to keep them text."""
    text = text.strip(_BLANKS)
    if text and text[0] in "='\"":
        if match := _FORMULA_TEXT.fullmatch(text):
            text = match[1].strip()
        elif text[0] == "'":
            text = text[1:].strip()
    return text or None


def reader(column: Column) -> Callable[[str], Value | None]:
    """Return what reads the cells of a column; it raises FieldForm with the code of what is wrong."""
    field = column.field
    form = field.form
    read: Callable[[str], Value | None]
    if form == "fen":
        read = _whole if column.fen else _fen
    elif form == "choice":
        read = _choice(field)
    elif form == "instant":
        read = _last_instant if field.pointer in _ENDS else _instant
    else:
        read = _READERS[form]

    # Most cells of a column say what another has said: a code, a price, an instant.
    @lru_cache(maxsize=REMEMBERED)
    def checked(text: str) -> Value | None:
        if text == TOO_LONG:
            raise FieldForm("too_long")
        cleaned = plain(text)
        if cleaned is None:
            return None
        if cleaned[0] == "#" and cleaned in _SPREADSHEET_ERRORS:
            raise FieldForm("cell_error")
        return read(cleaned)

    return checked


def _code(text: str) -> str:
    if ("E" in text or "e" in text) and _DAMAGED.fullmatch(text):
        raise FieldForm("code_damaged")
    return text


def _text(text: str) -> str:
    return " ".join(text.split())


def _codes(text: str) -> list[str]:
    return [_code(part) for part in _CODE_SEPARATORS.split(text) if part]


def _words(text: str) -> list[str]:
    return [part.strip() for part in _WORD_SEPARATORS.split(text) if part.strip()]


@lru_cache(maxsize=32_768)
def _fen(text: str) -> int | None:
    return as_scaled(text.translate(_MONEY_SIGNS), FEN_PLACES)


def _whole(text: str) -> int:
    number = as_scaled(text.translate(_MONEY_SIGNS), 0)
    if number is None:
        raise FieldForm("number_form")
    return number


@lru_cache(maxsize=8_192)
def _decimal(text: str) -> str:
    number = text.translate(_MONEY_SIGNS)
    if not _NUMBER.fullmatch(number):
        raise FieldForm("number_form")
    return number


def _dated(text: str) -> str:
    if _SERIAL.fullmatch(text):
        # The number a spreadsheet counts days by; from which day it counts, the number does not say.
        raise FieldForm("date_serial")
    if "年" in text or "月" in text:
        return text.translate(_CHINESE_DATE).strip(" -:")
    return text


@lru_cache(maxsize=32_768)
def _instant(text: str) -> str | None:
    instant = as_instant(_dated(text))
    return None if instant is None else instant.astimezone(BUSINESS_OFFSET).isoformat()


@lru_cache(maxsize=32_768)
def _last_instant(text: str) -> str | None:
    instant = as_instant(_dated(text))
    if instant is None:
        return None
    local = instant.astimezone(BUSINESS_OFFSET)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        local += _LAST_SECOND
    return local.isoformat()


@lru_cache(maxsize=32_768)
def _day(text: str) -> str | None:
    day = as_day(_dated(text))
    return None if day is None else day.isoformat()


def _flag(text: str) -> bool:
    said = text.lower()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise FieldForm("type")


def _choice(field: ImportField) -> Callable[[str], str]:
    choices = field.choices

    def read(text: str) -> str:
        return choices.get(text) or choices.get(text.lower(), text)

    return read


_READERS: dict[str, Callable[[str], Value | None]] = {
    "code": _code,
    "text": _text,
    "decimal": _decimal,
    "integer": _whole,
    "day": _day,
    "flag": _flag,
    "codes": _codes,
    "words": _words,
}
