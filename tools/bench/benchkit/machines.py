# SPDX-License-Identifier: GPL-2.0-only
"""The machines of a real bench: dom0, a guest, a peer beyond the edge, each reached by a
command that runs shell text there, as 'ssh root@10.0.0.5' does."""

import json
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import BenchError

FOLDER = "/tmp/blanket-bench"


@dataclass(frozen=True)
class Machine:
    """REACH takes one more argument, the shell text."""

    name: str
    reach: tuple[str, ...]

    def run(self, text: str, stdin: bytes | None = None) -> str:
        """What TEXT prints there."""
        try:
            done = subprocess.run([*self.reach, text], input=stdin if stdin is not None else b"",
                                  capture_output=True, check=False)
        except OSError as error:
            raise BenchError(f"'{shlex.join(self.reach)}', to reach {self.name}, cannot be run: {error.strerror}") from error
        if done.returncode:
            raise BenchError(f"on {self.name}, '{text.strip()[:120]}' failed with {done.returncode}: "
                             f"{done.stderr.decode(errors='replace').strip()[-400:]}; it was reached by "
                             f"'{shlex.join(self.reach)}'")
        return done.stdout.decode(errors="replace")

    def put(self, programs: list[Path]) -> None:
        """PROGRAMS into FOLDER there."""
        for program in programs:
            place = f"{FOLDER}/{program.name}"
            self.run(f"mkdir -p {FOLDER} && cat > {place}.new && chmod 755 {place}.new && mv {place}.new {place}",
                     program.read_bytes())

    def remove(self) -> None:
        """Leaves nothing behind: what still runs is ended first."""
        self.run(f"for exe in /proc/[0-9]*/exe; do case $(readlink $exe) in {FOLDER}/*) "
                 f"exe=${{exe%/exe}}; kill ${{exe#/proc/}};; esac; done; rm -rf {FOLDER}")

    def check_disk(self, device: str, write: bool) -> None:
        """Is DEVICE there, and is nothing on it in use that would be lost?"""
        quoted = shlex.quote(device)
        if self.run(f"test -b {quoted} || echo no"):
            raise BenchError(f"{self.name} has no block device '{device}': lsblk there tells which it has")
        # partitions of it as well
        if write and self.run(f"cut -d' ' -f1 /proc/mounts /proc/swaps | grep \"^$(readlink -f {quoted})p*[0-9]*$\" || true"):
            raise BenchError(f"{device} of {self.name} is in use there (/proc/mounts, /proc/swaps): what is on it "
                             "would be lost, choose another or leave out --write")


def local() -> Machine:
    """Here, in dom0."""
    return Machine("dom0", ("bash", "-c"))


def reached_by(name: str, command: str, option: str) -> Machine:
    """By COMMAND, words as a shell splits them, as OPTION has it; tried out."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise BenchError(f"{option} '{command}', to reach {name}, is no command: {error}") from error
    if not words:
        raise BenchError(f"{option} wants a command that runs shell text on {name}, as 'ssh root@ADDRESS'")
    machine = Machine(name, words)
    try:
        user = machine.run("id -u").strip()
    except BenchError as error:
        raise BenchError(f"{error}: {option} wants a command that works, asking for no password") from error
    if user != "0":
        raise BenchError(f"{option} '{command}' runs shell text on {name} as user '{user[:80]}': let it be root, user 0")
    return machine


def seconds_of_domains(text: str) -> dict[str, float]:
    """CPU seconds of each domain from xl list, which tells tenths."""
    found = {}
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) >= 6:
            found[" ".join(words[:-5])] = float(words[-1])
    return found


# of what blanket status tells about a device, what grows with work
COUNTERS = ("tx_passes", "tx_kicks", "tx_notifies", "rx_passes", "rx_notifies", "tx_grant_copy_calls", "tx_grant_copy_ops",
            "tx_grant_copy_bytes", "tx_grant_map_calls", "tx_grant_map_pages", "tx_grant_unmap_calls",
            "tx_grant_unmap_pages", "tx_grant_standing_hits", "tx_grant_standing_bytes", "tx_grant_standing_misses",
            "rx_grant_copy_calls", "rx_grant_copy_ops", "rx_grant_copy_bytes", "copied", "mapped", "kicks", "events",
            "notifies", "map_calls", "map_pages", "unmap_calls", "unmap_pages", "copy_calls", "copy_ops", "copy_bytes",
            "standing_hits", "standing_bytes", "standing_misses")


@dataclass
class Domain:
    """What blanket status tells about one guest."""

    data: dict[str, Any]

    def devices(self, disk: bool, used: str) -> list[dict[str, Any]]:
        """Of its disks, or of its network devices, the one that is USED, by name or by MAC address;
        all when none is known by that."""
        devices = self.data.get("vbds" if disk else "vifs") or []
        key = "name" if disk else "mac"
        return [d for d in devices if used and str(d.get(key)).lower() == used.lower()] or devices

    def path(self, disk: bool, used: str) -> str:
        """The name of the way that work goes through the device that is USED."""
        devices = self.devices(disk, used)
        # the last one is what was added for it
        if not devices:
            return "unknown"
        device = devices[-1]
        if not device.get("ours"):
            return "stock"
        alone = (device.get("blanket") or {}).get("device") if disk else device.get("card")
        return "passthrough" if alone else "uplink"

    def counters(self, disk: bool, used: str) -> dict[str, int]:
        """Summed over the devices that are USED."""
        total: dict[str, int] = {}
        for device in self.devices(disk, used):
            for source in (device.get("ethtool") or {}, device.get("blanket") or {}):
                for key in COUNTERS:
                    if str(source.get(key, "")).isdigit():
                        total[key] = total.get(key, 0) + int(source[key])
        return total


def domain(text: str, name: str) -> Domain:
    """NAME in blanket status --json's TEXT."""
    try:
        guests = json.loads(text).get("guests") or []
    except json.JSONDecodeError as error:
        raise BenchError(f"blanket status --json printed no JSON: {error}") from error
    for guest in guests:
        if guest.get("name") == name or str(guest.get("domid")) == name:
            return Domain(guest)
    there = ", ".join(str(g.get("name")) for g in guests) or "none"
    raise BenchError(f"no guest is called '{name}': there are {there} (xl list)")
