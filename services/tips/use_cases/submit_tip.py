"""Take a tip from the public."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import ServiceError
from services.tips.domain.access import region_above
from services.tips.domain.attachment import Limits
from services.tips.domain.due import DeadlineKind
from services.tips.domain.receipt import ReceiptKeys, derive, receipt_from
from services.tips.domain.tip import Channel, Kind, Status, Tip, fingerprint, tip_id, verify_by
from services.tips.storage import (
    deadlines,
    filings,
    handling_log,
    institutions,
    supervisor_checks,
    supervisors,
    tips,
)
from services.tips.storage.attachment_files import AttachmentFiles, TakenFile
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.receipts import ReceiptHasher
from services.tips.storage.sealing import ReporterIdentity, Sealer, TipContent, read_as_reporter
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.add_files import FilesAdded, files_digest, outcome_of, store_files
from services.tips.use_cases.errors import as_conflict, repeated_otherwise
from services.tips.use_cases.file_statement import FiledTip, FilingDesk, filed_from, sealable


@dataclass(frozen=True, slots=True, repr=False)
class Submission:
    """What a reporter sends."""

    kind: Kind
    content: TipContent
    institution_code: str | None
    identity: ReporterIdentity | None
    submission_id: UUID | None
    """Chosen by the sender so that sending again is no second tip; the same receipt is shown."""
    region: str | None = None
    """Place of the act as the reporter gave it, for an institution that is not in the registry."""
    against_agency: bool = False
    """About the agency's own staff: the region above handles it."""
    channel: Channel = Channel.ONLINE
    entered_by: str | None = None
    """Clerk who entered what came by phone or letter."""
    supervisor_id: UUID | None = None
    """Appointment under which a social supervisor reports."""
    check_id: UUID | None = None
    """Check that it is the answer to."""


@dataclass(frozen=True, slots=True, repr=False)
class Submitted:
    """What a reporter gets; none of it is kept in the clear."""

    receipt: str
    filed: FiledTip
    files: FilesAdded


class SubmitTip:
    """Seals and stores a tip with its files, commits to it, and returns its receipt, which is not kept."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        hasher: ReceiptHasher,
        sealer: Sealer,
        keyring: KeyringSource,
        desk: FilingDesk,
        files: AttachmentFiles,
        is_working_day: Callable[[date], bool],
        *,
        limits: Limits,
        secret: bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher
        self._sealer = sealer
        self._keyring = keyring
        self._desk = desk
        self._files = files
        self._is_working_day = is_working_day
        self._limits = limits
        self._receipt_secret = derive(secret, b"tips-receipts")
        self._fingerprint_key = derive(secret, b"tips-fingerprint")
        self._file_mark = derive(secret, b"tips-file-mark")

    async def __call__(self, submission: Submission, taken: Sequence[TakenFile] = ()) -> Submitted:
        """Return receipt and statement; the same submission again, the same ones.

        Raises Conflict where the submission id stands for another content or the files are too many, and TooMany.
        Files that become no part of a tip are removed.
        """
        try:
            submitted, surplus = await self._submit(submission, taken)
        except ServiceError:
            # Of any other error nobody knows whether it came after the commit; the sweep finds out.
            self._files.remove([file.id for file in taken])
            raise
        self._files.remove(surplus)
        return submitted

    async def _submit(self, submission: Submission, taken: Sequence[TakenFile]) -> tuple[Submitted, list[UUID]]:
        with as_conflict():
            self._limits.require_room(len(taken), sum(file.size_bytes for file in taken))
        receipt = receipt_from(self._receipt_secret, (submission.submission_id or uuid4()).bytes)
        keys = await self._hasher.keys(receipt)
        async with self._database.transaction() as session:
            day = await filings.open_day(session, business_date(self._clock.now()))
            mark = self._fingerprint(submission, taken)
            stored = await tips.find_by_receipt(session, keys.lookup)
            if stored is None:
                sealed, filed = await self._seal(session, submission, taken, keys, mark, day)
                region = await _region(session, submission)
                tip = self._tip(submission, sealed.tip_id, day, region)
                if await tips.insert_tip(session, tip, sealed):
                    surplus = await store_files(session, tip.id, sealed.keys, taken, self._sealer, self._file_mark, day)
                    # The day, not the instant: the log must not tell when the reporter was online either.
                    at = datetime.combine(day, time(), BUSINESS_ZONE)
                    await self._register(session, submission, tip, at)
                    return Submitted(receipt, filed, outcome_of(taken)), surplus
                # Sent twice at the same moment: the commitment above belongs to nothing, which nobody can tell.
                stored = await tips.find_by_receipt(session, keys.lookup)
            filed = self._filed_before(stored, mark, keys)
        return Submitted(receipt, filed, outcome_of(taken)), [file.id for file in taken]

    async def _seal(
        self,
        session: AsyncSession,
        submission: Submission,
        taken: Sequence[TakenFile],
        receipt: ReceiptKeys,
        mark: bytes,
        day: date,
    ) -> tuple[SealedTip, FiledTip]:
        keys = self._sealer.new_tip()
        filed = await self._desk.file(session, _document(submission, taken), day)
        public = self._sealer.reporter_public_key(receipt.reporter_seed)
        identity = submission.identity
        sealed = SealedTip(
            tip_id=tip_id(day, secrets.token_bytes(10)),
            receipt_lookup=receipt.lookup,
            reporter_public_key=public,
            keys=keys,
            content=self._sealer.content(submission.content, keys),
            identity=self._sealer.identity(identity, keys) if identity else None,
            identity_key_id=self._sealer.officer_key_id if identity else None,
            filing=self._sealer.message_for_reporter(sealable(filed), public, keys),
            fingerprint=mark,
        )
        return sealed, filed

    @staticmethod
    async def _register(session: AsyncSession, submission: Submission, tip: Tip, at: datetime) -> None:
        if tip.due_on is not None:
            await deadlines.set_deadline(session, tip.id, DeadlineKind.VERIFY, tip.due_on)
        details = None if submission.entered_by is None else {"channel": submission.channel.value}
        if submission.supervisor_id is not None:
            await supervisors.note_report(session, tip.id, submission.supervisor_id)
            if submission.check_id is not None:
                await supervisor_checks.note_reported(session, submission.check_id, at.date())
            details = {"channel": submission.channel.value}
        actor = submission.entered_by or "reporter"
        await handling_log.append(session, tip.id, at=at, actor=actor, action="received", details=details)

    def _tip(self, submission: Submission, tip: UUID, day: date, region: str | None) -> Tip:
        return Tip(
            id=tip,
            kind=submission.kind,
            status=Status.RECEIVED,
            received_on=day,
            named=submission.identity is not None,
            reported_institution_code=submission.institution_code,
            due_on=verify_by(day, self._is_working_day),
            channel=submission.channel,
            region=region,
            against_agency=submission.against_agency,
        )

    def _filed_before(self, stored: SealedTip | None, mark: bytes, keys: ReceiptKeys) -> FiledTip:
        if stored is None or stored.filing is None or not secrets.compare_digest(stored.fingerprint, mark):
            raise repeated_otherwise()
        return filed_from(read_as_reporter(stored.filing, keys.reporter_seed, stored.keys, self._keyring))

    def _fingerprint(self, submission: Submission, taken: Sequence[TakenFile]) -> bytes:
        identity = submission.identity
        return fingerprint(
            self._fingerprint_key,
            submission.kind,
            submission.content.text,
            submission.content.place,
            submission.institution_code,
            identity.name if identity else None,
            identity.phone if identity else None,
            # Left out where there is none: so fingerprints of before hold.
            *([identity.id_number] if identity and identity.id_number else []),
            *([files_digest(taken)] if taken else []),
            *([submission.region] if submission.region else []),
            *(submission.content.period or ()),
            *(part for answer in sorted(submission.content.answers.items()) for part in answer),
        )


async def _region(session: AsyncSession, submission: Submission) -> str | None:
    """Return whose tip it is: of the place of the act, or of the region above it where the agency is accused."""
    code = submission.institution_code
    known = None if code is None else await institutions.find_institution(session, code)
    place = submission.region if known is None else known.region
    return region_above(place) if submission.against_agency and place is not None else place


def _document(submission: Submission, taken: Sequence[TakenFile]) -> dict[str, object]:
    """Return what a filing commits to; not the identity, so that to prove the filing is not to give the name."""
    return {
        **msgspec.to_builtins(submission.content),
        "kind": submission.kind.value,
        "institution_code": submission.institution_code,
        "files": [file.digest.hex() for file in taken],
    }
