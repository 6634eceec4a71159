"""Routes for typical cases (典型案例): a handler writes them, a supervisor looks at every doubt and publishes them."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints

from services.kit.auth import Principal
from services.tips import public_wiring
from services.tips.api.desk_access import Handler, Reader, Resources, Supervisor, agency_only
from services.tips.api.models import RegionCode, Request
from services.tips.api.public_models import Month
from services.tips.api.publications import CaseView
from services.tips.domain.tip import Kind
from services.tips.domain.typical_case import CaseState
from services.tips.use_cases.tell_cases import CheckedCase, Teller, Words

router = APIRouter(
    prefix="/tips/v1/typical-cases",
    tags=["典型案例 / typical cases"],
    dependencies=[Depends(agency_only)],
    max_body_size=64 * 1024,
)

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=100)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=4000)]


class CaseDraft(Request):
    """What a handler writes."""

    region: RegionCode = Field(description="地区，一般到市 / Region, a city as a rule")
    month: Month = Field(description="查处月份 / Month of the decision")
    kind: Kind
    title: Title
    body: Body
    title_en: Title | None = None
    body_en: Body | None = None

    def words(self) -> Words:
        """Return what the use case takes."""
        return Words(self.region, self.month, self.kind, self.title, self.body, self.title_en, self.body_en)


class CaseApproval(Request):
    """Approval of a case."""

    confirmed: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        default=[], max_length=50, description="已逐项核对的提示 / Codes of the doubts that were looked at"
    )


class DoubtView(Request):
    """Something in a case that may tell who is meant."""

    code: str
    excerpt: str
    blocks: bool = Field(description="须修改后才能公布 / The case cannot be published as it is")


class CaseAtDesk(CaseView):
    """A case as those see it who prepare and approve it."""

    state: CaseState
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None
    confirmed: list[str]
    withdrawn_on: date | None
    doubts: list[DoubtView]

    @classmethod
    def at_desk(cls, checked: CheckedCase) -> Self:
        """Show a case with the guard's doubts."""
        case = checked.case
        return cls(
            **CaseView.of(case).model_dump(),
            state=case.state,
            prepared_by=case.prepared_by,
            prepared_at=case.prepared_at,
            approved_by=case.approved_by,
            confirmed=list(case.confirmed),
            withdrawn_on=case.withdrawn_on,
            doubts=[DoubtView(code=doubt.code, excerpt=doubt.excerpt, blocks=doubt.blocks) for doubt in checked.doubts],
        )


def teller_of(principal: Principal) -> Teller:
    """Return the teller a principal is."""
    return Teller(principal.subject, principal.region)


@router.get("", summary="案例列表 / Cases of the region")
async def list_cases(reader: Reader, resources: Resources) -> list[CaseAtDesk]:
    """List cases in every state, drafts with what the guard says."""
    found = await public_wiring.build_tell_cases(resources).at_desk(teller_of(reader))
    return [CaseAtDesk.at_desk(each) for each in found]


@router.post("", status_code=201, summary="编写案例 / Write a case")
async def write(body: CaseDraft, handler: Handler, resources: Resources) -> CaseAtDesk:
    """Write a draft and see what the guard says of it."""
    checked = await public_wiring.build_tell_cases(resources).prepare(body.words(), teller_of(handler))
    return CaseAtDesk.at_desk(checked)


@router.put("/{case_id}", summary="修改案例 / Write a draft anew")
async def rewrite(case_id: UUID, body: CaseDraft, handler: Handler, resources: Resources) -> CaseAtDesk:
    """Write a draft anew; who does so has prepared it."""
    checked = await public_wiring.build_tell_cases(resources).prepare(body.words(), teller_of(handler), case_id)
    return CaseAtDesk.at_desk(checked)


@router.post("/{case_id}/publication", summary="审批公布 / Publish a case")
async def publish(case_id: UUID, body: CaseApproval, supervisor: Supervisor, resources: Resources) -> CaseAtDesk:
    """Publish a draft of somebody else, every doubt confirmed."""
    tell = public_wiring.build_tell_cases(resources)
    return CaseAtDesk.at_desk(await tell.publish(case_id, body.confirmed, teller_of(supervisor)))


@router.post("/{case_id}/withdrawal", summary="撤下案例 / Withdraw a case")
async def take_down(case_id: UUID, supervisor: Supervisor, resources: Resources) -> CaseAtDesk:
    """Take a case from the public, or drop a draft."""
    return CaseAtDesk.at_desk(await public_wiring.build_tell_cases(resources).take_down(case_id, teller_of(supervisor)))
