"""Points of one violation: the band of its cause, the degree of responsibility, mitigation and aggravation."""

from dataclasses import dataclass
from enum import StrEnum

from services.credit.domain.policy import PointsPolicy


class Modifier(StrEnum):
    """Circumstances (医保办发〔2024〕34号 Art. 25)."""

    NONE = "none"
    MITIGATED = "mitigated"
    """主动交代、挽回损失、消除影响."""
    AGGRAVATED = "aggravated"
    """强迫教唆、主观故意、拒不配合、拒不改正."""


class ModifierReach(StrEnum):
    """How far a circumstance moves the points; the deciding authority chooses."""

    ONE_BAND = "one_band"
    """减轻或加重一档."""
    INSIDE_BAND = "inside_band"
    """在本档内从轻或从重."""


@dataclass(frozen=True, slots=True)
class BandPoints:
    """The band a violation ends up in, and its points."""

    band: int
    points: int


def points_of(
    policy: PointsPolicy,
    band: int,
    degree: str,
    modifier: Modifier = Modifier.NONE,
    reach: ModifierReach = ModifierReach.ONE_BAND,
) -> BandPoints:
    """Return band and points of a violation whose cause lies in ``band`` (from 1).

    Below the lowest and above the highest band there is none, so there the circumstance moves inside the band. Raises
    KeyError for a degree the policy does not know.
    """
    place = policy.degree_positions[degree]
    move = {Modifier.NONE: 0, Modifier.MITIGATED: -1, Modifier.AGGRAVATED: 1}[modifier]
    moved_band = band + move
    if reach is ModifierReach.ONE_BAND and 1 <= moved_band <= len(policy.bands):
        low, _ = policy.bands[moved_band - 1]
        return BandPoints(moved_band, low + place)
    low, high = policy.bands[band - 1]
    return BandPoints(band, min(max(low + place + move, low), high))
