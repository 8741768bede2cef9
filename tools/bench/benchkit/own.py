# SPDX-License-Identifier: GPL-2.0-only
"""What Xen spends on the guest's own system calls: the same loop in the guest,
with no backend behind it.

    udp-tx        into a dummy net device
    udp-rx        sending to itself through the loopback device and receiving, in one
                  thread; less the sending, which udp-tx into the dummy device tells
    tcp           the same over a connection to itself: a call to send and one to receive
                  pass Xen alike, so half
    rr            with a second thread that answers through the loopback device: both
                  send and wait in turn, so half
    disk          on a null_blk device that completes at once

Where the loop does not wait here but does in reality, the waiting is not left out of
the rows: what is, is the least that it can be.
"""

from dataclasses import replace

from . import figures, works
from .counts import Row
from .host import Host
from .works import DUMMY, Work

ADDRESS = "10.99.0.2"
DEVICE = "/dev/nullb0"
SETUP = f"""
    set -e
    if [ ! -e /sys/class/net/bench0 ]; then
        modprobe dummy numdummies=0
        ip link add bench0 type dummy
        ip addr add 10.99.0.1/24 dev bench0
        ip link set bench0 up
        ip neigh replace {ADDRESS} lladdr 02:00:00:00:00:02 dev bench0 nud permanent
    fi
    [ -e {DEVICE} ] || modprobe null_blk nr_devices=1 gb=1 queue_mode=2 irqmode=0
    udevadm settle
"""
# the sockets of a sender on the dummy device for each size of packet
SENDING = {64: "udp64-tx", 1400: "udp1400-tx"}


def wanted(chosen: tuple[Work, ...]) -> tuple[Work, ...]:
    """What has to be measured for CHOSEN: a receiver needs its sender's, a crowd its member's."""
    names = {w.name.partition("-x")[0] if w.members else w.name for w in chosen}
    known = works.by_name()
    names |= {SENDING[known[n].size] for n in names if known[n].role == "udp-rx"}
    return works.select(sorted(names)) if names else ()


def measure(host: Host, guest: str, chosen: tuple[Work, ...], runs: int, quick: bool) -> list[Row]:
    """A row of path DUMMY for each, with the part as insn_xen_guest."""
    host.lab("guest", guest, "--", "bash", "-c", SETUP)
    rows: dict[str, Row] = {}
    # senders first
    for work in sorted(wanted(chosen), key=lambda w: w.role == "udp-rx"):
        windows = [host.next_window() for _ in range(runs)]
        records = host.run(guest, [command(work, w, quick) for w in windows])
        row = figures.combine([figures.measure(r, []) for r in records])
        row |= {"bounces": 0.0, "lost": 0.0, "kicks_statistic": 0.0, "payload_copied": 0.0}
        rows[work.name] = {"work": work.name, "path": DUMMY, "unit": work.unit,
                           **row, "insn_xen_guest": part(work, row, rows)}
        rows[work.name]["insn_xen"] = row["insn_xen"] - rows[work.name]["insn_xen_guest"]
    return list(rows.values())


def command(work: Work, window: int, quick: bool) -> list[str]:
    """The loop of WORK with nothing behind it."""
    if work.role == "udp-tx":
        return work.command(ADDRESS, DEVICE, window, quick)
    if work.role in ("udp-rx", "tcp-tx", "tcp-rx"):
        alone = replace(work, role=work.role[:3] + "-self", flows=1)
        return alone.command("127.0.0.1", DEVICE, window, quick)
    return work.command("self", DEVICE, window, quick)


def part(work: Work, row: Row, senders: dict[str, Row]) -> float:
    """How much of Xen's instructions in the guest's context is the measured side's."""
    xen = row["insn_xen_in_guest"]
    if work.role == "udp-rx":
        return max(0.0, xen - senders[SENDING[work.size]]["insn_xen_guest"])
    return xen / 2 if work.role.startswith("tcp-") or work.role == "rr" else xen


def leave_out(rows: list[Row]) -> None:
    """Splits insn_xen of the guests' rows, as far as the dummy rows are there. Harmless to repeat."""
    parts = {row["work"]: row["insn_xen_guest"] for row in rows if row["path"] == DUMMY}
    for row in rows:
        if row["path"] in (DUMMY, "floor"):
            continue
        whole = row["insn_xen"] + row["insn_xen_guest"]
        mine = parts.get(row["work"].partition("-x")[0], 0.0)
        row["insn_xen_guest"] = min(mine, row["insn_xen_in_guest"])
        row["insn_xen"] = whole - row["insn_xen_guest"]
