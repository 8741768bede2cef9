# SPDX-License-Identifier: GPL-2.0-only
"""From a window's record to a row: each figure per unit of work."""

from statistics import median
from typing import Any

IDLE = "32767"
Record = dict[str, Any]
Row = dict[str, Any]

# Grant operations by kind: Xen's numbers, and from 16 on those of our Xen.
GNTTAB = {"map": ("0",), "unmap": ("1",), "copy": ("5", "16"), "pin": ("17",)}
EVTCHN_SEND = "4"


def _sum(domains: list[Record], key: str) -> int:
    return sum(sum(d[key].values()) if isinstance(d[key], dict) else d[key] for d in domains)


def kicks(record: Record, bars: list[tuple[int, int]]) -> int:
    """Notifications written to the device at BARS."""
    total = 0
    for name, count in record["stores16"].items():
        address = int(name.rpartition("@")[2], 16)
        if any(first <= address <= last for first, last in bars):
            total += count
    return total


def measure(record: Record, bars: list[tuple[int, int]]) -> Row:
    """One run's figures. Idle is what Xen executes with no domain to run."""
    units = record["units"]
    domains = {k: v for k, v in record["domains"].items() if k != IDLE}
    everyone = list(domains.values())
    dom0 = [domains[k] for k in domains if k == "0"]
    guests = [domains[k] for k in domains if k != "0"]
    idle = [v for k, v in record["domains"].items() if k == IDLE]
    row: Row = {
        "window": record["window"],
        "insn_guest": (_sum(guests, "kernel") + _sum(guests, "user")) / units,
        "insn_dom0": (_sum(dom0, "kernel") + _sum(dom0, "user")) / units,
        "insn_xen": _sum(everyone, "xen") / units,
        "hypercalls": _sum(everyone, "hypercalls") / units,
        "kicks": kicks(record, bars) / units,
        "copied_bytes": _sum(everyone, "copied_bytes") / units,
        "insn_xen_guest": _sum(guests, "xen") / units,
        "insn_xen_dom0": _sum(dom0, "xen") / units,
        "insn_xen_idle": _sum(idle, "xen") / units,
        "hypercalls_guest": _sum(guests, "hypercalls") / units,
        "hypercalls_dom0": _sum(dom0, "hypercalls") / units,
        "multicalls": _sum(everyone, "multicalls") / units,
        "events": sum(d["evtchn"].get(EVTCHN_SEND, 0) for d in everyone) / units,
        "switches": _sum(everyone + idle, "switches") / units,
        "flushes": _sum(everyone + idle, "flushes") / units,
        "ipis": _sum(everyone + idle, "ipis") / units,
    }
    for name, numbers in GNTTAB.items():
        row[f"grant_{name}_ops"] = sum(d["gnttab_ops"].get(n, 0) for d in everyone for n in numbers) / units
    return row


def total(row: Row) -> float:
    """All instructions of a unit."""
    return row["insn_guest"] + row["insn_dom0"] + row["insn_xen"]


def backend(row: Row) -> float:
    """What dom0 and Xen spend on a unit."""
    return row["insn_dom0"] + row["insn_xen"]


def combine(runs: list[Row]) -> Row:
    """The run with the median total, and how far the runs lie apart."""
    ordered = sorted(runs, key=total)
    row = dict(ordered[len(ordered) // 2])
    middle = median(total(r) for r in runs)
    row["runs"] = len(runs)
    row["spread"] = (total(ordered[-1]) - total(ordered[0])) / middle if middle else 0.0
    return row
