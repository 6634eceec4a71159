"""Let the holder of a receipt object to the outcome, or give an identity later."""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID, uuid4

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.tips.domain.deadline import add_working_days
from services.tips.domain.dispute import Dispute, disputable
from services.tips.domain.due import DISPUTE_WORKING_DAYS, DeadlineKind
from services.tips.storage import deadlines, disputes, filings, handling_log, tips
from services.tips.use_cases.file_statement import FiledTip
from services.tips.use_cases.handling import locked_tip
from services.tips.use_cases.receipt_gate import ReceiptGate
from services.tips.use_cases.write_message import WriteMessage


class ObjectToOutcome:
    """Takes an objection: its words as a message, its deadline of seven working days."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gate: ReceiptGate,
        write: WriteMessage,
        is_working_day: Callable[[date], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._write = write
        self._is_working_day = is_working_day

    async def __call__(self, receipt: str, text: str, message_id: UUID | None) -> FiledTip | None:
        """Return what was signed for the words; the same message again changes nothing.

        Raises NotFound for a wrong receipt, Conflict where there is nothing to object to, and TooMany.
        """
        keys = await self._gate.keys(receipt)
        async with self._database.transaction() as session:
            today = await filings.open_day(session, business_date(self._clock.now()))
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_tip(session, sealed.tip_id)
            raised = await disputes.list_disputes(session, tip.id)
            fresh = disputable(tip, raised[-1] if raised else None)
            pending = bool(raised) and raised[-1].verdict is None
            if not fresh and not pending:
                raise Conflict(
                    "nothing_to_dispute",
                    zh="目前没有可以提出异议的结果。",
                    en="There is no outcome that can be disputed now.",
                )
            new, filed = await self._write.inside(session, sealed, keys, text, message_id or uuid4(), today)
            if not new or not fresh:
                return filed
            due_on = add_working_days(today, DISPUTE_WORKING_DAYS, self._is_working_day)
            dispute = Dispute(tip.id, len(raised) + 1, today, due_on, tip.outcome or tip.status)
            await disputes.store_dispute(session, dispute)
            await deadlines.set_deadline(session, tip.id, DeadlineKind.DISPUTE, due_on)
            day = datetime.combine(today, time(), BUSINESS_ZONE)
            await handling_log.append(session, tip.id, at=day, actor="reporter", action="disputed")
        return filed
