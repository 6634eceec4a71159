"""Write into the conversation of a tip, as its reporter or as a handler."""

import secrets
from datetime import date
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.receipt import ReceiptKeys, derive
from services.tips.domain.tip import fingerprint
from services.tips.storage import filings, messages, tips
from services.tips.storage.messages import SealedMessage
from services.tips.storage.sealing import Sealer
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.errors import no_such_tip, repeated_otherwise
from services.tips.use_cases.file_additions import AdditionDesk
from services.tips.use_cases.file_statement import FiledTip
from services.tips.use_cases.handling import locked_tip, log_step
from services.tips.use_cases.receipt_gate import ReceiptGate


class WriteMessage:
    """Seals a message for both sides and stores it; the same message again changes nothing.

    A reporter's message gets a commitment of its own, so that the reporter can prove to have sent it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gate: ReceiptGate,
        sealer: Sealer,
        additions: AdditionDesk,
        *,
        secret: bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._sealer = sealer
        self._additions = additions
        self._fingerprint_key = derive(secret, b"tips-fingerprint")

    async def as_reporter(self, receipt: str, text: str, message_id: UUID | None) -> FiledTip | None:
        """Store a reporter's message and return what was signed; None for one that was sent before anything was.

        Raises NotFound for a wrong receipt, Conflict for a reused id, and TooMany.
        """
        keys = await self._gate.keys(receipt)
        async with self._database.transaction() as session:
            day = await filings.open_day(session, business_date(self._clock.now()))
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            _, filed = await self.inside(session, sealed, keys, text, message_id or uuid4(), day)
        return filed

    async def inside(
        self, session: AsyncSession, sealed: SealedTip, keys: ReceiptKeys, text: str, message_id: UUID, day: date
    ) -> tuple[bool, FiledTip | None]:
        """Store a reporter's message in a transaction of the caller, which took the day from `filings.open_day`.

        Return whether it was new, and what was signed for it.
        """
        await locked_tip(session, sealed.tip_id)
        if await self._store(session, self._seal(sealed, text, message_id, "reporter", None, day)):
            return True, await self._additions.file_message(session, sealed, keys, text, message_id, day)
        return False, await self._additions.message_before(session, sealed, keys, message_id)

    async def as_handler(self, tip_id: UUID, text: str, message_id: UUID, *, by: str) -> None:
        """Store a handler's message; raises NotFound, and Conflict for a reused id."""
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            sealed = await tips.find_sealed(session, tip_id)
            if sealed is None:
                raise no_such_tip()
            today = business_date(self._clock.now())
            message = self._seal(sealed, text, message_id, "handler", by, today)
            if await self._store(session, message):
                await log_step(session, tip, "message_sent", by=by, now=self._clock.now())

    def _seal(
        self,
        tip: SealedTip,
        text: str,
        message_id: UUID,
        author: Literal["reporter", "handler"],
        handler: str | None,
        day: date,
    ) -> SealedMessage:
        return SealedMessage(
            id=message_id,
            tip_id=tip.tip_id,
            author=author,
            handler=handler,
            posted_on=day,
            for_team=self._sealer.message_for_team(text, tip.keys),
            for_reporter=self._sealer.message_for_reporter(text, tip.reporter_public_key, tip.keys),
            fingerprint=fingerprint(self._fingerprint_key, str(tip.tip_id), author, text),
        )

    @staticmethod
    async def _store(session: AsyncSession, message: SealedMessage) -> bool:
        stored = await messages.find_message(session, message.id)
        if stored is None:
            await messages.insert_message(session, message)
            return True
        if not secrets.compare_digest(stored.fingerprint, message.fingerprint):
            raise repeated_otherwise()
        return False
