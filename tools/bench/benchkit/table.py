# SPDX-License-Identifier: GPL-2.0-only
"""The rows as a table of text."""

from .claims import Rows, index, ratio
from .counts import Row
from .figures import backend, backend_all, total
from .works import DUMMY, base

COLUMNS = ("work", "path", "unit", "guest", "dom0", "xen", "own", "hcalls", "kicks", "calls", "copied", "bounces",
           "spread", "A", "A all", "B")
LEGEND = ("guest, dom0, xen: instructions a unit; own: Xen's for the guest's own system calls, not in xen",
          "calls: grant table and event channel calls of dom0; A: dom0 + xen / stock's; A all: own in it; "
          "B: all / floor's; stock's of uplink-nat is stock-nat, and so on")


def number(value: float | None) -> str:
    """Few digits, no more than it needs."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.005 or not value else f"{value:.4f}"


def ratios(rows: Rows, row: Row) -> tuple[float | None, float | None, float | None]:
    """A, A with nothing left out, B. None for what is no path of a guest."""
    work, path = row["work"], row["path"]
    if path in ("floor", DUMMY):
        return None, None, None
    return (ratio(rows, work, path, base(path), backend), ratio(rows, work, path, base(path), backend_all),
            ratio(rows, work, path, "floor", total))


def cells(rows: list[Row]) -> list[tuple[str, ...]]:
    """COLUMNS and a line a row."""
    by_key = index(rows)
    return [COLUMNS, *((
        row["work"], row["path"], row["unit"],
        *(number(row[key]) for key in ("insn_guest", "insn_dom0", "insn_xen", "insn_xen_guest", "hypercalls", "kicks",
                                       "calls_backend", "copied_bytes", "bounces")),
        f"{row['spread'] * 100:.1f}%",
        *(number(value) for value in ratios(by_key, row))) for row in rows)]


def table(rows: list[Row]) -> list[str]:
    """Every row, with what it costs dom0 and Xen against stock and all in all against the floor."""
    grid = cells(rows)
    widths = [max(len(line[i]) for line in grid) for i in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in
                      enumerate(zip(line, widths, strict=True))).rstrip() for line in grid] + list(LEGEND)
