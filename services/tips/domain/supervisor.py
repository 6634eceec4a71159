"""Social supervisors (社会监督员): appointed for a term and a region, they report under their appointment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.tips.domain.errors import TipRuleError

LONGEST_TERM_YEARS = 5
"""Set by us; no national rule names the length of a term."""


@dataclass(frozen=True, slots=True)
class Supervisor:
    """An appointment."""

    id: UUID
    subject: str
    """Subject of the token of the appointed person; the name is in the certificate, not here."""
    certificate: str
    region: str
    term_from: date
    term_until: date
    """Last day of the term."""
    appointed_by: str
    appointed_at: datetime
    ended_on: date | None = None
    """Day on which it was ended early; the person acts no more from that day on."""
    ended_by: str | None = None

    def acts_on(self, today: date) -> bool:
        """Whether the appointment holds on a day."""
        ended = self.ended_on is not None and today >= self.ended_on
        return self.term_from <= today <= self.term_until and not ended


def require_appointable(new: Supervisor, others: Sequence[Supervisor]) -> None:
    """Check a new appointment against the others of the person; raises TipRuleError."""
    if new.subject == new.appointed_by:
        raise TipRuleError("own_appointment", zh="不得聘任本人。", en="Nobody appoints themselves.")
    too_long = new.term_until.year - new.term_from.year > LONGEST_TERM_YEARS
    if new.term_from > new.term_until or too_long:
        raise TipRuleError("wrong_term", zh="聘期不正确。", en="The term is not possible.")
    for other in others:
        until = other.term_until if other.ended_on is None else min(other.term_until, other.ended_on)
        if other.id != new.id and other.term_from <= new.term_until and new.term_from <= until:
            raise TipRuleError("terms_overlap", zh="该人员已有重叠的聘期。", en="The person has a term at that time.")


def end(supervisor: Supervisor, *, by: str, today: date) -> Supervisor:
    """End an appointment early, from today on; again changes nothing."""
    if supervisor.ended_on is not None:
        return supervisor
    return replace(supervisor, ended_on=today, ended_by=by)


def acting(appointments: Sequence[Supervisor], today: date) -> Supervisor:
    """Return the appointment under which somebody acts today; raises TipRuleError where none holds."""
    found = next((each for each in appointments if each.acts_on(today)), None)
    if found is None:
        raise TipRuleError("no_appointment", zh="今天不在聘期内，不能履职举报。", en="No appointment holds today.")
    return found
