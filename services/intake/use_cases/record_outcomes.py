"""Record what screening concluded about settlements."""

from collections.abc import Sequence

from services.contracts.screening import SettlementScreened
from services.intake import telemetry
from services.intake.storage import outcomes
from services.intake.storage.outcomes import Outcome
from services.kit.db import Database
from services.kit.inbox import Event, claim


class RecordOutcomes:
    """Keeps the newest outcome of each settlement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, screened: Sequence[Event[SettlementScreened]]) -> None:
        """Take note of a run of screenings; those seen before change nothing."""
        async with self._database.transaction() as session:
            fresh = await claim(session, screened)
            newest: dict[object, Outcome] = {}
            for event in fresh:
                outcome = _outcome(event.data)
                known = newest.get(outcome.settlement_ref)
                if known is None or known.screened_at <= outcome.screened_at:
                    newest[outcome.settlement_ref] = outcome
            await outcomes.save(session, list(newest.values()))
        verdicts: dict[str, int] = {}
        for event in fresh:
            verdicts[event.data.verdict] = verdicts.get(event.data.verdict, 0) + 1
        for verdict, number in verdicts.items():
            telemetry.OUTCOMES.add(number, {"service": "intake", "verdict": verdict})


def _outcome(fact: SettlementScreened) -> Outcome:
    return Outcome(
        fact.settlement_ref,
        fact.verdict,
        len(fact.finding_ids),
        fact.amount_at_issue_fen,
        fact.rulebook_version,
        fact.screened_at,
    )
