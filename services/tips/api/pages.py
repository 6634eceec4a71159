"""The pages for reporters: complete without scripts, cookies or anything from elsewhere."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from services.kit.auth import public
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api import texts
from services.tips.api.claim_models import PayeeFields
from services.tips.api.desk_access import Resources
from services.tips.api.public_models import Identity, ReporterMessageRequest
from services.tips.api.rendering import SECURITY_HEADERS, page
from services.tips.api.report_form import Picker, asked, chosen_kind, report_of, search, wrong_fields
from services.tips.api.uploads import LARGEST_FORM, Form, discard_files, receive_form
from services.tips.domain.receipt import ReceiptKeys, display
from services.tips.storage.attachment_files import TakenFile
from services.tips.use_cases.add_files import FilesAdded
from services.tips.use_cases.claim_reward import ClaimedReward

router = APIRouter(
    prefix="/tips",
    tags=["公众举报页面 / pages"],
    dependencies=[Depends(public())],
    include_in_schema=False,
    max_body_size=128 * 1024,
)

_UNPROCESSABLE = 422


@router.get("/static/tips.css")
async def style() -> Response:
    """Send the style sheet."""
    css = (files("services.tips.api") / "static" / "tips.css").read_bytes()
    return Response(css, media_type="text/css", headers=SECURITY_HEADERS)


@router.get("/")
async def form(resources: Resources) -> Response:
    """Show the first step of the form, which asks for the kind."""
    return _form_page(Form({"submission_id": str(uuid4())}), Picker(), resources)


@router.post("/report", max_body_size=LARGEST_FORM)
async def report(request: Request, resources: Resources) -> Response:
    """Take a tip from the form and show its receipt; or show the questions of a kind, or the institutions found."""
    sent = await receive_form(request, resources)
    fields = sent.fields
    picker = await search(fields, resources)
    if fields.get("action") in {"start", "find"}:
        _leave_out_files(sent, resources)
        wrong = [] if chosen_kind(fields) else ["kind"]
        return _form_page(sent, picker, resources, _UNPROCESSABLE if wrong else 200, wrong=wrong)
    try:
        tip = report_of(fields)
    except ValidationError as error:
        _leave_out_files(sent, resources)
        return _form_page(sent, picker, resources, _UNPROCESSABLE, wrong=wrong_fields(error), send=True)
    try:
        submitted = await wiring.build_submit_tip(resources)(tip.submission(), _files_of(sent))
    except ServiceError as error:
        sent.files_left_out = bool(sent.files)
        return _form_page(sent, picker, resources, error.status, _retry(error), problem=error, send=True)
    receipt = submitted.receipt
    return page("receipt.html", 201, receipt=display(receipt), plain=receipt, files=submitted.files)


@router.get("/receipt")
async def ask_for_receipt() -> Response:
    """Ask for a receipt."""
    return page("lookup.html", problem=None)


@router.post("/receipt", max_body_size=LARGEST_FORM)
async def look_up(request: Request, resources: Resources) -> Response:
    """Do what the form of a status page asks for, then show how the tip stands."""
    adding = wiring.build_add_files(resources)
    admitted: list[ReceiptKeys] = []

    async def admit(fields: Mapping[str, str]) -> None:
        admitted.append(await adding.admit(fields.get("receipt", "")[:64]))

    sent = await receive_form(request, resources, admit)
    fields = sent.fields
    receipt, action = fields.get("receipt", "")[:64], fields.get("action", "")
    notice: texts.Words | None = None
    wrong: list[str] = []
    claimed: ClaimedReward | None = None
    problem: ServiceError | None = None
    added: FilesAdded | None = None
    try:
        if sent.problem is not None or admitted:
            files = _files_of(sent)
            added, _ = await adding(admitted[0], files)
        if action == "messages":
            wrong = await _write(fields, receipt, resources)
        elif action == "identity":
            wrong = await _give_identity(fields, receipt, resources)
        elif action == "dispute":
            wrong = await _object(fields, receipt, resources)
        elif action == "withdrawal":
            await wiring.build_withdraw_tip(resources)(receipt)
        elif action == "reward-claim":
            claimed, wrong = await _claim(fields, receipt, resources)
        notice = texts.ACTIONS.get(action) if not wrong and (action != "files" or added) else None
    except ServiceError as error:
        problem = error
        if error.code in {"receipt_unknown", "too_many_wrong_receipts", "receipts_busy"}:
            return page("lookup.html", error.status, _retry(error), problem=error)
    try:
        view = await wiring.build_look_up_tip(resources)(receipt)
    except ServiceError as error:
        return page("lookup.html", error.status, _retry(error), problem=error)
    status = problem.status if problem else _UNPROCESSABLE if wrong else 200
    return page(
        "status.html",
        status,
        view=view,
        receipt=receipt,
        notice=notice,
        problem=problem,
        claimed=claimed,
        payees=resources.payees is not None,
        added=added,
        wrong=wrong,
        written=fields.get("text", "") if wrong == ["message"] else "",
        fields=fields if wrong else {},
        message_id=str(uuid4()),
        settings=resources.settings,
    )


def _leave_out_files(sent: Form, resources: wiring.Resources) -> None:
    """Remove the files of a form that comes back; the page says that they must be chosen again."""
    sent.files_left_out = sent.files_left_out or bool(sent.files)
    discard_files(sent, resources)


def _files_of(sent: Form) -> Sequence[TakenFile]:
    """Return the files of a form; raises why they were not taken."""
    if sent.problem is not None:
        raise sent.problem
    return sent.files


async def _write(fields: Mapping[str, str], receipt: str, resources: wiring.Resources) -> list[str]:
    """Write a message; return the fields that keep it from being sent."""
    try:
        message = ReporterMessageRequest(
            receipt=receipt, text=fields.get("text", ""), message_id=_uuid(fields.get("message_id"))
        )
    except ValidationError:
        return ["message"]
    await wiring.build_write_message(resources).as_reporter(message.receipt, message.text, message.message_id)
    return []


async def _give_identity(fields: Mapping[str, str], receipt: str, resources: wiring.Resources) -> list[str]:
    """Give a name later; return the fields that keep it from being sealed."""
    try:
        identity = Identity.model_validate({name: fields.get(name) for name in ("name", "phone", "id_number")})
    except ValidationError as error:
        return wrong_fields(error)
    await wiring.build_give_identity(resources)(receipt, identity.reporter())
    return []


async def _object(fields: Mapping[str, str], receipt: str, resources: wiring.Resources) -> list[str]:
    """Object to the outcome; return the fields that keep it from being sent."""
    try:
        message = ReporterMessageRequest(
            receipt=receipt, text=fields.get("reason", ""), message_id=_uuid(fields.get("message_id"))
        )
    except ValidationError:
        return ["reason"]
    await wiring.build_object_to_outcome(resources)(receipt, message.text, message.message_id)
    return []


async def _claim(
    fields: Mapping[str, str], receipt: str, resources: wiring.Resources
) -> tuple[ClaimedReward | None, list[str]]:
    """Claim the reward, with a payee where one was filled in; return the fields that keep it from being sealed."""
    given = {name: fields.get(f"payee_{name}", "") for name in ("name", "account", "bank")}
    payee = None
    if any(given.values()):
        try:
            payee = PayeeFields.model_validate(given).payee()
        except ValidationError:
            return None, ["payee"]
    return await wiring.build_claim_reward(resources)(receipt, payee), []


def _form_page(
    sent: Form,
    picker: Picker,
    resources: wiring.Resources,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    wrong: Sequence[str] = (),
    problem: ServiceError | None = None,
    send: bool = False,
) -> Response:
    fields = sent.fields
    kind = chosen_kind(fields)
    return page(
        "report.html",
        status,
        headers,
        # A form that was sent whole, yet without a kind, comes back whole.
        step=2 if kind or send else 1,
        kind=kind,
        asked=asked(kind),
        picker=picker,
        fields=fields,
        wrong=wrong,
        problem=problem,
        files_left_out=sent.files_left_out,
        settings=resources.settings,
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _retry(error: ServiceError) -> dict[str, str]:
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
