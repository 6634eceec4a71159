"""Regions: a code of six digits stands for everything below it in the administrative division."""


def reach(region: str) -> str:
    """Return the prefix that every region inside this one has: 330000 is the province, 330100 the city.

    A prefix given as such (33, 3301) stays as it is.
    """
    while len(region) > 2 and region.endswith("00"):  # noqa: PLR2004 - two digits name the province
        region = region[:-2]
    return region


def inside(region: str, bound: str) -> bool:
    """Tell whether everything in ``region`` lies in ``bound``."""
    return reach(region).startswith(reach(bound))
