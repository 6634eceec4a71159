"""The language of an answer: Chinese, unless the caller asks for English."""

from typing import Literal

from starlette.requests import HTTPConnection

Language = Literal["zh", "en"]

CONTENT_LANGUAGE: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_CONSIDERED = 20
"""Entries of the header that are read; no browser sends more."""


def language(request: HTTPConnection) -> Language:
    """Return ``en`` where Accept-Language puts English before Chinese, and ``zh`` otherwise."""
    header = request.headers.get("accept-language")
    if not header:
        return "zh"
    best: dict[str, float] = {}
    for entry in header.split(",")[:_CONSIDERED]:
        tag, _, parameter = entry.strip().partition(";")
        primary = tag.strip().lower().split("-", 1)[0]
        best[primary] = max(best.get(primary, 0.0), _quality(parameter))
    return "en" if best.get("en", 0.0) > best.get("zh", 0.0) else "zh"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
