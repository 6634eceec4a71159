"""Routes of reversals (退费): whole or in part, one or many, and what is left."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, malformed
from services.intake.api.kept_route import Described, Kept, keep, keeping
from services.intake.api.models import SettlementView
from services.intake.api.ndjson import Line
from services.intake.api.pacing import caller_of
from services.intake.api.reversal_body import QUANTITY_SCALE, ReversalBody, ReversalLine, decode
from services.intake.api.stream import MOST_STREAM_BYTES, STREAM_BODY, STREAM_RESPONSES, Lines, stream
from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID
from services.intake.domain.problem import Problem
from services.intake.storage.reversals import StoredReversal
from services.intake.use_cases.quarantine.release_waiting import WAITED_FOR
from services.intake.use_cases.read_reversals import Course
from services.intake.use_cases.read_settlements import settlement_unknown
from services.intake.use_cases.reverse_settlement import UNNAMED, Beside, Reversed, taken_of
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Conflict, ServiceError
from services.kit.http import Language, language

_KEPT = Described("reversal", {"institution_code": "institution_code", "settlement_id": "settlement_id"})
router = APIRouter(
    prefix="/intake/v1",
    tags=["reversals"],
    route_class=keeping({"reverse_settlement": _KEPT, "reverse_whole_settlement": _KEPT}),
)

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
SettlementPath = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]


class TakenLine(BaseModel):
    """What a reversal took of one line."""

    number: int
    quantity: str
    amount_fen: int


class ReversalView(BaseModel):
    """A reversal as it was taken."""

    reversal_id: str | None = Field(description="未编号的整单退费为空 / none for a whole reversal without an id")
    whole: bool = Field(description="此后无余 / nothing was left after it")
    amount_fen: int
    remaining_fen: int = Field(description="此后余额 / total of the settlement after it")
    reversed_at: datetime
    lines: list[TakenLine]

    @classmethod
    def of(cls, stored: StoredReversal) -> Self:
        """Return the view of a reversal."""
        return cls(
            reversal_id=None if stored.reversal_id == UNNAMED else stored.reversal_id,
            whole=stored.whole,
            amount_fen=stored.amount_fen,
            remaining_fen=stored.remaining_fen,
            reversed_at=stored.reversed_at,
            lines=[
                TakenLine(number=one.number, quantity=_quantity(one.quantity_e4), amount_fen=one.amount_fen)
                for one in taken_of(stored)
            ],
        )


class LeftLine(BaseModel):
    """A line with what was charged and what is left."""

    number: int
    item_code: str
    quantity: str
    amount_fen: int
    remaining_quantity: str
    remaining_amount_fen: int


class CourseView(BaseModel):
    """The reversals of a settlement and what they left."""

    total_fen: int = Field(description="原总额 / total as settled")
    remaining_fen: int = Field(description="余额 / total less what was taken back")
    reversed_at: datetime | None = Field(description="全部退回时间 / since when nothing is left")
    reversals: list[ReversalView]
    lines: list[LeftLine]

    @classmethod
    def of(cls, course: Course) -> Self:
        """Return the view of a settlement's course."""
        gone = course.settlement.reversed_at is not None
        return cls(
            total_fen=course.settlement.total_fen,
            remaining_fen=0 if gone else sum(one.amount_fen for one in course.left.values()),
            reversed_at=course.settlement.reversed_at,
            reversals=[ReversalView.of(one) for one in course.reversals],
            lines=[
                LeftLine(
                    number=one.line.number,
                    item_code=one.line.item_code,
                    quantity=_quantity(one.line.quantity_e4),
                    amount_fen=one.line.amount_fen,
                    remaining_quantity=_quantity(0 if gone else one.quantity_e4),
                    remaining_amount_fen=0 if gone else one.amount_fen,
                )
                for one in course.left.values()
            ],
        )


class ReversalWaiting(BaseModel):
    """A reversal that waits for its settlement."""

    status: Literal["waiting"] = "waiting"
    settlement_id: str
    reversal_id: str


Wait = Annotated[
    bool,
    Query(
        description="结算未到时答 202 并等候，结算一到即自动退费；不填答 404，存入隔离区待人工放行"
        " / where the settlement is not here: 202, and it is taken of itself as soon as the settlement is; without it"
        " the answer is 404 and a person may release it from the quarantine"
    ),
]


def _quantity(quantity_e4: int) -> str:
    return f"{(Decimal(quantity_e4) / QUANTITY_SCALE).normalize():f}"


@router.post(
    "/settlements/{institution_code}/{settlement_id}/reversals",
    status_code=201,
    summary="退费（整单或部分）/ Reverse a settlement, whole or in part",
    description="新收答 201，重发答 200；超出余量答 422 并指明位置。"
    " / 201 when taken, 200 for a resend, 422 with pointers for more than is left.",
    responses={200: {"model": ReversalView}, 202: {"model": ReversalWaiting}},
)
async def reverse_settlement(
    request: Request,
    response: Response,
    principal: Writer,
    institution_code: InstitutionPath,
    settlement_id: SettlementPath,
    body: ReversalBody,
    *,
    quarantine: Kept = False,
    wait: Wait = False,
) -> ReversalView | ReversalWaiting:
    """Take a settlement back, all that is left of it or a part; a resend gets the first answer."""
    del quarantine  # it is looked at where a refusal is kept
    principal.must_be_institution(institution_code)
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal))
    reverse = wiring.build_reverse_settlements(resources)
    [answer] = await reverse([body.to_domain(institution_code, settlement_id)])
    if answer.status == "unknown" and wait:
        missing = [Problem("/settlement_id", WAITED_FOR)]
        if await keep(request, principal, _KEPT, missing, waits=True):
            response.status_code = 202
            return ReversalWaiting(settlement_id=settlement_id, reversal_id=body.reversal_id)
    if answer.reversal is None:
        raise _refusal(answer)
    response.status_code = 201 if answer.status == "created" else 200
    return ReversalView.of(answer.reversal)


@router.get(
    "/settlements/{institution_code}/{settlement_id}/reversals",
    summary="查询退费与余量 / Reversals of a settlement and what is left",
)
async def get_reversals(
    request: Request, principal: Reader, institution_code: InstitutionPath, settlement_id: SettlementPath
) -> CourseView:
    """Read what was taken back, and original and remaining quantity and amount of each line."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_reversals(request.app.state.resources)
    return CourseView.of(await read((institution_code, settlement_id)))


@router.post(
    "/settlements/{institution_code}/{settlement_id}/reversal",
    summary="整单退费 / Reverse a settlement whole",
)
async def reverse_whole_settlement(
    request: Request, principal: Writer, institution_code: InstitutionPath, settlement_id: SettlementPath
) -> SettlementView:
    """Take a settlement back whole, without an id; asked again, it answers the same."""
    principal.must_be_institution(institution_code)
    reverse = wiring.build_reverse_settlement(request.app.state.resources)
    return SettlementView.of(await reverse((institution_code, settlement_id)), language(request))


@router.post(
    "/reversals/batch",
    summary="提交多笔退费（NDJSON）/ Post reversals as NDJSON",
    response_class=Response,
    responses=STREAM_RESPONSES,
    openapi_extra=STREAM_BODY,
    max_body_size=MOST_STREAM_BYTES,
)
async def post_reversals(request: Request, principal: Writer, *, wait: Wait = False) -> Response:
    """Take reversals as they stream in, each line answered by its number; what is refused is kept."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal), 0)
    reverse = wiring.build_reverse_settlements(resources)
    spoken = language(request)

    async def taken(decoded: Sequence[_Decoded], beside: Beside | None) -> Sequence[Reversed]:
        refused = [_refused(one, principal) for one in decoded]
        wishes = [one for one, problems in zip(decoded, refused, strict=True) if not problems]

        def placed(found: Sequence[Reversed]) -> list[Reversed]:
            answers = iter(found)
            return [Reversed("rejected", one[0].code, one) if one else next(answers) for one in refused]

        async def besides(session: AsyncSession, found: Sequence[Reversed]) -> None:
            if beside is not None:
                await beside(session, placed(found))

        requests = [
            one.to_domain(one.institution_code, one.settlement_id) for one in wishes if isinstance(one, ReversalLine)
        ]
        return placed(await reverse(requests, beside=besides))

    def answered(lines: Sequence[Line], decoded: Sequence[_Decoded], answers: Sequence[Reversed]) -> list[LineAnswer]:
        return [
            _line_answer(line.number, one, answer, spoken)
            for line, one, answer in zip(lines, decoded, answers, strict=True)
        ]

    read = partial(decode, model=ReversalLine)
    waits_for = WAITED_FOR if wait else None
    return stream(request, Lines("reversal", read, taken, answered, waits_for=waits_for), principal=principal)


_Decoded = ReversalLine | list[Problem]


def _refused(one: _Decoded, principal: Principal) -> list[Problem]:
    """Return what keeps a line from being a reversal of the caller's."""
    if isinstance(one, list):
        return one
    if principal.institution not in {None, one.institution_code}:
        return [Problem("/institution_code", "other_institution")]
    return []


def _line_answer(number: int, one: _Decoded, answer: Reversed, spoken: Language) -> LineAnswer:
    status = "rejected" if answer.status == "unknown" else answer.status
    known = None if isinstance(one, list) else one.settlement_id
    code = "malformed" if isinstance(one, list) else answer.code
    fields = in_language(answer.problems, spoken)
    return LineAnswer(number, status, known, answer.settlement_ref, code, fields)


def _refusal(answer: Reversed) -> ServiceError:
    if answer.status == "unknown":
        return settlement_unknown()
    if answer.code == "nothing_left":
        return Conflict("nothing_left", zh="该结算已全部退回。", en="Nothing of the settlement is left.")
    if answer.status == "conflict":
        return Conflict(
            "reversal_differs",
            zh="同一退费编号已有内容不同的退费。",
            en="Another reversal with other content stands under this id.",
        )
    return malformed(answer.problems)
