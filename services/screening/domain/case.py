"""What one check sees: a claim, its fee lines net of refunds, and the history; and how it states a finding."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.filed_list import FiledList
from services.screening.domain.finding import Finding, PriorReference, Severity
from services.screening.domain.history import History
from services.screening.domain.position import Place, position
from services.screening.domain.prior import CodeSale, RememberedLine, Visit
from services.screening.domain.rules import KnowledgePoint, Rule

Share = tuple[ClaimLine, int]
"""A line at issue and the fen of it that are questioned."""


class Case:
    """One claim under examination."""

    __slots__ = ("_by_code", "_own", "claim", "history", "lines")

    def __init__(self, claim: Claim, lines: Sequence[ClaimLine], history: History) -> None:
        self.claim = claim
        self.lines = lines
        """Lines with a quantity left after refunds; every check works on these."""
        self.history = history
        self._by_code: dict[str, list[ClaimLine]] | None = None
        self._own: Place | None = None

    @property
    def by_code(self) -> Mapping[str, Sequence[ClaimLine]]:
        """The lines by item code; built when first asked for."""
        if self._by_code is None:
            self._by_code = {}
            for line in self.lines:
                self._by_code.setdefault(line.item_code, []).append(line)
        return self._by_code

    def prior_lines(
        self, item_codes: Sequence[str], *, same_institution: bool, since: datetime | None = None
    ) -> Iterator[RememberedLine]:
        """Lines of the person for these items from claims settled before this one."""
        remembered = self.history.lines_of(self.claim.insured_ref)
        if not remembered:
            return
        institution = self.claim.institution.code
        for code in item_codes:
            for line in remembered.get(code, ()):
                if same_institution and line.institution_code != institution:
                    continue
                if self.follows(line) and (since is None or line.charged_at >= since):
                    yield line

    def prior_visits(self, *care_settings: str) -> list[Visit]:
        """Visits of these kinds from claims of the person settled before this one."""
        return [
            visit
            for visit in self.history.visits_of(self.claim.insured_ref)
            if visit.care_setting in care_settings and self.follows(visit)
        ]

    @property
    def filed_list(self) -> FiledList | None:
        """The settlement list filed for the claim, None while there is none."""
        return self.history.list_of(self.claim.settlement_ref)

    def prior_sales(self, traceability_code: str, at: datetime) -> list[CodeSale]:
        """Sales of a code from claims settled before this one, of whomever, and returns made until ``at``.

        A return counts by when it was made, however late it was settled: it can only clear somebody.
        """
        own = self.claim.settlement_ref
        return [
            sale
            for sale in self.history.sales_of(traceability_code)
            if sale.settlement_ref != own and (sale.sold_at <= at if sale.returned else self.follows(sale))
        ]

    def follows(self, fact: RememberedLine | Visit | CodeSale) -> bool:
        """Whether the claim was settled after the one that left the fact; never true of its own, redelivered."""
        return (fact.position, fact.settlement_ref) < self._placed()

    def precedes(self, fact: RememberedLine | Visit | CodeSale) -> bool:
        """Whether the claim was settled before the one that left the fact."""
        return self._placed() < (fact.position, fact.settlement_ref)

    def _placed(self) -> Place:
        if self._own is None:
            claim = self.claim
            self._own = position(claim.institution.code, claim.settlement_id, claim.settled_at), claim.settlement_ref
        return self._own

    def finding(
        self,
        rule: Rule,
        point: KnowledgePoint | None,
        shares: Sequence[Share],
        *,
        zh: str,
        en: str,
        prior: Sequence[PriorReference] = (),
        values: Mapping[str, str | int] | None = None,
        related: Sequence[ClaimLine] = (),
        severity: Severity | None = None,
        ground: str = "",
    ) -> Finding:
        """State a finding; lines are put in order, so the order in which they came does not show.

        ``severity`` is given where the check itself asks for less than its rule would hold, ``ground`` where it rests
        on something that no claim tells.
        """
        claim = self.claim
        ordered = sorted(((line.number, fen) for line, fen in shares), key=_first)
        practitioners = {line.practitioner_code or claim.practitioner_code for line, _ in shares}
        if not shares:
            practitioners = {claim.practitioner_code}
        return Finding(
            settlement_ref=claim.settlement_ref,
            institution_code=claim.institution.code,
            rule_code=rule.code,
            knowledge_point=None if point is None else point.id,
            severity=severity or (rule.severity if point is None or point.severity is None else point.severity),
            line_numbers=tuple(number for number, _ in ordered),
            amount_at_issue_fen=sum(fen for _, fen in ordered),
            practitioner_codes=tuple(sorted(code for code in practitioners if code is not None)),
            text_zh=zh,
            text_en=en,
            prior=tuple(sorted(set(prior), key=_reference_order)),
            values=values or {},
            related_lines=tuple(sorted({line.number for line in related})),
            shares=tuple(ordered),
            ground=ground,
        )


def whole(lines: Sequence[ClaimLine]) -> list[Share]:
    """Every line at issue with its full amount."""
    return [(line, line.amount_fen) for line in lines]


def prior_line(line: RememberedLine) -> PriorReference:
    """Reference to an earlier fee line."""
    return PriorReference(line.settlement_ref, line.institution_code, line.line_number, "line")


def _first(pair: tuple[int, int]) -> int:
    return pair[0]


def _reference_order(reference: PriorReference) -> tuple[str, int, str]:
    return str(reference.settlement_ref), reference.line_number or 0, reference.what
