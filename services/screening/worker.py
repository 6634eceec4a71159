"""What the screening worker listens to."""

from services.kit.inbox import Subscription
from services.screening.consumers import subscribe
from services.screening.wiring import Resources


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)
