"""A rulebook that judges a batch in the shadow of the active one: counted exactly, sampled, never sent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import structlog

from services.contracts.intake import SettlementAccepted
from services.screening import telemetry
from services.screening.domain.engine import screen
from services.screening.domain.finding import Finding
from services.screening.domain.history import History
from services.screening.domain.plan import Plan
from services.screening.storage import held_findings
from services.screening.storage.held_findings import HeldRow, ShadowTally

MOST_SAMPLES = 100
"""Findings of one rule that are kept to be read, the first ones of the trial."""

ALL = ""
"""Rule code of the row that counts claims."""

_log = structlog.get_logger("services.screening.shadow")

_FIELDS = tuple(name for name in ShadowTally.__slots__ if name != "rule_code")


@dataclass(slots=True)
class ShadowRun:
    """What one batch yields in the shadow."""

    plan: Plan
    sampled: Mapping[str, int]
    """Samples already kept, by rule."""
    now: datetime
    tallies: dict[str, Counter[str]] = field(default_factory=dict)
    samples: list[HeldRow] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)

    def judge(self, claim: SettlementAccepted, past: History, active: Iterable[Finding]) -> None:
        """Judge a claim and hold the outcome against what the active rulebook found; never raises."""
        try:
            screening = screen(self.plan, claim, past)
        except Exception as error:  # noqa: BLE001 - a trial must not cost the claim its screening
            _log.warning("shadow_failed", version=self.plan.version, error=type(error).__qualname__)
            self._of(ALL)["failures"] += 1
            return
        self._of(ALL)["claims"] += 1
        for failure in screening.failures:
            self._of(failure.rule_code)["failures"] += 1
        ours = {_objection(one): one for one in screening.findings}
        theirs = {_objection(one): one for one in active}
        for rule_code in {one.rule_code for one in screening.findings}:
            self._of(rule_code)["claims"] += 1
        for finding in screening.findings:
            tally = self._of(finding.rule_code)
            tally["found"] += 1
            tally["found_fen"] += finding.amount_at_issue_fen
            if _objection(finding) not in theirs:
                tally["new"] += 1
            self._sample(claim, finding)
        for objection, finding in theirs.items():
            tally = self._of(finding.rule_code)
            tally["active"] += 1
            tally["active_fen"] += finding.amount_at_issue_fen
            if objection not in ours:
                tally["gone"] += 1

    async def store(self, connection: asyncpg.Connection) -> None:
        """Store what the batch yielded, in its transaction; last, for the rows of tallies are everybody's."""
        await held_findings.hold(connection, self.samples)
        tallies = [ShadowTally(code, **{name: tally[name] for name in _FIELDS}) for code, tally in self.tallies.items()]
        if tallies:
            await held_findings.add_tallies(connection, self.plan.version, tallies)

    def count(self) -> None:
        """Tell the instruments."""
        for code, tally in self.tallies.items():
            if tally["found"]:
                telemetry.shadow_findings.add(tally["found"], {"rule": code})

    def _of(self, rule_code: str) -> Counter[str]:
        return self.tallies.setdefault(rule_code, Counter())

    def _sample(self, claim: SettlementAccepted, finding: Finding) -> None:
        code = finding.rule_code
        if self.sampled.get(code, 0) + self.taken[code] < MOST_SAMPLES:
            self.taken[code] += 1
            self.samples.append(HeldRow("shadow", self.plan.version, claim.settlement_id, finding, self.now))


def _objection(finding: Finding) -> tuple[str, str | None, tuple[int, ...]]:
    return finding.rule_code, finding.knowledge_point, finding.line_numbers
