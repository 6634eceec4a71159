"""The visit as a span of time, and what earlier claims hold of the same visit."""

from collections.abc import Iterable

from services.screening.domain.business_day import day_of
from services.screening.domain.claim import Claim
from services.screening.domain.prior import RememberedLine

_SECONDS_AN_HOUR = 3600


def stay_days(claim: Claim) -> int:
    """Business days of the visit, first and last included."""
    return max(1, day_of(claim.ended_at) - day_of(claim.started_at) + 1)


def stay_hours(claim: Claim) -> int:
    """Hours of the visit, begun hours included."""
    seconds = int((claim.ended_at - claim.started_at).total_seconds())
    return max(1, -(-seconds // _SECONDS_AN_HOUR))


def of_same_visit(claim: Claim, prior: Iterable[RememberedLine]) -> list[RememberedLine]:
    """Earlier lines that belong to the claim's visit: same institution, charged within its time.

    A visit settled in two parts keeps one span of time, so splitting it hides nothing.
    """
    institution = claim.institution.code
    return [
        line
        for line in prior
        if line.institution_code == institution and claim.started_at <= line.charged_at <= claim.ended_at
    ]
