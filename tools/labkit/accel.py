# SPDX-License-Identifier: GPL-2.0-only
"""KVM or TCG? /dev/kvm may exist, open, and still be unable to run Xen, so the
answer comes from booting something and is kept until the next reboot."""

import fcntl
import os
import subprocess
import tempfile
import time
from pathlib import Path

from .paths import TOP, artifact, cache, in_root

LIMIT = 30


def _boots() -> bool:
    """Does Xen reach dom0's kernel under KVM within LIMIT seconds?"""
    with tempfile.TemporaryDirectory(prefix="blanket-kvm.") as folder:
        log = Path(folder) / "log"
        command = [str(TOP / "tools" / "inroot"), "qemu-system-x86_64", "-nodefaults", "-machine", "q35",
                   "-accel", "kvm", "-cpu", "host,-la57,-pku", "-m", "1024", "-display", "none", "-no-reboot",
                   "-kernel", in_root(artifact("xen")), "-append", "dom0_mem=512M com1=115200,8n1 console=com1",
                   "-initrd", f"{in_root(artifact('vmlinuz'))} console=hvc0 panic=-1,{in_root(artifact('initrd.img'))}",
                   "-serial", f"file:{in_root(log)}"]
        with open(Path(folder) / "err", "wb") as err:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        try:
            end = time.monotonic() + LIMIT
            while time.monotonic() < end and process.poll() is None:
                if log.exists() and b"Run /init as init process" in log.read_bytes():
                    return True
                time.sleep(0.2)
            return False
        finally:
            process.kill()
            process.wait()


def choose() -> tuple[str, str]:
    """("kvm" or "tcg", why)."""
    wish = os.environ.get("LAB_ACCEL", "")
    if wish in ("kvm", "tcg"):
        return wish, f"LAB_ACCEL={wish}"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg", "no /dev/kvm here"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    answer = cache() / f"kvm-{boot}"
    # one trial, however many labs want to know
    with open(cache() / "kvm.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            text = "kvm" if _boots() else "tcg"
            for old in cache().glob("kvm-*"):
                old.unlink()
            answer.write_text(text, encoding="ascii")
    if answer.read_text(encoding="ascii") == "kvm":
        return "kvm", "/dev/kvm booted Xen"
    return "tcg", "/dev/kvm is there but could not boot Xen"
