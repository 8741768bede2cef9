# SPDX-License-Identifier: GPL-2.0-only
"""blanket bench: what the machine tells, and the rows and the page made of it."""

import json
import signal
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from benchkit import machines, real, real_report, stages, works
from benchkit.errors import BenchError

XL_LIST = """Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0  1536     1     r-----      24.6
my guest                                     7    96     1     -b----       3.9
"""
STATUS = {"guests": [
    {"domid": 7, "name": "g1",
     "vifs": [{"ours": True, "card": "", "mac": "00:16:3E:00:00:01", "ethtool": {"tx_kicks": 5, "tx_packets": 9}, "blanket": {"uplink": "eth0"}},
              {"ours": True, "card": "0000:00:08.0", "ethtool": {"tx_kicks": "7"}}],
     "vbds": [{"ours": True, "name": "xvda", "blanket": {"kicks": "3", "device": "0000:00:09.0"}},
              {"ours": False, "name": "xvdb", "blanket": {"kicks": "4", "copy_max": "4096"}}]}]}
TOLD = {"units": 1000.0, "seconds": 2.0, "p50_us": 10.0, "p90_us": 15.0, "p99_us": 20.0, "p999_us": 50.0, "max_us": 80.0}


def made(name, path):
    """A row."""
    return real.row(works.by_name()[name], path, TOLD, {"dom0": 0.5, "guest": 0.2}, {"tx_kicks": 55})


class Machines(unittest.TestCase):
    """xl list, blanket status, and ways to get somewhere."""

    def test_cpu_seconds(self):
        self.assertEqual(machines.seconds_of_domains(XL_LIST), {"Domain-0": 24.6, "my guest": 3.9})

    def test_who_serves_the_guest(self):
        guest = machines.domain(json.dumps(STATUS), "g1")
        self.assertEqual((guest.path(False, ""), guest.path(True, "")), ("passthrough", "stock"))
        self.assertEqual(machines.domain(json.dumps(STATUS), "7").counters(False, ""), {"tx_kicks": 12})
        self.assertEqual(guest.counters(True, "nobody's"), {"kicks": 7})

    def test_the_device_that_is_used(self):
        guest = machines.domain(json.dumps(STATUS), "g1")
        self.assertEqual((guest.path(False, "00:16:3e:00:00:01"), guest.path(True, "xvda")), ("uplink", "passthrough"))
        self.assertEqual(guest.counters(False, "00:16:3e:00:00:01"), {"tx_kicks": 5})
        self.assertEqual(guest.counters(True, "xvdb"), {"kicks": 4})

    def test_no_such_guest(self):
        with self.assertRaisesRegex(BenchError, "'nobody': there are g1"):
            machines.domain(json.dumps(STATUS), "nobody")

    def test_programs_come_and_go(self):
        here = machines.local()
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "hello-bench-test"
            program.write_bytes(b"#!/bin/sh\necho hello\n")
            here.put([program])
        self.assertEqual(here.run(f"{machines.FOLDER}/hello-bench-test"), "hello\n")
        here.remove()
        self.assertFalse(Path(machines.FOLDER).exists())

    def test_failures_say_where_and_how(self):
        with self.assertRaisesRegex(BenchError, "on the guest, .*failed with 3: oops; it was reached by 'bash -c'"):
            machines.Machine("the guest", ("bash", "-c")).run("echo oops >&2; exit 3")

    def test_who_cannot_be_reached(self):
        for command, why in (("", "--guest wants a command"), ("'", "is no command"), ("no-such-program", "cannot be run"),
                             ("echo", "as user 'id -u'")):
            with self.assertRaisesRegex(BenchError, why):
                machines.reached_by("the guest", command, "--guest")

    def test_disks(self):
        here = machines.local()
        with self.assertRaisesRegex(BenchError, "dom0 has no block device '/dev/null'"):
            here.check_disk("/dev/null", False)
        with tempfile.TemporaryDirectory() as folder:
            loud = Path(folder) / "machine"
            loud.write_text("#!/bin/sh\ncase $1 in *mounts*) echo /dev/xvda1;; esac\n", encoding="utf-8")
            loud.chmod(0o755)
            mounted = machines.Machine("the guest", (str(loud),))
            mounted.check_disk("/dev/xvda", False)
            with self.assertRaisesRegex(BenchError, "/dev/xvda of the guest is in use there"):
                mounted.check_disk("/dev/xvda", True)

    def test_what_still_runs_is_ended(self):
        here = machines.local()
        here.put([Path("/bin/sleep")])
        with subprocess.Popen([f"{machines.FOLDER}/sleep", "60"]) as left:
            here.remove()
            self.assertEqual(left.wait(10), -signal.SIGTERM)


class Works(unittest.TestCase):
    """Which are wanted."""

    def test_no_such_work(self):
        with self.assertRaisesRegex(BenchError, "no work is called 'udp65-tx': there are udp64-tx, "):
            works.select(["rr", "udp65-tx"])


class Rows(unittest.TestCase):
    """Of one run."""

    def test_figures(self):
        self.assertEqual(real.figures("units 10\nseconds 0.5\np50_us 3.25\npackets 9 stalls 0\n")["p50_us"], 3.25)
        with self.assertRaisesRegex(BenchError, "no time"):
            real.figures("segmentation fault\n")

    def test_rates_and_cpu_time(self):
        row = made("udp64-tx", "uplink")
        self.assertEqual((row["per_second"], row["bytes_per_second"]), (500, 32000))
        # the warm-up of 1000 packets has its share
        self.assertEqual((row["cpu_dom0_us"], row["cpu_guest_us"]), (250, 100))
        self.assertEqual(row["counters"], {"tx_kicks": 0.0275})
        self.assertEqual(made("tcp-tx", "uplink")["bytes_per_second"], 500)

    def test_the_floor_is_no_guest(self):
        row = made("rr", "floor")
        self.assertEqual((row["cpu_guest_us"], row["counters"]), (0, {}))

    def test_page_and_table(self):
        rows = [made("udp64-tx", "uplink"), made("udp64-tx", "floor"), made("rr", "uplink"), made("disk-4k-qd1", "uplink")]
        with tempfile.TemporaryDirectory() as folder:
            page = real_report.write(Path(folder), {"command": "blanket bench <x>"}, rows).read_text(encoding="utf-8")
            names = sorted(p.name for p in Path(folder).glob("*.svg"))
            for name in names:
                xml.parse(Path(folder) / name)
        self.assertEqual(names, ["cpu.svg", "latency.svg", "rates.svg"])
        for word in ("blanket bench &lt;x&gt;", "99.9 % within", "microseconds a unit", "tx_kicks"):
            self.assertIn(word, page)
        lines = real_report.text(rows)
        self.assertEqual(len(lines), 1 + len(rows) + len(real_report.LEGEND))
        self.assertEqual(lines[1].split()[:3], ["udp64-tx", "uplink", "500"])


class Stages(unittest.TestCase):
    """Functions by stage."""

    def test_kernel(self):
        for function, stage in (("netif_tx_parse [blanket_net]", "our modules"), ("xenvif_tx_build_gops [xen_netback]", "stock back end"),
                                ("virtqueue_add_split [virtio_ring]", "virtio"), ("kmem_cache_alloc_noprof", "memory allocation"),
                                ("memcpy_orig", "copying and clearing"), ("blk_mq_submit_bio", "block layer"),
                                ("__netif_receive_skb_core.constprop.0", "network core"), ("xyzzy", "other")):
            self.assertEqual(stages.stage(function, False), stage, function)

    def test_xen(self):
        for function, stage in (("lstar_enter", "entry and exit"), ("gnttab_copy", "grants"), ("memcpy", "copying"),
                                ("evtchn_send", "event channels"), ("context_switch", "scheduling and switching"),
                                ("_spin_lock", "locks"), ("xyzzy", "other")):
            self.assertEqual(stages.stage(function, True), stage, function)

    def test_nothing_is_lost(self):
        functions = {"memcpy": 5, "evtchn_send": 7, "xyzzy": 1, "do_event_channel_op": 2}
        self.assertEqual(stages.grouped(functions, True), {"copying": 5, "event channels": 9, "other": 1})


if __name__ == "__main__":
    unittest.main()
