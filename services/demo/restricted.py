"""Restricted items used as the rulebook allows: the ordinary claims that a careless rule would wrongly object to."""

from collections.abc import Mapping
from typing import Any

from services.demo.claim import Claim
from services.demo.formulary import Item
from services.demo.knowledge import Knowledge, Visit, item_of
from services.demo.visits import Desk, ward_rounds

TRIES_PER_ITEM = 8
"""Random items looked at for each one wanted; most do not fit a given visit."""


class Stock:
    """Every restricted item of the rulebook, to draw from."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._codes = [code for code in knowledge.restricted_codes() if not code.startswith("C")]
        self._daily = sorted(
            {
                code
                for point in knowledge.points_of("frequency")
                if point.when["window"] == "day" and point.when["limit"] == 1
                for code in point.codes
                if all(_once_a_day_is_enough(other.rule.kind, other.when) for other in knowledge.points_on(code))
            }
        )

    def charge_some(self, desk: Desk, claim: Claim, how_many: int) -> None:
        """Charge up to that many restricted items that this person, place and kind of visit may have.

        At most one of them is of a kind whose outcome depends on what else is charged, and it is charged once.
        """
        visit = visit_of(claim)
        relational = any(self.knowledge.relational(line.item.code) for line in claim.lines)
        charged = {line.item.code for line in claim.lines}
        herbal = any(line.item.kind == "herb" for line in claim.lines)
        left = how_many
        for _ in range(how_many * TRIES_PER_ITEM):
            code = desk.draw.choice(self._codes)
            item = self.item(code, claim.institution.level)
            sold_here = item.kind == "drug" or (item.kind == "service" and claim.institution.kind == "hospital")
            fits = herbal if item.kind == "herb" else sold_here
            depends = self.knowledge.relational(code)
            if not fits or code in charged or (depends and relational) or not self.knowledge.permits(code, visit):
                continue
            packs = desk.packs(1) if item.kind == "drug" and visit.medical_type in SCANNED else ()
            claim.charge(item, traceability_codes=packs)
            relational = relational or depends
            charged.add(code)
            left -= 1
            if not left:
                return

    def charge_daily(self, desk: Desk, claim: Claim) -> None:
        """Charge a service that a stay may have once on every day, on each of its days but the last."""
        item = self.item(desk.draw.choice(self._daily), claim.institution.level)
        for at in ward_rounds(claim):
            claim.charge(item, at=at)

    def item(self, code: str, level: int) -> Item:
        """The item at a price within every ceiling of the level."""
        points = self.knowledge.points_on(code)
        item = item_of(code, points[0].name)
        ceilings = [p.when["ceilings_fen"][str(level)] for p in points if p.rule.kind == "price_ceiling"]
        price = min([item.price_fen, *ceilings])
        return Item(item.code, item.kind, item.name, price)


SCANNED = frozenset({"11", "41"})
"""Medical types in which the demo scans whole packs; on a ward drugs are given from opened ones."""


def visit_of(claim: Claim) -> Visit:
    """What conditions on items ask about, read off a claim."""
    return Visit(
        person=claim.person,
        institution=claim.institution,
        medical_type=claim.medical_type,
        insurance_type=claim.insurance_type or claim.person.insurance_type,
        years=claim.person.age_on(claim.started_at.date()),
    )


def _once_a_day_is_enough(kind: str, when: Mapping[str, Any]) -> bool:
    if kind == "frequency":
        return when["window"] == "day" or (when["window"] == "visit" and when.get("per") in {"stay_day", "stay_hour"})
    return kind in {"price_ceiling", "exclusive_items"}
