"""Sanctions over HTTP: recorded, read, and the findings that wait for one."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.credit.api.cursors import id_after
from services.credit.api.models import InstitutionCode, ProposalView, SanctionBody, SanctionView, ViolationBody
from services.credit.api.resources import Opened, Spoken
from services.credit.api.views import proposal_view, sanction_view
from services.credit.domain.sanction import ResponsiblePerson, Sanction, Violation
from services.credit.wiring import build_read_sanctions, build_record_sanction
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["处理决定 sanctions"])

_CREATED = 201

Officer = Annotated[Principal, Depends(require("sanctions:write"))]


@router.post(
    "/sanctions",
    summary="登记处理决定并记分 / Record a sanction and its points",
    responses={_CREATED: {"model": SanctionView}},
)
async def record_sanction(
    body: SanctionBody, officer: Officer, resources: Opened, language: Spoken, response: Response
) -> SanctionView:
    """无处理决定不记分；重复提交为 200，内容不同为 409 / No points without one; repeated: 200, altered: 409."""
    outcome = await build_record_sanction(resources)(_sanction(body), officer)
    if outcome.created:
        response.status_code = _CREATED
    return sanction_view(outcome.sanction, outcome.entries, resources.book, language)


@router.get("/sanctions/{sanction_id}", summary="处理决定 / One sanction with its entries")
async def get_sanction(
    sanction_id: UUID,
    reader: Annotated[Principal, Depends(require("standing:read"))],
    resources: Opened,
    language: Spoken,
) -> SanctionView:
    """含其后的冲销 / With the counter-entries that came later."""
    found = await build_read_sanctions(resources).one(sanction_id, reader)
    return sanction_view(found.sanction, found.entries, resources.book, language, found.annulment)


@router.get("/proposals", summary="待处理的已确认疑点 / Confirmed findings that wait for a sanction")
async def list_proposals(
    officer: Officer,
    resources: Opened,
    institution: Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ProposalView]:
    """按疑点编号排列 / By id."""
    found = await build_read_sanctions(resources).proposals(
        officer, institution_code=institution, after=id_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[proposal_view(finding) for finding in shown],
        next_cursor=encode_cursor(str(shown[-1].finding_id)) if len(found) > limit else None,
    )


def _sanction(body: SanctionBody) -> Sanction:
    return Sanction(
        sanction_id=body.sanction_id,
        institution_code=body.institution_code,
        kind=body.kind,
        deciding_authority=body.deciding_authority,
        document_number=body.document_number,
        decided_on=body.decided_on,
        persons=tuple(
            ResponsiblePerson(
                practitioner_code=person.practitioner_code,
                violations=violations_of(person.violations),
            )
            for person in body.persons
        ),
        answered_finding_ids=tuple(body.finding_ids),
        received_on=body.received_on,
        agreement=body.agreement,
        agreement_until=body.agreement_until,
    )


def violations_of(bodies: Sequence[ViolationBody]) -> tuple[Violation, ...]:
    """Return the violations a caller sent."""
    return tuple(
        Violation(
            finding_ids=tuple(violation.finding_ids),
            band_cause=violation.band_cause,
            degree=violation.degree,
            modifier=violation.modifier,
            reach=violation.modifier_reach,
        )
        for violation in bodies
    )
