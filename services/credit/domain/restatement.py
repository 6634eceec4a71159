"""What must be told when the measures that are due differ from those that others were told of."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.credit.domain.measure import Measure, MeasureKind, StatedMeasure


@dataclass(frozen=True, slots=True)
class Restatement:
    """The difference, in the order in which it is told: undone, ended early, new."""

    undone: list[StatedMeasure]
    """They never had a ground, or their terms are stated anew."""
    eased: list[StatedMeasure]
    """They end earlier than told; each already carries its new end."""
    new: list[Measure]


def restate(told: Sequence[StatedMeasure], due: Sequence[Measure]) -> Restatement:
    """Compare measures told with measures due; one that stands as told is passed over.

    An earlier end of a suspension and a new registration ease a measure that stands. A ban that merely becomes shorter
    ends nothing yet, so the termination is stated anew from its own beginning; so is whatever became longer.
    """
    grounds = {measure.ground: measure for measure in due}
    undone: list[StatedMeasure] = []
    eased: list[StatedMeasure] = []
    kept: set[tuple[object, ...]] = set()
    for stated in told:
        measure = grounds.get(stated.measure.ground)
        if measure is None or not (measure == stated.measure or _eases(stated.measure, measure)):
            undone.append(stated)
            continue
        kept.add(measure.ground)
        if measure != stated.measure:
            eased.append(StatedMeasure(stated.measure_id, stated.practitioner_code, measure))
    return Restatement(undone, eased, [measure for measure in due if measure.ground not in kept])


def _eases(told: Measure, due: Measure) -> bool:
    if due.ends_at is None or (told.ends_at is not None and due.ends_at >= told.ends_at):
        return False
    return due.kind is MeasureKind.SUSPENSION or due.effective_until == told.effective_until
