"""Guard draws and the ledger of insured persons: they belong to the agency, never to a token bound to somebody."""

from collections.abc import Collection

from services.credit.use_cases import draw_refusal
from services.credit.use_cases.guard_reading import must_be_in_region
from services.kit.principal import Principal


def is_agency(principal: Principal) -> bool:
    """Tell whether a token is bound neither to an institution nor to a practitioner."""
    return principal.institution is None and principal.practitioner is None


def must_be_agency(principal: Principal) -> None:
    """Pass the agency; raises Forbidden."""
    if not is_agency(principal):
        raise draw_refusal.bound()


def must_lie_inside(principal: Principal, regions: Collection[str]) -> None:
    """Pass who may deal with every region of a draw; none means the whole country. Raises Forbidden."""
    if principal.region is not None:
        for region in regions or ("",):
            must_be_in_region(principal, region)
