"""Renders the pages for people: one environment of templates, one set of headers, padded answers."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.kit.clock import BUSINESS_ZONE
from services.tips.api import desk_log, texts
from services.tips.api.padding import FORM_STEP, PAGE_STEP, padded_page
from services.tips.api.provinces import PROVINCES

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""No script runs, nothing is loaded from elsewhere, nothing is framed, and the browser keeps no copy."""

_STEPS = {"report.html": FORM_STEP}
"""Templates that are filled up to more than others."""


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _day(day: date) -> str:
    return f"{day.year}-{day.month:02d}-{day.day:02d}"


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.tips.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(yuan=_yuan, day=_day, instant=_instant)
    environment.globals.update(texts=texts, provinces=PROVINCES, log_words=desk_log)
    return environment


def page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> Response:
    """Render a template with the headers of every page, padded."""
    html = _environment().get_template(template).render(**values)
    return padded_page(html, status, {**SECURITY_HEADERS, **(headers or {})}, step=_STEPS.get(template, PAGE_STEP))
