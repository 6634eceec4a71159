"""The worker of tips: what a consuming process runs."""

from services.kit.inbox import Subscription
from services.tips.consumers import build_subscription
from services.tips.wiring import Resources


def subscription(resources: Resources) -> Subscription:
    """Return what tips listens to."""
    return build_subscription(resources)
