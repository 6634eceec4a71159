"""The page on which a clerk enters a tip for a caller; the receipt is shown once and nothing can be read afterwards."""

from collections.abc import Mapping
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from services.kit.auth import Principal
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api.desk_access import Resources
from services.tips.api.desk_pages import desk_page, shown
from services.tips.api.desk_session import DeskClerk, read_form
from services.tips.api.entries import entered_submission
from services.tips.api.report_form import Picker, asked, chosen_kind, report_of, search, wrong_fields
from services.tips.domain.receipt import display
from services.tips.domain.tip import ENTERED_BY_CLERK, Channel

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=256 * 1024
)

_UNPROCESSABLE = 422


@router.get("/entry")
async def ask(request: Request, clerk: DeskClerk) -> Response:
    """Show the form."""
    return _form(request, clerk, {"submission_id": str(uuid4())}, Picker())


@router.post("/entry")
async def enter(request: Request, clerk: DeskClerk, resources: Resources) -> Response:
    """Register the tip and show its receipt; or show questions, or the institutions found."""

    async def answer() -> Response:
        fields = {name: values[0] for name, values in (await read_form(request)).items()}
        picker = await search(fields, resources)
        if fields.get("action") in {"start", "find"}:
            return _form(request, clerk, fields, picker)
        wrong = [] if fields.get("channel") in ENTERED_BY_CLERK else ["channel"]
        try:
            submission = report_of(fields).submission()
        except ValidationError as error:
            wrong += wrong_fields(error)
        if wrong:
            return _form(request, clerk, fields, picker, wrong=wrong)
        entered = entered_submission(submission, Channel(fields["channel"]), clerk.subject)
        try:
            submitted = await wiring.build_submit_tip(resources)(entered)
        except ServiceError as error:
            return _form(request, clerk, fields, picker, problem=error)
        return desk_page(request, clerk, "desk_receipt.html", 201, receipt=display(submitted.receipt))

    return await shown(request, clerk, answer)


def _form(
    request: Request,
    clerk: Principal,
    fields: Mapping[str, str],
    picker: Picker,
    *,
    wrong: list[str] | None = None,
    problem: ServiceError | None = None,
) -> Response:
    return desk_page(
        request,
        clerk,
        "desk_entry.html",
        problem.status if problem else _UNPROCESSABLE if wrong else 200,
        fields=fields,
        picker=picker,
        asked=asked(chosen_kind(fields)),
        wrong=wrong or [],
        problem=problem,
    )
