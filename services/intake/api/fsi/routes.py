"""The one address of the national interface."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.intake import telemetry, wiring
from services.intake.api.fsi import envelope as form
from services.intake.api.fsi.envelope import Envelope
from services.intake.api.fsi.handler import Call
from services.intake.api.fsi.transactions import TRANSACTIONS, WITHOUT_SIGN_IN
from services.intake.domain.codes import is_institution
from services.intake.domain.fsi.refusal import Refused, refused
from services.intake.domain.fsi.visit_parts import LONGEST_VISIT_ID
from services.intake.domain.quarantine import Refusal
from services.intake.wiring import Resources
from services.kit.auth import Principal, require_or_signed
from services.kit.fsi_envelope import FsiReply, write_reply
from services.kit.telemetry import span

router = APIRouter(prefix="/intake/fsi", tags=["national interface"])

MOST_BODY_BYTES = 8 * 1024 * 1024
"""Two thousand fee lines with every field filled take about three."""
NOT_KEPT = frozenset({"2206", "2303", "9001", "9002", "3201", "3202"})
"""Refusals of looks, sign-ins and statements are not worth keeping: nothing is lost with them."""
FLEETING = frozenset({"sign_in_missing"})
"""Reasons that say nothing about the message itself."""
REVERSALS = frozenset({"2208", "2305"})
"""What they are about is a settlement; the visit it is of may go on and be settled anew."""
UNKNOWN = "unknown"
"""Stands for a transaction number that is none of ours: what a caller makes up must not become a label."""

Caller = Annotated[Principal, Depends(require_or_signed("settlements:write"))]


@router.post(
    "",
    summary="国家医保接口 / The national interface",
    description="报文体例同《定点医药机构接口规范》；业务错误答 HTTP 200 与负的 infcode，未认证、越权、超限"
    "另答相应状态码。"
    " / Envelope of the national interface: what is wrong with the business is HTTP 200 with a negative infcode.",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "object", "required": ["infno", "msgid", "fixmedins_code"]}}
            },
        }
    },
    max_body_size=MOST_BODY_BYTES,
)
async def post_message(request: Request, caller: Caller) -> Response:
    """Take one message and answer it in the form of the interface."""
    resources: Resources = request.app.state.resources
    received_at = resources.clock.now()
    await resources.watch_backlog()
    envelope: Envelope | None = None
    infno = UNKNOWN
    sent = await request.body()
    try:
        envelope = form.read(sent)
        handler = TRANSACTIONS.get(envelope.infno)
        if handler is None:
            raise refused("/infno", "infno_unknown")
        infno = envelope.infno
        caller.must_be_institution(envelope.institution_code)
        if not await resources.known_institutions.hold(envelope.institution_code):
            raise refused("/fixmedins_code", "institution_unknown")
        resources.activity.message(envelope.institution_code, envelope.msgid)
        if resources.settings.intake_sign_in_required and infno not in WITHOUT_SIGN_IN:
            require = wiring.build_interface_sign_in(resources).require
            await require(envelope.institution_code, envelope.sign_no)
        with span(telemetry.FSI_SPAN, attributes={"fsi.infno": infno, "institution.code": envelope.institution_code}):
            output = await handler(Call(envelope, caller, resources, received_at))
        reply = FsiReply(output.node, warnings=output.warnings)
    except Refused as refusal:
        reply = FsiReply(problems=refusal.problems)
        if infno not in NOT_KEPT and refusal.problems[0].code not in FLEETING:
            kept = _refusal(sent, envelope, caller, refusal)
            await resources.quarantine.keep([kept] if kept else [], received_from=caller.subject)
    telemetry.count_message(infno, refused=bool(reply.problems))
    region = None if envelope is None else envelope.treatment_region or ""
    body = write_reply(region, reply, received_at=received_at, responded_at=resources.clock.now())
    return Response(body, media_type="application/json")


def _refusal(sent: bytes, envelope: Envelope | None, caller: Principal, refused_for: Refused) -> Refusal | None:
    """Return a message that was refused; its subject is the visit it names, or the settlement it was to reverse."""
    named = None if envelope is None else envelope.institution_code
    institution = caller.institution or (named if named is not None and is_institution(named) else None)
    if not sent:
        return None
    reference = "fsi" if envelope is None else f"fsi:{envelope.infno}:{envelope.msgid}"
    problems = refused_for.problems
    name = "setl_id" if envelope is not None and envelope.infno in REVERSALS else "mdtrt_id"
    return Refusal("message", "fsi", reference, problems[0].code, problems, sent, institution, _named(envelope, name))


def _named(envelope: Envelope | None, name: str) -> str | None:
    nodes = [] if envelope is None else list(envelope.input.values.values())
    for node in nodes:
        one = node[0] if isinstance(node, list) and node else node
        if isinstance(one, dict) and isinstance(one.get(name), str) and one[name]:
            return str(one[name])[:LONGEST_VISIT_ID]
    return None
