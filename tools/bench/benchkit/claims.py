# SPDX-License-Identifier: GPL-2.0-only
"""What we claim, held against the rows.

A: what dom0 and Xen spend on a unit, ours over stock, without what Xen spends on the
guest's own system calls (own.py). B: all instructions on the machine, a guest through
us over the same program in dom0 on the same device.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import works
from .counts import Row
from .figures import backend, guest, packets, total

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
    """VALUE, if it can be told from the rows, is at most LIMIT. WORK, PATH and FIGURE (A, B or a
    metric's name) say what it is about; LEAST, where there is one, what of the value no back end
    can do anything about."""

    work: str
    path: str
    figure: str
    text: str
    limit: float
    value: Callable[[Rows], float | None]
    least: Callable[[Rows], float | None] = lambda rows: None


@dataclass(frozen=True)
class Verdict:
    """A claim and what became of it; VALUE None: not measured."""

    claim: Claim
    value: float | None
    least: float | None = None

    @property
    def word(self) -> str:
        """PASS, MISS or SKIP."""
        if self.value is None:
            return "SKIP"
        return "PASS" if self.value <= self.claim.limit else "MISS"

    def line(self) -> str:
        """For people."""
        told = "not measured" if self.value is None else f"{self.value:.3g}, at most {self.claim.limit:g}"
        if self.word == "MISS" and self.least is not None:
            told += f"; the guest and Xen in its context alone: {self.least:.3g}"
        return f"{self.word} {self.claim.text}: {told}"


def _a(work: str, path: str, limit: float, base: str = "") -> Claim:
    base = base or works.base(path)
    return Claim(work, path, "A", f"{work}: A, dom0 + Xen instructions, {path} / {base}", limit,
                 lambda rows: ratio(rows, work, path, base, backend))


def _guest_share(rows: Rows, work: str, path: str) -> float | None:
    here, floor = rows.get((work, path)), rows.get((work, "floor"))
    return guest(here) / total(floor) if here and floor and "insn_xen_in_guest" in here else None


def _b(work: str, path: str, limit: float) -> Claim:
    return Claim(work, path, "B", f"{work}: B, all instructions, {path} / floor", limit,
                 lambda rows: ratio(rows, work, path, "floor", total), lambda rows: _guest_share(rows, work, path))


def _figure(work: str, path: str, key: str, per: int, limit: float, text: str) -> Claim:
    def value(rows: Rows) -> float | None:
        row = rows.get((work, path))
        return None if row is None or key not in row else row[key] * per * packets(row)
    return Claim(work, path, key, f"{work}: {text}, {path}", limit, value)


def _crowd(work: str, limit: float) -> Claim:
    def value(rows: Rows) -> float | None:
        one, many = rows.get((f"{work}-x1", "uplink")), rows.get((f"{work}-x16", "uplink"))
        return backend(many) / backend(one) if one and many else None
    return Claim(f"{work}-x16", "uplink", "crowd", f"{work}: dom0 + Xen instructions a packet, 16 guests / 1, uplink",
                 limit, value)


# work, A, B
PASSTHROUGH = (
    ("udp64-tx", 0.35, 1.20), ("udp1400-tx", 0.25, 1.25), ("tcp-tx", 0.25, 1.15),
    ("udp64-rx", 0.40, 1.40), ("udp1400-rx", 0.40, 1.40), ("tcp-rx", 0.50, 1.40), ("rr", 0.50, 1.40),
    ("disk-4k-randread", 0.30, 1.30), ("disk-4k-randwrite", 0.30, 1.30), ("disk-4k-qd1", 0.40, 1.90),
    ("disk-128k-seqread", 0.33, 1.15), ("disk-128k-seqwrite", 0.33, 1.15),
)
PERSISTENT = ("disk-4k-randread", "disk-4k-randwrite")
UPLINK = (
    ("udp64-tx", 0.45), ("udp1400-tx", 0.35), ("tcp-tx", 0.35),
    ("udp64-rx", 0.50), ("udp1400-rx", 0.50), ("tcp-rx", 0.50),
    # disks of the first step
    ("disk-4k-randread", 0.70), ("disk-4k-randwrite", 0.70),
)
# what an operator may ask for besides, against stock that does the same: work, rate, address mode, NAT
FEATURES = (
    ("udp64-tx", 0.45, 0.50, 1.15), ("tcp-tx", 0.40, 0.40, 0.40),
    ("udp64-rx", 0.70, 0.70, 0.90), ("tcp-rx", 0.90, 0.90, 0.90),
)
BULK = ("udp64-tx", "udp1400-tx", "tcp-tx", "udp64-rx", "udp1400-rx", "tcp-rx")
COPY_FREE = ("udp1400-tx", "tcp-tx", "disk-4k-randread", "disk-4k-randwrite", "disk-128k-seqread",
             "disk-128k-seqwrite")

CLAIMS = (
    *(_a(work, "passthrough", limit) for work, limit, _ in PASSTHROUGH),
    *(_a(work, "passthrough", 0.30, "stock-persistent") for work in PERSISTENT),
    *(_b(work, "passthrough", limit) for work, _, limit in PASSTHROUGH),
    *(_a(work, "uplink", limit) for work, limit in UPLINK),
    *(_a(work, f"uplink-{feature}", limit)
      for work, *limits in FEATURES for feature, limit in zip(("rate", "address", "nat"), limits)),
    *(_a(work, "uplink-persistent", 0.90) for work in PERSISTENT),
    *(_crowd(work, 1.15) for work in ("udp64-tx", "udp64-rx")),
    *(_figure(work, path, "kicks", 1000, 20, "kicks per 1000 packets")
      for path in ("uplink", "passthrough") for work in BULK),
    *(_figure(work, path, "calls_backend", 1000, 60, "dom0's grant table and event channel calls per 1000 packets")
      for path in ("uplink", "passthrough") for work in BULK),
    *(_figure(work, f"{path}-map", key, 1, 0, text) for path in ("uplink", "passthrough") for work in COPY_FREE
      for key, text in (("payload_copied", "bytes copied beyond the headers"), ("bounces", "swiotlb bounces"))),
)


def judge(rows: list[Row]) -> list[Verdict]:
    """Every claim's."""
    by_key = index(rows)
    return [Verdict(claim, claim.value(by_key), claim.least(by_key)) for claim in CLAIMS]


def check(rows: list[Row]) -> tuple[list[str], int]:
    """A line a claim, and how many do not hold."""
    verdicts = judge(rows)
    return [v.line() for v in verdicts], sum(v.word == "MISS" for v in verdicts)
