"""Routes with which reporters send files and fetch the statement of filing; the receipt only ever in a body."""

from collections.abc import Mapping
from json import loads

from fastapi import APIRouter, Depends, Request, Response

from services.kit.auth import public
from services.kit.errors import Malformed, ServiceError
from services.tips import wiring
from services.tips.api.desk_access import Resources
from services.tips.api.padding import padded_json
from services.tips.api.public_models import AddedFiles, Filing, FilingRequest, Receipt, TipReport
from services.tips.api.uploads import LARGEST_FORM, discard_files, receive_form
from services.tips.domain.receipt import ReceiptKeys

router = APIRouter(
    prefix="/tips/v1", tags=["公众举报 / the public"], dependencies=[Depends(public())], max_body_size=64 * 1024
)


def _form(field: str, description: str) -> dict[str, object]:
    schema = {
        "type": "object",
        "required": [field],
        "properties": {
            field: {"type": "string", "description": description},
            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        },
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post(
    "/tips-with-files",
    status_code=201,
    response_model=Receipt,
    summary="举报并提交附件 / Report with files",
    max_body_size=LARGEST_FORM,
    openapi_extra=_form("tip", "JSON，同 POST /tips/v1/tips / As for POST /tips/v1/tips"),
)
async def report(request: Request, resources: Resources) -> Response:
    """Take a tip with files: the field ``tip`` is its JSON, every other part a file."""
    sent = await receive_form(request, resources)
    try:
        if sent.problem is not None:
            raise sent.problem
        submission = _tip_of(sent.fields).submission()
    except ServiceError:
        discard_files(sent, resources)
        raise
    submitted = await wiring.build_submit_tip(resources)(submission, sent.files)
    return padded_json(Receipt.of(submitted), 201)


@router.post(
    "/lookup/files",
    response_model=AddedFiles,
    summary="补充附件 / Add files",
    max_body_size=LARGEST_FORM,
    openapi_extra=_form("receipt", "回执编号，须在附件之前 / The receipt; it must come before the files"),
)
async def add_files(request: Request, resources: Resources) -> Response:
    """Add files to the tip of a receipt; nothing is taken before the receipt is known to be right."""
    adding = wiring.build_add_files(resources)
    admitted: list[ReceiptKeys] = []

    async def admit(fields: Mapping[str, str]) -> None:
        admitted.append(await adding.admit(fields.get("receipt", "")[:64]))

    sent = await receive_form(request, resources, admit)
    if sent.problem is not None:
        raise sent.problem
    if not admitted:
        raise Malformed("no_files", zh="没有附件。", en="There are no files.")
    added, filed = await adding(admitted[0], sent.files)
    return padded_json(AddedFiles.of_files(added, filed))


@router.post("/lookup/filing", response_model=Filing, summary="受理凭据 / The statement of filing")
async def read_filing(body: FilingRequest, resources: Resources) -> Response:
    """Give the statements of filing once more, and the tip or an addition as it was hashed where asked for."""
    filings = await wiring.build_read_filing(resources)(body.receipt)
    return padded_json(Filing.of(filings, body.addition, with_opening=body.with_opening))


def _tip_of(fields: Mapping[str, str]) -> TipReport:
    try:
        return TipReport.model_validate(loads(fields.get("tip", "")))
    except ValueError:
        raise Malformed(
            "tip_malformed", zh="字段 tip 不是有效的举报。", en="The field tip is not a valid tip in JSON."
        ) from None
