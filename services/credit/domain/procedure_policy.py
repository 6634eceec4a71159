"""Policy of the procedure of points as data: its terms in working days, and the measures of repair with their caps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.credit.domain.errors import PolicyInvalidError


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the procedure."""

    working_days: int
    article: str


@dataclass(frozen=True, slots=True)
class ProcedurePolicy:
    """Terms of the procedure (医保办发〔2024〕34号), each counted in working days from the day after its event."""

    issue_notice: Term
    """From the decision, or from receipt of the penalty decision, to the handling notice (处理通知书), Art. 31."""
    deliver_notice: Term
    """From issue to delivery to the institution, Art. 33."""
    objection: Term
    """From receipt of the notice to the last day of an objection (异议申诉), Art. 41."""
    verification: Term
    """From receipt of the objection to the end of verification, expert appraisal excluded, Art. 44."""
    recovery_lead: Term
    """Before the end of the measure, from when recovery may be requested, Art. 39."""
    evaluation: Term
    """From the request for recovery to its evaluation, Art. 39."""
    repair_review: Term
    """From the request for repair to its re-check; the national texts set none (Art. 38)."""


@dataclass(frozen=True, slots=True)
class RepairMeasure:
    """Something a person does to earn repair (记分修复)."""

    code: str
    zh: str
    en: str
    points: int
    """Points one completed measure takes back."""
    most_points_a_year: int
    """Points of a calendar year this measure takes back at most."""
    shorten_days: int
    """Days by which one completed measure shortens a suspension or a ban; 0 when it does not."""


@dataclass(frozen=True, slots=True)
class RepairPolicy:
    """Measures of repair and what they reach at most in a year (医保办发〔2024〕34号 Art. 38; caps are provincial)."""

    measures: Mapping[str, RepairMeasure]
    most_points_a_year: int
    most_days_a_year: int
    article: str


TERMS = (
    "issue_notice",
    "deliver_notice",
    "objection",
    "verification",
    "recovery_lead",
    "evaluation",
    "repair_review",
)


def read_procedure_policy(document: Mapping[str, Any]) -> ProcedurePolicy:
    """Build the rules of a policy's part ``procedure``; raises PolicyInvalidError, KeyError, TypeError, ValueError."""
    terms = {name: Term(int(document[name]["working_days"]), str(document[name]["article"])) for name in TERMS}
    if not all(term.working_days >= 1 for term in terms.values()):
        raise PolicyInvalidError("a term of the procedure lasts a working day or more")
    return ProcedurePolicy(**terms)


def read_repair_policy(document: Mapping[str, Any]) -> RepairPolicy:
    """Build the rules of a policy's part ``repair``; raises PolicyInvalidError, KeyError, TypeError, ValueError."""
    measures = {
        code: RepairMeasure(
            code=code,
            zh=str(one["zh"]),
            en=str(one["en"]),
            points=int(one["points"]),
            most_points_a_year=int(one["most_points_a_year"]),
            shorten_days=int(one["shorten_days"]),
        )
        for code, one in document["measures"].items()
    }
    repair = RepairPolicy(
        measures=measures,
        most_points_a_year=int(document["most_points_a_year"]),
        most_days_a_year=int(document["most_days_a_year"]),
        article=str(document["article"]),
    )
    figures = [repair.most_points_a_year, repair.most_days_a_year]
    figures += [
        figure for one in measures.values() for figure in (one.points, one.most_points_a_year, one.shorten_days)
    ]
    if min(figures) < 0:
        raise PolicyInvalidError("repair never adds points or days")
    return repair
