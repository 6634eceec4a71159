"""Routes for social supervisors (社会监督员): their appointment, and the channel of their own."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, StringConstraints

from services.kit.auth import Principal, require
from services.tips import public_wiring, wiring
from services.tips.api.desk_access import Resources, Supervisor, require_agency
from services.tips.api.models import InstitutionCode, RegionCode, Request, Subject
from services.tips.api.padding import padded_json
from services.tips.api.public_models import Receipt, TipReport
from services.tips.use_cases.supervise_socially import AppointedSupervisor, Appointment

router = APIRouter(prefix="/tips/v1/supervisors", tags=["社会监督员 / social supervisors"], max_body_size=64 * 1024)


class AppointmentRequest(Request):
    """An appointment."""

    subject: Subject = Field(description="登录身份 / Subject of the person's token")
    certificate: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,40}$")] = Field(
        description="聘书编号 / Number of the certificate"
    )
    region: RegionCode = Field(description="聘任地区 / Region")
    term_from: date = Field(description="聘期起 / First day of the term")
    term_until: date = Field(description="聘期止（含当日）/ Last day of the term")


class OwnInterest(Request):
    """An institution that a supervisor does not report on."""

    institution_code: InstitutionCode


class AppointmentView(BaseModel):
    """An appointment and what came of it."""

    supervisor_id: UUID
    subject: str
    certificate: str
    region: str
    term_from: date
    term_until: date
    ended_on: date | None
    acts: bool = Field(description="当前是否在聘 / Whether it holds today")
    reported: int
    accepted: int
    substantiated: int

    @classmethod
    def of(cls, appointed: AppointedSupervisor) -> Self:
        """Show an appointment."""
        supervisor, reported = appointed.supervisor, appointed.reported
        return cls(
            supervisor_id=supervisor.id,
            subject=supervisor.subject,
            certificate=supervisor.certificate,
            region=supervisor.region,
            term_from=supervisor.term_from,
            term_until=supervisor.term_until,
            ended_on=supervisor.ended_on,
            acts=appointed.acts,
            reported=reported.reported,
            accepted=reported.accepted,
            substantiated=reported.substantiated,
        )


async def _watcher(watcher: Annotated[Principal, Depends(require("tips:watch"))]) -> Principal:
    require_agency(watcher)
    return watcher


async def _appointer(supervisor: Supervisor) -> Principal:
    require_agency(supervisor)
    return supervisor


Watcher = Annotated[Principal, Depends(_watcher)]
Appointer = Annotated[Principal, Depends(_appointer)]


@router.get("", summary="聘任名单 / Appointments")
async def list_supervisors(appointer: Appointer, resources: Resources) -> list[AppointmentView]:
    """List the appointments of the region with what came of them."""
    found = await public_wiring.build_supervise_socially(resources).appointed(appointer.region)
    return [AppointmentView.of(each) for each in found]


@router.post("", status_code=201, summary="聘任 / Appoint")
async def appoint(body: AppointmentRequest, appointer: Appointer, resources: Resources) -> AppointmentView:
    """Appoint somebody for a term."""
    appointment = Appointment(body.subject, body.certificate, body.region, body.term_from, body.term_until)
    return AppointmentView.of(
        await public_wiring.build_supervise_socially(resources).appoint(
            appointment, by=appointer.subject, region=appointer.region
        )
    )


@router.post("/{supervisor_id}/end", summary="解聘 / End an appointment")
async def end(supervisor_id: UUID, appointer: Appointer, resources: Resources) -> AppointmentView:
    """End an appointment today."""
    return AppointmentView.of(
        await public_wiring.build_supervise_socially(resources).end(
            supervisor_id, by=appointer.subject, region=appointer.region
        )
    )


@router.get("/me", summary="本人聘期与成效 / Own appointments")
async def own(watcher: Watcher, resources: Resources) -> list[AppointmentView]:
    """List one's own appointments with what came of them."""
    found = await public_wiring.build_supervise_socially(resources).own(watcher.subject)
    return [AppointmentView.of(each) for each in found]


@router.post("/me/interests", status_code=204, summary="申报回避 / Recuse yourself")
async def recuse(body: OwnInterest, watcher: Watcher, resources: Resources) -> None:
    """Declare an interest in an institution, which one then cannot report on."""
    await public_wiring.build_supervise_socially(resources).recuse(watcher.subject, body.institution_code)


@router.post("/me/reports", status_code=201, response_model=Receipt, summary="履职举报 / Report under an appointment")
async def report(body: TipReport, watcher: Watcher, resources: Resources) -> Response:
    """Report as a social supervisor; the receipt is shown once, as to any reporter."""
    submitted = await public_wiring.build_supervise_socially(resources).report(
        body.submission(), wiring.build_submit_tip(resources), subject=watcher.subject
    )
    return padded_json(Receipt.of(submitted), 201)
