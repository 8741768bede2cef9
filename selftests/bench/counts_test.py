# SPDX-License-Identifier: GPL-2.0-only
"""From the plugin's records and dom0's counters to figures per unit."""

import unittest

from benchkit import figures, own, tallies, works
from benchkit.crowd import initrd
from rows import row

DOMAIN = {"switches": 0, "copies": 0, "copied_bytes": 0, "flushes": 0, "ipis": 0, "xen": 0, "kernel": 0, "user": 0,
          "hypercalls": {}, "multicalls": {}, "gnttab_calls": {}, "gnttab_ops": {}, "evtchn": {}}
RECORD = {"window": 3, "units": 10, "stores16": {"virtio@0xfe003000": 5, "other@0x10": 7},
          "domains": {"0": DOMAIN | {"xen": 100, "kernel": 300, "user": 100, "hypercalls": {"20": 4, "32": 2, "29": 9},
                                     "multicalls": {"32": 1}, "evtchn": {"4": 2, "9": 1}, "gnttab_ops": {"5": 20}},
                      "4": DOMAIN | {"xen": 50, "kernel": 500}, "5": DOMAIN | {"xen": 10, "user": 40},
                      "32767": DOMAIN | {"xen": 9999, "switches": 30}}}


class Record(unittest.TestCase):
    """measure() and combine()."""

    def setUp(self):
        self.row = figures.measure(RECORD, [(0xfe000000, 0xfe003fff)])

    def test_who_executed_what(self):
        self.assertEqual([self.row[k] for k in ("insn_guest", "insn_dom0", "insn_xen", "insn_xen_in_guest",
                                                "insn_xen_in_dom0", "insn_xen_idle")], [54, 40, 16, 6, 10, 999.9])

    def test_counts(self):
        self.assertEqual([self.row[k] for k in ("kicks", "calls_backend", "events", "grant_copy_ops", "switches")],
                         [0.5, 0.7, 0.2, 2, 3])

    def test_the_median_run_and_how_far_they_lie_apart(self):
        runs = [row("rr", "uplink", guest, 100, 0) for guest in (300, 100, 200)]
        combined = figures.combine(runs)
        self.assertEqual(combined["insn_guest"], 200)
        self.assertAlmostEqual(combined["spread"], 200 / 300)
        self.assertEqual((combined["range"]["insn_guest"], combined["range"]["insn_dom0"]), (200, 0))

    def test_every_exact_figure_is_measured(self):
        self.assertEqual(set(figures.EXACT) - set(self.row), {"payload_copied", "bounces"})


class Tallies(unittest.TestCase):
    """dom0's own counters."""

    TEXT = ("entries: 3\noverrun: 1\nNIC statistics:\n     rx0_kicks: 5\n     tx0_kicks: 7\n     tx0_packets: 99\n"
            "NIC statistics:\n     tx_packets: 10\n     tx_grant_copy_bytes: 3000\n     tx_grant_standing_bytes: 60\n"
            "     rx_grant_copy_bytes: 777\n"
            "/sys/bus/xen-backend/devices/vbd-1-51728/blanket/copy_bytes:500\n"
            "/sys/bus/xen-backend/devices/vbd-1-51728/statistics/rd_req:4\n"
            "/sys/bus/xen-backend/devices/vbd-1-51728/statistics/wr_req:1\n"
            "/sys/bus/xen-backend/devices/vbd-1-51728/statistics/rd_sect:64\n")

    def test_parsed(self):
        told = tallies.parse(self.TEXT)
        self.assertEqual((told.bounces, told.kicks, told.packets), (4, 12, 10))
        self.assertEqual((told.copied_net, told.copied_disk), (3060, 500))
        self.assertEqual((told.requests, told.sectors), (5, 64))

    def test_difference(self):
        told = tallies.parse(self.TEXT) - tallies.Tallies(1, 2, 10, 20, 4)
        self.assertEqual((told.bounces, told.kicks, told.packets), (3, 10, 6))
        self.assertEqual((told.copied_net, told.copied_disk), (3050, 480))

    def test_headers_are_no_payload(self):
        self.assertEqual(tallies.Tallies(copied_net=2560 + 5, packets=10).payload_copied(1400, 10, False), 5)
        self.assertEqual(tallies.Tallies(copied_net=100, packets=10).payload_copied(1400, 10, False), 0)
        self.assertEqual(tallies.Tallies(copied_disk=100, requests=10, sectors=80).payload_copied(4096, 10, True), 100)
        # nor is it the disk's what the guest sends meanwhile
        self.assertEqual(tallies.Tallies(copied_net=600, requests=10, sectors=80).payload_copied(4096, 10, True), 0)
        # 32 segments of 8 bytes a request
        whole = tallies.Tallies(copied_disk=2560, requests=10, sectors=2560)
        self.assertEqual(whole.payload_copied(131072, 10, True), 0)
        # two more of 32 pages to open the disk
        opened = tallies.Tallies(copied_disk=2560 + 512 + 50, requests=12, sectors=2560 + 512)
        self.assertEqual(opened.payload_copied(131072, 10, True), 34)


class Own(unittest.TestCase):
    """The guest's own system calls."""

    def test_a_receiver_needs_its_sender(self):
        names = [w.name for w in own.wanted(works.select(["udp1400-rx", "udp64-rx-flows", "udp64-tx-x4"]))]
        self.assertEqual(names, ["udp64-tx", "udp1400-tx", "udp1400-rx", "udp64-rx-flows"])

    def test_loops(self):
        known = works.by_name()
        self.assertEqual(own.command(known["udp64-tx-flows"], 5, False)[:4], ["net", "udp-tx", own.ADDRESS, "9001"])
        self.assertEqual(own.command(known["udp64-tx-flows"], 5, False)[-1], "64")
        self.assertEqual(own.command(known["tcp-rx-flows"], 5, True),
                         ["net", "tcp-self", "127.0.0.1", "9004", "0", "8388608", "16777216", "5"])
        self.assertEqual(own.command(known["rr"], 5, False)[1:3], ["rr", "self"])
        self.assertIn(own.DEVICE, own.command(known["disk-4k-qd8"], 5, False))

    def test_shares(self):
        known = works.by_name()
        raw = {"insn_xen_in_guest": 1000.0}
        senders = {"udp64-tx": {"insn_xen_guest": 700.0}}
        self.assertEqual([own.part(known[n], raw, senders) for n in ("udp64-tx", "udp64-rx", "tcp-rx", "rr", "disk-4k-qd1")],
                         [1000, 300, 500, 500, 1000])


class Initrd(unittest.TestCase):
    """newc, by hand."""

    def test_names_and_padding(self):
        data = initrd(b"\x7fELF", b"module!")
        self.assertEqual(len(data) % 4, 0)
        self.assertEqual(data.count(b"070701"), 5)
        at = data.index(b"init\0") - 110
        self.assertEqual(data[at:at + 6], b"070701")
        self.assertEqual(at % 4, 0)
        self.assertEqual(int(data[at + 54:at + 62], 16), 4)


if __name__ == "__main__":
    unittest.main()
