"""Picks the classes of tips and builds its use cases."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.workdays import is_working_day
from services.tips.domain.reward import RewardPolicy
from services.tips.settings import TipsKeys, TipsSettings
from services.tips.storage.attachment_files import AttachmentFiles
from services.tips.storage.filings import FilingSigner
from services.tips.storage.payouts import PayeeSealer
from services.tips.storage.policies import reward_policies
from services.tips.storage.receipts import ReceiptHasher
from services.tips.storage.retention_policies import retention_policy
from services.tips.storage.sealing import Sealer, TeamReader
from services.tips.storage.virus_scanner import VirusScanner
from services.tips.use_cases.accept_tip import AcceptTip
from services.tips.use_cases.add_files import AddFiles
from services.tips.use_cases.answer_reporter import SettleDispute, TellReporter
from services.tips.use_cases.assign_tip import AssignTip
from services.tips.use_cases.check_access import CheckAccess
from services.tips.use_cases.claim_reward import ClaimReward
from services.tips.use_cases.clean_files import CleanFiles
from services.tips.use_cases.close_tip import CloseTip
from services.tips.use_cases.desk_sessions import DeskSessions
from services.tips.use_cases.dismiss_tip import DismissTip
from services.tips.use_cases.erase_tips import EraseTips
from services.tips.use_cases.extend_deadline import AskExtension, ExtendDeadline
from services.tips.use_cases.file_additions import AdditionDesk
from services.tips.use_cases.file_statement import FilingDesk
from services.tips.use_cases.follow_findings import CountFindings, RememberFindings, TakeBackFindings
from services.tips.use_cases.follow_institutions import FindInstitutions, FollowInstitutions
from services.tips.use_cases.give_identity import GiveIdentity
from services.tips.use_cases.look_up_tip import LookUpTip
from services.tips.use_cases.merge_tips import MergeTips
from services.tips.use_cases.move_tip import MoveTip
from services.tips.use_cases.object_to_outcome import ObjectToOutcome
from services.tips.use_cases.open_identity import OpenIdentity
from services.tips.use_cases.pay_rewards import PayRewards
from services.tips.use_cases.publish_filings import PublishFilings
from services.tips.use_cases.read_attachment import ReadAttachment
from services.tips.use_cases.read_filing import ReadFiling
from services.tips.use_cases.read_matter import ReadMatter
from services.tips.use_cases.read_queue import ReadQueue
from services.tips.use_cases.read_tips import ReadTip
from services.tips.use_cases.receipt_gate import ReceiptGate
from services.tips.use_cases.refuse_tip import RefuseTip
from services.tips.use_cases.reward_desk import RewardDesk
from services.tips.use_cases.rewrap_tips import RewrapTips
from services.tips.use_cases.show_filings import ShowFilings
from services.tips.use_cases.submit_tip import SubmitTip
from services.tips.use_cases.substantiate_tip import SubstantiateTip
from services.tips.use_cases.sweep_deadlines import SweepDeadlines, TakeNote
from services.tips.use_cases.withdraw_tip import WithdrawTip
from services.tips.use_cases.write_message import WriteMessage


@dataclass(frozen=True, repr=False)
class Resources:
    """What a process of tips holds as long as it runs; what needs keys is made when first asked for."""

    settings: TipsSettings
    database: Database
    clock: Clock

    @cached_property
    def keys(self) -> TipsKeys:
        """The keys; a worker, which needs none, never asks. Raises ValueError where some are missing."""
        return self.settings.keys()

    @cached_property
    def hasher(self) -> ReceiptHasher:
        """Hashes receipts, a bounded number at a time in this process."""
        return ReceiptHasher(
            self.keys.receipt_salt,
            memory_kib=self.settings.tips_argon2_memory_kib,
            passes=self.settings.tips_argon2_passes,
            concurrency=self.settings.tips_argon2_concurrency,
        )

    @cached_property
    def gate(self) -> ReceiptGate:
        """Counts wrong receipts of everybody, together with all other processes."""
        return ReceiptGate(self.database, self.hasher, self.clock)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals with public keys."""
        return Sealer(self.keys.keyring, self.keys.identity_public)

    @cached_property
    def reader(self) -> TeamReader:
        """Opens tips where this process holds the team's keys."""
        return TeamReader(self.keys.keyring)

    @cached_property
    def signer(self) -> FilingSigner:
        """Signs statements of filing and published days."""
        return FilingSigner(self.keys.filing_seed)

    @cached_property
    def reward_policies(self) -> Mapping[str, RewardPolicy]:
        """The reward tables; raises OSError, and ValueError for a table that is none."""
        return reward_policies(self.settings.tips_reward_tables)

    @cached_property
    def payees(self) -> PayeeSealer | None:
        """Seals payees for the payout office; None where it has no key."""
        return PayeeSealer(self.keys.payout_public) if self.keys.payout_public else None

    @cached_property
    def files(self) -> AttachmentFiles:
        """Takes attachments in, a bounded number at a time in this process."""
        settings = self.settings
        return AttachmentFiles(
            settings.files_directory,
            VirusScanner(settings.tips_clamd),
            file_bytes=settings.limits.file_bytes,
            free_bytes=settings.tips_free_mebibytes * 2**20,
            rewrite_bytes=settings.tips_rewrite_mebibytes * 2**20,
            rewrites_at_once=settings.tips_rewrites_at_once,
            uploads_at_once=settings.tips_uploads_at_once,
            families=settings.tips_file_families,
        )


@asynccontextmanager
async def open_resources(settings: TipsSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open what tips needs, and close it at the end; raises Unavailable for a stale schema."""
    database = Database(settings.database_url.get_secret_value(), "tips", pool_size=settings.database_pool_size)
    try:
        await database.require_current_schema()
        yield Resources(settings, database, clock or SystemClock())
    finally:
        await database.close()


def build_submit_tip(resources: Resources) -> SubmitTip:
    """Build the taking of tips."""
    return SubmitTip(
        resources.database,
        resources.clock,
        resources.hasher,
        resources.sealer,
        resources.keys.keyring,
        FilingDesk(resources.signer),
        resources.files,
        is_working_day,
        limits=resources.settings.limits,
        secret=resources.keys.receipt_salt,
    )


def _addition_desk(resources: Resources) -> AdditionDesk:
    return AdditionDesk(FilingDesk(resources.signer), resources.sealer, resources.keys.keyring)


def build_add_files(resources: Resources) -> AddFiles:
    """Build the adding of files by the reporter."""
    return AddFiles(
        resources.database,
        resources.clock,
        resources.gate,
        resources.sealer,
        resources.files,
        _addition_desk(resources),
        limits=resources.settings.limits,
        secret=resources.keys.receipt_salt,
    )


def build_read_attachment(resources: Resources) -> ReadAttachment:
    """Build the handing of files to handlers."""
    return ReadAttachment(resources.database, resources.clock, resources.reader, resources.files)


def build_read_filing(resources: Resources) -> ReadFiling:
    """Build the reporter's view of the statement of filing."""
    return ReadFiling(resources.database, resources.gate, resources.keys.keyring)


def build_show_filings(resources: Resources) -> ShowFilings:
    """Build what the public sees of filings."""
    return ShowFilings(resources.database)


def build_publish_filings(resources: Resources) -> PublishFilings:
    """Build the publishing of days."""
    return PublishFilings(resources.database, resources.clock, resources.signer)


def build_open_identity(resources: Resources) -> OpenIdentity:
    """Build the opening of identities by two officers."""
    return OpenIdentity(resources.database, resources.clock, resources.sealer, resources.reader)


def build_rewrap_tips(resources: Resources) -> RewrapTips:
    """Build the wrapping under new keys."""
    return RewrapTips(resources.database, resources.sealer, resources.reader, resources.keys.keyring)


def build_erase_tips(resources: Resources) -> EraseTips:
    """Build the erasing by policy; raises OSError, and ValueError for a policy that is none."""
    policy = retention_policy(resources.settings.tips_retention_policy)
    return EraseTips(resources.database, resources.clock, resources.files, policy)


def build_clean_files(resources: Resources) -> CleanFiles:
    """Build the removal of files that belong to no tip."""
    return CleanFiles(resources.database, resources.clock, resources.files)


def build_look_up_tip(resources: Resources) -> LookUpTip:
    """Build the reporter's look-up."""
    return LookUpTip(resources.database, resources.clock, resources.gate, resources.keys.keyring)


def build_write_message(resources: Resources) -> WriteMessage:
    """Build the conversation of reporter and handlers."""
    return WriteMessage(
        resources.database,
        resources.clock,
        resources.gate,
        resources.sealer,
        _addition_desk(resources),
        secret=resources.keys.receipt_salt,
    )


def build_withdraw_tip(resources: Resources) -> WithdrawTip:
    """Build the withdrawal by the reporter."""
    return WithdrawTip(resources.database, resources.clock, resources.gate)


def build_claim_reward(resources: Resources) -> ClaimReward:
    """Build the claim by the reporter."""
    keyring, policies = resources.keys.keyring, resources.reward_policies
    return ClaimReward(resources.database, resources.clock, resources.gate, keyring, policies, resources.payees)


def build_read_queue(resources: Resources) -> ReadQueue:
    """Build the handlers' queue."""
    return ReadQueue(resources.database, resources.clock, is_working_day)


def build_read_tip(resources: Resources) -> ReadTip:
    """Build the handlers' view of a tip."""
    return ReadTip(resources.database, resources.clock, resources.reader)


def build_accept_tip(resources: Resources) -> AcceptTip:
    """Build the acceptance."""
    return AcceptTip(resources.database, resources.clock, is_working_day)


def build_extend_deadline(resources: Resources) -> ExtendDeadline:
    """Build the extension of the time to verify."""
    return ExtendDeadline(resources.database, resources.clock, is_working_day)


def build_refuse_tip(resources: Resources) -> RefuseTip:
    """Build the refusal."""
    return RefuseTip(resources.database, resources.clock, is_working_day)


def build_substantiate_tip(resources: Resources) -> SubstantiateTip:
    """Build the decision that a tip is true."""
    return SubstantiateTip(resources.database, resources.clock, is_working_day)


def build_dismiss_tip(resources: Resources) -> DismissTip:
    """Build the decision that a tip is not borne out."""
    return DismissTip(resources.database, resources.clock, is_working_day)


def build_close_tip(resources: Resources) -> CloseTip:
    """Build the closing by a second person."""
    return CloseTip(resources.database, resources.clock)


def build_reward_desk(resources: Resources) -> RewardDesk:
    """Build the decision on rewards."""
    region = resources.settings.tips_reward_region
    return RewardDesk(resources.database, resources.clock, resources.reward_policies, otherwise=region)


def build_pay_rewards(resources: Resources) -> PayRewards:
    """Build the payout of rewards."""
    return PayRewards(resources.database, resources.clock, resources.keys.keyring)


def build_remember_findings(resources: Resources) -> RememberFindings:
    """Build the memory of confirmed findings."""
    return RememberFindings(resources.database)


def build_take_back_findings(resources: Resources) -> TakeBackFindings:
    """Build the taking back of fallen findings."""
    return TakeBackFindings(resources.database, resources.clock, resources.reward_policies)


def build_give_identity(resources: Resources) -> GiveIdentity:
    """Build the later giving of an identity."""
    return GiveIdentity(resources.database, resources.clock, resources.gate, resources.sealer, is_working_day)


def build_object_to_outcome(resources: Resources) -> ObjectToOutcome:
    """Build the reporter's objection."""
    write = build_write_message(resources)
    return ObjectToOutcome(resources.database, resources.clock, resources.gate, write, is_working_day)


def build_settle_dispute(resources: Resources) -> SettleDispute:
    """Build the answer to an objection."""
    return SettleDispute(resources.database, resources.clock, is_working_day)


def build_tell_reporter(resources: Resources) -> TellReporter:
    """Build the note that a reporter was told."""
    return TellReporter(resources.database, resources.clock)


def build_ask_extension(resources: Resources) -> AskExtension:
    """Build the request for more time."""
    return AskExtension(resources.database, resources.clock)


def build_check_access(resources: Resources) -> CheckAccess:
    """Build the check of who may see a tip."""
    return CheckAccess(resources.database)


def build_move_tip(resources: Resources) -> MoveTip:
    """Build the moves between regions."""
    return MoveTip(resources.database, resources.clock, is_working_day)


def build_merge_tips(resources: Resources) -> MergeTips:
    """Build the merging of tips."""
    return MergeTips(resources.database, resources.clock)


def build_assign_tip(resources: Resources) -> AssignTip:
    """Build desks and recusals."""
    return AssignTip(resources.database, resources.clock)


def build_read_matter(resources: Resources) -> ReadMatter:
    """Build what a handler sees around a tip."""
    return ReadMatter(resources.database, resources.clock, resources.reader, is_working_day)


def build_sweep_deadlines(resources: Resources) -> SweepDeadlines:
    """Build the sweep over the deadlines."""
    return SweepDeadlines(resources.database, resources.clock, is_working_day)


def build_take_note(resources: Resources) -> TakeNote:
    """Build the supervisor's note of what was escalated."""
    return TakeNote(resources.database, resources.clock)


def build_desk_sessions(resources: Resources) -> DeskSessions:
    """Build the sessions of the desk's pages."""
    return DeskSessions(resources.database, resources.clock)


def build_find_institutions(resources: Resources) -> FindInstitutions:
    """Build the search for institutions."""
    return FindInstitutions(resources.database)


def build_follow_institutions(resources: Resources) -> FollowInstitutions:
    """Build the memory of the registry."""
    return FollowInstitutions(resources.database)


def build_count_findings(resources: Resources) -> CountFindings:
    """Build the memory of findings by institution."""
    return CountFindings(resources.database)
