"""Reads a policy document (a decoded JSON object) into a Policy, and refuses one that contradicts itself."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.inspection_policy import read_inspection_policy
from services.credit.domain.insured_policy import read_insured_policy
from services.credit.domain.policy import (
    AtOnceWithin,
    Authority,
    Cause,
    PointsPolicy,
    Policy,
    SanctionKind,
    ScorePolicy,
    Severity,
    Step,
    Tier,
)
from services.credit.domain.procedure_policy import read_procedure_policy, read_repair_policy
from services.credit.domain.text import Text

Document = Mapping[str, Any]

SUSPENSION_MONTHS = range(1, 7)
"""医保办发〔2024〕34号 Art. 29: from one month up to six months."""


def read_policy(document: Document) -> Policy:
    """Build the policy of a document; raises PolicyInvalidError."""
    try:
        policy = Policy(
            version=str(document["version"]),
            title=_text(document["title"]),
            effective_from=date.fromisoformat(document["effective_from"]),
            effective_until=_optional_date(document.get("effective_until")),
            points=_points(document["practitioner"]),
            score=_score(document["institution"]),
            inspection=read_inspection_policy(document["inspection"]) if "inspection" in document else None,
            insured=read_insured_policy(document["insured"]) if "insured" in document else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyInvalidError(f"the policy document lacks or misstates {error}") from error
    _check_points(policy.points)
    _check_score(policy.score)
    return policy


def _optional_date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _text(document: Document) -> Text:
    return Text(zh=str(document["zh"]), en=str(document["en"]))


def _points(document: Document) -> PointsPolicy:
    suspension, termination, covered = document["suspension"], document["termination"], document["covered"]
    return PointsPolicy(
        bands=tuple((int(low), int(high)) for low, high in document["bands"]["ranges"]),
        degree_positions={str(code): int(place) for code, place in document["degrees"]["positions"].items()},
        causes={code: _cause(code, cause) for code, cause in document["causes"].items()},
        kinds={code: _kind(code, kind) for code, kind in document["kinds"].items()},
        covered={kind: frozenset(covered[kind]) for kind in ("hospital", "pharmacy")},
        suspend_from=int(suspension["from_points"]),
        months_by_points={int(points): int(months) for points, months in suspension["months_by_points"].items()},
        terminate_from=int(termination["from_points"]),
        ban_years_accumulated=int(termination["ban_years_accumulated"]),
        ban_years_at_once=int(termination["ban_years_at_once"]),
        at_once_within=AtOnceWithin(termination["at_once_within"]),
        procedure=read_procedure_policy(document["procedure"]),
        repair=read_repair_policy(document["repair"]),
        ban_years_agreement=int(document.get("agreement", {}).get("ban_years", 1)),
    )


def _cause(code: str, document: Document) -> Cause:
    return Cause(code=code, band=int(document["band"]), text=_text(document), article=str(document["article"]))


def _kind(code: str, document: Document) -> SanctionKind:
    return SanctionKind(
        code=code,
        bands=frozenset(int(band) for band in document["bands"]),
        needs_findings=bool(document["needs_findings"]),
        decided_by=Authority(document["decided_by"]),
        text=_text(document),
        article=str(document["article"]),
    )


def _score(document: Document) -> ScorePolicy:
    return ScorePolicy(
        base_e2=int(document["base_e2"]),
        floor_e2=int(document["floor_e2"]),
        finding_deductions={severity: _steps(document["finding_deductions"][severity.value]) for severity in Severity},
        tip_deductions=_steps(document["tip_deductions"]),
        tiers=tuple(Tier(str(tier["name"]), int(tier["from_e2"]), _text(tier)) for tier in document["tiers"]),
    )


def _steps(documents: Sequence[Document]) -> tuple[Step, ...]:
    return tuple(Step(int(step["from_fen"]), int(step["deduct_e2"])) for step in documents)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise PolicyInvalidError(message)


def _check_points(points: PointsPolicy) -> None:
    _require(bool(points.bands) and points.bands[0][0] >= 1, "the lowest band starts at one point or more")
    for (_, high), (next_low, _) in zip(points.bands, points.bands[1:], strict=False):
        _require(next_low == high + 1, "each band starts right above the one below")
    for low, high in points.bands:
        _require(
            all(0 <= place <= high - low for place in points.degree_positions.values()),
            "every degree of responsibility has its place inside every band",
        )
    known = range(1, len(points.bands) + 1)
    _require(all(cause.band in known for cause in points.causes.values()), "every cause names a band that exists")
    _require(
        all(kind.bands and all(band in known for band in kind.bands) for kind in points.kinds.values()),
        "every kind of sanction names bands that exist",
    )
    _require(
        set(points.months_by_points) == set(range(points.suspend_from, points.terminate_from)),
        "the step table covers every value from suspension up to termination",
    )
    _require(
        all(months in SUSPENSION_MONTHS for months in points.months_by_points.values()),
        "a suspension lasts one to six months",
    )
    _require(points.ban_years_accumulated >= 1 and points.ban_years_at_once >= 1, "a ban lasts a year or more")
    _require(points.ban_years_agreement >= 1, "a ban by the agreement's end lasts a year or more")


def _check_score(score: ScorePolicy) -> None:
    for steps in (*score.finding_deductions.values(), score.tip_deductions):
        starts = [step.from_fen for step in steps]
        _require(bool(starts) and starts[0] == 0, "a deduction table starts at zero fen")
        _require(starts == sorted(set(starts)), "the steps of a deduction table rise")
        _require(all(step.deduct_e2 >= 0 for step in steps), "a deduction is not negative")
    lowest = [tier.from_e2 for tier in score.tiers]
    _require(bool(lowest) and lowest == sorted(set(lowest), reverse=True), "tiers stand best first")
    _require(lowest[-1] <= score.floor_e2, "the lowest tier reaches down to the floor")
