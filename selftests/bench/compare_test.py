# SPDX-License-Identifier: GPL-2.0-only
"""Comparison with a stored result: what counts as worse, and where results are kept."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchkit import compare
from benchkit.errors import BenchError
from rows import row

META = {"host": "kvm", "qemu": "10", "xen": "4.20", "quick": False}


def one(**figures):
    """A list of one row."""
    return [row("udp64-tx", "uplink", 6000, 2000, 1000, **figures)]


class Worse(unittest.TestCase):
    """regressions()."""

    def test_names_row_metric_old_and_new(self):
        found = compare.regressions(one(), one(insn_dom0=2120.0))
        self.assertEqual([(r.work, r.path, r.metric, r.old, r.new) for r in found],
                         [("udp64-tx", "uplink", "insn_dom0", 2000, 2120)])
        for word in ("udp64-tx", "uplink", "insn_dom0", "2000", "2120", "+6.0%"):
            self.assertIn(word, found[0].line())

    def test_five_per_cent_is_allowed(self):
        self.assertEqual(compare.regressions(one(), one(insn_dom0=2100.0)), [])

    def test_better_is_not_worse(self):
        self.assertEqual(compare.regressions(one(), one(insn_dom0=1000.0, kicks=0.0)), [])

    def test_as_far_as_runs_lie_apart(self):
        noisy = one(insn_dom0=2300.0)
        noisy[0]["range"]["insn_dom0"] = 350.0
        self.assertEqual(compare.regressions(one(), noisy), [])
        noisy[0]["range"]["insn_dom0"] = 250.0
        self.assertEqual(len(compare.regressions(one(), noisy)), 1)

    def test_what_nobody_would_notice(self):
        self.assertEqual(compare.regressions(one(kicks=0.010), one(kicks=0.015)), [])
        self.assertEqual(len(compare.regressions(one(kicks=0.010), one(kicks=0.030))), 1)

    def test_from_nothing(self):
        self.assertIn("from nothing", compare.regressions(one(), one(bounces=1.0))[0].line())

    def test_bytes_in_terms_of_packets(self):
        old = [row("tcp-tx", "uplink", 0.7, 0.5, 0.1, kicks=0.0)]
        new = [row("tcp-tx", "uplink", 0.7, 0.5, 0.1, kicks=0.1 / 1448)]
        self.assertEqual([r.metric for r in compare.regressions(old, new)], ["kicks"])

    def test_rows_of_one_side_only(self):
        self.assertEqual(compare.regressions([], one()), [])
        self.assertEqual(compare.regressions(one(), []), [])


class Stored(unittest.TestCase):
    """What is kept."""

    def setUp(self):
        # pylint: disable=consider-using-with
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        patch = mock.patch.dict(os.environ, BLANKET_CACHE=self.folder.name)
        patch.start()
        self.addCleanup(patch.stop)

    def test_kept_by_settings(self):
        path = compare.store(META, one())
        self.assertEqual(compare.load(path)[1], one())
        self.assertEqual(path, compare.stored(dict(META, date="later")))
        self.assertNotEqual(path, compare.stored(dict(META, quick=True)))

    def test_a_run_of_some_keeps_the_others(self):
        compare.store(META, one() + [row("rr", "stock", 1, 2, 3)])
        path = compare.store(META, one(insn_dom0=5.0))
        kept = {r["work"]: r for r in compare.load(path)[1]}
        self.assertEqual(sorted(kept), ["rr", "udp64-tx"])
        self.assertEqual(kept["udp64-tx"]["insn_dom0"], 5)

    def test_what_was_stored_stays(self):
        compare.store(META, one())
        path = compare.store(META, one(insn_dom0=5.0) + [row("rr", "stock", 1, 2, 3)], replace=False)
        kept = {r["work"]: r for r in compare.load(path)[1]}
        self.assertEqual((kept["udp64-tx"]["insn_dom0"], kept["rr"]["insn_dom0"]), (2000, 2))

    def test_bare_rows_will_do(self):
        path = Path(self.folder.name) / "results.json"
        path.write_text(json.dumps(one()), encoding="utf-8")
        self.assertEqual(compare.load(path)[1], one())

    def test_what_is_no_result(self):
        path = Path(self.folder.name) / "x"
        for text in ("", "{}", "[1]", '{"rows": 5}'):
            path.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(BenchError, str(path)):
                compare.load(path)
        with self.assertRaisesRegex(BenchError, "nothing-here"):
            compare.load(Path(self.folder.name) / "nothing-here")


if __name__ == "__main__":
    unittest.main()
