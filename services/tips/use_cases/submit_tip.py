"""Take a tip from the public."""

import secrets
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.receipt import derive, receipt_from
from services.tips.domain.tip import Kind, Status, Tip, fingerprint, tip_id
from services.tips.storage import handling_log, tips
from services.tips.storage.receipts import ReceiptHasher
from services.tips.storage.sealing import ReporterIdentity, Sealer, TipContent
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.errors import repeated_otherwise


@dataclass(frozen=True, slots=True, repr=False)
class Submission:
    """What a reporter sends."""

    kind: Kind
    content: TipContent
    institution_code: str | None
    identity: ReporterIdentity | None
    submission_id: UUID | None
    """Chosen by the sender so that sending again is no second tip; the same receipt is shown."""


class SubmitTip:
    """Seals and stores a tip and returns its receipt, which is not kept."""

    def __init__(
        self, database: Database, clock: Clock, hasher: ReceiptHasher, sealer: Sealer, *, secret: bytes
    ) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher
        self._sealer = sealer
        self._receipt_secret = derive(secret, b"tips-receipts")
        self._fingerprint_key = derive(secret, b"tips-fingerprint")

    async def __call__(self, submission: Submission) -> str:
        """Return the receipt; raises Conflict where the submission id stands for another content, and TooMany."""
        receipt = receipt_from(self._receipt_secret, (submission.submission_id or uuid4()).bytes)
        keys = await self._hasher.keys(receipt)
        today = business_date(self._clock.now())
        tip = Tip(
            id=tip_id(today, secrets.token_bytes(10)),
            kind=submission.kind,
            status=Status.RECEIVED,
            received_on=today,
            named=submission.identity is not None,
            reported_institution_code=submission.institution_code,
        )
        sealed = SealedTip(
            tip_id=tip.id,
            receipt_lookup=keys.lookup,
            reporter_public_key=self._sealer.reporter_public_key(keys.reporter_seed),
            text=self._sealer.tip(submission.content),
            identity=self._sealer.identity(submission.identity) if submission.identity else None,
            fingerprint=self._fingerprint(submission),
        )
        async with self._database.transaction() as session:
            if await tips.insert_tip(session, tip, sealed):
                # The day, not the instant: the log must not tell when the reporter was online either.
                day = datetime.combine(today, time(), BUSINESS_ZONE)
                await handling_log.append(session, tip.id, at=day, actor="reporter", action="received")
            else:
                await self._require_same(session, sealed)
        return receipt

    @staticmethod
    async def _require_same(session: AsyncSession, sealed: SealedTip) -> None:
        stored = await tips.find_by_receipt(session, sealed.receipt_lookup)
        if stored is None or not secrets.compare_digest(stored.fingerprint, sealed.fingerprint):
            raise repeated_otherwise()

    def _fingerprint(self, submission: Submission) -> bytes:
        identity = submission.identity
        return fingerprint(
            self._fingerprint_key,
            submission.kind,
            submission.content.text,
            submission.content.place,
            submission.institution_code,
            identity.name if identity else None,
            identity.phone if identity else None,
        )
