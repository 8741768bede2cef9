# SPDX-License-Identifier: GPL-2.0-only
"""Just enough SVG: a canvas with shapes, and scales with round ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, PALE, GRID = "#222222", "#666666", "#dddddd"
FONT = "font-family='DejaVu Sans, Helvetica, Arial, sans-serif'"
CHAR = 0.62  # of the font's size, roughly, what a letter is wide


class Svg:
    """A drawing of a fixed size; y grows downwards."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height = width, height
        self.title = title
        self.parts: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, fill: str, tip: str = "") -> None:
        """A filled box; TIP is shown when pointed at."""
        inner = f"<title>{escape(tip)}</title>" if tip else ""
        self.parts.append(f"<rect x='{x:.1f}' y='{y:.1f}' width='{max(width, 0):.1f}' height='{height:.1f}' "
                          f"fill='{fill}'>{inner}</rect>")

    def line(self, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 1, dash: str = "") -> None:
        """Through POINTS."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f" stroke-dasharray='{dash}'" if dash else ""
        self.parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='{width}'{dashed}/>")

    def dot(self, x: float, y: float, colour: str, tip: str = "") -> None:
        """A point of a curve."""
        inner = f"<title>{escape(tip)}</title>" if tip else ""
        self.parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'>{inner}</circle>")

    def text(self, x: float, y: float, text: str, anchor: str = "start", size: float = 12, colour: str = INK,
             bold: bool = False, halo: bool = False) -> None:
        """One line, its baseline at Y; HALO keeps lines that it crosses away from it."""
        weight = " font-weight='bold'" if bold else ""
        if halo:
            weight += " stroke='#ffffff' stroke-width='4' stroke-linejoin='round' paint-order='stroke'"
        self.parts.append(f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' {FONT} "
                          f"fill='{colour}'{weight}>{escape(text)}</text>")

    def turned(self, x: float, y: float, text: str, size: float = 12, colour: str = INK) -> None:
        """One line upwards, its middle at X and Y."""
        self.parts.append(f"<text transform='translate({x:.1f} {y:.1f}) rotate(-90)' text-anchor='middle' "
                          f"font-size='{size}' {FONT} fill='{colour}'>{escape(text)}</text>")

    def render(self) -> str:
        """The whole document."""
        return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{self.width:.0f}' height='{self.height:.0f}' "
                f"viewBox='0 0 {self.width:.0f} {self.height:.0f}' role='img'>"
                f"<!-- SPDX-License-Identifier: GPL-2.0-only --><title>{escape(self.title)}</title>"
                f"<rect width='100%' height='100%' fill='#ffffff'/>" + "".join(self.parts) + "</svg>\n")


@dataclass(frozen=True)
class Scale:
    """From values, 0 to TOP, to places, FROM to TO."""

    top: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (self.end - self.start) * value / self.top

    def ticks(self, most: int = 5) -> list[float]:
        """Round values, at most about so many."""
        raw = self.top / most
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
        return [step * i for i in range(int(self.top / step + 1e-9) + 1)]


def short(value: float) -> str:
    """A tick's label: 12.5k."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    if value >= 1e3:
        return f"{value / 1e3:g}k"
    return f"{value:g}"


def legend(svg: Svg, x: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
    """Colour and text, side by side."""
    for colour, text in entries:
        svg.rect(x, y - 10, 12, 12, colour)
        svg.text(x + 17, y, text)
        x += 17 + len(text) * 12 * CHAR + 18
