"""What earlier claims left behind that a check may ask for, indexed for one batch of claims."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from services.screening.domain.claim import Claim
from services.screening.domain.filed_list import FiledList
from services.screening.domain.memory import HistoryNeeds, MemoryPlan, Remembered, needs, remember
from services.screening.domain.prior import CodeSale, Death, Ineligibility, RememberedLine, Visit

__all__ = [
    "CodeSale",
    "Death",
    "History",
    "HistoryNeeds",
    "Ineligibility",
    "MemoryPlan",
    "Remembered",
    "RememberedLine",
    "Visit",
    "needs",
    "remember",
]

F = TypeVar("F", RememberedLine, Visit, CodeSale)


class History:
    """Earlier facts about the persons, codes and practitioners of a batch; grows while the batch is screened."""

    __slots__ = ("_deaths", "_ineligibilities", "_lines", "_lists", "_sales", "_visits")

    def __init__(
        self,
        *,
        lines: Iterable[RememberedLine] = (),
        visits: Iterable[Visit] = (),
        sales: Iterable[CodeSale] = (),
        ineligibilities: Iterable[Ineligibility] = (),
        lists: Iterable[FiledList] = (),
        deaths: Iterable[Death] = (),
    ) -> None:
        self._lines: dict[str, dict[str, list[RememberedLine]]] = {}
        self._visits: dict[str, list[Visit]] = {}
        self._sales: dict[str, list[CodeSale]] = {}
        self._ineligibilities: dict[str, list[Ineligibility]] = {}
        self._lists = {one.settlement_ref: one for one in lists}
        self._deaths = {one.insured_ref: one for one in deaths}
        for measure in ineligibilities:
            self._ineligibilities.setdefault(measure.practitioner_code, []).append(measure)
        self.add(lines=lines, visits=visits, sales=sales)

    @property
    def knows_ineligible(self) -> bool:
        """Whether any practitioner of the batch is under a measure at all."""
        return bool(self._ineligibilities)

    def add_claim(self, claim: Claim, plan: MemoryPlan) -> None:
        """Let later claims of the batch see this one."""
        left = remember(plan, claim)
        self.add(lines=left.lines, visits=left.visits, sales=left.sales)

    def add(
        self, *, lines: Iterable[RememberedLine] = (), visits: Iterable[Visit] = (), sales: Iterable[CodeSale] = ()
    ) -> None:
        """Take in more facts; see ``remember`` for what a claim leaves."""
        for line in lines:
            self._lines.setdefault(line.insured_ref, {}).setdefault(line.item_code, []).append(line)
        for visit in visits:
            self._visits.setdefault(visit.insured_ref, []).append(visit)
        for sale in sales:
            self._sales.setdefault(sale.traceability_code, []).append(sale)

    def remove(self, settlement_ref: UUID) -> None:
        """Forget everything a reversed settlement left; removing twice changes nothing."""
        for by_code in self._lines.values():
            _forget(by_code, settlement_ref)
        _forget(self._visits, settlement_ref)
        _forget(self._sales, settlement_ref)

    def forget_before(self, instant: datetime) -> None:
        """Drop lines charged and visits ended before an instant."""
        for person, by_code in list(self._lines.items()):
            for code, known in list(by_code.items()):
                by_code[code] = [line for line in known if line.charged_at >= instant]
                if not by_code[code]:
                    del by_code[code]
            if not by_code:
                del self._lines[person]
        for person, visits in list(self._visits.items()):
            self._visits[person] = [visit for visit in visits if visit.ended_at >= instant]
            if not self._visits[person]:
                del self._visits[person]

    def forget_visits(self, care_settings: frozenset[str]) -> None:
        """Drop visits of some kinds, which another history holds whole."""
        if care_settings:
            for person, visits in list(self._visits.items()):
                self._visits[person] = [visit for visit in visits if visit.care_setting not in care_settings]

    def lend_to(self, other: "History") -> "History":
        """Let another history also hold the lines and visits of this one; return that other."""
        for by_code in self._lines.values():
            other.add(lines=[line for known in by_code.values() for line in known])
        other.add(visits=[visit for known in self._visits.values() for visit in known])
        return other

    def lines_of(self, insured_ref: str) -> Mapping[str, Sequence[RememberedLine]]:
        """Remembered lines of a person by item code."""
        return self._lines.get(insured_ref, {})

    def visits_of(self, insured_ref: str) -> Sequence[Visit]:
        """Known visits of a person, of whatever kind."""
        return self._visits.get(insured_ref, ())

    def sales_of(self, traceability_code: str) -> Sequence[CodeSale]:
        """Known sales and returns of a traceability code."""
        return self._sales.get(traceability_code, ())

    def list_of(self, settlement_ref: UUID) -> FiledList | None:
        """The settlement list that stands for a claim, None while none was filed."""
        return self._lists.get(settlement_ref)

    def death_of(self, insured_ref: str) -> Death | None:
        """The death of a person, None for whom the registry holds alive or does not know."""
        return self._deaths.get(insured_ref)

    def ineligibilities_of(self, practitioner_code: str) -> Sequence[Ineligibility]:
        """Known measures against a practitioner."""
        return self._ineligibilities.get(practitioner_code, ())


def _forget(facts: dict[str, list[F]], settlement_ref: UUID) -> None:
    """Drop a settlement's facts, and keys that hold none afterwards."""
    for key, known in list(facts.items()):
        kept = [fact for fact in known if fact.settlement_ref != settlement_ref]
        if len(kept) == len(known):
            continue
        if kept:
            facts[key] = kept
        else:
            del facts[key]
