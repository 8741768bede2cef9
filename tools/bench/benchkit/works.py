# SPDX-License-Identifier: GPL-2.0-only
"""The work that is measured, and the ways it can go."""

from dataclasses import dataclass

from .errors import BenchError

MIB = 1 << 20
NONE = 0xffffffff


@dataclass(frozen=True)
class Work:
    """One kind of work. For a disk, SIZE is a request's, for the network a packet's;
    MEMBERS guests do it together, FLOWS sockets in each."""

    name: str
    unit: str
    role: str
    size: int
    count: int
    warmup: int
    far: str = ""
    port: int = 0
    depth: int = 0
    flows: int = 1
    members: int = 0

    @property
    def is_disk(self) -> bool:
        """Disk or network?"""
        return not self.far

    def units(self, quick: bool) -> int:
        """How much of it."""
        return self.count // 4 if quick else self.count

    def command(self, host: str, device: str, window: int, quick: bool) -> list[str]:
        """The program's arguments, to run in dom0 or in a guest: against HOST, or on the disk DEVICE."""
        numbers = [str(n) for n in (self.units(quick), self.warmup, window)]
        if self.is_disk:
            return ["disk", *self.role.split(), device, str(self.size), str(self.depth), *numbers]
        flows = [str(self.flows)] if self.flows > 1 else []
        return ["net", self.role, host, str(self.port), str(self.size), *numbers, *flows]

    def conduct(self, host: str, members: list[str], window: int, quick: bool) -> list[str]:
        """The same for the conductor in dom0."""
        numbers = [str(n) for n in (self.size, self.units(quick), self.warmup, window)]
        return ["net", "conduct", self.role, host, str(self.port), *numbers, *members]


def _net(name: str, unit: str, role: str, far: str, port: int, size: int, count: int, warmup: int,
         flows: int = 1) -> Work:
    return Work(name, unit, role, size, count, warmup, far=far, port=port, flows=flows)


def _disk(name: str, role: str, size: int, depth: int, count: int) -> Work:
    return Work(name, "request", role, size, count, 8 * depth, depth=depth)


def _crowd(members: int) -> tuple[Work, ...]:
    return tuple(Work(f"{name}-x{members}", "packet", role, 64, 16000, 3200, far=far, port=port, members=members)
                 for name, role, far, port in (("udp64-tx", "udp-tx", "udp-sink", 9001),
                                               ("udp64-rx", "udp-rx", "udp-source", 9003)))


FLOWS = 64
CROWDS = (1, 4, 16)

WORKS = (
    _net("udp64-tx", "packet", "udp-tx", "udp-sink", 9001, 64, 8000, 1000),
    _net("udp1400-tx", "packet", "udp-tx", "udp-sink", 9001, 1400, 8000, 1000),
    _net("tcp-tx", "byte", "tcp-tx", "tcp-sink", 9002, 0, 32 * MIB, 8 * MIB),
    _net("udp64-rx", "packet", "udp-rx", "udp-source", 9003, 64, 8000, 1000),
    _net("udp1400-rx", "packet", "udp-rx", "udp-source", 9003, 1400, 8000, 1000),
    _net("tcp-rx", "byte", "tcp-rx", "tcp-source", 9004, 0, 32 * MIB, 8 * MIB),
    _net("rr", "request", "rr", "tcp-echo", 9005, 1, 1000, 100),
    _net("udp64-tx-flows", "packet", "udp-tx", "udp-sink", 9001, 64, 8000, 1000, FLOWS),
    _net("udp64-rx-flows", "packet", "udp-rx", "udp-source", 9003, 64, 8000, 1000, FLOWS),
    _net("tcp-tx-flows", "byte", "tcp-tx", "tcp-sink", 9002, 0, 32 * MIB, 8 * MIB, FLOWS),
    _net("tcp-rx-flows", "byte", "tcp-rx", "tcp-source", 9004, 0, 32 * MIB, 16 * MIB, FLOWS),
    _disk("disk-4k-qd1", "read rand", 4096, 1, 2000),
    _disk("disk-4k-qd8", "read rand", 4096, 8, 4000),
    _disk("disk-4k-randread", "read rand", 4096, 32, 4000),
    _disk("disk-4k-randwrite", "write rand", 4096, 32, 4000),
    _disk("disk-128k-seqread", "read seq", 128 << 10, 8, 800),
    _disk("disk-128k-seqwrite", "write seq", 128 << 10, 8, 800),
    *(work for members in CROWDS for work in _crowd(members)),
)

# what an operator may ask for besides (features.py), and the work that shows what it costs
FEATURED = ("udp64-tx", "udp64-rx", "tcp-tx", "tcp-rx")
STOCK_FEATURES = ("stock-rate", "stock-nat")
OUR_FEATURES = ("uplink-rate", "uplink-nat", "uplink-address")
# in the order they are measured; -map: nothing may be copied but headers
PATHS = ("floor", "stock", "stock-persistent", *STOCK_FEATURES, "uplink", "uplink-map", "uplink-persistent",
         *OUR_FEATURES, "passthrough", "passthrough-map")
# the guest's own system calls, see own.py
DUMMY = "dummy"
MAPPED = ("udp1400-tx", "tcp-tx", "disk-4k-randread", "disk-4k-randwrite", "disk-128k-seqread",
          "disk-128k-seqwrite")
CROWDED = ("stock", "uplink")


def feature(path: str) -> str:
    """What PATH's packets pass besides, or ''."""
    return path.partition("-")[2] if path in STOCK_FEATURES + OUR_FEATURES else ""


def base(path: str) -> str:
    """The stock path that PATH is held against."""
    twin = path.replace("uplink", "stock")
    return twin if path.startswith("uplink-") and twin in PATHS else "stock"


def goes(work: Work, path: str) -> bool:
    """Is WORK measured on PATH? Persistent grants are a disk's matter, devices to oneself no crowd's."""
    if work.members:
        return path in CROWDED
    if path.endswith("-persistent"):
        return work.is_disk
    if feature(path):
        return work.name in FEATURED
    return work.name in MAPPED if path.endswith("-map") else True


def by_name() -> dict[str, Work]:
    """Every work."""
    return {w.name: w for w in WORKS}


def select(names: list[str]) -> tuple[Work, ...]:
    """The works called NAMES, all of them when there are none."""
    known = by_name()
    for name in names:
        if name not in known:
            raise BenchError(f"no work is called '{name}': there are {', '.join(known)}")
    return tuple(w for w in WORKS if not names or w.name in names)


def select_paths(names: list[str]) -> tuple[str, ...]:
    """The paths called NAMES, all of them when there are none."""
    for name in names:
        if name not in PATHS:
            raise BenchError(f"no path is called '{name}': there are {', '.join(PATHS)}")
    return tuple(p for p in PATHS if not names or p in names)
