"""The pages on which typical cases are written and approved, and social supervisors appointed and heard."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from services.kit.auth import Principal
from services.kit.errors import ServiceError
from services.tips import public_wiring, wiring
from services.tips.api import desk_public_texts
from services.tips.api.desk_access import Resources
from services.tips.api.desk_outcome import NOTHING_SENT, Outcome, attempt
from services.tips.api.desk_pages import desk_page, shown
from services.tips.api.desk_session import DeskGuard, DeskReader, must_hold, read_form
from services.tips.api.desk_steps import Fields, first
from services.tips.api.rendering import SECURITY_HEADERS
from services.tips.api.report_form import Picker, asked, chosen_kind, report_of, search, wrong_fields
from services.tips.api.supervisors import AppointmentRequest, OwnInterest
from services.tips.api.typical_cases import CaseDraft, teller_of
from services.tips.domain.receipt import display
from services.tips.use_cases.supervise_socially import Appointment

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=128 * 1024
)

DeskWatcher = Annotated[Principal, Depends(DeskGuard("tips:watch"))]
DeskAppointer = Annotated[Principal, Depends(DeskGuard("tips:supervise"))]
Done = Annotated[str, Query(max_length=20)]

_UNPROCESSABLE = 422


@router.get("/cases")
async def cases_page(request: Request, reader: DeskReader, resources: Resources, done: Done = "") -> Response:
    """Show the cases of the region, drafts with the guard's doubts."""

    async def answer() -> Response:
        return await _cases_page(request, reader, resources, done=done)

    return await shown(request, reader, answer)


@router.post("/cases")
async def case_step(request: Request, reader: DeskReader, resources: Resources) -> Response:
    """Write, publish or withdraw a case, then show them again."""

    async def answer() -> Response:
        fields = await read_form(request)
        with attempt() as outcome:
            await _case_step(resources, fields, reader)
        if outcome.taken:
            return RedirectResponse(f"/tips/desk/cases?done={first(fields, 'action')}", 303, SECURITY_HEADERS)
        return await _cases_page(request, reader, resources, outcome=outcome, written=fields)

    return await shown(request, reader, answer)


@router.get("/supervisors")
async def supervisors_page(
    request: Request, appointer: DeskAppointer, resources: Resources, done: Done = ""
) -> Response:
    """Show the appointments of the region, and ask for another one."""

    async def answer() -> Response:
        return await _supervisors_page(request, appointer, resources, done=done)

    return await shown(request, appointer, answer)


@router.post("/supervisors")
async def supervisor_step(request: Request, appointer: DeskAppointer, resources: Resources) -> Response:
    """Appoint somebody, or end an appointment."""

    async def answer() -> Response:
        fields = await read_form(request)
        watch, action = public_wiring.build_supervise_socially(resources), first(fields, "action")
        with attempt() as outcome:
            if action == "appoint":
                names = ("subject", "certificate", "region", "term_from", "term_until")
                body = AppointmentRequest.model_validate({name: first(fields, name) for name in names})
                appointment = Appointment(body.subject, body.certificate, body.region, body.term_from, body.term_until)
                await watch.appoint(appointment, by=appointer.subject, region=appointer.region)
            elif action == "end":
                await watch.end(
                    UUID(first(fields, "supervisor_id") or ""), by=appointer.subject, region=appointer.region
                )
        if outcome.taken:
            return RedirectResponse(f"/tips/desk/supervisors?done={action}", 303, SECURITY_HEADERS)
        return await _supervisors_page(request, appointer, resources, outcome=outcome)

    return await shown(request, appointer, answer)


@router.get("/supervision")
async def supervision_page(request: Request, watcher: DeskWatcher, resources: Resources, done: Done = "") -> Response:
    """Show a social supervisor the own appointments, and the form."""

    async def answer() -> Response:
        return await _supervision_page(request, watcher, resources, {"submission_id": str(uuid4())}, done=done)

    return await shown(request, watcher, answer)


@router.post("/supervision")
async def supervise(request: Request, watcher: DeskWatcher, resources: Resources) -> Response:
    """Take a report under the appointment, or a declaration of interest."""

    async def answer() -> Response:
        fields = {name: values[0] for name, values in (await read_form(request)).items()}
        watch = public_wiring.build_supervise_socially(resources)
        picker = await search(fields, resources)
        if fields.get("action") in {"start", "find"}:
            return await _supervision_page(request, watcher, resources, fields, picker)
        try:
            if fields.get("action") == "recuse":
                body = OwnInterest.model_validate({"institution_code": fields.get("own_institution", "").upper()})
                await watch.recuse(watcher.subject, body.institution_code)
                return RedirectResponse("/tips/desk/supervision?done=recuse", 303, SECURITY_HEADERS)
            submission = report_of(fields).submission()
            submitted = await watch.report(submission, wiring.build_submit_tip(resources), subject=watcher.subject)
        except ValidationError as error:
            wrong = wrong_fields(error) or ["institution_code"]
            return await _supervision_page(request, watcher, resources, fields, picker, wrong=wrong)
        except ServiceError as error:
            return await _supervision_page(request, watcher, resources, fields, picker, problem=error)
        receipt = display(submitted.receipt)
        return desk_page(request, watcher, "desk_receipt.html", 201, receipt=receipt, onward="/tips/desk/supervision")

    return await shown(request, watcher, answer)


async def _case_step(resources: wiring.Resources, fields: Fields, who: Principal) -> None:
    tell, action, teller = public_wiring.build_tell_cases(resources), first(fields, "action"), teller_of(who)
    needed = "tips:handle" if action == "write" else "tips:supervise"
    must_hold(who, needed)
    case_id = first(fields, "case_id")
    if action == "write":
        names = ("region", "month", "kind", "title", "body", "title_en", "body_en")
        body = CaseDraft.model_validate({name: first(fields, name) for name in names})
        await tell.prepare(body.words(), teller, None if case_id is None else UUID(case_id))
    elif action == "publish":
        await tell.publish(UUID(case_id or ""), fields.get("confirmed", []), teller)
    elif action == "withdraw":
        await tell.take_down(UUID(case_id or ""), teller)


async def _cases_page(
    request: Request,
    reader: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
    written: Fields | None = None,
) -> Response:
    return desk_page(
        request,
        reader,
        "desk_cases.html",
        outcome.status,
        cases=await public_wiring.build_tell_cases(resources).at_desk(teller_of(reader)),
        words=desk_public_texts,
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
        written={name: values[0] for name, values in (written or {}).items()},
    )


async def _supervisors_page(
    request: Request,
    appointer: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
) -> Response:
    return desk_page(
        request,
        appointer,
        "desk_supervisors.html",
        outcome.status,
        appointments=await public_wiring.build_supervise_socially(resources).appointed(appointer.region),
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
    )


async def _supervision_page(
    request: Request,
    watcher: Principal,
    resources: wiring.Resources,
    fields: dict[str, str],
    picker: Picker | None = None,
    *,
    wrong: list[str] | None = None,
    problem: ServiceError | None = None,
    done: str = "",
) -> Response:
    return desk_page(
        request,
        watcher,
        "desk_supervision.html",
        problem.status if problem else _UNPROCESSABLE if wrong else 200,
        appointments=await public_wiring.build_supervise_socially(resources).own(watcher.subject),
        fields=fields,
        picker=picker or Picker(),
        asked=asked(chosen_kind(fields)),
        wrong=wrong or [],
        problem=problem,
        notice=desk_public_texts.DONE.get(done),
    )
