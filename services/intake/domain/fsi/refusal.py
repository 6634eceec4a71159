"""A transaction that is refused: what is wrong, at which places of the message."""

from collections.abc import Sequence

from services.intake.domain.problem import MOST_PROBLEMS, Problem


class Refused(Exception):  # noqa: N818 - reads as the answer it becomes
    """The message is answered with a negative infcode and nothing of it is kept."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].code)
        self.problems = tuple(problems[:MOST_PROBLEMS])


def refused(pointer: str, code: str) -> Refused:
    """Return the refusal for one problem at one place, a JSON pointer such as ``/input/data/mdtrt_id``."""
    return Refused([Problem(pointer, code)])
