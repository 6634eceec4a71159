"""Which region must act: care away from the place of insurance (异地就医) concerns two.

The fund of the place of insurance (参保地) pays. The place of treatment (就医地) supervises its institutions and is the
place of the act, so violations there are its to pursue; only where nobody but the insured person is at fault does the
place of insurance pursue them (《医疗保障行政处罚程序暂行规定》 Art. 9).
"""

from typing import NamedTuple

_PAIR = 2
_DIGITS = 6


class Jurisdiction(NamedTuple):
    """The regions a settlement concerns."""

    paying: str
    """Region whose fund pays: the place of insurance."""
    supervising: str
    """Region that supervises the institution and pursues its acts: the place of treatment."""

    @property
    def crosses(self) -> bool:
        """Tell whether care was given away from the place of insurance."""
        return not (covers(self.paying, self.supervising) or covers(self.supervising, self.paying))

    def concerns(self, region: str) -> bool:
        """Tell whether a region, or one above it, has a part in the settlement."""
        return covers(region, self.paying) or covers(region, self.supervising)


def jurisdiction(*, treatment_region: str, insured_region: str) -> Jurisdiction:
    """Return who pays and who supervises."""
    return Jurisdiction(paying=insured_region, supervising=treatment_region)


def region_prefix(region: str) -> str:
    """Return the digits that every region within this one begins with.

    By GB/T 2260 a province is 430000, a city of it 430100 and a district of that 430102; a region code of any other
    length is taken as a prefix.
    """
    prefix = region
    while len(region) == _DIGITS and len(prefix) > _PAIR and prefix.endswith("0" * _PAIR):
        prefix = prefix[:-_PAIR]
    return prefix


def covers(region: str, other: str) -> bool:
    """Tell whether a region is another or holds it."""
    return other.startswith(region_prefix(region))
