# SPDX-License-Identifier: GPL-2.0-only
"""What a real bench found, as text, plots and one page."""

from html import escape
from pathlib import Path
from typing import Any

from . import charts
from .charts import Bar, Panel, Part
from .report import TITLES, html_table, meta_table, page
from .svg import Svg
from .table import number

Row = dict[str, Any]
COLUMNS = ("work", "path", "units/s", "Gb/s", "p50 us", "p99 us", "p99.9 us", "guest us", "dom0 us", "kicks", "calls",
           "copied")
LEGEND = ("guest, dom0: CPU microseconds a unit, of the domains as xl list tells them (in tenths of a second for the "
          "whole run); kicks, calls, copied: what our drivers counted a unit: doorbells or batches, grant hypercalls, bytes",)
CPU = (Part("cpu_guest_us", "guest", "#4477aa"), Part("cpu_dom0_us", "dom0", "#ee7733"))
RATE = (Part("per_second", "units a second", "#009988"),)
LATENCY = (Part("p50_us", "half of all within", "#009988"), Part("p99_us", "99 % within", "#eecc66"),
           Part("p999_us", "99.9 % within", "#cc3311"))


def _counter(row: Row, *names: str) -> float | None:
    counters = row.get("counters", {})
    found = [counters[n] for n in names if n in counters]
    return sum(found) if found else None


def cells(rows: list[Row]) -> list[tuple[str, ...]]:
    """COLUMNS and a line a row."""
    return [COLUMNS, *((
        row["work"], row["path"], number(row["per_second"]), number(row["bytes_per_second"] * 8e-9),
        *(number(row.get(key)) for key in ("p50_us", "p99_us", "p999_us", "cpu_guest_us", "cpu_dom0_us")),
        number(_counter(row, "tx_kicks", "kicks")),
        number(_counter(row, "tx_grant_copy_calls", "tx_grant_map_calls", "tx_grant_unmap_calls", "rx_grant_copy_calls",
                        "copy_calls", "map_calls", "unmap_calls")),
        number(_counter(row, "tx_grant_copy_bytes", "tx_grant_standing_bytes", "rx_grant_copy_bytes", "copy_bytes",
                        "standing_bytes"))) for row in rows)]


def text(rows: list[Row]) -> list[str]:
    """For a terminal."""
    grid = cells(rows)
    widths = [max(len(line[i]) for line in grid) for i in range(len(COLUMNS))]
    return ["  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in grid] + list(LEGEND)


def _panels(rows: list[Row], parts: tuple[Part, ...], unit: str, steps: bool = False) -> list[Panel]:
    """A panel a work; with STEPS each part reaches to its own value."""
    panels = []
    for name, title in TITLES.items():
        bars = []
        for row in (r for r in rows if r["work"] == name and all(p.key in r for p in parts)):
            values = [row[p.key] for p in parts]
            if steps:
                values = [v - (values[i - 1] if i else 0) for i, v in enumerate(values)]
            bars.append(Bar(row["path"], tuple(values)))
        if bars:
            panels.append(Panel(title, unit, tuple(bars)))
    return panels


def plots(rows: list[Row]) -> dict[str, Svg]:
    """By file name."""
    scaled = [r | {"per_second": r["bytes_per_second"]} if r["unit"] == "byte" else r for r in rows]
    wanted = (("rates", "How much got through", RATE, "units (of bulk TCP: bytes) a second", False, scaled),
              ("cpu", "CPU time a unit", CPU, "microseconds a unit", False, rows),
              ("latency", "How long a unit took", LATENCY, "microseconds", True, rows))
    found = {}
    for name, title, parts, unit, steps, these in wanted:
        panels = _panels(these, parts, unit, steps)
        if panels:
            found[name] = charts.stacked(title, parts, panels)
    return found


def write(out: Path, meta: dict[str, Any], rows: list[Row]) -> Path:
    """NAME.svg for each plot and report.html, in OUT."""
    drawn = plots(rows)
    for name, svg in drawn.items():
        (out / f"{name}.svg").write_text(svg.render(), encoding="utf-8")
    counters = [("work", "path", "counter", "a unit"),
                *((r["work"], r["path"], key, f"{value:.4g}") for r in rows for key, value in r["counters"].items())]
    sections = [*((svg.title, svg.render()) for svg in drawn.values()),
                ("All rows", html_table(cells(rows), 2) + "".join(f"<p>{escape(t)}</p>" for t in LEGEND)),
                ("What our drivers counted", html_table(counters, 3)),
                ("Versions and settings", meta_table(meta)),
                ("How to do it again", f"<pre>{escape(str(meta.get('command', '')))}</pre>")]
    path = out / "report.html"
    path.write_text(page("Network and disk through this blanket", sections), encoding="utf-8")
    return path
