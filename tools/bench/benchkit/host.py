# SPDX-License-Identifier: GPL-2.0-only
"""The lab host that is measured, through tools/lab."""

import json
import os
import re
import shlex
import subprocess
import time
from pathlib import Path

from .errors import BenchError

TOP = Path(os.path.realpath(__file__)).parents[3]
BUILD = TOP / "build"
OUT = BUILD / "bench"
WORK = OUT / "work"
TRACE = "/sys/kernel/tracing/instances/bench"
GUEST_WAIT = 900
# so many the plugin knows (MAX_WINDOWS in tools/insncount/insncount.c); later ones take their numbers again
WINDOWS = 64
# ext4 goes on writing inode tables for minutes, udev probes a disk that was written to
QUIET = """
    set -e
    mount -o remount,noinit_itable /
    mkdir -p /run/udev/rules.d
    echo 'SUBSYSTEM=="block", OPTIONS+="nowatch"' > /run/udev/rules.d/99-bench.rules
    udevadm control --reload
    udevadm trigger --settle --subsystem-match=block
"""
# a disk that answers at once
NULL = "/dev/lab/null"


class Host:
    """A lab with the counting plugin."""

    def __init__(self, name: str, profile: bool) -> None:
        self.name = name
        self.profile = profile
        self.records = OUT / "insncount.jsonl"
        self.profiles = OUT / "profile.tsv"
        self.far: list[subprocess.Popen[str]] = []
        self.window = 0

    def lab(self, *args: str, check: bool = True, stdin: str | None = None) -> str:
        """One call of tools/lab, its output."""
        done = subprocess.run([str(TOP / "tools" / "lab"), args[0], "--name", self.name, *args[1:]],
                              input=stdin, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise BenchError(f"tools/lab {shlex.join(args)} failed with {done.returncode}: "
                             f"{(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    def dom0(self, script: str, check: bool = True) -> str:
        """Shell text run in dom0."""
        return self.lab("dom0", "--", "bash", "-c", script, check=check)

    def up(self) -> None:
        """Boots it and puts the work programs in."""
        plugin = f"{TOP / 'build' / 'insncount' / 'insncount.so'},out=/host{self.records}"
        if self.profile:
            # of domains of another boot
            for old in OUT.glob("kallsyms.dom*"):
                old.unlink()
            plugin += f",profile=/host{self.profiles}"
        done = subprocess.run([str(TOP / "tools" / "lab"), "up", "--name", self.name, "--icount-sleep",
                               "--plugin", plugin], check=False)
        if done.returncode:
            raise BenchError(f"the lab host '{self.name}' did not come up: see above")
        self.prepare()

    def prepare(self) -> None:
        """What dom0 needs once; harmless to repeat."""
        self.push("dom0")
        self.dom0(QUIET)
        self.dom0(f"""
            set -e
            mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
            mkdir -p {TRACE} /etc/xen/bench
            {{
                for d in /sys/class/net/uplink0 /sys/class/net/fast0 /sys/block/$(basename $(readlink -f {NULL})); do
                    [ ! -e $d ] || basename $(readlink -f $d/device/..)
                done
                ls /sys/bus/pci/drivers/blanket_virtio 2>/dev/null | grep : || true
            }} | sed 's/.*/dev_name == "&"/' | paste -sd'|' | sed 's/|/ || /g' \
                > {TRACE}/events/swiotlb/swiotlb_bounced/filter
            echo 1 > {TRACE}/events/swiotlb/swiotlb_bounced/enable
        """)

    def push(self, target: str) -> None:
        """Puts the work programs into dom0 or a guest."""
        self.lab("push", target, str(WORK / "net"), str(WORK / "disk"), "/usr/local/bin/")

    def is_up(self) -> bool:
        """Does it run already?"""
        return subprocess.run([str(TOP / "tools" / "lab"), "dom0", "--name", self.name, "--", "true"],
                              capture_output=True, check=False).returncode == 0

    def down(self) -> None:
        """Ends the far side and the lab."""
        self.far_stop()
        self.lab("down", check=False)

    def far_start(self, roles: dict[str, int]) -> None:
        """The programs beyond the edge, one a role."""
        for role, port in roles.items():
            # a pipe of its own tells the number of packets that got through
            self.far.append(subprocess.Popen(
                [str(TOP / "tools" / "lab"), "peer", "--name", self.name, "--", str(WORK / "net"), role, str(port)],
                stdin=subprocess.DEVNULL, stdout=open(OUT / f"{role}.log", "w", encoding="ascii"), text=True))

    def far_stop(self) -> None:
        """Ends them."""
        for process in self.far:
            process.terminate()
        for process in self.far:
            process.wait()
        self.far = []

    @staticmethod
    def sunk() -> int:
        """Packets that udp-sink has seen so far."""
        lines = (OUT / "udp-sink.log").read_text(encoding="ascii").splitlines()
        return int(lines[-1].split()[1]) if lines else 0

    def wait_sunk(self, packets: int) -> int:
        """How many of PACKETS got beyond the edge; the last take a moment."""
        for _ in range(50):
            if self.sunk() >= packets:
                break
            time.sleep(0.1)
        return self.sunk()

    def guest_create(self, name: str, lines: list[str]) -> None:
        """Starts guest NAME from config LINES, waits until it answers."""
        text = "\n".join(lines) + "\n"
        self.lab("dom0", "--", "bash", "-c", f"cat > /etc/xen/bench/{name}.cfg", stdin=text)
        self.dom0(f"xl create /etc/xen/bench/{name}.cfg")
        end = time.monotonic() + GUEST_WAIT
        while subprocess.run([str(TOP / "tools" / "lab"), "guest", "--name", self.name, name, "--", "true"],
                             capture_output=True, check=False).returncode:
            if time.monotonic() > end:
                raise BenchError(f"guest {name} did not answer within {GUEST_WAIT} s. Its console:\n"
                                 f"{self.lab('log', name, check=False)[-1500:]}")
            time.sleep(1)

    def guest_destroy(self, name: str) -> None:
        """A power cut for guest NAME."""
        self.dom0(f"xl destroy {name}; for i in $(seq 50); do xl domid {name} >/dev/null 2>&1 || exit 0; "
                  "sleep 0.2; done; exit 1")

    def bars(self, device: str) -> list[tuple[int, int]]:
        """The address ranges of the PCI device that a sysfs path leads to."""
        text = self.dom0(f"cat $(readlink -f {device})/resource")
        ranges = []
        for line in text.splitlines():
            first, last = (int(word, 16) for word in line.split()[:2])
            if last:
                ranges.append((first, last))
        return ranges

    def run(self, where: str, commands: list[list[str]]) -> list[dict]:
        """Runs measured programs one after the other in 'dom0' or a guest,
        returns their windows' records."""
        before = len(self._records())
        target = ("dom0",) if where == "dom0" else ("guest", where)
        script = " && ".join(shlex.join(c) for c in commands)
        self.lab(*target, "--", "bash", "-c", script)
        for _ in range(50):
            new = self._records()[before:]
            if len(new) >= len(commands):
                return [json.loads(line) for line in new]
            time.sleep(0.1)
        raise BenchError(f"'{script}' left {len(new)} windows in {self.records}: is our Xen (xen/patches) "
                         f"running, with the plugin?")

    def _records(self) -> list[str]:
        return self.records.read_text(encoding="ascii").splitlines()

    def save_symbols(self) -> None:
        """dom0's and the running guests' kallsyms, for tools/insncount/report."""
        (OUT / "kallsyms.dom0").write_text(self.dom0("cat /proc/kallsyms"), encoding="ascii")
        for line in self.dom0("xl list | tail -n +3").splitlines():
            name, domid = line.split()[:2]
            text = self.lab("guest", name, "--", "cat", "/proc/kallsyms")
            (OUT / f"kallsyms.dom{domid}").write_text(text, encoding="ascii")

    def next_window(self) -> int:
        """An id for the next window."""
        self.window = (self.window + 1) % WINDOWS
        return self.window
