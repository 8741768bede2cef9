# SPDX-License-Identifier: GPL-2.0-only
"""The plots of a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .svg import GRID, INK, PALE, Scale, Svg, legend, short

AIM, GOOD, BAD, FLOOR = "#aa3377", "#228833", "#cc3311", "#222222"


@dataclass(frozen=True)
class Part:
    """A piece of each bar."""

    key: str
    text: str
    colour: str


@dataclass(frozen=True)
class Bar:
    """Its label, and its pieces' sizes in the order of the parts."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    """Bars of one work; LINE marks what they are held against."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    line: float | None = None


BAR, GAP, LEFT, PANEL_WIDTH, HEAD, FOOT = 17, 6, 118, 470, 30, 46


def _panel_height(panel: Panel) -> float:
    return HEAD + len(panel.bars) * (BAR + GAP) + FOOT


def _draw_panel(svg: Svg, x: float, y: float, panel: Panel, parts: Sequence[Part]) -> None:
    top = max([sum(bar.values) for bar in panel.bars] + [panel.line or 0]) * 1.13 or 1
    scale = Scale(top, x + LEFT, x + PANEL_WIDTH - 16)
    bottom = y + HEAD + len(panel.bars) * (BAR + GAP)
    svg.text(x + 6, y + 18, panel.title, size=13, bold=True)
    for tick in scale.ticks():
        svg.line([(scale(tick), y + HEAD - 3), (scale(tick), bottom)], GRID)
        svg.text(scale(tick), bottom + 14, short(tick), "middle", 11, PALE)
    svg.text(scale(0), bottom + 30, panel.unit, size=11, colour=PALE)
    for i, bar in enumerate(panel.bars):
        at = y + HEAD + i * (BAR + GAP)
        reached = 0.0
        svg.text(x + LEFT - 6, at + 13, bar.label, "end")
        for part, value in zip(parts, bar.values, strict=True):
            svg.rect(scale(reached), at, scale(reached + value) - scale(reached), BAR, part.colour,
                     f"{bar.label}: {part.text} {value:.4g}")
            reached += value
    if panel.line is not None:
        svg.line([(scale(panel.line), y + HEAD - 6), (scale(panel.line), bottom + 2)], FLOOR, 1.5, "5,3")
    # over the line
    for i, bar in enumerate(panel.bars):
        whole = sum(bar.values)
        svg.text(scale(whole) + 4, y + HEAD + i * (BAR + GAP) + 13, short(float(f"{whole:.3g}")), size=11, halo=True)


def stacked(title: str, parts: Sequence[Part], panels: Sequence[Panel], line_text: str = "",
            columns: int = 2) -> Svg:
    """Panels side by side, one legend for all."""
    rows = [panels[i:i + columns] for i in range(0, len(panels), columns)]
    height = 64 + sum(max(_panel_height(p) for p in row) for row in rows)
    svg = Svg(PANEL_WIDTH * min(columns, max(len(panels), 1)) + 20, height, title)
    svg.text(12, 22, title, size=16, bold=True)
    legend(svg, 14, 46, [(p.colour, p.text) for p in parts] + ([(FLOOR, line_text + " (dashed)")] if line_text else []))
    y = 64.0
    for row in rows:
        for i, panel in enumerate(row):
            _draw_panel(svg, 10 + i * PANEL_WIDTH, y, panel, parts)
        y += max(_panel_height(p) for p in row)
    return svg


@dataclass(frozen=True)
class Mark:
    """A ratio and the aim for it."""

    label: str
    value: float
    aim: float | None


def ratios(title: str, axis: str, groups: Sequence[tuple[str, Sequence[Mark]]]) -> Svg:
    """A bar a ratio, green when it reaches its aim, which a tick marks."""
    count = sum(len(marks) for _, marks in groups)
    height = 92 + count * (BAR + GAP) + len(groups) * 26
    svg = Svg(900, height, title)
    top = max([1.0] + [max(m.value, m.aim or 0) for _, marks in groups for m in marks]) * 1.12
    scale = Scale(top, 210, 860)
    svg.text(12, 22, title, size=16, bold=True)
    legend(svg, 14, 46, [(GOOD, "reaches its aim"), (BAD, "misses it"), (PALE, "no aim"), (AIM, "aim")])
    bottom = height - 36
    for tick in scale.ticks(10):
        svg.line([(scale(tick), 58), (scale(tick), bottom)], GRID if tick != 1 else INK, 1)
        svg.text(scale(tick), bottom + 15, f"{tick:g}", "middle", 11, PALE)
    svg.text((scale(0) + scale(top)) / 2, bottom + 31, axis, "middle", 12, PALE)
    y = 62.0
    for name, marks in groups:
        svg.text(12, y + 15, name, bold=True)
        y += 24
        for mark in marks:
            colour = PALE if mark.aim is None else GOOD if mark.value <= mark.aim else BAD
            svg.text(202, y + 13, mark.label, "end")
            svg.rect(scale(0), y, scale(mark.value) - scale(0), BAR, colour, f"{mark.label}: {mark.value:.3g}")
            told = f"{mark.value:.2f}" + (f" (aim {mark.aim:g})" if mark.aim is not None else "")
            svg.text(scale(max(mark.value, mark.aim or 0)) + 7, y + 13, told, size=11)
            if mark.aim is not None:
                svg.line([(scale(mark.aim), y - 3), (scale(mark.aim), y + BAR + 3)], AIM, 3)
            y += BAR + GAP
    return svg


@dataclass(frozen=True)
class Curve:
    """Points in the order of x."""

    text: str
    colour: str
    points: tuple[tuple[float, float], ...]


def curves(title: str, x_axis: str, y_axis: str, lines: Sequence[Curve], limits: Sequence[Curve] = (),
           place: Callable[[float], float] = float) -> Svg:
    """Curves over few x values, LIMITS dashed; PLACE spreads x."""
    svg = Svg(900, 400, title)
    everything = [p for c in (*lines, *limits) for p in c.points]
    xs = sorted({x for x, _ in everything})
    y_scale = Scale(max(y for _, y in everything) * 1.12, 340, 70)
    spread = Scale(place(xs[-1]) - place(xs[0]) or 1, 110, 660)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return spread(place(point[0]) - place(xs[0])), y_scale(point[1])

    svg.text(12, 22, title, size=16, bold=True)
    for tick in y_scale.ticks():
        svg.line([(90, y_scale(tick)), (680, y_scale(tick))], GRID)
        svg.text(84, y_scale(tick) + 4, short(tick), "end", 11, PALE)
    for x in xs:
        svg.text(at((x, 0))[0], 358, f"{x:g}", "middle", 12, PALE)
    svg.text(385, 382, x_axis, "middle", 12, PALE)
    svg.turned(24, 205, y_axis, 12, PALE)
    for curve in limits:
        svg.line([at(p) for p in curve.points], curve.colour, 1.5, "6,4")
    for curve in lines:
        svg.line([at(p) for p in curve.points], curve.colour, 2)
        for point in curve.points:
            svg.dot(*at(point), curve.colour, f"{curve.text}: {point[1]:.4g} at {point[0]:g}")
            svg.text(at(point)[0], at(point)[1] - 9, short(float(f"{point[1]:.4g}")), "middle", 11, halo=True)
    for i, curve in enumerate((*lines, *limits)):
        svg.line([(700, 84 + i * 22), (722, 84 + i * 22)], curve.colour, 2, "" if curve in lines else "6,4")
        svg.text(728, 88 + i * 22, curve.text)
    return svg
