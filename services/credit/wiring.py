"""The only place that picks classes and builds use cases."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.rating_policy_document import read_rating_policy
from services.credit.domain.webhook import Endurance
from services.credit.settings import CreditSettings
from services.credit.storage.webhook_sealing import SecretVault
from services.credit.use_cases.advance_ratings import AdvanceRatings
from services.credit.use_cases.annul_sanction import AnnulSanction
from services.credit.use_cases.backtest_ratings import BacktestRatings
from services.credit.use_cases.confirm_findings import ConfirmFindings
from services.credit.use_cases.contest_rating import ContestRating
from services.credit.use_cases.count_settlements import CountSettlements
from services.credit.use_cases.decide_proposal import DecideProposal
from services.credit.use_cases.deliver_webhook import DeliverWebhook, DeliveryRules
from services.credit.use_cases.hold_draw import HoldDraw
from services.credit.use_cases.keep_inspectors import KeepInspectors
from services.credit.use_cases.keep_webhooks import KeepWebhooks
from services.credit.use_cases.override_rating import OverrideRating
from services.credit.use_cases.ping_webhook import PingWebhook
from services.credit.use_cases.prepare_draw import PrepareDraw
from services.credit.use_cases.preview_ratings import PreviewRatings
from services.credit.use_cases.read_changes import ReadChanges
from services.credit.use_cases.read_draws import ReadDraws
from services.credit.use_cases.read_eligibility import ReadEligibility
from services.credit.use_cases.read_institutions import ReadInstitutions
from services.credit.use_cases.read_insured import ReadInsured
from services.credit.use_cases.read_matters import ReadMatters
from services.credit.use_cases.read_pages import ReadPages
from services.credit.use_cases.read_practitioners import ReadPractitioners
from services.credit.use_cases.read_public_list import ReadPublicList
from services.credit.use_cases.read_ratings import ReadRatings
from services.credit.use_cases.read_sanctions import ReadSanctions
from services.credit.use_cases.read_standings import ReadLevels
from services.credit.use_cases.record_rating_input import RecordRatingInput
from services.credit.use_cases.record_sanction import RecordSanction
from services.credit.use_cases.record_tips import RecordTips
from services.credit.use_cases.region_jobs import RegionJobs
from services.credit.use_cases.register_changes import RegisterChanges
from services.credit.use_cases.repair_credit import RepairCredit
from services.credit.use_cases.request_recovery import RequestRecovery
from services.credit.use_cases.request_repair import RequestRepair
from services.credit.use_cases.run_region_jobs import RunRegionJobs
from services.credit.use_cases.run_webhooks import RunWebhooks
from services.credit.use_cases.sanction_insured import SanctionInsured
from services.credit.use_cases.take_back_findings import TakeBackFindings
from services.credit.use_cases.take_step import TakeStep
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.outbound import Outbound
from services.kit.rate_bound import RateBound

LEASE_MARGIN_SECONDS = 10
"""Time beside an attempt that a worker has before another may take its webhook over."""


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: CreditSettings
    database: Database
    clock: Clock
    book: PolicyBook
    outbound: Outbound
    vault: SecretVault | None
    """None without a key; then there are no webhooks."""
    public_rate: RateBound


def load_policies(folder: Path | None) -> PolicyBook:
    """Read every policy file of a folder, or the bundled ones; raises PolicyInvalidError."""
    source: Traversable = files("services.credit") / "policies" if folder is None else folder
    texts = {item.name: item.read_text(encoding="utf-8") for item in source.iterdir() if item.name.endswith(".json")}
    if not texts:
        raise PolicyInvalidError("the folder of policies holds none")
    policies = [read_policy(json.loads(texts[name])) for name in sorted(texts)]
    if len({policy.version for policy in policies}) < len(policies):
        raise PolicyInvalidError("two policy files have one version")
    return PolicyBook(policies, load_rating_policies(source / "ratings"))


def load_rating_policies(source: Traversable) -> RatingPolicyBook:
    """Read every rating policy of a folder, the bundled ones when there is none; raises PolicyInvalidError."""
    folder = source if source.is_dir() else files("services.credit") / "policies" / "ratings"
    texts = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".json")}
    policies = [read_rating_policy(json.loads(texts[name])) for name in sorted(texts)]
    if len({policy.version for policy in policies}) < len(policies):
        raise PolicyInvalidError("two rating policy files have one version")
    return RatingPolicyBook(policies)


@asynccontextmanager
async def open_resources(settings: CreditSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources.

    Raises Unavailable when the schema is not the one this code needs, PolicyInvalidError for a policy that is none.
    """
    book = load_policies(settings.credit_policies)
    database = Database(settings.database_url.get_secret_value(), "credit", pool_size=settings.database_pool_size)
    outbound = Outbound(
        settings.webhook_addresses(),
        timeout_seconds=settings.credit_webhook_timeout_seconds,
        user_agent="fundwarden-webhooks/1",
    )
    key = settings.webhook_key()
    try:
        await database.require_current_schema()
        yield Resources(
            settings=settings,
            database=database,
            clock=clock or SystemClock(),
            book=book,
            outbound=outbound,
            vault=None if key is None else SecretVault(key),
            public_rate=RateBound(settings.credit_public_per_second, settings.credit_public_per_second * 4),
        )
    finally:
        await outbound.close()
        await database.close()


def build_record_sanction(resources: Resources) -> RecordSanction:
    """Build the use case that records sanctions."""
    return RecordSanction(resources.database, resources.book, resources.clock)


def build_confirm_findings(resources: Resources) -> ConfirmFindings:
    """Build the use case that takes over confirmed findings."""
    return ConfirmFindings(resources.database, resources.book, resources.clock)


def build_take_back_findings(resources: Resources) -> TakeBackFindings:
    """Build the use case that undoes consequences."""
    return TakeBackFindings(resources.database, resources.book, resources.clock)


def build_record_tips(resources: Resources) -> RecordTips:
    """Build the use case that counts substantiated tips."""
    return RecordTips(resources.database, resources.book, resources.clock)


def build_register_changes(resources: Resources) -> RegisterChanges:
    """Build the use case that keeps the copy of the registry."""
    return RegisterChanges(resources.database)


def build_read_practitioners(resources: Resources) -> ReadPractitioners:
    """Build the use case that reads practitioners."""
    return ReadPractitioners(resources.database, resources.book, resources.clock)


def build_read_eligibility(resources: Resources) -> ReadEligibility:
    """Build the use case that reads eligibility."""
    return ReadEligibility(resources.database, resources.clock)


def build_read_institutions(resources: Resources) -> ReadInstitutions:
    """Build the use case that reads institutions."""
    return ReadInstitutions(resources.database, resources.book, resources.clock)


def build_read_sanctions(resources: Resources) -> ReadSanctions:
    """Build the use case that reads sanctions and proposals."""
    return ReadSanctions(resources.database)


def build_prepare_draw(resources: Resources) -> PrepareDraw:
    """Build the use case that makes the lists of draws."""
    return PrepareDraw(resources.database, resources.book, resources.clock)


def build_hold_draw(resources: Resources) -> HoldDraw:
    """Build the use case that takes draws through their steps."""
    return HoldDraw(resources.database, resources.book, resources.clock)


def build_read_draws(resources: Resources) -> ReadDraws:
    """Build the use case that reads draws."""
    return ReadDraws(resources.database)


def build_keep_inspectors(resources: Resources) -> KeepInspectors:
    """Build the use case that keeps the directory of inspectors."""
    return KeepInspectors(resources.database, resources.clock)


def build_sanction_insured(resources: Resources) -> SanctionInsured:
    """Build the use case that keeps the ledger of insured persons."""
    return SanctionInsured(resources.database, resources.book, resources.clock)


def build_read_insured(resources: Resources) -> ReadInsured:
    """Build the use case that reads the ledger of insured persons."""
    return ReadInsured(resources.database, resources.clock)


def build_preview_ratings(resources: Resources) -> PreviewRatings:
    """Build the use case that previews yearly ratings."""
    return PreviewRatings(resources.database, resources.book.ratings, resources.clock)


def build_advance_ratings(resources: Resources) -> AdvanceRatings:
    """Build the use case that publishes and concludes yearly ratings."""
    return AdvanceRatings(resources.database, resources.book.ratings, resources.clock)


def build_contest_rating(resources: Resources) -> ContestRating:
    """Build the use case of objections to yearly ratings."""
    return ContestRating(resources.database, resources.book.ratings, resources.clock)


def build_record_rating_input(resources: Resources) -> RecordRatingInput:
    """Build the use case that records inputs of ratings."""
    return RecordRatingInput(resources.database, resources.book.ratings, resources.clock)


def build_read_ratings(resources: Resources) -> ReadRatings:
    """Build the use case that reads yearly ratings."""
    return ReadRatings(resources.database, resources.book.ratings, resources.clock)


def build_override_rating(resources: Resources) -> OverrideRating:
    """Build the use case of overrides."""
    return OverrideRating(resources.database, resources.book, resources.clock)


def build_read_levels(resources: Resources) -> ReadLevels:
    """Build the use case that reads levels."""
    return ReadLevels(resources.database, resources.book, resources.clock)


def build_region_jobs(resources: Resources) -> RegionJobs:
    """Build the use case that keeps jobs over a region."""
    return RegionJobs(resources.database, resources.book.ratings, resources.clock)


def build_run_region_jobs(resources: Resources) -> RunRegionJobs:
    """Build the use case that does chunks of jobs."""
    return RunRegionJobs(resources.database, resources.book.ratings, resources.clock)


def build_read_pages(resources: Resources) -> ReadPages:
    """Build the use case that reads what pages show."""
    return ReadPages(resources.database, resources.book, resources.clock)


def build_backtest_ratings(resources: Resources) -> BacktestRatings:
    """Build the use case that back-tests rating policies."""
    return BacktestRatings(resources.database, resources.book.ratings)


def build_repair_credit(resources: Resources) -> RepairCredit:
    """Build the use case of credit repair."""
    return RepairCredit(resources.database, resources.book.ratings, resources.clock)


def build_count_settlements(resources: Resources) -> CountSettlements:
    """Build the use case that counts screened settlements."""
    return CountSettlements(resources.database)


def build_decide_proposal(resources: Resources) -> DecideProposal:
    """Build the use case that decides proposals for points."""
    return DecideProposal(resources.database, resources.book, resources.clock)


def build_annul_sanction(resources: Resources) -> AnnulSanction:
    """Build the use case that annuls sanctions."""
    return AnnulSanction(resources.database, resources.book, resources.clock)


def build_take_step(resources: Resources) -> TakeStep:
    """Build the use case that moves matters forward."""
    return TakeStep(resources.database, resources.book, resources.clock)


def build_request_recovery(resources: Resources) -> RequestRecovery:
    """Build the use case that takes requests for recovery."""
    return RequestRecovery(resources.database, resources.book, resources.clock)


def build_request_repair(resources: Resources) -> RequestRepair:
    """Build the use case that takes requests for repair."""
    return RequestRepair(resources.database, resources.book, resources.clock)


def build_read_matters(resources: Resources) -> ReadMatters:
    """Build the use case that reads matters and what is due."""
    return ReadMatters(resources.database, resources.clock)


def build_read_changes(resources: Resources) -> ReadChanges:
    """Build the use case that reads the feed."""
    return ReadChanges(resources.database)


def build_keep_webhooks(resources: Resources) -> KeepWebhooks:
    """Build the use case that keeps webhooks."""
    addresses = resources.settings.webhook_addresses()
    return KeepWebhooks(resources.database, resources.vault, addresses, resources.clock)


def build_ping_webhook(resources: Resources) -> PingWebhook:
    """Build the use case that pings webhooks."""
    return PingWebhook(build_keep_webhooks(resources), resources.vault, resources.outbound, resources.clock)


def build_run_webhooks(resources: Resources) -> RunWebhooks | None:
    """Build the loop that delivers webhooks, None without a key."""
    if resources.vault is None:
        return None
    settings = resources.settings
    rules = DeliveryRules(
        endurance=Endurance(timedelta(days=settings.credit_webhook_pause_days), settings.credit_webhook_pause_attempts),
        lease_seconds=settings.credit_webhook_timeout_seconds + LEASE_MARGIN_SECONDS,
        log_kept=timedelta(days=settings.credit_webhook_log_days),
    )
    deliver = DeliverWebhook(resources.database, resources.vault, resources.outbound, resources.clock, rules)
    return RunWebhooks(resources.database, deliver, concurrency=settings.credit_webhook_concurrency)


def build_read_public_list(resources: Resources) -> ReadPublicList:
    """Build the use case that reads the public list."""
    return ReadPublicList(resources.database, resources.book, resources.clock)
