"""What is wrong with a body, of what pydantic tells of it: places and kinds, never a value."""

from services.intake.domain.problem import Problem


def problem_at(location: tuple[int | str, ...], kind: str) -> Problem:
    """Return the problem for a place and a kind of error as pydantic tells of them."""
    if kind == "json_invalid":
        return Problem("", "malformed_json")
    if kind == "extra_forbidden":
        # The last step is a name the caller made up.
        return Problem("".join(f"/{step}" for step in location[:-1]), "unknown_field")
    return Problem("".join(f"/{step}" for step in location), "missing" if kind == "missing" else "type")
