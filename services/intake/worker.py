"""What the intake worker listens to."""

from services.intake.consumers import subscribe
from services.intake.wiring import Resources
from services.kit.inbox import Subscription


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)
