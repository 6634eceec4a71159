"""Every fact there is, by type name: the one list that decoders, documents and golden tests read."""

from services.contracts import credit, intake, screening, tips
from services.contracts.fact import Fact

FACTS: tuple[type[Fact], ...] = (
    intake.SettlementAccepted,
    intake.SettlementReversed,
    intake.SettlementPartlyReversed,
    intake.InstitutionChanged,
    intake.PractitionerChanged,
    intake.DepartmentChanged,
    intake.InsuredPersonChanged,
    intake.StockMoved,
    intake.SettlementListFiled,
    screening.SettlementScreened,
    screening.FindingRaised,
    screening.FindingConfirmed,
    screening.FindingDismissed,
    screening.FindingWithdrawn,
    screening.FindingOverturned,
    screening.RulebookActivated,
    credit.PointsRecorded,
    credit.PractitionerSuspended,
    credit.PractitionerTerminated,
    credit.PractitionerReinstated,
    credit.InstitutionRated,
    tips.TipAccepted,
    tips.TipSubstantiated,
    tips.TipClosed,
)

BY_TYPE: dict[str, type[Fact]] = {fact.TYPE: fact for fact in FACTS}
