"""Facts in: one use case per fact that intake listens to."""

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.contracts.screening import SettlementScreened
from services.intake import wiring
from services.intake.wiring import Resources
from services.kit.inbox import Subscription


def subscribe(resources: Resources) -> Subscription:
    """Bind each fact to the use case that handles it."""
    standing = wiring.build_record_standing(resources)
    return Subscription(
        service="intake",
        handlers={
            SettlementScreened: wiring.build_record_outcomes(resources),
            PractitionerSuspended: standing.suspended,
            PractitionerTerminated: standing.terminated,
            PractitionerReinstated: standing.reinstated,
        },
    )
