"""Facts in: one use case per fact that screening listens to."""

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.contracts.intake import (
    DepartmentChanged,
    InstitutionChanged,
    InsuredPersonChanged,
    PractitionerChanged,
    SettlementAccepted,
    SettlementListFiled,
    SettlementPartlyReversed,
    SettlementReversed,
    StockMoved,
)
from services.contracts.tips import TipAccepted, TipClosed
from services.kit.inbox import Subscription
from services.screening import wiring
from services.screening.wiring import Resources


def subscribe(resources: Resources) -> Subscription:
    """Bind each fact to the use case that handles it."""
    tips = wiring.build_note_tips(resources)
    ineligibility = wiring.build_record_ineligibility(resources)
    registry = wiring.build_keep_registry(resources)
    return Subscription(
        service="screening",
        handlers={
            SettlementAccepted: wiring.build_screen_settlements(resources),
            SettlementListFiled: wiring.build_record_lists(resources),
            SettlementReversed: wiring.build_reverse_settlements(resources),
            SettlementPartlyReversed: wiring.build_reverse_lines(resources),
            StockMoved: wiring.build_keep_stock(resources),
            PractitionerSuspended: ineligibility.suspended,
            PractitionerTerminated: ineligibility.terminated,
            PractitionerReinstated: ineligibility.reinstated,
            InstitutionChanged: registry,
            PractitionerChanged: registry,
            DepartmentChanged: registry,
            InsuredPersonChanged: wiring.build_keep_persons(resources),
            TipAccepted: tips,
            TipClosed: tips.closed,
        },
    )
