"""What the service says when it refuses."""

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """One field that is wrong."""

    pointer: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """An answer of ``application/problem+json``."""

    title: str
    status: int
    code: str
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
    trace_id: str | None = None


class CreditProblem(Exception):  # noqa: N818 - named as the answer it carries
    """The service refused; ``code`` is stable, the texts are for people."""

    def __init__(self, problem: Problem, retry_after: int | None = None) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem
        self.status = problem.status
        self.code = problem.code
        self.retry_after = retry_after
        """Seconds after which it may be tried again, where the service says so."""


def read_problem(status: int, body: bytes, retry_after: str | None) -> CreditProblem:
    """Return the refusal in an answer, also in one that a proxy in between gave."""
    seconds = int(retry_after) if retry_after is not None and retry_after.isdigit() else None
    try:
        return CreditProblem(msgspec.json.decode(body, type=Problem), seconds)
    except msgspec.DecodeError:
        return CreditProblem(Problem(title="", status=status, code=f"http_{status}"), seconds)
