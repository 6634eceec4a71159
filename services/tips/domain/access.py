"""Who may see a tip: those of its region and desk who have no interest in the matter."""

from dataclasses import dataclass

_WHOLE_COUNTRY = "000000"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody of the agency who asks for tips."""

    subject: str
    region: str | None = None
    """Region of the token; None for the unified reception (统一受理), which sees all regions."""
    every_desk: bool = False
    """Whether desks do not bind, as for a supervisor."""

    @property
    def region_prefix(self) -> str:
        """Digits that every region of the viewer begins with: two of a province, four of a city, six of a county."""
        return region_prefix(self.region)


def region_prefix(region: str | None) -> str:
    """Return the digits that stand for a region and all below it."""
    if region is None or region == _WHOLE_COUNTRY:
        return ""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region


def covers(region: str | None, place: str | None) -> bool:
    """Whether a region contains a place; a place not known yet is contained only in the whole country."""
    prefix = region_prefix(region)
    return not prefix or (place is not None and place.startswith(prefix))


def region_above(region: str) -> str | None:
    """Return the region next above; None above a province."""
    prefix = region_prefix(region)
    return {6: f"{prefix[:4]}00", 4: f"{prefix[:2]}0000"}.get(len(prefix))
