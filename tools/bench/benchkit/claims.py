# SPDX-License-Identifier: GPL-2.0-only
"""What we claim, held against the rows; and the table that shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from .counts import Row, backend, total

Rows = dict[tuple[str, str], Row]


def index(rows: list[Row]) -> Rows:
    """By work and path."""
    return {(row["work"], row["path"]): row for row in rows}


def ratio(rows: Rows, work: str, path: str, base: str, figure: Callable[[Row], float]) -> float | None:
    """FIGURE of PATH over that of BASE, if both were measured."""
    here, there = rows.get((work, path)), rows.get((work, base))
    if not here or not there or not figure(there):
        return None
    return figure(here) / figure(there)


@dataclass(frozen=True)
class Claim:
    """VALUE, if it can be told from the rows, is at most LIMIT."""

    text: str
    limit: float
    value: Callable[[Rows], float | None]


def _against_stock(work: str, limit: float, path: str = "uplink") -> Claim:
    return Claim(f"{work}: dom0 + Xen instructions, {path} / stock", limit,
                 lambda rows: ratio(rows, work, path, "stock", backend))


def _against_floor(work: str, limit: float) -> Claim:
    return Claim(f"{work}: all instructions, passthrough / floor", limit,
                 lambda rows: ratio(rows, work, "passthrough", "floor", total))


def _figure(work: str, key: str, per: int, limit: float, text: str) -> Claim:
    return Claim(f"{work}: {text}", limit,
                 lambda rows: rows[work, "uplink"][key] * per if (work, "uplink") in rows else None)


# work, of stock's in dom0 and Xen, of all that dom0 itself takes on the same device
PASSTHROUGH = (
    ("udp64-tx", 0.35, 1.20), ("udp1400-tx", 0.25, 1.25), ("tcp-tx", 0.25, 1.15),
    ("udp64-rx", 0.40, 1.40), ("udp1400-rx", 0.40, 1.40), ("tcp-rx", 0.50, 1.40), ("rr", 0.50, 1.40),
)

CLAIMS = (
    *(_against_stock(work, 0.5) for work in ("udp64-tx", "tcp-tx")),
    *(_against_stock(work, 0.7) for work in ("udp64-rx", "udp1400-rx", "tcp-rx",
                                             "disk-4k-randread", "disk-4k-randwrite")),
    *(_figure(work, "kicks", 1000, 200, "kicks per 1000 packets") for work in ("udp64-tx", "udp1400-tx")),
    *(_figure(work, "bounces", 1, 0, "swiotlb bounces") for work in ("udp64-tx", "udp1400-tx", "tcp-tx")),
    *(_against_stock(work, limit, "passthrough") for work, limit, _ in PASSTHROUGH),
    *(_against_floor(work, limit) for work, _, limit in PASSTHROUGH),
)


def check(rows: list[Row]) -> tuple[list[str], int]:
    """A line a claim, and how many do not hold."""
    by_key = index(rows)
    lines, missed = [], 0
    for claim in CLAIMS:
        value = claim.value(by_key)
        if value is None:
            lines.append(f"SKIP {claim.text}: not measured")
            continue
        holds = value <= claim.limit
        missed += not holds
        lines.append(f"{'PASS' if holds else 'MISS'} {claim.text}: {value:.3g}, at most {claim.limit:g}")
    return lines, missed


def _show(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.005 or not value else f"{value:.4f}"


COLUMNS = ("work", "path", "unit", "guest", "dom0", "xen", "hcalls", "kicks", "copied", "bounces",
           "spread", "/stock", "/floor")


def table(rows: list[Row]) -> list[str]:
    """Every row, with what it costs dom0 and Xen against stock and all in all against the floor."""
    by_key = index(rows)
    grid = [COLUMNS]
    for row in rows:
        work, path = row["work"], row["path"]
        grid.append((
            work, path, row["unit"],
            *(_show(row[key]) for key in ("insn_guest", "insn_dom0", "insn_xen", "hypercalls", "kicks",
                                          "copied_bytes", "bounces")),
            f"{row['spread'] * 100:.1f}%",
            _show(ratio(by_key, work, path, "stock", backend)) if path != "floor" else "-",
            _show(ratio(by_key, work, path, "floor", total)) if path != "floor" else "-"))
    widths = [max(len(line[i]) for line in grid) for i in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in
                      enumerate(zip(line, widths, strict=True))).rstrip() for line in grid]
