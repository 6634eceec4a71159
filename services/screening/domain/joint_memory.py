"""What has to be remembered while two rulebooks judge: the active one and the one in its shadow."""

from dataclasses import dataclass

from services.screening.domain.memory import MemoryPlan


@dataclass(frozen=True, slots=True)
class JointMemory:
    """A memory plan that asks whatever one of several asks."""

    asks: dict[str, frozenset[str]]
    asked: frozenset[str]
    remembered_days: int
    visit_days: int
    visit_settings: frozenset[str]
    remembers_sales: bool
    checks_practitioners: bool
    reads_lists: bool
    checks_deaths: bool

    def remembers(self, item_code: str) -> bool:
        """Whether some check of one of them asks for earlier lines of this item."""
        return item_code in self.asked

    @classmethod
    def of(cls, first: MemoryPlan, second: MemoryPlan) -> "JointMemory":
        """Join two plans; done once when the second appears, not per batch."""
        asks = dict(first.asks)
        for code, wanted in second.asks.items():
            known = asks.get(code)
            asks[code] = wanted if known is None else known | wanted
        return cls(
            asks=asks,
            asked=frozenset().union(*asks.values()),
            remembered_days=max(first.remembered_days, second.remembered_days),
            visit_days=max(first.visit_days, second.visit_days),
            visit_settings=first.visit_settings | second.visit_settings,
            remembers_sales=first.remembers_sales or second.remembers_sales,
            checks_practitioners=first.checks_practitioners or second.checks_practitioners,
            reads_lists=first.reads_lists or second.reads_lists,
            checks_deaths=first.checks_deaths or second.checks_deaths,
        )
