# SPDX-License-Identifier: GPL-2.0-only
"""Into dom0 over the management network, and through it into the guests."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import LabError
from .paths import artifact
from .state import Lab


def guest_address(guest: str) -> str:
    """gN's address."""
    number = guest[1:]
    if guest[:1] != "g" or not number.isdigit() or not 1 <= int(number) <= 200:
        raise LabError(f"'{guest}' is no lab guest: they are called g1, g2, ... g200")
    return f"10.77.0.{10 + int(number)}"


def options(lab: Lab, target: str) -> list[str]:
    """ssh's options for TARGET, 'dom0' or a guest. A master connection saves
    the handshake, which takes seconds on an emulated machine."""
    key = artifact("ssh") / "id"
    common = ["-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
              "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
              "-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=40",
              "-F", "/dev/null"]
    own = [*common, "-o", f"ControlPath={lab.sockets}/{target}"]
    if target != "dom0":
        jump = ["ssh", *common, "-o", f"ControlPath={lab.sockets}/dom0", "-W", "%h:%p", f"root@{lab.address}"]
        own += ["-o", f"ProxyCommand={shlex.join(jump)}"]
    return own


def destination(lab: Lab, target: str) -> str:
    """root@ADDRESS."""
    return "root@" + (lab.address if target == "dom0" else guest_address(target))


def in_site(lab: Lab, command: list[str]) -> list[str]:
    """COMMAND in the site's namespace."""
    return ["ip", "netns", "exec", lab.netns, *command]


def master(lab: Lab, target: str, timeout: float = 120) -> bool:
    """Makes sure that a master connection stands."""
    lab.sockets.mkdir(mode=0o700, exist_ok=True)
    check = subprocess.run(["ssh", *options(lab, target), "-O", "check", destination(lab, target)],
                           capture_output=True, check=False)
    if check.returncode == 0:
        return True
    (lab.sockets / target).unlink(missing_ok=True)
    command = in_site(lab, ["ssh", *options(lab, target), "-o", "ControlMaster=yes", "-o", "ControlPersist=yes",
                            "-N", "-f", destination(lab, target)])
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def drop(lab: Lab, target: str | None = None) -> None:
    """Ends the master connection to TARGET, or all of them."""
    targets = [target] if target else ([p.name for p in lab.sockets.iterdir()] if lab.sockets.exists() else [])
    for name in sorted(targets, key=lambda n: n == "dom0"):
        try:
            subprocess.run(["ssh", *options(lab, name), "-O", "exit", destination(lab, name)],
                           capture_output=True, check=False, timeout=10)
        except (LabError, subprocess.TimeoutExpired):
            pass
    if not target:
        shutil.rmtree(lab.sockets, ignore_errors=True)


def need(lab: Lab, target: str) -> None:
    """A connection, or an error that says what to do."""
    if target == "dom0":
        if not any(master(lab, "dom0") for _ in range(3)):
            raise LabError(f"dom0 of lab '{lab.name}' does not answer on {lab.address}: look at tools/lab log dom0 "
                           f"and tools/lab log xen")
        return
    need(lab, "dom0")
    if not master(lab, target):
        raise LabError(f"guest {target} does not answer on {guest_address(target)}: is it running (tools/lab dom0 "
                       f"xl list), with the MAC 00:16:3e:77:00:{10 + int(target[1:]):02x}? "
                       f"Its console: tools/lab console {target}")


def run(lab: Lab, target: str, words: list[str]) -> int:
    """A shell, or one command with our stdin, stdout, stderr and its status."""
    need(lab, target)
    tty = [] if words else ["-t"]
    # a single word is shell text, several are one command's arguments
    text = words if len(words) < 2 else [shlex.join(words)]
    return subprocess.run(["ssh", *tty, *options(lab, target), destination(lab, target), *text],
                          check=False).returncode


def output(lab: Lab, target: str, text: str) -> str:
    """What the shell TEXT prints there."""
    need(lab, target)
    done = subprocess.run(["ssh", *options(lab, target), destination(lab, target), text],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"in {target}, '{text}' failed with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def copy(lab: Lab, target: str, sources: list[str], goal: str, push: bool) -> int:
    """scp, either way."""
    need(lab, target)
    remote = destination(lab, target)
    if push:
        for source in sources:
            if not Path(source).exists():
                raise LabError(f"{source} does not exist")
        words = [*sources, f"{remote}:{goal}"]
    else:
        words = [*(f"{remote}:{source}" for source in sources), goal]
    return subprocess.run(["scp", "-q", "-r", "-p", *options(lab, target), *words], check=False).returncode


def peer(lab: Lab, words: list[str]) -> int:
    """A shell or a command beyond the VM's edge."""
    print(end="", flush=True, file=sys.stdout)
    return subprocess.run(in_site(lab, words or ["bash"]), check=False).returncode


def terminal(lab: Lab, text: str) -> int:
    """The shell TEXT in dom0 with a terminal."""
    need(lab, "dom0")
    return subprocess.run(["ssh", "-t", *options(lab, "dom0"), destination(lab, "dom0"), text],
                          check=False).returncode
