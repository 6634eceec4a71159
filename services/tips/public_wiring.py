"""Builds the use cases of what goes out to the public, of the social supervisors, and of what is taken back."""

from datetime import timedelta

from services.kit.workdays import is_working_day
from services.tips.use_cases.assign_checks import AssignChecks
from services.tips.use_cases.publish_statistics import Publishing, PublishStatistics, ShowStatistics
from services.tips.use_cases.reclaim_rewards import ReclaimRewards
from services.tips.use_cases.supervise_socially import SuperviseSocially
from services.tips.use_cases.sweep_checks import SweepChecks
from services.tips.use_cases.take_repayments import TakeRepayments
from services.tips.use_cases.tell_cases import TellCases
from services.tips.wiring import Resources


def build_publish_statistics(resources: Resources) -> PublishStatistics:
    """Build the publishing of statistics."""
    settings = resources.settings
    how = Publishing(
        period=settings.tips_statistics_period,
        delay=timedelta(days=settings.tips_statistics_delay_days),
        smallest=settings.tips_statistics_smallest,
        rounding=settings.tips_statistics_rounding,
    )
    return PublishStatistics(resources.database, resources.clock, how)


def build_show_statistics(resources: Resources) -> ShowStatistics:
    """Build what the public sees of statistics."""
    return ShowStatistics(resources.database)


def build_tell_cases(resources: Resources) -> TellCases:
    """Build the typical cases."""
    return TellCases(resources.database, resources.clock, smallest=resources.settings.tips_statistics_smallest)


def build_supervise_socially(resources: Resources) -> SuperviseSocially:
    """Build the channel of social supervisors."""
    return SuperviseSocially(resources.database, resources.clock)


def build_reclaim_rewards(resources: Resources) -> ReclaimRewards:
    """Build the taking back of rewards."""
    return ReclaimRewards(resources.database, resources.clock, resources.reward_policies)


def build_take_repayments(resources: Resources) -> TakeRepayments:
    """Build the payout office's noting of repayments."""
    return TakeRepayments(resources.database, resources.clock)


def build_assign_checks(resources: Resources) -> AssignChecks:
    """Build the checks of social supervisors."""
    return AssignChecks(resources.database, resources.clock)


def build_sweep_checks(resources: Resources) -> SweepChecks:
    """Build the sweep over the checks."""
    return SweepChecks(resources.database, resources.clock, is_working_day)
