# SPDX-License-Identifier: GPL-2.0-only
"""What is known about a lab between two calls: build/lab/NAME/lab.json."""

import contextlib
import dataclasses
import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .paths import LABS, tag


@dataclass
class Lab:
    """One emulated host."""

    name: str
    host: str
    netns: str
    index: int
    smp: int
    icount: str = ""
    accel: str = "tcg"
    plugin: str = ""
    systemd: bool = False
    hotplug: bool = False
    grub: bool = False
    kernel: str = ""
    pid: int = 0
    started: int = 0

    @property
    def folder(self) -> Path:
        """Sockets, logs, overlays."""
        return LABS / self.name

    @property
    def address(self) -> str:
        """dom0's management address."""
        return f"10.78.0.{self.index}"

    @property
    def sockets(self) -> Path:
        """ssh's control sockets: unix sockets want short paths."""
        return Path("/tmp") / f"blanket-lab-{tag(self.folder)}"

    def save(self) -> None:
        """To lab.json."""
        text = json.dumps(dataclasses.asdict(self), indent=1)
        # in one step: others may read it at any time
        draft = self.folder / "lab.json.new"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(self.folder / "lab.json")


def load(name: str) -> Lab:
    """The lab called NAME."""
    try:
        text = (LABS / name / "lab.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        up = ", ".join(lab.name for lab in load_all()) or "none"
        raise LabError(f"no lab '{name}' is up (up: {up}): start it with tools/lab up --name {name}") from None
    return Lab(**json.loads(text))


def load_all() -> list[Lab]:
    """Every lab of this clone."""
    labs = []
    for path in sorted(LABS.glob("*/lab.json")):
        with contextlib.suppress(FileNotFoundError):
            labs.append(Lab(**json.loads(path.read_text(encoding="utf-8"))))
    return labs


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """One up or down at a time for a lab."""
    LABS.mkdir(parents=True, exist_ok=True)
    with open(LABS / f".{name}.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"lab '{name}' is being started or stopped by another tools/lab: wait for it") from None
        yield
