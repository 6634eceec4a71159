"""Take a tip back for its reporter."""

from datetime import datetime, time

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.due import DeadlineKind
from services.tips.domain.tip import Status, withdraw
from services.tips.storage import deadlines, handling_log, tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import hand_over, locked_matter
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
            tip, followers = await locked_matter(session, sealed.tip_id)
            with as_conflict():
                withdrawn = withdraw(tip, today=today)
            if withdrawn != tip:
                if withdrawn.status is Status.WITHDRAWN and followers:
                    await hand_over(session, withdrawn, followers)
                await tips.update_tip(session, withdrawn)
                done = list(DeadlineKind) if withdrawn.status is Status.WITHDRAWN else [DeadlineKind.TELL]
                for kind in done:
                    await deadlines.meet(session, [tip.id], kind, today)
                day = datetime.combine(today, time(), BUSINESS_ZONE)
                await handling_log.append(session, tip.id, at=day, actor="reporter", action="withdrawn")
