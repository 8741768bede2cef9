# SPDX-License-Identifier: GPL-2.0-only
"""The figures of a row: what counts.py tells, with Xen's part named for what it is,
and what is claimed and compared of them."""

from . import counts
from .counts import Record, Row

GRANT_TABLE_OP, EVENT_CHANNEL_OP = "20", "32"

# what may be compared between runs, each per unit
EXACT = ("insn_guest", "insn_dom0", "insn_xen", "hypercalls", "kicks", "calls_backend", "copied_bytes",
         "payload_copied", "bounces", "events", "switches", "flushes", "ipis",
         "grant_map_ops", "grant_unmap_ops", "grant_copy_ops", "grant_pin_ops")
# bytes of a packet: a figure per byte in a packet's terms
WIRE_BYTES = 1448


def calls_backend(record: Record) -> int:
    """dom0's grant table and event channel calls, entries of multicalls included."""
    dom0 = record["domains"].get("0", {})
    return sum(dom0.get(kind, {}).get(number, 0) for kind in ("hypercalls", "multicalls")
               for number in (GRANT_TABLE_OP, EVENT_CHANNEL_OP))


def measure(record: Record, bars: list[tuple[int, int]]) -> Row:
    """One run's. insn_xen_guest, the guest's own system calls, is not known yet (own.py)."""
    row = counts.measure(record, bars)
    return row | {
        "insn_xen_in_guest": row["insn_xen_guest"],
        "insn_xen_in_dom0": row.pop("insn_xen_dom0"),
        "insn_xen_guest": 0.0,
        "calls_backend": calls_backend(record) / record["units"],
    }


def total(row: Row) -> float:
    """All instructions of a unit."""
    return counts.total(row) + row["insn_xen_guest"]


def backend(row: Row) -> float:
    """What dom0 and Xen spend on a unit, the guest's own system calls left out."""
    return counts.backend(row)


def backend_all(row: Row) -> float:
    """The same with nothing left out."""
    return backend(row) + row["insn_xen_guest"]


def guest(row: Row) -> float:
    """The guest's own part: its kernel and program, and what Xen does while it runs. A back
    end that cost nothing would leave it."""
    return row["insn_guest"] + row["insn_xen_in_guest"]


def packets(row: Row) -> float:
    """What figures per unit have to be multiplied by for a packet's worth."""
    return WIRE_BYTES if row["unit"] == "byte" else 1


def combine(runs: list[Row]) -> Row:
    """The run with the median total, and how far the runs lie apart: all in all
    (spread, relative) and figure by figure (range)."""
    row = counts.combine(runs)
    row["range"] = {key: max(r[key] for r in runs) - min(r[key] for r in runs) for key in EXACT if key in row}
    return row
