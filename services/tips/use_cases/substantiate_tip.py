"""State that a verification bore a tip out, and what the fund lost."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, FieldError
from services.kit.telemetry import span
from services.tips import events, telemetry
from services.tips.domain.case_value import Cause, case_value, opening_entries
from services.tips.domain.tip import Status, Tip, decide
from services.tips.storage import case_values
from services.tips.storage.findings import Finding, find_findings
from services.tips.use_cases.errors import as_conflict, repeated_otherwise
from services.tips.use_cases.handling import locked_matter, log_step, note_decision, store_matter


class SubstantiateTip:
    """Links confirmed findings to a tip and enters its case value, once for all tips of the matter."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(
        self,
        tip_id: UUID,
        finding_ids: Sequence[UUID],
        case_value_fen: int | None,
        *,
        by: str,
        without_loss: bool = False,
    ) -> tuple[Tip, int]:
        """Return the decided tip and its case value in fen, the sum of its findings where none is stated.

        ``without_loss`` says that the act was true and cost the fund nothing; then there is neither finding nor value,
        and the ledger of the case value stays empty.

        Raises NotFound, and Conflict where a finding is unknown, fell or is another institution's, where nothing was
        lost although that is not said, or where the tip was decided otherwise.
        """
        now = self._clock.now()
        wanted = frozenset(finding_ids)
        async with self._database.transaction() as session:
            # Findings are locked before the tip, in the order in which their fall is recorded.
            known = await find_findings(session, wanted)
            tip, followers = await locked_matter(session, tip_id)
            if Status.SUBSTANTIATED in {tip.status, tip.outcome}:
                return tip, await _same_as_before(session, tip, wanted, case_value_fen)
            with as_conflict():
                decided = decide(tip, Status.SUBSTANTIATED, by=by, now=now)
            _require_usable(finding_ids, known, tip.institution_code)
            entries = opening_entries({finding: known[finding].amount_fen for finding in wanted}, case_value_fen)
            value = case_value(entries)
            if value == 0 and not without_loss:
                raise Conflict("no_loss", zh="案值为零；确无损失的，请注明。", en="Nothing was lost; say so.")
            with span(telemetry.SPAN_SUBSTANTIATE, parent=tip.traceparent):
                matter = await store_matter(session, decided, followers)
                await note_decision(session, matter, now=now, is_working_day=self._is_working_day)
                await case_values.add_entries(session, tip_id, entries, now=now)
                details = {"findings": len(wanted), "case_value_fen": value}
                await log_step(session, tip, "substantiated", by=by, now=now, details=details)
                fact = events.substantiated(decided, sorted(wanted), value)
                await outbox.add(session, [outbox.outgoing(fact, now=now)])
        return decided, value


async def _same_as_before(session: AsyncSession, tip: Tip, wanted: Collection[UUID], case_value_fen: int | None) -> int:
    entries = await case_values.list_entries(session, tip.id)
    opening = [entry for entry in entries if entry.cause in {Cause.FINDING, Cause.ASSESSMENT}]
    linked = {entry.finding_id for entry in opening if entry.cause is Cause.FINDING}
    stated = sum(entry.amount_fen for entry in opening)
    by_findings = sum(entry.amount_fen for entry in opening if entry.cause is Cause.FINDING)
    if linked != wanted or stated != (by_findings if case_value_fen is None else case_value_fen):
        raise repeated_otherwise()
    return case_value(entries)


def _require_usable(finding_ids: Sequence[UUID], known: Mapping[UUID, Finding], institution_code: str | None) -> None:
    wrong = []
    for index, finding_id in enumerate(finding_ids):
        finding = known.get(finding_id)
        pointer = f"/finding_ids/{index}"
        if finding is None or (not finding.fallen and finding.institution_code != institution_code):
            zh, en = "不是该机构已确认的违规。", "This is no confirmed finding of the institution."
            wrong.append(FieldError(pointer, "finding_unknown", zh, en))
        elif finding.fallen:
            zh, en = "该违规认定已被撤销。", "This finding was taken back."
            wrong.append(FieldError(pointer, "finding_fallen", zh, en))
    if wrong:
        raise Conflict(
            "findings_unusable",
            zh="所列违规认定不能全部采用。",
            en="Not all of these findings can be used.",
            fields=wrong,
        )
