"""Routes for checks (核查任务) that the desk gives to social supervisors."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from services.tips import public_wiring, wiring
from services.tips.api.desk_access import Resources
from services.tips.api.models import InstitutionCode, Request
from services.tips.api.padding import padded_json
from services.tips.api.public_models import Month, Receipt, TipReport
from services.tips.api.supervisors import Appointer, Watcher
from services.tips.domain.supervisor_check import MOST_QUESTIONS, Answer, Check, CheckState
from services.tips.use_cases.assign_checks import Assignment

router = APIRouter(prefix="/tips/v1/supervisors", tags=["社会监督员 / social supervisors"], max_body_size=64 * 1024)

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class CheckRequest(Request):
    """A check for a supervisor."""

    check_id: UUID = Field(description="由派发方生成，重发不会重复 / Chosen by the sender; sent again, one check")
    institution_code: InstitutionCode
    period_first: Month = Field(description="核查起始月份 / First month to look at")
    period_last: Month = Field(description="核查截止月份 / Last month")
    questions: list[Question] = Field(
        min_length=1,
        max_length=MOST_QUESTIONS,
        description="核查要点，不得透露有无举报 / What to look at; nothing of any tip",
    )
    due_on: date = Field(description="期限（含当日）/ Last day")

    def assignment(self) -> Assignment:
        """Return what the use case takes."""
        return Assignment(
            self.check_id,
            self.institution_code,
            self.period_first,
            self.period_last,
            tuple(self.questions),
            self.due_on,
        )


class NothingFound(Request):
    """Answer that nothing was found."""

    answers: list[Answer] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="逐项：正常或未核查 / For each question"
    )


class OwnCheckView(BaseModel):
    """A check as its supervisor sees it."""

    check_id: UUID
    institution_code: str
    period_first: str
    period_last: str
    questions: list[str]
    due_on: date
    state: CheckState
    answers: list[Answer]
    answered_on: date | None
    due_soon: bool = Field(description="期限将至 / The last day is near")
    overdue: bool = Field(description="已逾期，仍可办理 / Overdue; it can still be answered")

    @classmethod
    def of(cls, check: Check) -> Self:
        """Show a check."""
        return cls.model_validate(_shown(check))


class CheckView(OwnCheckView):
    """A check as the desk sees it; the tip that came of it is not named, as its reporter would be."""

    supervisor_id: UUID
    region: str
    assigned_by: str
    assigned_at: datetime
    cancelled_by: str | None
    cancelled_on: date | None

    @classmethod
    def of(cls, check: Check) -> Self:
        """Show a check."""
        return cls.model_validate(
            _shown(check)
            | {
                "supervisor_id": check.supervisor_id,
                "region": check.region,
                "assigned_by": check.assigned_by,
                "assigned_at": check.assigned_at,
                "cancelled_by": check.cancelled_by,
                "cancelled_on": check.cancelled_on,
            }
        )


def _shown(check: Check) -> dict[str, object]:
    open_still = check.state is CheckState.ASSIGNED
    return {
        "check_id": check.id,
        "institution_code": check.institution_code,
        "period_first": check.period_first,
        "period_last": check.period_last,
        "questions": list(check.questions),
        "due_on": check.due_on,
        "state": check.state,
        "answers": list(check.answers),
        "answered_on": check.answered_on,
        "due_soon": open_still and check.reminded_on is not None and check.overdue_on is None,
        "overdue": open_still and check.overdue_on is not None,
    }


@router.get("/checks", summary="核查任务 / Checks of the region")
async def list_checks(appointer: Appointer, resources: Resources) -> list[CheckView]:
    """List the checks of the region, open ones first."""
    found = await public_wiring.build_assign_checks(resources).of_region(appointer.region)
    return [CheckView.of(check) for check in found]


@router.post("/{supervisor_id}/checks", status_code=201, summary="派发核查任务 / Give a check")
async def assign(supervisor_id: UUID, body: CheckRequest, appointer: Appointer, resources: Resources) -> CheckView:
    """Give a supervisor of the region a check."""
    checks = public_wiring.build_assign_checks(resources)
    return CheckView.of(
        await checks.assign(supervisor_id, body.assignment(), by=appointer.subject, region=appointer.region)
    )


@router.post("/checks/{check_id}/cancellation", summary="取消核查任务 / Take a check back")
async def cancel(check_id: UUID, appointer: Appointer, resources: Resources) -> CheckView:
    """Take a check back that is not answered."""
    checks = public_wiring.build_assign_checks(resources)
    return CheckView.of(await checks.take_back(check_id, by=appointer.subject, region=appointer.region))


@router.get("/me/checks", summary="本人核查任务 / Own checks")
async def own(watcher: Watcher, resources: Resources) -> list[OwnCheckView]:
    """List one's own checks, open ones first."""
    found = await public_wiring.build_assign_checks(resources).own(watcher.subject)
    return [OwnCheckView.of(check) for check in found]


@router.post("/me/checks/{check_id}/nothing-found", summary="未发现问题 / Nothing found")
async def nothing_found(check_id: UUID, body: NothingFound, watcher: Watcher, resources: Resources) -> OwnCheckView:
    """Answer that nothing was found, question by question."""
    checks = public_wiring.build_assign_checks(resources)
    return OwnCheckView.of(await checks.nothing_found(check_id, body.answers, subject=watcher.subject))


@router.post(
    "/me/checks/{check_id}/report", status_code=201, response_model=Receipt, summary="发现问题 / Report what was found"
)
async def report(check_id: UUID, body: TipReport, watcher: Watcher, resources: Resources) -> Response:
    """Report what was found; it becomes a tip about the institution, and its receipt is shown once."""
    submitted = await public_wiring.build_assign_checks(resources).report(
        check_id,
        body.submission(),
        public_wiring.build_supervise_socially(resources),
        wiring.build_submit_tip(resources),
        subject=watcher.subject,
    )
    return padded_json(Receipt.of(submitted), 201)
