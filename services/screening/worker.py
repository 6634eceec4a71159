"""What the screening worker listens to, and what it does of itself."""

from collections.abc import Sequence

from services.kit.inbox import Subscription
from services.kit.periodic import Periodic
from services.kit.runner import Loop
from services.screening import wiring
from services.screening.consumers import subscribe
from services.screening.wiring import Resources

TURN_SECONDS = 5.0
"""How often it is looked whether a back-test waits."""

FORGET_SECONDS = 3_600.0
"""How often history that nothing can ask for, and reminders that are too old, are deleted."""

WATCH_SECONDS = 3_600.0
"""How often it is looked whether a closed month has claims that were not watched."""

NONCES_SECONDS = 60.0
"""How often nonces are deleted whose timestamp is refused anyway."""


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)


def loops(resources: Resources) -> Sequence[Loop]:
    """Return what runs beside the consumer until the process stops."""
    return (
        Periodic("screening", "backtests", wiring.build_run_backtests(resources), seconds=TURN_SECONDS),
        Periodic("screening", "history", wiring.build_fill_history(resources), seconds=TURN_SECONDS),
        Periodic("screening", "forgetting", wiring.build_forget_history(resources), seconds=FORGET_SECONDS),
        Periodic("screening", "months", wiring.build_watch_months(resources), seconds=WATCH_SECONDS),
        Periodic("screening", "reminders", wiring.build_forget_reminders(resources), seconds=FORGET_SECONDS),
        Periodic("screening", "nonces", wiring.build_forget_nonces(resources), seconds=NONCES_SECONDS),
    )
