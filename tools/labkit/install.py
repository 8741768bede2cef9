# SPDX-License-Identifier: GPL-2.0-only
"""build/stage into dom0."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from . import ssh
from .errors import LabError
from .paths import BUILD, TOP, in_root
from .state import Lab


def _dom0_modules() -> Path:
    """The kernel modules of dom0's image, as set-up keeps them on this machine."""
    done = subprocess.run([TOP / "tools" / "setup", "--paths"], capture_output=True, text=True, check=False)
    paths = dict(line.split("=", 1) for line in done.stdout.splitlines())
    folder = Path(paths.get("dom0-base", "")) / "root" / "usr" / "lib" / "modules"
    if not folder.is_dir():
        raise LabError(f"{folder} is missing: run make setup")
    return folder


def _depmod(stage: Path, work: Path) -> None:
    """Indexes of dom0's modules with ours among them, in WORK. Here that takes a
    second, in dom0 most of a minute."""
    base = _dom0_modules()
    for ours in (stage / "lib" / "modules").iterdir():
        theirs, goal = base / ours.name, work / "lib" / "modules" / ours.name
        if not theirs.is_dir():
            raise LabError(f"{ours} is for a kernel that dom0 doesn't have ({', '.join(p.name for p in base.iterdir())}): "
                           f"remove it and run make install DESTDIR=build/stage")
        goal.mkdir(parents=True)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(theirs / name, goal)
        (goal / "kernel").symlink_to(in_root(theirs / "kernel"))
        (goal / "updates").symlink_to(in_root(ours / "updates"))
        done = subprocess.run([TOP / "tools" / "inroot", "depmod", "-b", in_root(work), ours.name],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"depmod failed: {done.stderr.strip()}")
        (goal / "kernel").unlink()
        (goal / "updates").unlink()


def install(lab: Lab) -> int:
    """What 'make install DESTDIR=build/stage' left, and the modules' indexes."""
    stage = BUILD / "stage"
    if not (stage / "lib" / "modules").is_dir():
        raise LabError(f"{stage} is missing: run make install DESTDIR=build/stage")
    with tempfile.TemporaryDirectory(prefix="blanket-install.") as work:
        _depmod(stage, Path(work))
        ssh.need(lab, "dom0")
        # Debian's /lib is a link: --keep-directory-symlink keeps it one
        with subprocess.Popen(["tar", "--owner=0", "--group=0", "-cz", "-C", str(stage), ".", "-C", work, "./lib"],
                              stdout=subprocess.PIPE) as tar:
            done = subprocess.run(
                ["ssh", *ssh.options(lab, "dom0"), ssh.destination(lab, "dom0"),
                 "tar -C / --keep-directory-symlink --no-overwrite-dir -xzf -"],
                stdin=tar.stdout, check=False)
    return done.returncode or tar.returncode
