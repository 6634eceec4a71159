"""What a sanction does to the agreement, and what follows for the persons it holds responsible (Art. 34).

When an agreement is suspended (中止) or the institution's fund services are ordered suspended, responsible persons are
suspended for as long; when it is terminated (解除), they are terminated; whoever bears no responsibility stays as he is
(医保发〔2024〕23号; 医保办发〔2024〕34号 Art. 34). Who is responsible the authority says, by naming the person in the
sanction or by accepting a proposal: no news of the registry does it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from services.credit.domain.calendar import BUSINESS_ZONE, MONTHS_A_YEAR, add_months, business_year
from services.credit.domain.measure import Measure, MeasureKind
from services.credit.domain.policy import PointsPolicy
from services.credit.domain.term_change import TermChange, TermChangeKind


class AgreementEffect(StrEnum):
    """What happens to the agreement."""

    SUSPENDED = "suspended"
    """中止协议, or fund services ordered suspended (责令暂停)."""
    TERMINATED = "terminated"
    """解除协议."""


@dataclass(frozen=True, slots=True)
class AgreementLink:
    """One line that ties a person to an agreement's end; taking it back is a line of its own."""

    link_id: UUID
    practitioner_code: str
    sanction_id: UUID
    kind: MeasureKind
    effective_until: datetime
    """Suspension: first eligible instant. Termination: first instant of a possible new registration."""
    recorded_at: datetime
    """From this instant it holds."""
    policy_version: str
    counters_link_id: UUID | None = None
    """The link this one takes back."""
    cause_id: UUID | None = None
    cause_kind: str | None = None
    """As in ``PointsEntry.cause_kind``."""


def link_end(
    effect: AgreementEffect, last_day: date | None, policy: PointsPolicy, now: datetime
) -> tuple[MeasureKind, datetime] | None:
    """Return what a person who is held responsible now gets, and until when; None when the suspension is over.

    ``last_day`` is the last day of the agreement's suspension, Asia/Shanghai.
    """
    if effect is AgreementEffect.TERMINATED:
        return MeasureKind.TERMINATION, add_months(now, policy.ban_years_agreement * MONTHS_A_YEAR)
    if last_day is None:
        raise ValueError("a suspension has a last day")
    end = datetime.combine(last_day + timedelta(days=1), time.min, BUSINESS_ZONE).astimezone(UTC)
    return (MeasureKind.SUSPENSION, end) if end > now else None


def standing_links(links: Sequence[AgreementLink]) -> list[AgreementLink]:
    """Return the links that hold: neither those that take back nor those taken back, in their order."""
    countered = {link.counters_link_id for link in links}
    return [link for link in links if link.counters_link_id is None and link.link_id not in countered]


def linked_measures(links: Sequence[AgreementLink], changes: Iterable[TermChange] = ()) -> list[Measure]:
    """Return the measures of the links that hold.

    They carry no points. A repair does not shorten them, for their term is the agreement's; a new registration after
    every ban ends them as it ends others.
    """
    registered = [change.at for change in changes if change.kind is TermChangeKind.REGISTERED]
    return [
        Measure(
            kind=link.kind,
            sanction_id=link.sanction_id,
            year=business_year(link.recorded_at),
            points=0,
            effective_from=link.recorded_at,
            effective_until=link.effective_until,
            policy_version=link.policy_version,
            registered_again_at=min((at for at in registered if at >= link.effective_until), default=None)
            if link.kind is MeasureKind.TERMINATION
            else None,
        )
        for link in standing_links(links)
    ]
