# SPDX-License-Identifier: GPL-2.0-only
"""Rows: a work on a path, some runs of it."""

from collections.abc import Callable, Iterator

from . import figures, paths, tallies
from .counts import Row
from .crowd import Crowd
from .errors import BenchError
from .host import NULL, Host
from .works import Work

Say = Callable[[str], None]
Bars = list[tuple[int, int]]


class Measure:
    """How every work of one bench is measured."""

    def __init__(self, host: Host, runs: int, quick: bool, say: Say) -> None:
        self.host = host
        self.runs = runs
        self.quick = quick
        self.say = say
        self.done = 0

    def path(self, path: str, chosen: list[Work]) -> Iterator[Row]:
        """The rows of PATH, which has been entered, as they come."""
        bars = {disk: self.host.bars(paths.device_of(self.host, path, disk)) for disk in {w.is_disk for w in chosen}}
        for work in chosen:
            windows = [self.host.next_window() for _ in range(self.runs)]
            commands = [work.command(paths.peer(path), paths.disk(path), w, self.quick) for w in windows]
            yield self._row(work, path, paths.where(path), windows, commands, bars[work.is_disk])

    def crowd(self, crowd: Crowd, chosen: list[Work]) -> Iterator[Row]:
        """The rows of many guests, those of few first."""
        bars = self.host.bars(paths.UPLINK)
        for work in sorted(chosen, key=lambda w: w.members):
            if work.members != crowd.size:
                self.say(f"{crowd.path}: {work.members} small guests")
                crowd.grow(work.members)
            windows = [self.host.next_window() for _ in range(self.runs)]
            commands = [work.conduct(paths.PEER, crowd.members(), w, self.quick) for w in windows]
            yield self._row(work, crowd.path, "dom0", windows, commands, bars)

    def _row(self, work: Work, path: str, where: str, windows: list[int], commands: list[list[str]],
             bars: Bars) -> Row:
        before, sunk = tallies.read(self.host), self.host.sunk()
        records = self.host.run(where, commands)
        if [r["window"] for r in records] != windows:
            raise BenchError(f"expected windows {windows}, the plugin wrote {[r['window'] for r in records]}: does "
                             f"something else measure on lab '{self.host.name}'?")
        units = sum(r["units"] for r in records) + self.runs * work.warmup
        lost = sunk + units - self.host.wait_sunk(sunk + units) if work.role == "udp-tx" else 0
        told = tallies.read(self.host) - before
        row = figures.combine([figures.measure(r, bars) for r in records])
        # these are known for the warm-up as well, so it shares them
        row["bounces"] = told.bounces / units
        row["lost"] = lost / units
        row["kicks_statistic"] = 0.0 if work.is_disk else told.kicks / units
        row["payload_copied"] = told.payload_copied(work.size, units, work.is_disk) / units
        # a count that misses all of them would hold every claim
        if path == "uplink" and not row["kicks"] and told.kicks >= 10 * self.runs and not work.is_disk:
            raise BenchError(f"{work.name} on {path}: virtio_net notified the device {told.kicks} times, "
                             "the plugin saw none of it: is MAX_STORES in tools/insncount/insncount.c too small?")
        self.done += 1
        self.say(f"{path:16s} {work.name:18s} guest {row['insn_guest']:9.2f}  dom0 {row['insn_dom0']:9.2f}  "
                 f"xen {row['insn_xen']:9.2f}  a {work.unit}, spread {row['spread'] * 100:.1f}%"
                 + (f"  LOST {row['lost'] * 100:.1f}%" if row["lost"] else ""))
        return {"work": work.name, "path": path, "unit": work.unit, **row}
