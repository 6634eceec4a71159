"""Bodies of reversals (退费): of one settlement, a line of a batch, and as the quarantine keeps them."""

from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.api.body_problems import problem_at
from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID
from services.intake.domain.problem import Problem
from services.intake.domain.reversal import MOST_REVERSED_LINES, Wanted
from services.intake.use_cases.reverse_settlement import UNNAMED, Request

QUANTITY_SCALE = 10_000


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

    def to_domain(self, institution_code: str, settlement_id: str) -> Request:
        """Return the request that the body makes."""
        lines = None if self.lines is None else tuple(line.to_domain() for line in self.lines)
        return Request((institution_code, settlement_id), self.reversal_id, lines)


class ReversalLine(ReversalBody):
    """A line of a batch: a reversal with the settlement it is of."""

    institution_code: str = Field(pattern=f"^{INSTITUTION}$")
    settlement_id: str = Field(pattern=f"^{SETTLEMENT_ID}$")


class KeptReversal(ReversalLine):
    """A reversal that was refused; that of a whole settlement need have no id."""

    reversal_id: str = Field(default=UNNAMED, pattern=f"^(?:{SETTLEMENT_ID}|{UNNAMED})$")


R = TypeVar("R", bound=ReversalLine)


def decode(text: bytes | None, model: type[R]) -> R | list[Problem]:
    """Return a reversal, or what is wrong with its form; None stands for a line beyond its bound."""
    if text is None:
        return [Problem("", "line_too_long")]
    try:
        found = model.model_validate_json(text)
    except ValidationError as error:
        return [problem_at(entry["loc"], entry["type"]) for entry in error.errors(include_input=False)]
    if found.lines is not None and found.reversal_id == UNNAMED:
        return [Problem("/reversal_id", "missing")]
    return found
