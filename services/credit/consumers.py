"""Facts in: one use case per fact that credit listens to."""

from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.contracts.screening import FindingConfirmed, FindingOverturned, FindingWithdrawn, SettlementScreened
from services.contracts.tips import TipSubstantiated
from services.credit import wiring
from services.credit.wiring import Resources
from services.kit.inbox import Subscription


def subscribe(resources: Resources) -> Subscription:
    """Bind each fact to the use case that handles it."""
    changes = wiring.build_register_changes(resources)
    taking_back = wiring.build_take_back_findings(resources)
    return Subscription(
        service="credit",
        handlers={
            InstitutionChanged: changes.institutions,
            PractitionerChanged: changes.practitioners,
            FindingConfirmed: wiring.build_confirm_findings(resources),
            FindingOverturned: taking_back.overturned,
            FindingWithdrawn: taking_back.withdrawn,
            SettlementScreened: wiring.build_count_settlements(resources),
            TipSubstantiated: wiring.build_record_tips(resources),
        },
    )
