# SPDX-License-Identifier: GPL-2.0-only
"""Where things lie, on this machine and as seen in the build root."""

import hashlib
import os
from pathlib import Path

from .errors import LabError

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = TOP / "build"
LABS = BUILD / "lab"
HOSTS = TOP / "tools" / "hosts"


def artifact(name: str) -> Path:
    """A thing that tools/setup made, links resolved."""
    path = BUILD / name
    if not path.exists():
        raise LabError(f"{path} is missing: run make setup")
    return path.resolve()


def in_root(path: Path) -> str:
    """PATH as a process in the build root sees it (tools/inroot)."""
    return f"/host{path}"


def cache() -> Path:
    """The folder shared by all clones on this machine."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "blanket"
    return Path(os.environ.get("BLANKET_CACHE", default))


def tag(folder: Path) -> str:
    """A short name for FOLDER, unique on this machine: two clones don't collide."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]
