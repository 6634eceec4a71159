"""What became of a form sent at the desk: its step was taken, was refused, or its fields were not understood."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.kit.errors import ServiceError

_OK = 200
_UNPROCESSABLE = 422


@dataclass(slots=True)
class Outcome:
    """Tells a page what to say, and with which status."""

    problem: ServiceError | None = None
    """Why the step was refused."""
    wrong: bool = False
    """Whether fields were missing or had not their form."""

    @property
    def taken(self) -> bool:
        """Whether the step was taken."""
        return self.problem is None and not self.wrong

    @property
    def status(self) -> int:
        """Status of the page that is shown again."""
        if self.problem is not None:
            return self.problem.status
        return _UNPROCESSABLE if self.wrong else _OK


NOTHING_SENT = Outcome()
"""Of a page that is only looked at."""


@contextmanager
def attempt() -> Iterator[Outcome]:
    """Take a step; a refusal, and fields that cannot be read (ValueError, a ValidationError among them), are noted."""
    outcome = Outcome()
    try:
        yield outcome
    except ValueError:
        outcome.wrong = True
    except ServiceError as error:
        outcome.problem = error
