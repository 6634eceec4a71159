"""Let an anonymous reporter give an identity later, with the receipt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.tips.domain.deadline import add_working_days
from services.tips.domain.due import DeadlineKind
from services.tips.domain.tip import TELL_WORKING_DAYS, Tip
from services.tips.storage import deadlines, handling_log, tips
from services.tips.storage.sealing import ReporterIdentity, Sealer
from services.tips.use_cases.handling import locked_tip
from services.tips.use_cases.receipt_gate import ReceiptGate


class GiveIdentity:
    """Seals an identity to the officer's key, as at the time of reporting; once per tip."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gate: ReceiptGate,
        sealer: Sealer,
        is_working_day: Callable[[date], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._sealer = sealer
        self._is_working_day = is_working_day

    async def __call__(self, receipt: str, identity: ReporterIdentity) -> None:
        """Raise NotFound for a wrong receipt, Conflict for a tip that is named or withdrawn, and TooMany."""
        keys = await self._gate.keys(receipt)
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_tip(session, sealed.tip_id)
            if tip.named or tip.withdrawn_on is not None:
                raise Conflict(
                    "identity_not_wanted",
                    zh="该举报已有实名信息或已撤回。",
                    en="The tip has a name already, or was withdrawn.",
                )
            named = replace(tip, named=True)
            await tips.update_tip(session, named)
            await tips.store_identity(
                session, tip.id, self._sealer.identity(identity, sealed.keys), self._sealer.officer_key_id
            )
            if _wants_telling(named):
                due_on = add_working_days(today, TELL_WORKING_DAYS, self._is_working_day)
                await deadlines.set_deadline(session, tip.id, DeadlineKind.TELL, due_on)
            day = datetime.combine(today, time(), BUSINESS_ZONE)
            await handling_log.append(session, tip.id, at=day, actor="reporter", action="identity_given")


def _wants_telling(tip: Tip) -> bool:
    return tip.decided_at is not None and tip.told_on is None
