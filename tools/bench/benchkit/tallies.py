# SPDX-License-Identifier: GPL-2.0-only
"""What dom0 counts itself, beside the plugin: bounces, doorbells, bytes copied."""

import re
from dataclasses import dataclass

from .host import TRACE, Host

# the part of a packet that is copied by design, so that it can be checked in private
HEADER = 256
SEGMENT = 8
# opening a disk reads a little, through descriptors of its own
OPENING = 4096
READ = f"""
    cat {TRACE}/per_cpu/cpu*/stats
    ethtool -S uplink0 2>/dev/null
    for d in /sys/class/net/vif*; do [ -e $d/blanket ] && ethtool -S ${{d##*/}}; done
    grep -H . /sys/bus/xen-backend/devices/vbd-*/blanket/{{copy,standing}}_bytes 2>/dev/null
    true
"""
COPIES = ("tx_grant_copy_bytes", "tx_grant_standing_bytes")


@dataclass
class Tallies:
    """Since dom0's boot."""

    bounces: int = 0
    kicks: int = 0
    copied: int = 0
    packets: int = 0

    def __sub__(self, other: "Tallies") -> "Tallies":
        return Tallies(*(getattr(self, f) - getattr(other, f) for f in ("bounces", "kicks", "copied", "packets")))

    def payload_copied(self, size: int, requests: int, disk: bool) -> int:
        """Bytes copied by dom0 for what guests send or have on their disks (requests of SIZE), beyond
        headers and the descriptors of indirect requests."""
        segments = size // 4096
        header = OPENING + (requests * SEGMENT * segments if segments > 11 else 0) if disk else self.packets * HEADER
        return max(0, self.copied - header)


def parse(text: str) -> Tallies:
    """From what READ prints."""
    found = Tallies()
    for line in text.splitlines():
        key, _, value = line.strip().rpartition(":")
        if not value.strip().isdigit():
            continue
        number = int(value)
        if key in ("entries", "overrun"):
            found.bounces += number
        elif re.fullmatch(r"[rt]x\d+_kicks", key):
            found.kicks += number
        elif key in COPIES or key.startswith("/sys/bus/xen-backend/"):
            found.copied += number
        elif key == "tx_packets":
            found.packets += number
    return found


def read(host: Host) -> Tallies:
    """As they are now."""
    return parse(host.dom0(READ))
