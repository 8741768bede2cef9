# SPDX-License-Identifier: GPL-2.0-only
"""The work that is measured, and the ways it can go."""

from dataclasses import dataclass

from .errors import BenchError

MIB = 1 << 20


@dataclass(frozen=True)
class Work:
    """One kind of work. For a disk, SIZE is a request's, for the network a packet's."""

    name: str
    unit: str
    role: str
    size: int
    count: int
    warmup: int
    far: str = ""
    port: int = 0
    depth: int = 0

    @property
    def is_disk(self) -> bool:
        """Disk or network?"""
        return not self.far

    def command(self, device: str, window: int, quick: bool) -> list[str]:
        """The program's arguments, to run in dom0 or in a guest."""
        count = self.count // 4 if quick else self.count
        numbers = [str(n) for n in (count, self.warmup, window)]
        if self.is_disk:
            return ["disk", *self.role.split(), device, str(self.size), str(self.depth), *numbers]
        return ["net", self.role, "10.77.0.1", str(self.port), str(self.size), *numbers]


def _net(name: str, unit: str, role: str, far: str, port: int, size: int, count: int, warmup: int) -> Work:
    return Work(name, unit, role, size, count, warmup, far=far, port=port)


def _disk(name: str, role: str, size: int, depth: int, count: int) -> Work:
    return Work(name, "request", role, size, count, 8 * depth, depth=depth)


WORKS = (
    _net("udp64-tx", "packet", "udp-tx", "udp-sink", 9001, 64, 8000, 1000),
    _net("udp1400-tx", "packet", "udp-tx", "udp-sink", 9001, 1400, 8000, 1000),
    _net("tcp-tx", "byte", "tcp-tx", "tcp-sink", 9002, 0, 32 * MIB, 8 * MIB),
    _net("udp64-rx", "packet", "udp-rx", "udp-source", 9003, 64, 8000, 1000),
    _net("udp1400-rx", "packet", "udp-rx", "udp-source", 9003, 1400, 8000, 1000),
    _net("tcp-rx", "byte", "tcp-rx", "tcp-source", 9004, 0, 32 * MIB, 8 * MIB),
    _net("rr", "request", "rr", "tcp-echo", 9005, 1, 1000, 100),
    _disk("disk-4k-qd1", "read rand", 4096, 1, 2000),
    _disk("disk-4k-randread", "read rand", 4096, 32, 4000),
    _disk("disk-4k-randwrite", "write rand", 4096, 32, 4000),
    _disk("disk-128k-seqread", "read seq", 128 << 10, 8, 800),
    _disk("disk-128k-seqwrite", "write seq", 128 << 10, 8, 800),
)

# in the order they are measured
PATHS = ("floor", "stock", "stock-persistent", "uplink", "passthrough")


def select(names: list[str]) -> tuple[Work, ...]:
    """The works called NAMES, all of them when there are none."""
    known = {w.name: w for w in WORKS}
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
