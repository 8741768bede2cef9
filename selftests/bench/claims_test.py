# SPDX-License-Identifier: GPL-2.0-only
"""Claims: the two ratios, counts, and what is not measured."""

import unittest

from benchkit import claims, features, own, table, works
from rows import four_paths, row


def verdict(rows, work, path, figure):
    """The one about that."""
    found = [v for v in claims.judge(rows) if (v.claim.work, v.claim.path, v.claim.figure) == (work, path, figure)]
    assert len(found) == 1, found
    return found[0]


class Ratios(unittest.TestCase):
    """A and B."""

    def test_a_is_of_dom0_and_xen(self):
        self.assertEqual(verdict(four_paths("udp64-tx"), "udp64-tx", "passthrough", "A").value, 0.25)
        self.assertEqual(verdict(four_paths("udp64-tx"), "udp64-tx", "uplink", "A").value, 0.5)

    def test_b_is_of_all(self):
        self.assertEqual(verdict(four_paths("udp64-tx"), "udp64-tx", "passthrough", "B").value, 1.2)

    def test_limits(self):
        rows = four_paths("udp64-tx")
        self.assertEqual(verdict(rows, "udp64-tx", "passthrough", "A").word, "PASS")
        # exactly at its limit
        self.assertEqual(verdict(rows, "udp64-tx", "passthrough", "B").word, "PASS")
        self.assertEqual(verdict(rows, "udp64-tx", "uplink", "A").word, "MISS")
        self.assertEqual(verdict(rows, "udp1400-tx", "uplink", "A").word, "SKIP")
        lines, missed = claims.check(rows)
        self.assertEqual(missed, sum(line.startswith("MISS") for line in lines))
        self.assertGreaterEqual(missed, 1)

    def test_a_miss_of_b_tells_the_guests_own_share(self):
        rows = [row("rr", "floor", 0, 900, 100), row("rr", "passthrough", 1000, 200, 500, insn_xen_in_guest=250.0)]
        told = verdict(rows, "rr", "passthrough", "B")
        self.assertEqual((told.word, told.least), ("MISS", 1.25))
        self.assertTrue(told.line().endswith("; the guest and Xen in its context alone: 1.25"), told.line())
        rows[1] = row("rr", "passthrough", 1000, 0, 0, insn_xen_in_guest=0.0)
        self.assertNotIn("alone", verdict(rows, "rr", "passthrough", "B").line())

    def test_own_system_calls_leave_a_but_not_b(self):
        rows = four_paths("udp64-tx") + [row("udp64-tx", "dummy", 3000, 0, 0, insn_xen_guest=800.0)]
        for _ in range(2):  # harmless to repeat
            own.leave_out(rows)
            self.assertAlmostEqual(verdict(rows, "udp64-tx", "passthrough", "A").value, 2200 / 11200)
            self.assertEqual(verdict(rows, "udp64-tx", "passthrough", "B").value, 1.2)
        self.assertEqual(claims.index(rows)["udp64-tx", "floor"]["insn_xen_guest"], 0)

    def test_no_more_is_left_out_than_there_is(self):
        rows = [row("rr", "uplink", 1, 1, 100, insn_xen_in_guest=30.0), row("rr", "dummy", 1, 0, 0, insn_xen_guest=50.0)]
        own.leave_out(rows)
        self.assertEqual((rows[0]["insn_xen"], rows[0]["insn_xen_guest"]), (70, 30))

    def test_members_of_a_crowd_have_the_same_calls(self):
        rows = [row("udp64-tx-x16", "uplink", 1, 1, 1000), row("udp64-tx", "dummy", 1, 0, 0, insn_xen_guest=300.0)]
        own.leave_out(rows)
        self.assertEqual(rows[0]["insn_xen"], 700)


class Counts(unittest.TestCase):
    """Kicks, calls, copies."""

    def test_per_1000_packets(self):
        rows = [row("udp64-tx", "uplink", 1, 1, 1, kicks=0.015, calls_backend=0.070)]
        self.assertAlmostEqual(verdict(rows, "udp64-tx", "uplink", "kicks").value, 15)
        self.assertEqual(verdict(rows, "udp64-tx", "uplink", "calls_backend").word, "MISS")

    def test_bytes_count_as_packets_of_the_wire(self):
        rows = [row("tcp-tx", "uplink", 1, 1, 1, kicks=10 / 1448000)]
        self.assertAlmostEqual(verdict(rows, "tcp-tx", "uplink", "kicks").value, 10)

    def test_nothing_copied_means_nothing(self):
        rows = [row("udp1400-tx", "uplink-map", 1, 1, 1, payload_copied=0.01)]
        self.assertEqual(verdict(rows, "udp1400-tx", "uplink-map", "payload_copied").word, "MISS")
        self.assertEqual(verdict(rows, "udp1400-tx", "uplink-map", "bounces").word, "PASS")

    def test_crowd(self):
        rows = [row("udp64-tx-x1", "uplink", 9, 2000, 1000), row("udp64-tx-x16", "uplink", 99, 2500, 1000)]
        self.assertAlmostEqual(verdict(rows, "udp64-tx-x16", "uplink", "crowd").value, 3500 / 3000)
        self.assertEqual(verdict(rows, "udp64-tx-x16", "uplink", "crowd").word, "MISS")


class Paths(unittest.TestCase):
    """What is measured where, and held against what."""

    def test_bases(self):
        self.assertEqual([works.base(p) for p in ("uplink", "uplink-map", "passthrough", "uplink-persistent", "uplink-rate",
                                                  "uplink-address", "stock-rate")],
                         ["stock", "stock", "stock", "stock-persistent", "stock-rate", "stock", "stock"])

    def test_goes(self):
        by_name = works.by_name()
        for path, work, goes in (("uplink-nat", "udp64-tx", True), ("uplink-nat", "rr", False),
                                 ("uplink-nat", "disk-4k-qd1", False), ("uplink-persistent", "disk-4k-qd1", True),
                                 ("uplink-persistent", "udp64-tx", False), ("uplink-map", "udp1400-tx", True),
                                 ("uplink-nat", "udp64-tx-x4", False)):
            self.assertEqual(works.goes(by_name[work], path), goes, (path, work))

    def test_every_feature_can_be_set_up(self):
        for path in works.OUR_FEATURES:
            self.assertTrue(features.FEATURES[works.feature(path)].our_vif)
        for path in works.STOCK_FEATURES:
            self.assertTrue(features.FEATURES[works.feature(path)].stock_vif)


class Table(unittest.TestCase):
    """Text."""

    def test_every_row_with_its_ratios(self):
        lines = table.table(four_paths("udp64-tx"))
        self.assertEqual(len(lines), 1 + 4 + len(table.LEGEND))
        self.assertEqual(lines[4].split()[-3:], ["0.25", "0.25", "1.20"])
        self.assertEqual(lines[1].split()[-3:], ["-", "-", "-"])

    def test_a_feature_is_held_against_its_own_kind(self):
        rows = four_paths("udp64-tx") + [row("udp64-tx", "stock-nat", 7000, 10000, 10000),
                                         row("udp64-tx", "uplink-nat", 7000, 6000, 6000),
                                         row("udp64-tx", "uplink-address", 7000, 3000, 3000)]
        text = {line.split()[1]: line.split()[-3] for line in table.table(rows)[1:8]}
        self.assertEqual([text[p] for p in ("stock-nat", "uplink-nat", "uplink-address", "uplink")],
                         ["1.67", "0.60", "0.50", "0.50"])

    def test_numbers(self):
        self.assertEqual([table.number(v) for v in (None, 0.0, 0.0012, 0.5, 12345.6)],
                         ["-", "0.00", "0.0012", "0.50", "12346"])


if __name__ == "__main__":
    unittest.main()
