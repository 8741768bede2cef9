# SPDX-License-Identifier: GPL-2.0-only
"""Reads what the plugin's profile= wrote, and finds the functions in it."""

import bisect
import json
import subprocess
from collections import defaultdict
from pathlib import Path

IDLE = 32767
XEN = range(0xffff800000000000, 0xffff880000000000)
# class, as "dom0 kernel" -> function -> instructions
Classes = dict[str, dict[str, int]]


class Symbols:
    """Finds the function that holds an address."""

    def __init__(self, lines: list[str]) -> None:
        table = {}
        for line in lines:
            fields = line.split()
            if len(fields) >= 3 and fields[1] in "tTwW":
                table[int(fields[0], 16)] = " ".join(fields[2:])
        self.starts = sorted(table)
        self.names = [table[start] for start in self.starts]

    def find(self, address: int) -> str:
        """Its name, or the address."""
        i = bisect.bisect_right(self.starts, address) - 1
        return self.names[i] if i >= 0 else f"{address:#x}"


def xen_symbols(file: Path | None) -> Symbols:
    """Of a Xen with symbols; of none without."""
    if not file:
        return Symbols([])
    return Symbols(subprocess.run(["nm", str(file)], capture_output=True, text=True, check=True).stdout.splitlines())


def kernel_symbols(file: Path) -> Symbols:
    """Of a copy of /proc/kallsyms."""
    return Symbols(file.read_text(encoding="ascii").splitlines())


def units_of(records: Path, window: int) -> int:
    """Units in the last window of that number."""
    units = 1
    for line in records.read_text(encoding="ascii").splitlines():
        record = json.loads(line)
        if record["window"] == window:
            units = record["units"]
    return units


def read(file: Path, windows: set[int]) -> dict[int, list[tuple[int, int, int]]]:
    """Of each window: domain, address, instructions. A number used again means its last use."""
    found: dict[int, dict[tuple[int, int], int]] = {}
    previous = -1
    with open(file, encoding="ascii") as lines:
        for line in lines:
            number, domid, address, insns = (int(word, 0) for word in line.split())
            if number in windows:
                if previous != number:
                    found[number] = {}
                entries = found[number]
                entries[domid, address] = entries.get((domid, address), 0) + insns
            previous = number
    return {number: [(domid, address, insns) for (domid, address), insns in entries.items()]
            for number, entries in found.items()}


def classes(entries: list[tuple[int, int, int]], xen: Symbols, domains: dict[int, Symbols]) -> Classes:
    """Who executed how much, by function."""
    found: Classes = defaultdict(lambda: defaultdict(int))
    for domid, address, insns in entries:
        owner = "idle" if domid == IDLE else f"dom{domid}"
        if address in XEN:
            found[f"Xen for {owner}"][xen.find(address)] += insns
        elif address:
            symbols = domains.get(domid)
            found[f"{owner} kernel"][symbols.find(address) if symbols else f"{address:#x}"] += insns
        else:
            found[f"{owner} user"]["(all)"] += insns
    return found
