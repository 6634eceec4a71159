"""From where on something stands out over a month: one value per pattern, which a region may set otherwise."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class SignalLimits:
    """Limits of the patterns; money in fen, times in minutes or days, multiples in percent."""

    region_admissions: int = 10
    """Admissions of one home region to one institution on one day from which they are a group."""
    village_admissions: int = 5
    """The same of one village or community."""
    village_times_percent: int = 300
    """How much of what is usual of a village at that institution on other days of the month; 300 is three times."""
    household_members: int = 3
    """Members of one household who lie in one institution at the same time."""
    household_months: int = 3
    """Months within `household_look_back_months` in which two or more members of a household stayed in one place."""
    household_look_back_months: int = 6
    """Months, the one watched included, that are looked at for that."""
    pharmacies_a_day: int = 3
    """Pharmacies one person buys in on one day."""
    collectors_persons: int = 3
    """Persons who buy together in one pharmacy after the other on one day."""
    collectors_pharmacies: int = 2
    """Pharmacies in which they do."""
    collectors_minutes: int = 10
    """How close two purchases are to be together."""
    visits_a_day: int = 120
    """Outpatients one physician can see on one day: four minutes each for eight hours."""
    apart_minutes: int = 30
    """Two institutions need some time to get from one to the other."""
    item_growth_percent: int = 300
    """Of the average of the months before, for an item of an institution."""
    item_growth_fen: int = 5_000_000
    """Amount of an item in a month below which growth is no matter."""
    institution_growth_percent: int = 200
    """How much more an institution grows than the median of its peers does."""
    institution_growth_fen: int = 10_000_000
    """Amount of an institution in a month below which its growth is no matter."""
    high_value_fen: int = 100_000
    """Unit price from which a consumable is one of high value (高值医用耗材)."""


DEFAULT_LIMITS = SignalLimits()

LIMIT_NAMES: tuple[str, ...] = tuple(sorted(one.name for one in fields(SignalLimits)))
