"""The pages of the desk: queue, one tip on one page, and what can be done; complete without scripts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse, StreamingResponse

from services.kit.auth import Principal, public
from services.kit.errors import ServiceError
from services.kit.paging import decode_cursor, encode_cursor
from services.tips import wiring
from services.tips.api import attachments, desk_texts
from services.tips.api.desk_access import Resources, viewer_of
from services.tips.api.desk_session import (
    SIGN_IN,
    DeskGuard,
    DeskReader,
    hand_out,
    read_form,
    sign_in,
    sign_out,
    token_of,
)
from services.tips.api.desk_steps import LEAVE_THE_PAGE, STEPS, first
from services.tips.api.rendering import SECURITY_HEADERS, page
from services.tips.api.texts import Words
from services.tips.domain.tip import Kind, Status
from services.tips.storage.guides import questions
from services.tips.storage.queue import Wanted
from services.tips.use_cases.open_identity import OpeningWithReason

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=64 * 1024
)

View = Literal["all", "received", "accepted", "soon", "overdue", "escalated", "unassigned", "decided", "rewards"]

PAGE_SIZE = 25

_UNPROCESSABLE = 422


@router.get("/static/{name}", dependencies=[Depends(public())])
async def style(name: Literal["tips.css", "desk.css"]) -> Response:
    """Send a style sheet; that of all pages too, as the process of the desk may serve no other."""
    css = (files("services.tips.api") / "static" / name).read_bytes()
    return Response(css, media_type="text/css", headers=SECURITY_HEADERS)


@router.get("/sign-in", dependencies=[Depends(public())])
async def ask_to_sign_in() -> Response:
    """Ask for a token."""
    return page("desk_sign_in.html", problem=None)


@router.post("/sign-in", dependencies=[Depends(public())])
async def open_session(request: Request) -> Response:
    """Exchange a token for a session."""
    fields = await _public_form(request)
    try:
        secret = await sign_in(request, fields.get("token", ""))
    except ServiceError as error:
        return page("desk_sign_in.html", error.status, problem=error)
    response = RedirectResponse("/tips/desk", 303, SECURITY_HEADERS)
    hand_out(response, secret)
    return response


@router.post("/sign-out", dependencies=[Depends(public())])
async def end_session(request: Request) -> Response:
    """End the session."""
    await read_form(request)
    response = RedirectResponse(SIGN_IN, 303, SECURITY_HEADERS | {"Clear-Site-Data": '"cache", "cookies", "storage"'})
    await sign_out(request, response)
    return response


@router.get("")
async def read_queue(
    request: Request,
    reader: Annotated[Principal, Depends(DeskGuard())],
    resources: Resources,
    view: View = "all",
    kind: Annotated[str, Query()] = "",
    institution: Annotated[str, Query(max_length=12)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the queue, the most urgent first; whoever sees none is shown a page of their own."""
    if "tips:read" not in reader.scopes:
        own = {"tips:pay": "payouts", "tips:watch": "supervision"}
        onward = next((page for scope, page in own.items() if scope in reader.scopes), "entry")
        return RedirectResponse(f"/tips/desk/{onward}", 303, SECURITY_HEADERS)

    async def answer() -> Response:
        wanted = Wanted(
            status=Status(view) if view in {"received", "accepted"} else None,
            kind=Kind(kind) if kind in set(Kind) else None,
            institution_code=institution.strip().upper() or None,
            escalated=view == "escalated",
            unassigned=view == "unassigned",
            decided=view == "decided",
            rewardable=view == "rewards",
        )
        found, waiting, today = await wiring.build_read_queue(resources).by_deadline(
            viewer_of(reader),
            wanted,
            overdue=view == "overdue",
            soon=view == "soon",
            after=_place(cursor),
            limit=PAGE_SIZE + 1,
        )
        shown = found[:PAGE_SIZE]
        filters = {"view": view, "kind": kind, "institution": institution}
        onward = None
        if len(found) > PAGE_SIZE:
            onward = encode_cursor(shown[-1].sorted_by.isoformat(), str(shown[-1].tip.id))
        return desk_page(
            request,
            reader,
            "desk_queue.html",
            found=shown,
            waiting=waiting,
            today=today,
            filters=filters,
            onward=onward and "?" + urlencode({**filters, "cursor": onward}),
            notice=desk_texts.DONE.get(done),
        )

    return await shown(request, reader, answer)


@router.get("/tips/{tip_id}")
async def read_tip(
    request: Request,
    tip_id: UUID,
    reader: DeskReader,
    resources: Resources,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show one tip with all that can be done."""

    async def answer() -> Response:
        return await tip_page(request, tip_id, reader, resources, notice=desk_texts.DONE.get(done))

    return await shown(request, reader, answer)


@router.post("/tips/{tip_id}")
async def take_step(
    request: Request,
    tip_id: UUID,
    handler: Annotated[Principal, Depends(DeskGuard("tips:handle"))],
    resources: Resources,
) -> Response:
    """Take the step that the form names, then show the tip again."""

    async def answer() -> Response:
        fields = await read_form(request)
        await wiring.build_check_access(resources)(tip_id, viewer_of(handler))
        action = first(fields, "action") or ""
        problem: ServiceError | None = None
        wrong: str | None = None
        try:
            if action in STEPS:
                await STEPS[action](resources, tip_id, fields, handler)
        except ValidationError:
            wrong = action
        except ServiceError as error:
            problem = error
        if problem is None and wrong is None:
            onward = "/tips/desk" if action in LEAVE_THE_PAGE else f"/tips/desk/tips/{tip_id}"
            return RedirectResponse(f"{onward}?done={action}", 303, SECURITY_HEADERS)
        written = first(fields, "text") or ""
        return await tip_page(request, tip_id, handler, resources, problem=problem, wrong=wrong, written=written)

    return await shown(request, handler, answer)


@router.get("/tips/{tip_id}/files/{file_id}", response_class=StreamingResponse)
async def read_file(
    tip_id: UUID,
    file_id: UUID,
    handler: Annotated[Principal, Depends(DeskGuard("tips:handle"))],
    resources: Resources,
) -> StreamingResponse:
    """Send a file of the tip."""
    await wiring.build_check_access(resources)(tip_id, viewer_of(handler))
    return await attachments.read_file(tip_id, file_id, handler, resources)


async def tip_page(
    request: Request,
    tip_id: UUID,
    reader: Principal,
    resources: wiring.Resources,
    *,
    notice: Words | None = None,
    problem: ServiceError | None = None,
    wrong: str | None = None,
    written: str = "",
) -> Response:
    """Show one tip to somebody who may see it, with what came of a step; raises NotFound for all others."""
    viewer = viewer_of(reader)
    await wiring.build_check_access(resources)(tip_id, viewer)
    with_content = "tips:handle" in reader.scopes
    handled, today = await wiring.build_read_tip(resources)(tip_id, with_content=with_content)
    matter = await wiring.build_read_matter(resources)(tip_id, viewer, with_content=with_content)
    status = problem.status if problem else _UNPROCESSABLE if wrong else 200
    return desk_page(
        request,
        reader,
        "desk_tip.html",
        status,
        handled=handled,
        tip=handled.tip,
        matter=matter,
        openings=await _openings(tip_id, reader, resources),
        today=today,
        questions={each.code: (each.zh, each.en) for each in questions()[handled.tip.kind]},
        notice=notice,
        problem=problem,
        wrong=wrong,
        written=written,
        message_id=str(uuid4()),
    )


async def _openings(tip_id: UUID, reader: Principal, resources: wiring.Resources) -> Sequence[OpeningWithReason] | None:
    """Return the openings of the identity for an officer; None for everybody else."""
    if "tips:identity" not in reader.scopes:
        return None
    return await wiring.build_open_identity(resources).list(tip_id)


def desk_page(request: Request, reader: Principal, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page of the desk for somebody who is signed in."""
    return page(
        template,
        status,
        who=reader,
        supervises="tips:supervise" in reader.scopes,
        handles="tips:handle" in reader.scopes,
        enters="tips:enter" in reader.scopes,
        form_token=token_of(request),
        desk=desk_texts,
        **values,
    )


async def shown(request: Request, reader: Principal, answer: Callable[[], Awaitable[Response]]) -> Response:
    """Answer; a refusal is shown as a page, as a person reads it."""
    try:
        return await answer()
    except ServiceError as error:
        return desk_page(request, reader, "desk_problem.html", error.status, problem=error)


async def _public_form(request: Request) -> Mapping[str, str]:
    async with request.form(max_files=0, max_fields=5, max_part_size=16 * 1024) as form:
        return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def _place(cursor: str) -> tuple[date, UUID] | None:
    if not cursor:
        return None
    day, tip_id = decode_cursor(cursor, 2)
    try:
        return date.fromisoformat(day), UUID(tip_id)
    except ValueError:
        return None
