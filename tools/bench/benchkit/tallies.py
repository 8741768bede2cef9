# SPDX-License-Identifier: GPL-2.0-only
"""What dom0 counts itself, beside the plugin: bounces, doorbells, bytes copied."""

import re
from dataclasses import dataclass, fields

from .host import TRACE, Host

# the part of a packet that is copied by design, so that it can be checked in private
HEADER = 256
# a descriptor, of which an indirect request has one for each page; others have up to 11 in the ring
SEGMENT = 8
DIRECT = 11
READ = f"""
    cat {TRACE}/per_cpu/cpu*/stats
    for d in uplink0 fast0; do ethtool -S $d 2>/dev/null; done
    for d in /sys/class/net/vif*; do [ -e $d/blanket ] && ethtool -S ${{d##*/}}; done
    grep -H . /sys/bus/xen-backend/devices/vbd-*/blanket/{{copy,standing}}_bytes 2>/dev/null
    grep -H . /sys/bus/xen-backend/devices/vbd-*/statistics/{{rd,wr}}_{{req,sect}} 2>/dev/null
    true
"""
COPIES = ("tx_grant_copy_bytes", "tx_grant_standing_bytes")


@dataclass
class Tallies:
    """Since dom0's boot: bytes copied of what guests send, and for their disks, apart: a guest that only
    works on a disk answers the one that started it, too."""

    bounces: int = 0
    kicks: int = 0
    copied_net: int = 0
    copied_disk: int = 0
    packets: int = 0
    requests: int = 0
    sectors: int = 0

    def __sub__(self, other: "Tallies") -> "Tallies":
        return Tallies(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(Tallies)))

    def payload_copied(self, size: int, requests: int, disk: bool) -> int:
        """Bytes copied by dom0 for what guests send or have on their disks (requests of SIZE), beyond
        headers and the descriptors of indirect requests. Opening a disk reads a little, through
        descriptors of its own."""
        if not disk:
            return max(0, self.copied_net - self.packets * HEADER)
        pages = requests * (size // 4096)
        others = max(0, self.sectors // 8 - pages) + max(0, self.requests - requests)
        return max(0, self.copied_disk - SEGMENT * (others + (pages if size // 4096 > DIRECT else 0)))


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
        elif key in COPIES:
            found.copied_net += number
        elif key.endswith(("/copy_bytes", "/standing_bytes")):
            found.copied_disk += number
        elif key.endswith("_req"):
            found.requests += number
        elif key.endswith("_sect"):
            found.sectors += number
        elif key == "tx_packets":
            found.packets += number
    return found


def read(host: Host) -> Tallies:
    """As they are now."""
    return parse(host.dom0(READ))
