"""Jurisdiction (管辖): the department at the place of the act handles a tip (Order 5 Arts. 9 to 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.access import covers
from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import Tip

AGREE_WORKING_DAYS = 7
"""Working days to agree after a tip was returned, else the common superior designates (Order 5 Art. 10)."""


class Move(StrEnum):
    """How a tip changes its region."""

    TRANSFER = "transfer"
    RETURN = "return"
    DESIGNATION = "designation"


class TransferReason(StrEnum):
    """Why a tip is passed on or sent back."""

    ACT_ELSEWHERE = "act_elsewhere"
    NO_AUTHORITY = "no_authority"
    SUPERIOR_TAKES_OVER = "superior_takes_over"
    ASKED_UPWARDS = "asked_upwards"
    OWN_STAFF_CONCERNED = "own_staff_concerned"
    PLACE_UNKNOWN = "place_unknown"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One move of a tip between regions."""

    tip_id: UUID
    number: int
    kind: Move
    from_region: str | None
    to_region: str | None
    reason: TransferReason
    moved_at: datetime
    moved_by: str


def transfer(tip: Tip, moves: Sequence[Transfer], to_region: str) -> None:
    """Check that the present region may pass the tip on; raises TipRuleError.

    Who got it from another department of its own rank sends it back instead of passing it on (Order 5 Art. 11).
    """
    _require_movable(tip)
    if to_region == tip.region:
        raise TipRuleError("same_region", zh="举报已在该地区。", en="The tip is in this region already.")
    if moves and moves[-1].kind is Move.TRANSFER:
        raise TipRuleError(
            "return_instead",
            zh="对移送来的举报无管辖权的，应当退回，不得自行移送。",
            en="A tip that was passed to you is returned, not passed on.",
        )
    if moves and moves[-1].kind is Move.RETURN:
        raise TipRuleError(
            "jurisdiction_disputed",
            zh="管辖有争议，请协商；协商不成由共同上级指定。",
            en="Jurisdiction is disputed; agree, or let the common superior designate.",
        )


def send_back(tip: Tip, moves: Sequence[Transfer]) -> str | None:
    """Return the region the tip goes back to; raises TipRuleError where it was not passed on."""
    _require_movable(tip)
    if not moves or moves[-1].kind is not Move.TRANSFER:
        raise TipRuleError("not_transferred", zh="该举报不是移送来的。", en="This tip was not passed on to you.")
    return moves[-1].from_region


def designate(tip: Tip, to_region: str, *, superior: str | None) -> None:
    """Check that a superior department may say who handles the tip; raises TipRuleError.

    The superior's region contains both the present one, if it is known, and the new one, and is neither of them.
    """
    _require_movable(tip)
    inside = covers(superior, to_region) and (tip.region is None or covers(superior, tip.region))
    if not inside or superior in {tip.region, to_region} - {None}:
        raise TipRuleError(
            "not_the_superior",
            zh="只有共同的上级部门可以指定管辖。",
            en="Only the common superior department may designate.",
        )


def _require_movable(tip: Tip) -> None:
    if tip.merged_into is not None or not tip.open:
        raise TipRuleError(
            "not_movable", zh="已认定或已并案的举报不能移送。", en="A decided or merged tip is not passed on."
        )
