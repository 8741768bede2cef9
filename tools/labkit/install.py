# SPDX-License-Identifier: GPL-2.0-only
"""build/stage into dom0."""

import subprocess

from . import ssh
from .errors import LabError
from .paths import BUILD
from .state import Lab


def install(lab: Lab) -> int:
    """What 'make install DESTDIR=build/stage' left, and depmod."""
    stage = BUILD / "stage"
    if not stage.is_dir():
        raise LabError(f"{stage} is missing: run make install DESTDIR=build/stage")
    ssh.need(lab, "dom0")
    # Debian's /lib is a link: --keep-directory-symlink keeps it one
    with subprocess.Popen(["tar", "-C", str(stage), "--owner=0", "--group=0", "-cf", "-", "."],
                          stdout=subprocess.PIPE) as tar:
        done = subprocess.run(
            ["ssh", *ssh.options(lab, "dom0"), ssh.destination(lab, "dom0"),
             "tar -C / --keep-directory-symlink --no-overwrite-dir -xf - && depmod -a"],
            stdin=tar.stdout, check=False)
    return done.returncode
