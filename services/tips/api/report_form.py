"""The form of a report: a kind first, then its questions, with a search for the institution on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api import texts
from services.tips.api.public_models import TipReport
from services.tips.domain.tip import Kind
from services.tips.storage.guides import Question, questions
from services.tips.storage.institutions import Institution

ANSWER = "answer-"
"""Before the code of a question in the name of its field."""

NAMED = "named"
"""The only choice under which name and phone are taken up; a form of before has no such choice."""

_PLAIN = ("kind", "text", "place", "region")
_IDENTITY = ("name", "phone", "id_number")
_ALIASES = {"identity": "name", "first": "period", "last": "period"}


@dataclass(frozen=True, slots=True)
class Picker:
    """What the search for an institution found."""

    found: tuple[Institution, ...] = ()
    more: bool = False
    asked: bool = False


def chosen_kind(fields: Mapping[str, str]) -> Kind | None:
    """Return the kind that was chosen in the first step."""
    value = fields.get("kind", "")
    return Kind(value) if value in set(Kind) else None


def report_values(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a form as those of a report."""
    values: dict[str, Any] = {name: fields[name] for name in _PLAIN if name in fields}
    if code := fields.get("picked") or fields.get("institution_code"):
        values["institution_code"] = code.upper()
    values["against_agency"] = fields.get("against_agency") == "yes"
    months = [fields[name] for name in ("period_first", "period_last") if name in fields]
    if months:
        values["period"] = {"first": months[0], "last": months[-1]}
    values["answers"] = {name.removeprefix(ANSWER): text for name, text in fields.items() if name.startswith(ANSWER)}
    identity = {name: fields[name] for name in _IDENTITY if name in fields}
    if fields.get("identity_choice", NAMED) == NAMED and (identity or fields.get("identity_choice") == NAMED):
        values["identity"] = identity
    values["submission_id"] = submission_id(fields)
    return values


def report_of(fields: Mapping[str, str]) -> TipReport:
    """Read a report from a form; raises ValidationError."""
    return TipReport.model_validate(report_values(fields))


def wrong_fields(error: ValidationError) -> list[str]:
    """Return the fields of the form that need another look, in the order of the form."""
    names = set()
    for entry in error.errors(include_input=False, include_context=False):
        path = [str(part) for part in entry["loc"]]
        names.add("answers" if path[:1] == ["answers"] else _ALIASES.get(path[-1], path[-1]))
    return [name for name in texts.FIELDS if name in names]


async def search(fields: Mapping[str, str], resources: wiring.Resources) -> Picker:
    """Find the institutions that the form asks for; what was searched for is kept nowhere."""
    fragment, region = fields.get("find", "")[:60], fields.get("region")
    if not fragment:
        return Picker()
    try:
        found, more = await wiring.build_find_institutions(resources)(fragment, region)
    except ServiceError:
        return Picker()
    return Picker(tuple(found), more, asked=True)


def asked(kind: Kind | None) -> tuple[Question, ...]:
    """Return the questions of a kind; none before one is chosen."""
    return () if kind is None else tuple(questions()[kind])


def submission_id(fields: Mapping[str, str]) -> UUID | None:
    """Return the id that a page gave its form; None where somebody changed it."""
    try:
        return UUID(fields["submission_id"])
    except (KeyError, ValueError):
        return None
