"""Add files to a tip: with it as it is filed, or later with the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, ServiceError
from services.tips.domain.attachment import KEPT, Limits, ScanState
from services.tips.domain.receipt import ReceiptKeys, derive
from services.tips.domain.tip import fingerprint
from services.tips.storage import attachments, filings, handling_log, tips
from services.tips.storage.attachment_files import AttachmentFiles, TakenFile
from services.tips.storage.attachments import FileDescription, StoredFile
from services.tips.storage.sealing import Sealer, TipKeys
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.file_additions import AdditionDesk
from services.tips.use_cases.file_statement import FiledTip
from services.tips.use_cases.handling import locked_tip
from services.tips.use_cases.receipt_gate import ReceiptGate


@dataclass(frozen=True, slots=True)
class FilesAdded:
    """What became of files a reporter sent."""

    stored: int
    metadata_kept: int
    """Of these, files out of which we could not take what they say about their maker."""
    infected: int


def outcome_of(files: Sequence[TakenFile]) -> FilesAdded:
    """Tell a reporter what became of the files."""
    return FilesAdded(
        stored=len(files),
        metadata_kept=sum(file.metadata in KEPT for file in files),
        infected=sum(file.scan is ScanState.INFECTED for file in files),
    )


async def store_files(
    session: AsyncSession,
    tip_id: UUID,
    keys: TipKeys,
    files: Sequence[TakenFile],
    sealer: Sealer,
    mark: bytes,
    day: date,
) -> list[UUID]:
    """Make taken files part of a tip; return the ids of those it had already, whose bytes are not needed."""
    surplus = []
    for file in files:
        description = FileDescription(file.name, file.kind.media_type, file.kind.extension, file.digest.hex())
        stored = StoredFile(
            id=file.id,
            tip_id=tip_id,
            number=0,
            added_on=day,
            size_bytes=file.size_bytes,
            metadata=file.metadata,
            scan=file.scan,
            wrapped_key=sealer.for_team(file.key, keys),
            description=sealer.for_team(msgspec.json.encode(description), keys),
            fingerprint=fingerprint(mark, str(tip_id), file.digest.hex()),
        )
        if not await attachments.insert_file(session, stored):
            surplus.append(file.id)
    return surplus


class AddFiles:
    """Adds files to the tip of a receipt, with a commitment of their own; the same file again changes nothing."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gate: ReceiptGate,
        sealer: Sealer,
        files: AttachmentFiles,
        additions: AdditionDesk,
        *,
        limits: Limits,
        secret: bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._sealer = sealer
        self._files = files
        self._additions = additions
        self._limits = limits
        self._mark = derive(secret, b"tips-file-mark")

    async def admit(self, receipt: str) -> ReceiptKeys:
        """Let the holder of a receipt send files, before the first byte of them is taken.

        Raises NotFound for a wrong receipt, Conflict where the tip takes no more, and TooMany.
        """
        keys = await self._gate.keys(receipt)
        async with self._database.reading() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            number, size_bytes = await attachments.measure(session, sealed.tip_id)
        with as_conflict():
            self._limits.require_room(number + 1, size_bytes + 1)
        return keys

    async def __call__(self, keys: ReceiptKeys, taken: Sequence[TakenFile]) -> tuple[FilesAdded, FiledTip | None]:
        """Store files that were taken for the receipt, and return what became of them and what was signed.

        Nothing is signed anew for files that the tip has already. Raises Conflict where they are too many or the tip is
        over. Files that are not stored are removed.
        """
        try:
            surplus, filed = await self._store(keys, taken)
        except ServiceError:
            # Of any other error nobody knows whether it came after the commit; the sweep finds out.
            self._files.remove([file.id for file in taken])
            raise
        self._files.remove(surplus)
        return outcome_of(taken), filed

    async def _store(self, keys: ReceiptKeys, taken: Sequence[TakenFile]) -> tuple[list[UUID], FiledTip | None]:
        async with self._database.transaction() as session:
            today = await filings.open_day(session, business_date(self._clock.now()))
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_tip(session, sealed.tip_id)
            if tip.closed_at is not None or tip.withdrawn_on is not None:
                raise Conflict(
                    "tip_is_over", zh="举报已结束，不能再补充附件。", en="The tip is over and takes no files."
                )
            surplus = await store_files(session, tip.id, sealed.keys, taken, self._sealer, self._mark, today)
            number, size_bytes = await attachments.measure(session, tip.id)
            with as_conflict():
                self._limits.require_room(number, size_bytes)
            added = [file.digest.hex() for file in taken if file.id not in surplus]
            if added:
                filed: FiledTip | None = await self._additions.file_files(session, sealed, keys, added, today)
                day = datetime.combine(today, time(), BUSINESS_ZONE)
                details = {"files": len(added)}
                await handling_log.append(
                    session, tip.id, at=day, actor="reporter", action="files_added", details=details
                )
            else:
                sent = [file.digest.hex() for file in taken]
                filed = await self._additions.files_before(session, sealed, keys, sent)
        return surplus, filed


def files_digest(taken: Sequence[TakenFile]) -> str:
    """Digest of the files of a submission, to tell a repeated one from another; equal for equal files in any order."""
    return "".join(sorted(file.digest.hex() for file in taken))
