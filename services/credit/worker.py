"""What the credit worker listens to."""

from services.credit.consumers import subscribe
from services.credit.wiring import Resources
from services.kit.inbox import Subscription


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)
