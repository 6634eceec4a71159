"""Fills answers to the public up to round sizes, so that their size on the line does not tell their content."""

from fastapi import Response
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.http.matched import route_guard
from services.tips.api.public_models import Padded

STEP = 4 * 1024
"""Bytes of JSON; a status without messages and one with a few short ones look alike."""

PAGE_STEP = 16 * 1024
"""Bytes of a page; all but those with a long conversation look alike."""

FORM_STEP = 32 * 1024
"""Bytes of the form: its questions differ by kind, and what was found or is wrong is shown in it."""


def padded_json(answer: Padded, status: int = 200) -> Response:
    """Return an answer as JSON whose ``padding`` fills it up."""
    bare = len(answer.model_dump_json().encode())
    answer = answer.model_copy(update={"padding": "." * (-bare % STEP)})
    return Response(answer.model_dump_json(), status, media_type="application/json")


def padded_page(
    html: str, status: int = 200, headers: dict[str, str] | None = None, *, step: int = PAGE_STEP
) -> HTMLResponse:
    """Return a page with a comment at its end that fills it up."""
    frame = "<!---->"
    missing = -(len(html.encode()) + len(frame)) % step
    return HTMLResponse(f"{html}<!--{'.' * missing}-->", status, headers)


class FilledUp:
    """Middleware that fills up whatever else is answered where no token is wanted: refusals, lists, files to keep.

    What it adds are blanks at the end, which mean nothing in JSON, HTML and style sheets. Without it a receipt that is
    wrong, or a reward that cannot be claimed, would be told by a few hundred bytes. Answers that come in parts go
    through as they are: none of them is for the public.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and its answer filled up."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head: Message | None = None

        async def forward(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start":
                head = message
                return
            if head is not None:
                began, head = head, None
                if route_guard(scope) is None:
                    message = _filled(began, message)
                await send(began)
            await send(message)

        await self._app(scope, receive, forward)


_FILLABLE = ("application/json", "application/problem+json", "text/html", "text/css")


def _filled(head: Message, message: Message) -> Message:
    """Return the only part of an answer with blanks at its end, and correct the length that the head tells."""
    body = message.get("body", b"")
    headers = MutableHeaders(raw=head["headers"])
    if message.get("more_body") or not body or not headers.get("content-type", "").startswith(_FILLABLE):
        return message
    body += b" " * (-len(body) % STEP)
    headers["content-length"] = str(len(body))
    return {**message, "body": body}
