"""What tips listens to: screening's findings through their life, and the registry of institutions."""

from collections.abc import Sequence
from typing import Any

from services.contracts.intake import InstitutionChanged
from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
)
from services.kit.inbox import Event, Subscription
from services.tips.wiring import (
    Resources,
    build_count_findings,
    build_follow_institutions,
    build_remember_findings,
    build_take_back_findings,
)


def build_subscription(resources: Resources) -> Subscription:
    """Build the subscription of tips."""
    remember = build_remember_findings(resources)
    take_back = build_take_back_findings(resources)
    count = build_count_findings(resources)

    async def finding_confirmed(events: Sequence[Event[Any]]) -> None:
        await remember(events)

    async def finding_fallen(events: Sequence[Event[Any]]) -> None:
        await take_back(events)

    return Subscription(
        service="tips",
        handlers={
            InstitutionChanged: build_follow_institutions(resources),
            FindingRaised: count,
            FindingDismissed: count,
            FindingConfirmed: finding_confirmed,
            FindingOverturned: finding_fallen,
            FindingWithdrawn: finding_fallen,
        },
    )
