"""Fills answers to reporters up to round sizes, so that their size on the line does not tell their content."""

from fastapi import Response
from starlette.responses import HTMLResponse

from services.tips.api.public_models import Padded

STEP = 4 * 1024
"""Bytes of JSON; a status without messages and one with a few short ones look alike."""

PAGE_STEP = 16 * 1024
"""Bytes of a page; all but those with a long conversation look alike."""


def padded_json(answer: Padded, status: int = 200) -> Response:
    """Return an answer as JSON whose ``padding`` fills it up."""
    bare = len(answer.model_dump_json().encode())
    answer = answer.model_copy(update={"padding": "." * (-bare % STEP)})
    return Response(answer.model_dump_json(), status, media_type="application/json")


def padded_page(html: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """Return a page with a comment at its end that fills it up."""
    frame = "<!---->"
    missing = -(len(html.encode()) + len(frame)) % PAGE_STEP
    return HTMLResponse(f"{html}<!--{'.' * missing}-->", status, headers)
