# SPDX-License-Identifier: GPL-2.0-only
"""Results of an earlier run, kept by what they were measured with, and what has become dearer since.

A figure has regressed when it grew by more than 5 % and by more than its runs lay apart,
then or now, whichever is more; and by enough to matter (SLACK).
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .claims import index
from .counts import Row
from .errors import BenchError
from .figures import EXACT, packets, total

LIMIT = 0.05
# a unit's worth of doorbells, calls or copied bytes that nobody would notice; of instructions, relative to all
SLACK = {"copied_bytes": 2.0, "payload_copied": 2.0}
SLACK_COUNT = 0.01
SLACK_INSN = 0.005
# what decides whether two runs can be compared
SETTINGS = ("host", "qemu", "qemu_cpu", "xen", "linux_dom0", "linux_guest", "cpu", "icount", "quick")


@dataclass(frozen=True)
class Regression:
    """One figure that grew."""

    work: str
    path: str
    metric: str
    old: float
    new: float

    def line(self) -> str:
        """For people."""
        grown = f"+{(self.new / self.old - 1) * 100:.1f}%" if self.old else "from nothing"
        return f"WORSE {self.work} on {self.path}: {self.metric} {self.old:.6g} -> {self.new:.6g} ({grown})"


def _slack(metric: str, old: Row) -> float:
    if metric.startswith("insn_"):
        return SLACK_INSN * total(old)
    return SLACK.get(metric, SLACK_COUNT) / packets(old)


def regressions(old_rows: list[Row], new_rows: list[Row]) -> list[Regression]:
    """What is worse in NEW_ROWS; rows and metrics that only one side has are passed over."""
    then = index(old_rows)
    worse = []
    for new in new_rows:
        old = then.get((new["work"], new["path"]))
        if not old:
            continue
        for metric in EXACT:
            if metric not in old or metric not in new:
                continue
            noise = max(old.get("range", {}).get(metric, 0.0), new.get("range", {}).get(metric, 0.0))
            allowed = max(LIMIT * old[metric], noise, _slack(metric, old))
            if new[metric] - old[metric] > allowed:
                worse.append(Regression(new["work"], new["path"], metric, old[metric], new[metric]))
    return worse


def key(meta: dict[str, Any]) -> str:
    """Of the settings that figures depend on."""
    text = json.dumps([str(meta.get(name, "")) for name in SETTINGS])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def folder() -> Path:
    """Where results are kept, for all clones on this machine."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "blanket"
    return Path(os.environ.get("BLANKET_CACHE", default)) / "bench"


def load(path: Path) -> tuple[dict[str, Any], list[Row]]:
    """A stored result; a bare list of rows will do as well."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BenchError(f"cannot read the stored result {path}: {error}") from error
    meta, rows = (data.get("meta", {}), data.get("rows")) if isinstance(data, dict) else ({}, data)
    if not isinstance(rows, list) or not all(isinstance(r, dict) and "work" in r and "path" in r for r in rows):
        raise BenchError(f"{path} holds no rows of a bench: give a results.json or what --store wrote")
    return meta, rows


def stored(meta: dict[str, Any]) -> Path:
    """The file of META's settings."""
    return folder() / f"{key(meta)}.json"


def store(meta: dict[str, Any], rows: list[Row], replace: bool = True) -> Path:
    """Keeps ROWS, and of an earlier run those that ROWS have not; the earlier ones first unless REPLACE."""
    path = stored(meta)
    before = load(path) if path.exists() else (meta, [])
    kept, fresh = index(before[1]), index(rows)
    merged = kept | fresh if replace else fresh | kept
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    data = {"meta": meta if replace else before[0], "rows": list(merged.values())}
    draft.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path
