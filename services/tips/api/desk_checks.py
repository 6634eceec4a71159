"""The pages on which checks are given to social supervisors, and on which these answer; complete without scripts."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from services.kit.auth import Principal
from services.kit.errors import ServiceError
from services.tips import public_wiring, wiring
from services.tips.api import desk_public_texts
from services.tips.api.desk_access import Resources
from services.tips.api.desk_outcome import NOTHING_SENT, Outcome, attempt
from services.tips.api.desk_pages import desk_page, shown
from services.tips.api.desk_publications import DeskAppointer, DeskWatcher
from services.tips.api.desk_session import read_form
from services.tips.api.desk_steps import Fields, first
from services.tips.api.rendering import SECURITY_HEADERS
from services.tips.api.report_form import asked, chosen_kind, report_of, wrong_fields
from services.tips.api.supervisor_checks import CheckRequest, CheckView, NothingFound, OwnCheckView
from services.tips.domain.receipt import display

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=128 * 1024
)

Done = Annotated[str, Query(max_length=20)]

_UNPROCESSABLE = 422
_OWN = "/tips/desk/checks"
_REGION = "/tips/desk/supervisors/checks"


@router.get("/supervisors/checks")
async def checks_page(request: Request, appointer: DeskAppointer, resources: Resources, done: Done = "") -> Response:
    """Show the checks of the region, and ask for another one."""

    async def answer() -> Response:
        return await _checks_page(request, appointer, resources, done=done)

    return await shown(request, appointer, answer)


@router.post("/supervisors/checks")
async def check_step(request: Request, appointer: DeskAppointer, resources: Resources) -> Response:
    """Give a check, or take one back."""

    async def answer() -> Response:
        fields = await read_form(request)
        with attempt() as outcome:
            await _take_step(resources, fields, appointer)
        if outcome.taken:
            return RedirectResponse(f"{_REGION}?done={first(fields, 'action')}", 303, SECURITY_HEADERS)
        written = {name: values[0] for name, values in fields.items()}
        return await _checks_page(request, appointer, resources, outcome=outcome, written=written)

    return await shown(request, appointer, answer)


@router.get("/checks")
async def own_page(request: Request, watcher: DeskWatcher, resources: Resources, done: Done = "") -> Response:
    """Show a social supervisor the own checks."""

    async def answer() -> Response:
        return await _own_page(request, watcher, resources, done=done)

    return await shown(request, watcher, answer)


@router.post("/checks")
async def answer_check(request: Request, watcher: DeskWatcher, resources: Resources) -> Response:
    """Take the answer to a check: nothing found, or a report."""

    async def answer() -> Response:
        fields = await read_form(request)
        plain = {name: values[0] for name, values in fields.items()}
        checks = public_wiring.build_assign_checks(resources)
        try:
            check_id = UUID(plain.get("check_id", ""))
            if plain.get("action") == "nothing-found":
                places = sorted((name for name in fields if name.startswith("answer_")), key=lambda name: int(name[7:]))
                body = NothingFound.model_validate({"answers": [plain[name] for name in places]})
                await checks.nothing_found(check_id, body.answers, subject=watcher.subject)
                return RedirectResponse(f"{_OWN}?done=nothing-found", 303, SECURITY_HEADERS)
            if plain.get("action") == "start":
                return await _own_page(request, watcher, resources, written=plain)
            submitted = await checks.report(
                check_id,
                report_of(plain).submission(),
                public_wiring.build_supervise_socially(resources),
                wiring.build_submit_tip(resources),
                subject=watcher.subject,
            )
        except ValidationError as error:
            wrong = wrong_fields(error) or ["answers"]
            return await _own_page(request, watcher, resources, wrong=wrong, written=plain)
        except ValueError:
            return await _own_page(request, watcher, resources, wrong=["answers"], written=plain)
        except ServiceError as error:
            return await _own_page(request, watcher, resources, problem=error, written=plain)
        receipt = display(submitted.receipt)
        return desk_page(request, watcher, "desk_receipt.html", 201, receipt=receipt, onward=_OWN)

    return await shown(request, watcher, answer)


async def _take_step(resources: wiring.Resources, fields: Fields, who: Principal) -> None:
    checks = public_wiring.build_assign_checks(resources)
    if first(fields, "action") == "take-back":
        await checks.take_back(UUID(first(fields, "check_id") or ""), by=who.subject, region=who.region)
        return
    names = ("check_id", "period_first", "period_last", "due_on")
    values = {name: first(fields, name) for name in names}
    body = CheckRequest.model_validate(
        {
            **values,
            "institution_code": (first(fields, "institution_code") or "").upper(),
            # One question a line.
            "questions": [line for line in (first(fields, "questions") or "").splitlines() if line.strip()],
        }
    )
    supervisor_id = UUID(first(fields, "supervisor_id") or "")
    await checks.assign(supervisor_id, body.assignment(), by=who.subject, region=who.region)


async def _checks_page(
    request: Request,
    appointer: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    outcome: Outcome = NOTHING_SENT,
    written: dict[str, str] | None = None,
) -> Response:
    found = await public_wiring.build_assign_checks(resources).of_region(appointer.region)
    appointed = await public_wiring.build_supervise_socially(resources).appointed(appointer.region)
    return desk_page(
        request,
        appointer,
        "desk_checks.html",
        outcome.status,
        checks=[CheckView.of(check) for check in found],
        certificates={each.supervisor.id: each.supervisor.certificate for each in appointed},
        acting=[each.supervisor for each in appointed if each.acts],
        words=desk_public_texts,
        notice=desk_public_texts.DONE.get(done),
        problem=outcome.problem,
        wrong=outcome.wrong,
        written=written or {},
        check_id=str(uuid4()),
    )


async def _own_page(
    request: Request,
    watcher: Principal,
    resources: wiring.Resources,
    *,
    done: str = "",
    problem: ServiceError | None = None,
    wrong: list[str] | None = None,
    written: dict[str, str] | None = None,
) -> Response:
    found = await public_wiring.build_assign_checks(resources).own(watcher.subject)
    fields = {"submission_id": str(uuid4())} | (written or {})
    return desk_page(
        request,
        watcher,
        "desk_own_checks.html",
        problem.status if problem else _UNPROCESSABLE if wrong else 200,
        checks=[OwnCheckView.of(check) for check in found],
        fields=fields,
        asked=asked(chosen_kind(fields)),
        words=desk_public_texts,
        notice=desk_public_texts.DONE.get(done),
        problem=problem,
        wrong=wrong or [],
    )
