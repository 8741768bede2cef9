# SPDX-License-Identifier: GPL-2.0-only
"""Serial consoles and their logs."""

import os
import select
import socket
import sys
import termios
import tty

from . import ssh
from .errors import LabError
from .state import Lab

ESCAPE = b"\x1d"


def attach(lab: Lab, target: str) -> int:
    """The user's terminal on TARGET's console until Ctrl-]."""
    if target not in ("dom0", "xen"):
        return ssh.run(lab, "dom0", [f"exec xl console {target}"]) if not sys.stdin.isatty() else \
            ssh.terminal(lab, f"exec xl console {target}")
    path = lab.folder / f"{target}.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError as error:
            raise LabError(f"no console at {path} ({error.strerror}): is the lab up?") from error
        fd = sys.stdin.fileno()
        saved = termios.tcgetattr(fd) if sys.stdin.isatty() else None
        if saved:
            print("Ctrl-] leaves.", flush=True)
            tty.setraw(fd)
        try:
            while True:
                ready, _, _ = select.select([fd, sock], [], [])
                if sock in ready:
                    data = sock.recv(65536)
                    if not data:
                        return 0
                    os.write(sys.stdout.fileno(), data)
                if fd in ready:
                    data = os.read(fd, 1024)
                    if not data or ESCAPE in data:
                        return 0
                    sock.sendall(data)
        finally:
            if saved:
                termios.tcsetattr(fd, termios.TCSADRAIN, saved)


def log(lab: Lab, target: str) -> int:
    """Prints what TARGET's console said so far."""
    if target in ("xen", "dom0"):
        sys.stdout.buffer.write((lab.folder / f"{target}.log").read_bytes())
        return 0
    ssh.guest_address(target)
    return ssh.run(lab, "dom0", [f"cat /var/log/xen/console/guest-{target}.log"])
