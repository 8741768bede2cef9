# SPDX-License-Identifier: GPL-2.0-only
"""lab up, lab reboot and lab down."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import accel, profile, qemu, site, ssh, state
from .errors import LabError
from .paths import LABS, artifact, tag
from .state import Lab

BOOT_LIMIT = 600
NEED_GIB = 4


def _last_line(log: Path) -> str:
    try:
        text = log.read_bytes()[-400:].decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(c for c in lines[-1] if c.isprintable())[:70] if lines else ""


def _tail(log: Path, count: int) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return f"({log} is empty)"
    return "\n".join(f"  {log.name}: {line}" for line in lines[-count:])


class Progress:
    """A live line on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.start = time.monotonic()
        self.shown = -30.0

    def show(self, text: str, final: bool = False) -> None:
        """TEXT with the time so far."""
        spent = time.monotonic() - self.start
        line = f"[{int(spent) // 60:3d}:{int(spent) % 60:02d}] lab {self.name:6s} {text}"
        if sys.stdout.isatty():
            print(f"\r\033[K{line}", end="\n" if final else "", flush=True)
        elif final or spent - self.shown >= 30:
            print(line, flush=True)
            self.shown = spent


def _check_machine() -> None:
    if os.geteuid():
        raise LabError("needs root, for network namespaces and the build root: run it with sudo")
    for name in ("dom0.img", "guest.img", "vmlinuz", "initrd.img", "xen", "root-build", "ssh"):
        artifact(name)
    LABS.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(LABS).free >> 30
    if free < NEED_GIB:
        raise LabError(f"{LABS} has {free} GiB free, a lab can need {NEED_GIB}: free some space")


def _wait(lab: Lab, progress: Progress) -> None:
    """Until dom0 answers on ssh."""
    while True:
        if not qemu.alive(lab):
            raise LabError(f"QEMU ended while booting:\n{_tail(lab.folder / 'qemu.log', 10)}\n"
                           f"{_tail(lab.folder / 'xen.log', 15)}")
        if time.monotonic() - progress.start > BOOT_LIMIT:
            raise LabError(f"dom0 did not answer within {BOOT_LIMIT} s. The last it said:\n"
                           f"{_tail(lab.folder / 'xen.log', 15)}\n{_tail(lab.folder / 'dom0.log', 15)}\n"
                           f"Whole logs in {lab.folder}; a machine under heavy load can be that slow")
        # a peer that knows dom0 from before its reboot would try for minutes
        probe = subprocess.run(ssh.in_site(lab, ["timeout", "10", "bash", "-c", f"exec 3<>/dev/tcp/{lab.address}/22"]),
                               capture_output=True, check=False)
        if probe.returncode == 0 and ssh.master(lab, "dom0"):
            return
        progress.show(_last_line(lab.folder / "dom0.log") or _last_line(lab.folder / "xen.log"))
        time.sleep(0.5)


def up(name: str, host: str, smp: int, icount: str, plugin: str, join: str | None,
       systemd: bool = False, hotplug: bool = False) -> None:
    """Boots a host; leaves nothing when that fails."""
    _check_machine()
    prof = profile.load(host)
    with state.locked(name):
        if (LABS / name / "lab.json").exists():
            old = state.load(name)
            if qemu.alive(old):
                raise LabError(f"lab '{name}' is up already ({old.host}): tools/lab down --name {name}, "
                               f"or choose another --name")
            _take_down(old)
        folder = LABS / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if join:
            other = state.load(join)
            taken = {lab.index for lab in state.load_all() if lab.netns == other.netns}
            free = [i for i in (2, 3) if i not in taken]
            if not free:
                raise LabError(f"the site of '{join}' has two hosts already; that is all it takes")
            netns, index = other.netns, free[0]
        else:
            netns, index = f"blk-{tag(folder)}", 2
            tenants = [lab.name for lab in state.load_all() if lab.netns == netns]
            if tenants:
                raise LabError(f"'{tenants[0]}' still stands on the site of '{name}': take it down first "
                               f"(tools/lab down --name {tenants[0]}), or choose another --name")
        lab = Lab(name, host, netns, index, smp, icount, plugin=plugin, systemd=systemd, hotplug=hotplug)
        lab.accel, why = ("tcg", "counting instructions needs it") if icount else accel.choose()
        progress = Progress(name)
        progress.show(f"{prof.summary}; {lab.accel.upper()}: {why}", final=True)
        try:
            # first, so that down finds what a killed up leaves
            lab.save()
            if not join:
                site.delete(netns)
                site.create(netns)
            site.add_host(netns, index)
            qemu.make_disks(lab)
            qemu.start(lab, prof)
            lab.save()
            _wait(lab, progress)
        except BaseException:
            # an impatient second Ctrl-C must not leave half of it
            for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sig, signal.SIG_IGN)
            _take_down(lab)
            raise
        progress.show("dom0 answers", final=True)


def reboot(name: str, grub: bool, kernel: str) -> None:
    """Boots dom0 anew from the disk it has, by GRUB and its menu there or as up does, or with the KERNEL of build/."""
    with state.locked(name):
        lab = state.load(name)
        host = profile.load(lab.host)
        lab.grub, lab.kernel = grub, kernel
        # what it asks for is there, before anything ends
        qemu.command_line(lab, host)
        with contextlib.suppress(LabError, subprocess.TimeoutExpired):
            # if it can: it may hang
            subprocess.run(["ssh", *ssh.options(lab, "dom0"), ssh.destination(lab, "dom0"), "sync"],
                           stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
        ssh.drop(lab)
        qemu.stop(lab)
        progress = Progress(name)
        progress.show("boots anew" + (" by GRUB" if grub else f" with {kernel}" if kernel else ""), final=True)
        qemu.start(lab, host)
        lab.save()
        _wait(lab, progress)
        progress.show("dom0 answers", final=True)


def _take_down(lab: Lab) -> None:
    """Ends LAB's processes and takes its devices away; its logs stay."""
    # ssh's masters hang on the connection: without it they would wait
    ssh.drop(lab)
    qemu.stop(lab)
    others = [o for o in state.load_all() if o.netns == lab.netns and o.name != lab.name]
    if site.exists(lab.netns):
        site.remove_host(lab.netns, lab.index)
        if not others:
            site.delete(lab.netns)
    for path in lab.folder.glob("*"):
        if path.suffix in (".sock", ".qcow2", ".raw", ".json"):
            path.unlink()


def down(name: str) -> None:
    """Takes lab NAME down."""
    with state.locked(name):
        _take_down(state.load(name))


def down_all() -> None:
    """Takes all of this clone's labs down."""
    for lab in state.load_all():
        down(lab.name)
