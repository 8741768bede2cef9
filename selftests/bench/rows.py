# SPDX-License-Identifier: GPL-2.0-only
"""Rows to test with."""

from typing import Any

from benchkit.figures import EXACT
from benchkit.works import by_name


def row(work: str, path: str, guest: float, dom0: float, xen: float, **figures: Any) -> dict[str, Any]:
    """A row with every figure, those not named 0."""
    made = dict.fromkeys(EXACT, 0.0)
    made |= {"work": work, "path": path, "unit": by_name()[work].unit, "window": 1, "insn_guest": guest,
             "insn_dom0": dom0, "insn_xen": xen, "insn_xen_guest": 0.0, "insn_xen_in_guest": xen, "spread": 0.01,
             "runs": 3, "range": dict.fromkeys(EXACT, 0.0)}
    return made | figures


def four_paths(work: str) -> list[dict[str, Any]]:
    """WORK from the floor to passthrough; A 0.5 and 0.25, B 1.5 and 1.2."""
    return [row(work, "floor", 0, 8000, 2000), row(work, "stock", 7000, 6000, 6000),
            row(work, "uplink", 9000, 4000, 2000), row(work, "passthrough", 9000, 1000, 2000)]
