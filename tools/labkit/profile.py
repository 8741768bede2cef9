# SPDX-License-Identifier: GPL-2.0-only
"""Host profiles: one small file each in tools/hosts."""

import configparser
from dataclasses import dataclass

from .errors import LabError
from .paths import HOSTS


@dataclass(frozen=True)
class Profile:
    """Which devices a cloud shows its VM, and what its firmware says it is (SMBIOS)."""

    name: str
    summary: str
    nic: str
    fast: str
    controller: str
    disk: str
    spare: str
    firmware: str
    disks: tuple[str, ...]


def names() -> list[str]:
    """Every profile there is."""
    return sorted(p.name for p in HOSTS.iterdir() if p.is_file())


def load(name: str) -> Profile:
    """The profile called NAME."""
    if name not in names():
        raise LabError(f"no host profile '{name}': there are {', '.join(names())} (tools/hosts)")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(HOSTS / name)
    host = parser["host"]
    return Profile(name, host["summary"], host["nic"], host["fast"], host["controller"], host["disk"], host["spare"],
                   host["firmware"],
                   tuple(host["disks"].split()))
