# SPDX-License-Identifier: GPL-2.0-only
"""The plots as SVG files, and one page with everything."""

import math
from html import escape
from pathlib import Path
from typing import Any

from . import charts, claims, table
from .charts import Bar, Curve, Mark, Panel, Part
from .counts import Row
from .figures import backend, packets, total
from .svg import Svg
from .works import DUMMY, FEATURED, OUR_FEATURES, PATHS, base, by_name, feature

PARTS = (Part("insn_guest", "guest", "#4477aa"), Part("insn_dom0", "dom0", "#ee7733"),
         Part("insn_xen", "Xen", "#009988"), Part("insn_xen_guest", "Xen, guest's own system calls", "#aacccc"))
SHOWN = tuple(p for p in PATHS if not p.endswith("-map") and not feature(p))
# a feature's beside the same without
FEATURES = ("stock", *(p for p in PATHS if feature(p) and p.startswith("stock")),
            "uplink", *(p for p in PATHS if feature(p) and p.startswith("uplink")))
TITLES = {
    "udp64-tx": "64 B UDP from the guest", "udp1400-tx": "1400 B UDP from the guest",
    "tcp-tx": "bulk TCP from the guest", "udp64-rx": "64 B UDP to the guest",
    "udp1400-rx": "1400 B UDP to the guest", "tcp-rx": "bulk TCP to the guest",
    "rr": "TCP request and response", "udp64-tx-flows": "64 B UDP from the guest, 64 flows",
    "udp64-rx-flows": "64 B UDP to the guest, 64 flows", "tcp-tx-flows": "bulk TCP from the guest, 64 flows",
    "tcp-rx-flows": "bulk TCP to the guest, 64 flows", "disk-4k-qd1": "4 KiB random read, one at a time",
    "disk-4k-qd8": "4 KiB random read, 8 in flight", "disk-4k-randread": "4 KiB random read, 32 in flight",
    "disk-4k-randwrite": "4 KiB random write, 32 in flight",
    "disk-128k-seqread": "128 KiB sequential read, 8 in flight",
    "disk-128k-seqwrite": "128 KiB sequential write, 8 in flight",
}
UNITS = {"byte": "instructions for 1448 bytes", "packet": "instructions a packet", "request": "instructions a request"}
CURVES = {"uplink": "#ee7733", "stock": "#4477aa"}
STYLE = """
body { font: 15px/1.45 'DejaVu Sans', Helvetica, Arial, sans-serif; color: #222; background: #fff; max-width: 1000px;
       margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; font-size: 12px; margin: 1em 0; }
th, td { border: 1px solid #ccc; padding: 2px 7px; text-align: right; white-space: nowrap; }
td.l, th.l { text-align: left; }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; }
.PASS { color: #176b26; } .MISS { color: #b3200c; font-weight: bold; } .SKIP { color: #777; }
code, pre { background: #f3f3f3; padding: 1px 4px; }
"""


def _panel(rows: claims.Rows, work: str, paths: tuple[str, ...]) -> Panel | None:
    bars, floor = [], None
    for path in paths:
        row = rows.get((work, path))
        if not row:
            continue
        bars.append(Bar(path, tuple(row[p.key] * packets(row) for p in PARTS)))
        if path == "floor":
            floor = total(row) * packets(row)
    if not bars:
        return None
    unit = next(row["unit"] for (name, _), row in rows.items() if name == work)
    return Panel(TITLES.get(work, work), UNITS[unit], tuple(bars), floor)


def _costs(rows: claims.Rows, disks: bool) -> Svg | None:
    panels = [p for name, work in by_name().items() if work.is_disk == disks and not work.members
              if (p := _panel(rows, name, SHOWN))]
    title = f"What a unit of {'disk' if disks else 'network'} work costs the whole machine"
    return charts.stacked(title, PARTS, panels, "dom0 itself") if panels else None


def _features(rows: claims.Rows) -> Svg | None:
    if not any(feature(path) for _, path in rows):
        return None
    panels = [p for name in FEATURED if (p := _panel(rows, name, FEATURES))]
    return charts.stacked("What limits and address translation cost the whole machine", PARTS, panels)


def _marks(rows: list[Row], figure: str) -> list[tuple[str, list[Mark]]]:
    """Every ratio that can be told, with its aim if there is one."""
    by_key = claims.index(rows)
    aims = {(c.work, c.path): c.limit for c in claims.CLAIMS if c.figure == figure}
    groups = []
    for path in ("passthrough", "uplink", "uplink-persistent", *OUR_FEATURES):
        marks = []
        for name in TITLES:
            value = (claims.ratio(by_key, name, path, base(path), backend) if figure == "A" else
                     claims.ratio(by_key, name, path, "floor", total))
            if value is not None:
                marks.append(Mark(name, value, aims.get((name, path))))
        if marks:
            groups.append((path, marks))
    return groups


def _crowd(rows: claims.Rows, work: str) -> Svg | None:
    lines, limits = [], []
    for path, colour in CURVES.items():
        points = tuple((float(name.rpartition("-x")[2]), backend(row)) for (name, where), row in rows.items()
                       if where == path and name.rpartition("-x")[0] == work)
        if len(points) < 2:
            continue
        points = tuple(sorted(points))
        lines.append(Curve(path, colour, points))
        if path == "uplink":
            limits.append(Curve("1.15 of one guest", charts.AIM, tuple((x, points[0][1] * 1.15) for x, _ in points)))
    if not lines:
        return None
    return charts.curves(f"{TITLES[work]}: many guests on one uplink", "guests at work at the same time",
                         "dom0 + Xen instructions a packet", lines, limits, math.log2)


def plots(rows: list[Row]) -> dict[str, Svg]:
    """Every plot that ROWS are enough for, by file name."""
    by_key = claims.index(rows)
    found: dict[str, Svg | None] = {"network": _costs(by_key, False), "disk": _costs(by_key, True),
                                    "features": _features(by_key)}
    for figure, title, axis in (
            ("A", "A: dom0 + Xen, ours over the stock back ends", "instructions of dom0 and Xen, ours / stock"),
            ("B", "B: the price of nesting", "all instructions on the machine, guest through us / dom0 itself")):
        groups = _marks(rows, figure)
        found[f"ratio-{figure}"] = charts.ratios(title, axis, groups) if groups else None
    for work in ("udp64-tx", "udp64-rx"):
        found[f"guests-{work}"] = _crowd(by_key, work)
    return {name: svg for name, svg in found.items() if svg}


def html_table(grid: list[tuple[str, ...]], left: int) -> str:
    """The first line is the head; LEFT columns are text."""
    def line(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}{' class=l' if i < left else ''}>{escape(c)}</{tag}>"
                                for i, c in enumerate(cells)) + "</tr>"
    return ("<div class=wide><table>" + line(grid[0], "th") + "".join(line(g, "td") for g in grid[1:])
            + "</table></div>")


def page(title: str, sections: list[tuple[str, str]]) -> str:
    """One document that needs no other."""
    body = "".join(f"<h2>{escape(head)}</h2>\n{text}\n" for head, text in sections)
    return (f"<!DOCTYPE html>\n<!-- SPDX-License-Identifier: GPL-2.0-only -->\n<html lang=en><head>"
            f"<meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style></head><body>\n"
            f"<h1>{escape(title)}</h1>\n{body}</body></html>\n")


def meta_table(meta: dict[str, Any]) -> str:
    """What it was measured with."""
    return html_table([("what", "value"), *((k, str(v)) for k, v in meta.items())], 2)


def _claims_list(rows: list[Row]) -> str:
    verdicts = claims.judge(rows)
    counted = {word: sum(v.word == word for v in verdicts) for word in ("PASS", "MISS", "SKIP")}
    items = "".join(f"<li class={v.word}>{escape(v.line())}</li>" for v in verdicts if v.word != "SKIP")
    return (f"<p>{counted['PASS']} hold, {counted['MISS']} miss, {counted['SKIP']} were not measured.</p><ul>{items}</ul>")


def write(out: Path, meta: dict[str, Any], rows: list[Row]) -> Path:
    """NAME.svg for each plot and report.html, in OUT."""
    drawn = plots(rows)
    for old in out.glob("*.svg"):
        old.unlink()
    for name, svg in drawn.items():
        (out / f"{name}.svg").write_text(svg.render(), encoding="utf-8")
    measured = [r for r in rows if r["path"] != DUMMY]
    intro = ("<p>Instructions executed on an emulated machine, counted exactly, for each unit of work: by the guest, by "
             "dom0, by Xen. The dashed line is the same program in dom0 itself on the same device. No times: under "
             "emulation they mean nothing, and TLB flushes, IPIs and exits to the host cost no instructions here; "
             "they are counted apart.</p>")
    again = (f"<pre>make bench\n{escape(str(meta.get('command', '')))}</pre><p>Counted with {escape(str(meta.get('qemu', '')))}, "
             f"<code>-icount {escape(str(meta.get('icount', '')))}</code>; the project's Documentation/benchmark.md says "
             "what each work and path is.</p>")
    sections = [("What this is", intro), *((svg.title, svg.render()) for svg in drawn.values()),
                ("Claims", _claims_list(rows)),
                ("All rows", html_table(table.cells(measured), 3) + "".join(f"<p>{escape(t)}</p>" for t in table.LEGEND)),
                ("The guest's own system calls", html_table(table.cells([r for r in rows if r["path"] == DUMMY]), 3)),
                ("Versions and settings", meta_table(meta)), ("How to do it again", again)]
    path = out / "report.html"
    path.write_text(page("The price of a packet and a block through the blanket", sections), encoding="utf-8")
    return path
