"""Routes for reporters beside telling and asking: questions, institutions, an identity given later, an objection."""

from fastapi import APIRouter, Depends, Response

from services.kit.auth import public
from services.tips import wiring
from services.tips.api.desk_access import Resources
from services.tips.api.padding import padded_json
from services.tips.api.public_models import (
    FiledAddition,
    IdentityRequest,
    InstitutionSearch,
    InstitutionsFound,
    InstitutionView,
    KindView,
    Padded,
    QuestionView,
    ReporterMessageRequest,
)
from services.tips.storage.guides import questions

router = APIRouter(
    prefix="/tips/v1", tags=["公众举报 / the public"], dependencies=[Depends(public())], max_body_size=64 * 1024
)


@router.get("/questions", summary="引导问题 / Guiding questions by kind")
async def list_questions() -> list[KindView]:
    """List the kinds of fraud with the questions that help to tell of each."""
    return [
        KindView(kind=kind, questions=[QuestionView(code=each.code, zh=each.zh, en=each.en) for each in asked])
        for kind, asked in questions().items()
    ]


@router.post("/institutions/search", response_model=InstitutionsFound, summary="查找机构 / Find an institution")
async def find_institutions(body: InstitutionSearch, resources: Resources) -> Response:
    """Find institutions by part of their name or the beginning of their code; nothing is kept of the search."""
    found, more = await wiring.build_find_institutions(resources)(body.fragment, body.region)
    return padded_json(InstitutionsFound(items=[InstitutionView.of(entry) for entry in found], more=more))


@router.post("/lookup/identity", response_model=Padded, summary="补充实名 / Give your name later")
async def give_identity(body: IdentityRequest, resources: Resources) -> Response:
    """Seal name and phone to the identity officer's key."""
    await wiring.build_give_identity(resources)(body.receipt, body.identity.reporter())
    return padded_json(Padded())


@router.post("/lookup/dispute", response_model=FiledAddition, summary="提出异议 / Dispute the outcome")
async def dispute(body: ReporterMessageRequest, resources: Resources) -> Response:
    """Object to a refusal or to a tip not borne out; it is answered within seven working days."""
    filed = await wiring.build_object_to_outcome(resources)(body.receipt, body.text, body.message_id)
    return padded_json(FiledAddition.of_addition(filed))
