"""From a matplotlib figure to an SVG element that a strict page may hold: no styles, no scripts, ids of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

INK, SOFT, GROUND = "#1d2733", "#586472", "#e9edf1"
"""Darkest to lightest: they stay apart when they are printed in black and white."""

WIDTH = 3.6
"""Width of a plot in inches; at 100 to the inch it is as wide as a phone, so that its text keeps its size there."""
_DPI = 100
_TEXT_SIZE = 8.2

mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "fundwarden",
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "font.size": _TEXT_SIZE,
        "hatch.linewidth": 0.6,
        "axes.edgecolor": SOFT,
        "axes.linewidth": 0.6,
        "xtick.color": INK,
        "ytick.color": INK,
        "text.color": INK,
    }
)

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FONT = re.compile(r"(?P<size>[0-9.]+)px")
_URL = re.compile(r"url\(#([^)]+)\)")
_WIDE = 0x2E80
"""From here on characters are as wide as they are high."""

ET.register_namespace("", _SVG)


class _Renderer(RendererSVG):
    """Measures text by rule: the reader's fonts decide how it looks, so no font is opened here."""

    def get_text_width_height_descent(
        self,
        s: str,
        prop: Any,
        ismath: Any,  # noqa: ARG002 - the signature is the library's
    ) -> tuple[float, float, float]:
        """Return width, height and descent of a text in the figure's points."""
        size = float(prop.get_size_in_points())
        return sum(size if ord(one) >= _WIDE else size * 0.58 for one in s), size, size * 0.2


@dataclass(frozen=True, slots=True)
class Words:
    """What a plot is for those who do not see it."""

    key: str
    """Unlike any other plot's on the same page; begins the ids of its parts."""
    title: str
    description: str


def new_plot(height: float) -> tuple[Figure, Axes]:
    """Return a figure of a height in inches with one quiet pair of axes."""
    figure = Figure(figsize=(WIDTH, height), dpi=72)
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, width=0.6)
    return figure, axes


def to_svg(figure: Figure, words: Words) -> str:
    """Draw a figure and return it as an SVG element, titled and described."""
    width, height = figure.get_size_inches() * 72
    file = StringIO()
    renderer: Any = _Renderer(  # type: ignore[no-untyped-call] # the library has no types here
        width, height, file, image_dpi=72, metadata={"Date": None, "Creator": None}
    )
    figure.draw(renderer)
    renderer.finalize()
    root = ET.fromstring(file.getvalue().encode())  # noqa: S314 - our own figure
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}:
                parent.remove(child)
    for element in root.iter():
        _make_plain(element, words.key)
    scale = _DPI / 72
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width * scale:g}",
            "height": f"{height * scale:g}",
            "role": "img",
            "aria-labelledby": f"{words.key}-title {words.key}-description",
        }
    )
    for place, (tag, text) in enumerate((("title", words.title), ("desc", words.description))):
        name = "title" if tag == "title" else "description"
        said = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{words.key}-{name}"})
        said.text = text
        root.insert(place, said)
    return ET.tostring(root, encoding="unicode")


def _make_plain(element: ET.Element, key: str) -> None:
    """Turn styles into attributes, which no policy of a page forbids, and put the plot's key before its ids."""
    for name, value in _declarations(element.attrib.pop("style", "")):
        element.set(name, value)
    element.attrib.pop("font-family", None)
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, f"{key}-{value}")
        elif name == f"{{{_XLINK}}}href":
            del element.attrib[name]
            element.set("href", f"#{key}-{value.removeprefix('#')}")
        elif "url(#" in value:
            element.set(name, _URL.sub(rf"url(#{key}-\1)", value))


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for declaration in filter(None, (one.strip() for one in style.split(";"))):
        name, _, value = declaration.partition(":")
        if name.strip() == "font-family":
            continue
        if name.strip() == "font":
            size = _FONT.search(value)
            if size is not None:
                yield "font-size", size["size"]
        else:
            yield name.strip(), value.strip()
