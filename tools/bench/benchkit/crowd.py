# SPDX-License-Identifier: GPL-2.0-only
"""Many small guests, each a kernel and one program (work/member.c), on one uplink.

    dom0: net conduct ---- orders ---> m1 ... m16 ---- packets ---> peer
"""

import stat
import subprocess
import time
from pathlib import Path

from . import features, paths
from .errors import BenchError
from .host import OUT, TOP, WORK, Host
from .works import NONE

FOLDER = "/run/bench"
PORT = 9200
READY = 300


def _cpio_entry(name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One file of a newc archive."""
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def initrd(member: bytes, netfront: bytes) -> bytes:
    """The whole file system of a member."""
    return (_cpio_entry("dev", stat.S_IFDIR | 0o755)
            + _cpio_entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
            + _cpio_entry("init", stat.S_IFREG | 0o755, member)
            + _cpio_entry("xen-netfront.ko", stat.S_IFREG | 0o644, netfront)
            + _cpio_entry("TRAILER!!!", 0))


def _netfront() -> bytes:
    """The stock front end from dom0's image."""
    done = subprocess.run([TOP / "tools" / "setup", "--paths"], capture_output=True, text=True, check=False)
    base = dict(line.split("=", 1) for line in done.stdout.splitlines()).get("dom0-base", "")
    found = list(Path(base, "root").glob("usr/lib/modules/*/kernel/drivers/net/xen-netfront.ko"))
    if not found:
        raise BenchError(f"'{base}/root' has no xen-netfront.ko: run make setup")
    return found[0].read_bytes()


def _send(host: Host, source: Path, goal: str) -> None:
    """SOURCE into dom0 without ssh, which takes minutes for a kernel here."""
    size = source.stat().st_size
    host.dom0(f"mkdir -p {FOLDER}; rm -f {goal}; setsid -f timeout 300 nc -d -l {PORT} > {goal} 2> /dev/null < /dev/null")
    end = time.monotonic() + READY
    script = f'exec 3<>/dev/tcp/10.77.0.2/{PORT} && cat "$1" >&3'
    while subprocess.run([str(TOP / "tools" / "lab"), "peer", "--name", host.name, "--", "bash", "-c", script, "bash",
                          str(source.resolve())], capture_output=True, check=False).returncode:
        if time.monotonic() > end:
            raise BenchError(f"dom0 does not take {source} on port {PORT}")
        time.sleep(1)
    while host.dom0(f"stat -c %s {goal}").strip() != str(size):
        if time.monotonic() > end:
            raise BenchError(f"{goal} in dom0 is not {size} bytes after {READY} s")
        time.sleep(1)


def _push(host: Host) -> None:
    """The members' kernel, unpacked, and their initrd."""
    if host.dom0(f"ls {FOLDER}/vmlinux {FOLDER}/initrd 2>/dev/null | wc -l").strip() == "2":
        return
    small = OUT / "member.initrd"
    small.write_bytes(initrd((WORK / "member").read_bytes(), _netfront()))
    _send(host, small, f"{FOLDER}/initrd")
    _send(host, TOP / "build" / "vmlinuz", f"{FOLDER}/vmlinux")


def address(number: int) -> str:
    """Of member NUMBER, from 1 on."""
    return f"10.77.0.{100 + number}"


def _config(number: int, path: str) -> str:
    vif = "bridge=xenbr0" if path == "stock" else "script=vif-blanket,gatewaydev=uplink0"
    return "\n".join((
        f'name = "m{number}"', 'type = "pv"', f'kernel = "{FOLDER}/vmlinux"', f'ramdisk = "{FOLDER}/initrd"',
        f'extra = "quiet mitigations=off audit=0 address={address(number)}"', "memory = 96", "vcpus = 1",
        'tsc_mode = "native"', 'on_crash = "destroy"',
        f'vif = [ "mac=00:16:3e:77:01:{number:02x},{vif}" ]', ""))


class Crowd:
    """The members that run on PATH."""

    def __init__(self, host: Host, path: str) -> None:
        self.host = host
        self.path = path
        self.size = 0
        self.end()
        features.clear(host, "")
        if path == "stock":
            paths.bridge(host)
        else:
            paths.load_ours(host)
        _push(host)

    def grow(self, size: int) -> None:
        """Until there are SIZE; a crowd does not shrink."""
        for number in range(self.size + 1, size + 1):
            config = f"{FOLDER}/m{number}.cfg"
            self.host.lab("dom0", "--", "bash", "-c", f"cat > {config} && xl create {config}",
                          stdin=_config(number, self.path))
        self.size = size
        # one packet each: they are there, and know their neighbours
        self.host.dom0(f"net conduct udp-tx {paths.PEER} 9001 64 {size} {size} {NONE} {' '.join(self.members())}")
        # for the sink to tell them
        time.sleep(1)

    def members(self) -> list[str]:
        """Their addresses."""
        return [address(n) for n in range(1, self.size + 1)]

    def end(self) -> None:
        """A power cut for all."""
        self.host.dom0("for m in $(xl list | awk '$1 ~ /^m[0-9]+$/ { print $1 }'); do xl destroy $m; done")
        self.size = 0
