"""Take a tip back for its reporter."""

from datetime import datetime, time

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.tip import withdraw
from services.tips.storage import handling_log, tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_tip
from services.tips.use_cases.receipt_gate import ReceiptGate


class WithdrawTip:
    """Withdraws the tip of a receipt; again changes nothing."""

    def __init__(self, database: Database, clock: Clock, gate: ReceiptGate) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate

    async def __call__(self, receipt: str) -> None:
        """Raise NotFound for a wrong receipt, Conflict once the tip is decided, and TooMany."""
        keys = await self._gate.keys(receipt)
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_tip(session, sealed.tip_id)
            with as_conflict():
                withdrawn = withdraw(tip, today=today)
            if withdrawn != tip:
                await tips.update_tip(session, withdrawn)
                day = datetime.combine(today, time(), BUSINESS_ZONE)
                await handling_log.append(session, tip.id, at=day, actor="reporter", action="withdrawn")
