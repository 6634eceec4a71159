"""What a rulebook under trial asks of history that the database does not hold, because the active one never asked."""

from collections.abc import Iterable
from datetime import datetime

from services.screening.domain.claim import Claim
from services.screening.domain.history import History, HistoryNeeds, remember
from services.screening.domain.plan import Plan


class Unremembered:
    """Grows a history of the missing items and visits while past claims stream by in the order of settling."""

    def __init__(self, tried: Plan, kept: Plan) -> None:
        self._tried = tried
        self._codes = tried.asked - kept.asked
        self.visit_settings = tried.visit_settings - kept.visit_settings
        self.remembers_sales = False
        self.history = History()

    @property
    def empty(self) -> bool:
        """Whether the database holds everything."""
        return not self._codes and not self.visit_settings

    @property
    def days(self) -> int:
        """Days before the period from which claims have to stream by."""
        return 0 if self.empty else max(self._tried.remembered_days, self._tried.visit_days) + 1

    def remembers(self, item_code: str) -> bool:
        """Whether the database has no lines of this item."""
        return item_code in self._codes

    def add(self, claims: Iterable[Claim]) -> None:
        """Take in what claims leave."""
        if self.empty:
            return
        for claim in claims:
            left = remember(self, claim)
            self.history.add(lines=left.lines, visits=left.visits)

    def without(self, needs: HistoryNeeds) -> HistoryNeeds:
        """What is still to be read from the database: a code it holds by chance in part would count twice."""
        if not self._codes:
            return needs
        return needs.of_lines(frozenset(pair for pair in needs.lines if pair[1] not in self._codes))

    def forget_before(self, instant: datetime) -> None:
        """Drop what no later claim can ask for."""
        self.history.forget_before(instant)
