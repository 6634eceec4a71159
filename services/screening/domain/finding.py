"""A finding: what one rule holds against one claim, with everything needed to check it by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, Protocol
from uuid import UUID

Severity = Literal["violation", "suspicion"]
"""明确违规 or 可疑: a violation speaks for itself, a suspicion asks a person."""


class Graded(Protocol):
    """Anything that bears a severity."""

    @property
    def severity(self) -> Severity:
        """Violation or suspicion."""


PriorKind = Literal["line", "stay", "sale"]
"""What an earlier claim contributed: a fee line, an inpatient stay, the sale of a traceability code."""


@dataclass(frozen=True, slots=True, order=True)
class PriorReference:
    """Something in another settlement that the finding rests on."""

    settlement_ref: UUID
    institution_code: str
    line_number: int | None
    what: PriorKind


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's objection to one claim. Texts name items and limits, never the person."""

    settlement_ref: UUID
    institution_code: str
    rule_code: str
    """National rule code (GZ…), or our own (NK… for 2025 rules without a published code, FW… for our additions)."""
    knowledge_point: str | None
    """Id of the knowledge point; None for a rule that needs none."""
    severity: Severity
    line_numbers: tuple[int, ...]
    """Lines at issue (违规项), ascending; their amounts are at issue."""
    amount_at_issue_fen: int
    """Amount after attribution: no fen of a line counts in two findings of one claim."""
    practitioner_codes: tuple[str, ...]
    """Who ordered the lines at issue, else the attending practitioner."""
    text_zh: str
    text_en: str
    prior: tuple[PriorReference, ...] = ()
    values: Mapping[str, str | int] = field(default_factory=dict)
    """Computed values the conclusion rests on, such as the limit and the count."""
    related_lines: tuple[int, ...] = ()
    """Lines that are evidence but not at issue (涉及项), such as the item that includes the other."""
    shares: tuple[tuple[int, int], ...] = ()
    """(line number, fen of that line this finding questions on its own), before attribution."""
    ground: str = ""
    """What the finding rests on beside claims, such as an entry of the registry: when that changes, so does this."""

    @property
    def fingerprint(self) -> str:
        """Thirty-two hexadecimal characters, equal exactly for the same objection to the same claim.

        Built from settlement, rule, knowledge point, lines at issue, prior references and the ground beside claims;
        amounts and texts do not enter, so a reworded rulebook does not raise the same finding twice.
        """
        lines = ",".join(map(str, self.line_numbers))
        prior = ",".join(f"{p.settlement_ref}:{p.line_number}:{p.what}" for p in self.prior)
        text = f"{self.settlement_ref}|{self.rule_code}|{self.knowledge_point}|{lines}|{prior}"
        if self.ground:
            text = f"{text}|{self.ground}"
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def rests_on(self, settlement_ref: UUID) -> bool:
        """Whether the other settlement is part of the ground, so that its reversal calls for a new look."""
        return any(reference.settlement_ref == settlement_ref for reference in self.prior)
