"""Guard draws and the ledger of insured persons: they belong to the agency, never to a token bound to somebody."""

from services.credit.use_cases import draw_refusal
from services.kit.principal import Principal


def is_agency(principal: Principal) -> bool:
    """Tell whether a token is bound neither to an institution nor to a practitioner."""
    return principal.institution is None and principal.practitioner is None


def must_be_agency(principal: Principal) -> None:
    """Pass the agency; raises Forbidden."""
    if not is_agency(principal):
        raise draw_refusal.bound()
