"""Facts in: one use case per fact that intake listens to."""

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
    SettlementScreened,
)
from services.intake import wiring
from services.intake.wiring import Resources
from services.kit.inbox import Subscription


def subscribe(resources: Resources) -> Subscription:
    """Bind each fact to the use case that handles it."""
    found = wiring.build_record_findings(resources)
    standing = wiring.build_record_standing(resources)
    return Subscription(
        service="intake",
        handlers={
            SettlementScreened: wiring.build_record_outcomes(resources),
            FindingRaised: found.raised,
            FindingConfirmed: found.confirmed,
            FindingDismissed: found.dismissed,
            FindingWithdrawn: found.withdrawn,
            FindingOverturned: found.overturned,
            PractitionerSuspended: standing.suspended,
            PractitionerTerminated: standing.terminated,
            PractitionerReinstated: standing.reinstated,
        },
    )
