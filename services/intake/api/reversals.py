"""Routes of reversals (退费): whole or in part, one or many, and what is left."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, malformed
from services.intake.api.models import SettlementView
from services.intake.api.ndjson import Line
from services.intake.api.settlement_batches import MOST_BATCH_BYTES, caller_of
from services.intake.api.stream import STREAM_BODY, STREAM_RESPONSES, stream
from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID
from services.intake.domain.problem import Problem
from services.intake.domain.reversal import MOST_REVERSED_LINES, Wanted
from services.intake.storage.reversals import StoredReversal
from services.intake.use_cases.read_reversals import Course
from services.intake.use_cases.read_settlements import settlement_unknown
from services.intake.use_cases.reverse_settlement import UNNAMED, Reversed, taken_of
from services.intake.use_cases.reverse_settlement import Request as Wish
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Conflict, ServiceError
from services.kit.http import Language, language

router = APIRouter(prefix="/intake/v1", tags=["reversals"])

QUANTITY_SCALE = 10_000

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
SettlementPath = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]


class LinePart(BaseModel):
    """What is taken back of one line."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=999_999, description="明细序号 / number of the line")
    quantity: Decimal | None = Field(
        default=None, gt=0, max_digits=16, decimal_places=4, description="退回数量 / quantity taken back"
    )
    amount_fen: int | None = Field(
        default=None, ge=0, lt=10**16, description="退回金额；不填则按数量折算 / amount; else that of the quantity"
    )

    def to_domain(self) -> Wanted:
        """Return what is wanted of the line."""
        quantity = None if self.quantity is None else int(self.quantity * QUANTITY_SCALE)
        return Wanted(self.number, quantity, self.amount_fen)


class ReversalBody(BaseModel):
    """A reversal of a settlement (退费), whole without lines, else in part (部分退费)."""

    model_config = ConfigDict(extra="forbid")

    reversal_id: str = Field(
        pattern=f"^{SETTLEMENT_ID}$", description="机构的退费编号，同一结算内唯一 / the institution's own id"
    )
    lines: list[LinePart] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_REVERSED_LINES,
        description="不填为整单退费 / none: all that is left",
    )

    def to_domain(self, institution_code: str, settlement_id: str) -> Wish:
        """Return the request that the body makes."""
        lines = None if self.lines is None else tuple(line.to_domain() for line in self.lines)
        return Wish((institution_code, settlement_id), self.reversal_id, lines)


class ReversalLine(ReversalBody):
    """A line of a batch: a reversal with the settlement it is of."""

    institution_code: str = Field(pattern=f"^{INSTITUTION}$")
    settlement_id: str = Field(pattern=f"^{SETTLEMENT_ID}$")


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


def _quantity(quantity_e4: int) -> str:
    return f"{(Decimal(quantity_e4) / QUANTITY_SCALE).normalize():f}"


@router.post(
    "/settlements/{institution_code}/{settlement_id}/reversals",
    status_code=201,
    summary="退费（整单或部分）/ Reverse a settlement, whole or in part",
    description="新收答 201，重发答 200；超出余量答 422 并指明位置。"
    " / 201 when taken, 200 for a resend, 422 with pointers for more than is left.",
    responses={200: {"model": ReversalView}},
)
async def reverse_settlement(
    request: Request,
    response: Response,
    principal: Writer,
    institution_code: InstitutionPath,
    settlement_id: SettlementPath,
    body: ReversalBody,
) -> ReversalView:
    """Take a settlement back, all that is left of it or a part; a resend gets the first answer."""
    principal.must_be_institution(institution_code)
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal))
    reverse = wiring.build_reverse_settlements(resources)
    [answer] = await reverse([body.to_domain(institution_code, settlement_id)])
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
    max_body_size=MOST_BATCH_BYTES,
)
async def post_reversals(request: Request, principal: Writer) -> Response:
    """Take reversals as they stream in, each line answered by its number."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal), 0)
    reverse = wiring.build_reverse_settlements(resources)
    spoken = language(request)

    async def take(lines: Sequence[Line], decoded: Sequence[ReversalLine | list[Problem]]) -> list[LineAnswer]:
        resources.quotas.spend(caller_of(principal), len(lines))
        wishes, answers = [], {}
        for line, one in zip(lines, decoded, strict=True):
            if isinstance(one, list):
                answers[line.number] = LineAnswer(
                    line.number, "rejected", code="malformed", fields=in_language(one, spoken)
                )
            elif principal.institution not in {None, one.institution_code}:
                elsewhere = [Problem("/institution_code", "other_institution")]
                fields = in_language(elsewhere, spoken)
                answers[line.number] = LineAnswer(line.number, "rejected", code="other_institution", fields=fields)
            else:
                wishes.append((line.number, one))
        found = await reverse([one.to_domain(one.institution_code, one.settlement_id) for _, one in wishes])
        for (number, one), answer in zip(wishes, found, strict=True):
            answers[number] = _line_answer(number, one.settlement_id, answer, spoken)
        return [answers[line.number] for line in lines]

    return stream(request, _decode, take, kind=None, principal=principal)


def _decode(text: bytes | None) -> ReversalLine | list[Problem]:
    if text is None:
        return [Problem("", "line_too_long")]
    try:
        return ReversalLine.model_validate_json(text)
    except ValidationError as error:
        return [_problem(entry["loc"], entry["type"]) for entry in error.errors(include_input=False)]


def _problem(location: tuple[int | str, ...], kind: str) -> Problem:
    if kind == "json_invalid":
        return Problem("", "malformed_json")
    if kind == "extra_forbidden":
        # The last step is a name the caller made up.
        return Problem("".join(f"/{step}" for step in location[:-1]), "unknown_field")
    return Problem("".join(f"/{step}" for step in location), "missing" if kind == "missing" else "type")


def _line_answer(number: int, settlement_id: str, answer: Reversed, spoken: Language) -> LineAnswer:
    status = "rejected" if answer.status == "unknown" else answer.status
    fields = in_language(answer.problems, spoken)
    return LineAnswer(number, status, settlement_id, answer.settlement_ref, answer.code, fields)


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
