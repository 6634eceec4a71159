"""The one address of the national interface at screening."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.kit.auth import Principal, require_or_signed
from services.kit.fsi_envelope import FsiEnvelope, FsiProblem, FsiRefused, FsiReply, read_envelope, write_reply
from services.kit.ids import new_id
from services.screening import telemetry
from services.screening.api.fsi.audit_answer import Codes, Judged, output, warnings
from services.screening.api.fsi.audit_message import read_audits
from services.screening.api.fsi.feedback import read_feedback
from services.screening.wiring import Resources, build_reminder_answers

router = APIRouter(prefix="/screening/fsi", tags=["国家医保接口 national interface"])

MOST_BODY_BYTES = 4 * 1024 * 1024
UNKNOWN = "unknown"
"""Stands for a transaction number that is none of ours: what a caller makes up must not become a label."""

Handler = Callable[[FsiEnvelope, Principal, Resources], Awaitable[FsiReply]]


async def _audit(envelope: FsiEnvelope, caller: Principal, resources: Resources) -> FsiReply:
    form = resources.settings.fsi_form
    message = read_audits(envelope, form.levels)
    for audit in message.audits:
        caller.must_be_institution(audit.institution_code)
    judged = [
        Judged(
            audit,
            await resources.prechecks(audit.request, institution_code=audit.institution_code, scene=message.scene),
        )
        for audit in message.audits
    ]
    single = any(envelope.treatment_region.startswith(one) for one in form.single_result_regions)
    task_id = message.task_id or new_id().hex
    codes = Codes(**form.codes)
    return FsiReply(output(judged, task_id, codes, single=single), warnings=warnings(judged, single=single))


async def _feedback(envelope: FsiEnvelope, caller: Principal, resources: Resources) -> FsiReply:
    del caller
    answers, doubts = read_feedback(envelope)
    await build_reminder_answers(resources).keep(envelope.institution_code, answers)
    return FsiReply({"result": {"received": len(answers)}}, warnings=doubts)


TRANSACTIONS: dict[str, Handler] = {"3101": _audit, "3102": _audit, "3103": _feedback}


def _handler(infno: str) -> Handler:
    handler = TRANSACTIONS.get(infno)
    if handler is None:
        zh, en = "本地址只受理3101、3102、3103", "only 3101, 3102 and 3103 are taken here"
        raise FsiRefused(FsiProblem("/infno", "infno_unknown", zh, en))
    return handler


@router.post(
    "",
    summary="国家医保接口 3101、3102、3103 / The national interface",
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
async def post_message(
    request: Request, caller: Annotated[Principal, Depends(require_or_signed("settlements:write"))]
) -> Response:
    """Take one message and answer it in the form of the interface."""
    resources: Resources = request.app.state.resources
    received_at = resources.clock.now()
    envelope: FsiEnvelope | None = None
    infno = UNKNOWN
    try:
        envelope = read_envelope(await request.body())
        handler = _handler(envelope.infno)
        infno = envelope.infno
        caller.must_be_institution(envelope.institution_code)
        reply = await handler(envelope, caller, resources)
    except FsiRefused as refusal:
        reply = FsiReply(problems=refusal.problems)
    telemetry.count_message(infno, refused=bool(reply.problems))
    region = None if envelope is None else envelope.treatment_region
    body = write_reply(region, reply, received_at=received_at, responded_at=resources.clock.now())
    return Response(body, media_type="application/json")
