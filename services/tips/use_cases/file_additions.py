"""Commits to what a reporter adds to a tip later, each message and each lot of files by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.filing import AdditionKind, files_document, message_document
from services.tips.domain.receipt import ReceiptKeys
from services.tips.storage import filing_additions
from services.tips.storage.filing_additions import SealedAddition
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.sealing import Sealer, read_as_reporter
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.file_statement import FiledTip, FilingDesk, filed_from, sealable


@dataclass(frozen=True, slots=True, repr=False)
class FiledAddition:
    """What was signed for one addition."""

    number: int
    kind: AdditionKind
    filed: FiledTip


@dataclass(frozen=True, slots=True, repr=False)
class AdditionDesk:
    """Files additions under the signing key of the filings, in the tree of the day on which they came.

    Every message of a reporter is filed, whatever it says: only so a commitment tells nothing of its weight.
    """

    desk: FilingDesk
    sealer: Sealer
    keyring: KeyringSource

    async def file_message(
        self, session: AsyncSession, tip: SealedTip, keys: ReceiptKeys, text: str, message_id: UUID, day: date
    ) -> FiledTip:
        """Commit to a message that is stored already, on a day that `filings.open_day` gave; the tip is locked."""
        document = message_document(self._tip_commitment(tip, keys), text)
        return await self._file(session, tip, document, day, message_id)

    async def file_files(
        self, session: AsyncSession, tip: SealedTip, keys: ReceiptKeys, digests: Sequence[str], day: date
    ) -> FiledTip:
        """Commit to files that were added together; the tip is locked."""
        return await self._file(session, tip, files_document(self._tip_commitment(tip, keys), digests), day, None)

    async def message_before(
        self, session: AsyncSession, tip: SealedTip, keys: ReceiptKeys, message_id: UUID
    ) -> FiledTip | None:
        """Return what was signed for a message that was sent before; None where nothing was signed then."""
        filed = await filing_additions.of_message(session, message_id)
        return None if filed is None else self._opened(tip, keys, filed)

    async def files_before(
        self, session: AsyncSession, tip: SealedTip, keys: ReceiptKeys, digests: Sequence[str]
    ) -> FiledTip | None:
        """Return what was signed when the same files were added together before; None where they came otherwise."""
        for addition in await self.list(session, tip, keys):
            document = msgspec.json.decode(addition.filed.opening.document)
            if addition.kind is AdditionKind.FILES and sorted(document["files"]) == sorted(set(digests)):
                return addition.filed
        return None

    async def list(self, session: AsyncSession, tip: SealedTip, keys: ReceiptKeys) -> list[FiledAddition]:
        """Return the additions of a tip in order; raises Unreadable."""
        return list_filed(await filing_additions.list_additions(session, tip.tip_id), tip, keys, self.keyring)

    async def _file(
        self, session: AsyncSession, tip: SealedTip, document: dict[str, object], day: date, message_id: UUID | None
    ) -> FiledTip:
        filed = await self.desk.file(session, document, day)
        sealed = self.sealer.message_for_reporter(sealable(filed), tip.reporter_public_key, tip.keys)
        await filing_additions.insert_addition(session, tip.tip_id, sealed, message_id)
        return filed

    def _tip_commitment(self, tip: SealedTip, keys: ReceiptKeys) -> str | None:
        return None if tip.filing is None else self._opened(tip, keys, tip.filing).statement.commitment

    def _opened(self, tip: SealedTip, keys: ReceiptKeys, filed: bytes) -> FiledTip:
        return filed_from(read_as_reporter(filed, keys.reporter_seed, tip.keys, self.keyring))


def list_filed(
    additions: Sequence[SealedAddition], tip: SealedTip, keys: ReceiptKeys, keyring: KeyringSource
) -> list[FiledAddition]:
    """Open the additions of a tip for the holder of its receipt; raises Unreadable."""
    return [
        FiledAddition(
            each.number, each.kind, filed_from(read_as_reporter(each.filed, keys.reporter_seed, tip.keys, keyring))
        )
        for each in additions
    ]
