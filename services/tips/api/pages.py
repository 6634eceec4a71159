"""The pages for reporters: complete without scripts, cookies or anything from elsewhere."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from services.kit.auth import public
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api import texts
from services.tips.api.handling import Resources
from services.tips.api.padding import padded_page
from services.tips.api.public_models import ReporterMessageRequest, TipReport
from services.tips.domain.receipt import display
from services.tips.use_cases.claim_reward import ClaimedReward

router = APIRouter(
    prefix="/tips",
    tags=["公众举报页面 / pages"],
    dependencies=[Depends(public())],
    include_in_schema=False,
    max_body_size=128 * 1024,
)

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

_UNPROCESSABLE = 422


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _day(day: date) -> str:
    return f"{day.year}-{day.month:02d}-{day.day:02d}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.tips.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(yuan=_yuan, day=_day)
    environment.globals.update(texts=texts)
    return environment


def _page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> Response:
    html = _environment().get_template(template).render(**values)
    return padded_page(html, status, {**SECURITY_HEADERS, **(headers or {})})


async def _fields(request: Request) -> dict[str, str]:
    """Read the fields of a form, empty ones left out; no file is ever taken up, so nothing touches the disk."""
    async with request.form(max_files=0, max_fields=20, max_part_size=64 * 1024) as form:
        texts_only = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    return {name: value.strip() for name, value in texts_only.items() if value.strip()}


@router.get("/static/tips.css")
async def style() -> Response:
    """Send the style sheet."""
    css = (files("services.tips.api") / "static" / "tips.css").read_bytes()
    return Response(css, media_type="text/css", headers=SECURITY_HEADERS)


@router.get("/")
async def form() -> Response:
    """Show the form."""
    return _page("report.html", fields={"submission_id": str(uuid4())}, wrong=[], problem=None)


@router.post("/report")
async def report(request: Request, resources: Resources) -> Response:
    """Take a tip from the form and show its receipt."""
    fields = await _fields(request)
    try:
        tip = _report_of(fields)
    except ValidationError as error:
        wrong = _wrong_fields(error, {"identity": "name"})
        return _page("report.html", _UNPROCESSABLE, fields=fields, wrong=wrong, problem=None)
    try:
        receipt = await wiring.build_submit_tip(resources)(tip.submission())
    except ServiceError as error:
        return _page("report.html", error.status, _retry(error), fields=fields, wrong=[], problem=error)
    return _page("receipt.html", 201, receipt=display(receipt), plain=receipt)


@router.get("/receipt")
async def ask_for_receipt() -> Response:
    """Ask for a receipt."""
    return _page("lookup.html", problem=None)


@router.post("/receipt")
async def look_up(request: Request, resources: Resources) -> Response:
    """Do what the form of a status page asks for, then show how the tip stands."""
    fields = await _fields(request)
    receipt, action = fields.get("receipt", "")[:64], fields.get("action", "")
    notice: texts.Words | None = None
    wrong: list[str] = []
    claimed: ClaimedReward | None = None
    problem: ServiceError | None = None
    try:
        if action == "messages":
            wrong = await _write(fields, receipt, resources)
        elif action == "withdrawal":
            await wiring.build_withdraw_tip(resources)(receipt)
        elif action == "reward-claim":
            claimed = await wiring.build_claim_reward(resources)(receipt)
        notice = texts.ACTIONS.get(action) if not wrong else None
    except ServiceError as error:
        problem = error
        if error.code in {"receipt_unknown", "too_many_wrong_receipts", "receipts_busy"}:
            return _page("lookup.html", error.status, _retry(error), problem=error)
    try:
        view = await wiring.build_look_up_tip(resources)(receipt)
    except ServiceError as error:
        return _page("lookup.html", error.status, _retry(error), problem=error)
    status = problem.status if problem else _UNPROCESSABLE if wrong else 200
    return _page(
        "status.html",
        status,
        view=view,
        receipt=receipt,
        notice=notice,
        problem=problem,
        claimed=claimed,
        wrong=wrong,
        written=fields.get("text", "") if wrong else "",
        message_id=str(uuid4()),
    )


def _report_of(fields: Mapping[str, str]) -> TipReport:
    plain = ("kind", "text", "institution_code", "place")
    values: dict[str, object] = {name: fields[name] for name in plain if name in fields}
    identity = {name: fields[name] for name in ("name", "phone") if name in fields}
    if identity:
        values["identity"] = identity
    values["submission_id"] = _uuid(fields.get("submission_id"))
    return TipReport.model_validate(values)


async def _write(fields: Mapping[str, str], receipt: str, resources: wiring.Resources) -> list[str]:
    """Write a message; return the fields that keep it from being sent."""
    try:
        message = ReporterMessageRequest(
            receipt=receipt, text=fields.get("text", ""), message_id=_uuid(fields.get("message_id"))
        )
    except ValidationError:
        return ["message"]
    await wiring.build_write_message(resources).as_reporter(message.receipt, message.text, message.message_id)
    return []


def _wrong_fields(error: ValidationError, aliases: Mapping[str, str]) -> list[str]:
    names = [str(entry["loc"][-1]) for entry in error.errors(include_input=False, include_context=False)]
    return [name for name in texts.FIELDS if name in {aliases.get(name, name) for name in names}]


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _retry(error: ServiceError) -> dict[str, str]:
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
