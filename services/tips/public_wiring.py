"""Builds the use cases of what goes out to the public, and of the social supervisors."""

from datetime import timedelta

from services.tips.use_cases.publish_statistics import Publishing, PublishStatistics, ShowStatistics
from services.tips.use_cases.supervise_socially import SuperviseSocially
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
