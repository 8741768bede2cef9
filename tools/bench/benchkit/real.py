# SPDX-License-Identifier: GPL-2.0-only
"""The same programs on a real blanket: rates, latencies, CPU time, and what our drivers count.

    peer (net serve) <---- network ----  guest: net, disk
                     <----------------   dom0: net, disk (the floor)
"""

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import machines
from .errors import BenchError
from .machines import FOLDER, Domain, Machine
from .works import Work, by_name

Row = dict[str, Any]
SHORTEST = 0.001
LEAST_UNITS = 100
MOST_UNITS = 1 << 40
# of a work's units, so many at first, to see how long they take
TRIAL = 8
# the peer's port that answers each byte, and how many seconds it may take
ECHO = by_name()["rr"].port
PATIENCE = 30


@dataclass(frozen=True)
class Setup:
    """Who takes part, and with what: DISK in the guest, DOM0_DISK for the floor. LINK is the
    MAC address of the guest's interface towards the peer, if that could be found out."""

    guest: Machine
    dom0: Machine
    domain: str
    peer: str
    link: str
    disk: str
    dom0_disk: str
    seconds: float
    cpu: Callable[[], str]
    status: Callable[[], str]

    def used(self, disk: bool) -> str:
        """The guest's device that the work goes through, as blanket status knows it."""
        return self.disk.rpartition("/")[2].rstrip("0123456789") if disk else self.link


def xl_list() -> str:
    """The domains and their CPU time."""
    return _output("xl", "list")


def blanket_status() -> str:
    """Our drivers' counters."""
    return _output("blanket", "status", "--json", "--interval", "0")


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except OSError as error:
        raise BenchError(f"{command[0]} cannot be run: {error.strerror}; is this dom0 of a blanket?") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"'{' '.join(command)}' failed with {error.returncode}: {error.stderr.strip()}") from error


def link_to(guest: Machine, peer: str) -> str:
    """The MAC address that GUEST reaches PEER from; nothing where it cannot tell."""
    return guest.run(f"device=$(ip -4 route get {shlex.quote(peer)} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p') && "
                     "cat /sys/class/net/$device/address || true").strip()


def check_peer(where: Machine, peer: str) -> None:
    """Does the peer answer WHERE?"""
    try:
        where.run(f"timeout {PATIENCE} {FOLDER}/net rr {shlex.quote(peer)} {ECHO} 1 1 1 0")
    except BenchError as error:
        raise BenchError(f"{where.name} does not get through to 'net serve' at --peer {peer}, TCP port {ECHO}: is it an "
                         "IPv4 address, does it run there (with --peer-run it is started), does a firewall "
                         f"let ports 9001 to 9005 pass? {error}") from error


def figures(text: str) -> dict[str, float]:
    """What a program prints: 'seconds 1.5' and the like."""
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        try:
            found[key] = float(value)
        except ValueError:
            continue
    if not found.get("seconds") or not found.get("units"):
        raise BenchError(f"the program told no time but '{text.strip()[:200]}'")
    return found


def _command(work: Work, setup: Setup, device: str) -> str:
    words = work.command(setup.peer, device, 0, False)
    return " ".join([f"{FOLDER}/{words[0]}", "--times", *words[1:]])


def measure(work: Work, setup: Setup, floor: bool) -> Row:
    """One row: in the guest, or in dom0 itself. The work is made to last about as long as it is meant to."""
    where = setup.dom0 if floor else setup.guest
    device = setup.dom0_disk if floor else setup.disk
    if setup.seconds > 0:
        work = replace(work, count=max(work.count // TRIAL, 1))
        told = figures(where.run(_command(work, setup, device)))
        longer = setup.seconds / max(told["seconds"], SHORTEST)
        work = replace(work, count=min(max(int(work.count * longer), LEAST_UNITS), MOST_UNITS))
    before = _state(setup)
    told = figures(where.run(_command(work, setup, device)))
    after = _state(setup)
    used = setup.used(work.is_disk)
    path = "floor" if floor else after[1].path(work.is_disk, used)
    return row(work, path, told, _used(before, after, setup.domain), _grown(before[1], after[1], work, used))


def _state(setup: Setup) -> tuple[dict[str, float], Domain]:
    return machines.seconds_of_domains(setup.cpu()), machines.domain(setup.status(), setup.domain)


State = tuple[dict[str, float], Domain]


def _used(before: State, after: State, name: str) -> dict[str, float]:
    """CPU seconds of dom0 and of the guest."""
    def grown(key: str) -> float:
        return after[0].get(key, 0.0) - before[0].get(key, 0.0)
    guest = str(after[1].data.get("name", name))
    return {"dom0": grown("Domain-0"), "guest": grown(guest)}


def _grown(before: Domain, after: Domain, work: Work, used: str) -> dict[str, int]:
    old, new = before.counters(work.is_disk, used), after.counters(work.is_disk, used)
    return {key: value - old.get(key, 0) for key, value in new.items() if value != old.get(key, 0)}


def row(work: Work, path: str, told: dict[str, float], cpu: dict[str, float], counted: dict[str, int]) -> Row:
    """Of one run. CPU time and counters are the whole run's, warm-up included."""
    units, seconds = told["units"], told["seconds"]
    everything = units + work.warmup
    size = 1 if work.unit == "byte" else work.size
    made: Row = {
        "work": work.name, "path": path, "unit": work.unit, "units": int(units), "seconds": seconds,
        "per_second": units / seconds, "bytes_per_second": units * size / seconds,
        "cpu_guest_us": 0.0 if path == "floor" else cpu["guest"] * 1e6 / everything,
        "cpu_dom0_us": cpu["dom0"] * 1e6 / everything,
        "counters": {key: value / everything for key, value in sorted(counted.items())} if path != "floor" else {},
    }
    return made | {key: told[key] for key in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us") if key in told}
