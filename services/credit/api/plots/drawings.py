"""The plots themselves; each is kept by its numbers, so that a page that did not change is not drawn again."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from services.credit.api.plots.canvas import GROUND, INK, SOFT, Words, new_plot, to_svg
from services.credit.domain.peer_bins import Bin
from services.credit.domain.waterfall import Waterfall

_dates: Any = dates
"""The library has no types here."""

MOST_KEPT = 128
"""Drawings of each kind that a process keeps; one takes some ten thousand bytes."""

_BANDS = ("#ffffff", "#eef1f4", "#dde3e9", "#ccd5dd", "#bbc7d1", "#aab9c5", "#99abb9")
_DOWN: Mapping[str, Any] = {"facecolor": SOFT, "edgecolor": INK}
_UP: Mapping[str, Any] = {"facecolor": "#ffffff", "edgecolor": INK, "hatch": "////"}
_PAPER: Mapping[str, Any] = {"facecolor": "#ffffff", "edgecolor": "none", "pad": 0.6}
_TOTAL: Mapping[str, Any] = {"facecolor": GROUND, "edgecolor": INK}


def points(value_e2: int) -> str:
    """Write a score, times 100, without needless zeros and with a minus that is one."""
    text = f"{abs(value_e2) / 100:.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if value_e2 < 0 else text


def signed(value_e2: int) -> str:
    """Write a change with its sign."""
    return points(value_e2) if value_e2 <= 0 else f"+{points(value_e2)}"


@lru_cache(MOST_KEPT)
def draw_score(days: tuple[tuple[date, int], ...], bands: tuple[tuple[str, int], ...], words: Words) -> str:
    """Draw a score over time as steps over the bands of its grades, given best first with their lowest scores."""
    figure, axes = new_plot(2.7)
    lowest = min(score for _, score in days)
    highest = max(score for _, score in days)
    # Two grades below what was reached are enough to see how far it is to them.
    bottom = max(0, min(lowest, bands[min(1, len(bands) - 1)][1]) - 800)
    top = highest + 300
    upper = top
    for place, (name, start) in enumerate(bands):
        lower = max(start, bottom)
        if lower >= upper:
            continue
        axes.axhspan(lower / 100, upper / 100, facecolor=_BANDS[place % len(_BANDS)], linewidth=0)
        axes.axhline(lower / 100, color=SOFT, linewidth=0.5, linestyle=(0, (1, 2)))
        axes.text(
            0.01, (lower + upper) / 200, name, transform=axes.get_yaxis_transform(), va="center", color=SOFT, size=7.5
        )
        upper = lower
    axes.step(
        [_dates.date2num(day) for day, _ in days],
        [score / 100 for _, score in days],
        where="post",
        color=INK,
        linewidth=1.6,
        solid_joinstyle="miter",
    )
    last_day, last = days[-1]
    axes.plot([_dates.date2num(last_day)], [last / 100], marker="o", color=INK, markersize=4, clip_on=False)
    axes.annotate(
        points(last),
        (_dates.date2num(last_day), last / 100),
        (4, 4),
        textcoords="offset points",
        weight="bold",
        ha="center",
    )
    locator = _dates.AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        _dates.ConciseDateFormatter(locator, formats=_DAYS, zero_formats=_FIRST_DAYS, show_offset=False)
    )
    axes.set_ylim(bottom / 100, top / 100)
    axes.margins(x=0.04)
    axes.set_axisbelow(True)
    figure.subplots_adjust(left=0.12, right=0.93, top=0.97, bottom=0.1)
    return to_svg(figure, words)


@lru_cache(MOST_KEPT)
def draw_waterfall(shown: Waterfall, ends: tuple[str, str], words: Words) -> str:
    """Draw a waterfall from top to bottom: light hatched bars add, dark ones take away, each with its number."""
    rows = [ends[0], *(one.text.zh for one in shown.changes), ends[1]]
    figure, axes = new_plot(0.4 + 0.36 * len(rows))
    reached = shown.start_e2
    extremes = [reached]
    for place, change in enumerate(shown.changes, 1):
        before, reached = reached, reached + change.change_e2
        extremes.append(reached)
        look = _UP if change.change_e2 > 0 else _DOWN
        axes.barh(place, change.change_e2 / 100, left=before / 100, height=0.42, linewidth=0.8, **look)
        axes.plot([reached / 100] * 2, [place - 0.21, place + 1.21], color=SOFT, linewidth=0.6)
        _label(axes, max(before, reached), place, signed(change.change_e2))
    span = max(extremes) - min(extremes)
    base = min(extremes) - max(span // 4, 200)
    for place, value in ((0, shown.start_e2), (len(rows) - 1, shown.end_e2)):
        axes.barh(place, (value - base) / 100, left=base / 100, height=0.42, linewidth=0.8, **_TOTAL)
        _label(axes, value, place, points(value))
    for place, name in enumerate(rows):
        axes.text(0, place - 0.28, name, transform=axes.get_yaxis_transform(), va="bottom", size=8, bbox=_PAPER)
    axes.set_xlim(base / 100, (max(extremes) + max(span, 800) * 0.22) / 100)
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(_few_ticks())
    figure.subplots_adjust(left=0.02, right=0.98, top=0.995, bottom=0.26 / figure.get_figheight())
    return to_svg(figure, words)


@lru_cache(MOST_KEPT)
def draw_peers(bins: tuple[Bin, ...], own: str, words: Words) -> str:
    """Draw peers by score as equally wide bars with their numbers; the institution's own bar is hatched and named."""
    figure, axes = new_plot(2.3)
    names = [f"{points(one.from_e2)}–{points(one.to_e2)}" for one in bins]
    most = max(one.peers for one in bins)
    for place, one in enumerate(bins):
        look = _UP if one.own else _DOWN
        axes.bar(place, one.peers, width=0.78, linewidth=0.8, **look)
        axes.text(place, one.peers + most * 0.02, str(one.peers), ha="center", va="bottom")
        if one.own:
            axes.text(place, one.peers + most * 0.13, own, ha="center", va="bottom", weight="bold")
    axes.set_xticks(range(len(bins)), names, rotation=35 if len(bins) > _FLAT_NAMES else 0)
    if len(bins) > _FLAT_NAMES:
        for tick in axes.get_xticklabels():
            tick.set_horizontalalignment("right")
    axes.set_xlim(-0.7, max(len(bins), 2) - 0.3)
    axes.set_ylim(0, most * 1.3)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    figure.subplots_adjust(left=0.04, right=0.98, top=0.99, bottom=0.24 if len(bins) > _FLAT_NAMES else 0.12)
    return to_svg(figure, words)


@lru_cache(MOST_KEPT)
def draw_grades(grades: tuple[tuple[str, int], ...], words: Words) -> str:
    """Draw how many institutions have each grade, given best first."""
    figure, axes = new_plot(0.3 + 0.3 * len(grades))
    most = max(1, *(number for _, number in grades))
    for place, (name, number) in enumerate(grades):
        shade = _BANDS[min(place * 2, len(_BANDS) - 1)]
        axes.barh(place, number, height=0.62, facecolor=shade, edgecolor=INK, linewidth=0.8)
        axes.text(number + most * 0.015, place, str(number), va="center")
        axes.text(-most * 0.02, place, name, va="center", ha="right")
    axes.set_xlim(0, most * 1.15)
    axes.set_ylim(len(grades) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    figure.subplots_adjust(left=0.24, right=0.98, top=0.98, bottom=0.04)
    return to_svg(figure, words)


def spark(months: Sequence[int], base_e2: int) -> str:
    """Return the corners of a line, 60 by 16, whose top is the base and whose bottom the lowest score or 70."""
    lowest = min(*months, base_e2 - 3_000)
    span = max(1, base_e2 - lowest)
    width = 58 / max(1, len(months) - 1)
    return " ".join(
        f"{1 + place * width:.1f},{1 + 14 * (base_e2 - min(score, base_e2)) / span:.1f}"
        for place, score in enumerate(months)
    )


_DAYS = ["%Y年", "%m月", "%m-%d", "%m-%d", "%m-%d", "%m-%d"]
_FIRST_DAYS = ["", "%Y年", "%m月", "%m-%d", "%m-%d", "%m-%d"]
"""How days are written, from years down to days, and what replaces the first of each."""

_FLAT_NAMES = 5
"""Names below bars that fit side by side."""


def _label(axes: Axes, value_e2: int, place: int, text: str) -> None:
    axes.annotate(text, (value_e2 / 100, place), (3, 0), textcoords="offset points", va="center", size=8)


def _few_ticks() -> MaxNLocator:
    return MaxNLocator(4)
