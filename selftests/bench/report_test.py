# SPDX-License-Identifier: GPL-2.0-only
"""The page and its plots: whole, well formed, and with what was measured in them."""

import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from benchkit import report, svg
from rows import four_paths, row

META = {"commit": "0123abc", "qemu": "QEMU <10>", "command": "tools/bench/run --quick"}


def everything():
    """Rows for every plot."""
    rows = four_paths("udp64-tx") + four_paths("tcp-rx") + four_paths("disk-4k-qd1")[:3]
    rows += [row("udp64-tx", path, 7000, 6500, 6500) for path in ("stock-nat", "uplink-nat")]
    rows += [row(f"udp64-tx-x{n}", path, 1, 1000 + n, 10) for n in (1, 4, 16) for path in ("stock", "uplink")]
    return rows + [row("udp64-tx", "dummy", 1, 0, 0, insn_xen_guest=3.0)]


class Report(unittest.TestCase):
    """write()."""

    def written(self, rows):
        """What is in the folder afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            (out / "old.svg").write_text("gone", encoding="ascii")
            report.write(out, META, rows)
            return {p.name: p.read_text(encoding="utf-8") for p in out.iterdir()}

    def test_every_plot(self):
        files = self.written(everything())
        self.assertEqual(sorted(files), ["disk.svg", "features.svg", "guests-udp64-tx.svg", "network.svg", "ratio-A.svg", "ratio-B.svg",
                                         "report.html"])
        for name, text in files.items():
            if name.endswith(".svg"):
                root = xml.fromstring(text)
                width, height = float(root.get("width")), float(root.get("height"))
                for box in root.iter("{http://www.w3.org/2000/svg}rect"):
                    if box.get("x"):
                        self.assertLessEqual(float(box.get("x")) + float(box.get("width")), width, name)
                        self.assertLessEqual(float(box.get("y")) + float(box.get("height")), height, name)

    def test_the_page_needs_nothing_else(self):
        text = self.written(everything())["report.html"]
        for link in ("src=", "href=", "@import"):
            self.assertNotIn(link, text)
        self.assertEqual(text.count("<svg "), 6)
        for word in ("0123abc", "QEMU &lt;10&gt;", "tools/bench/run --quick", "udp64-tx-x16", "PASS", "MISS"):
            self.assertIn(word, text)

    def test_plots_have_axes_legend_and_aims(self):
        files = self.written(everything())
        for word in ("guest", "dom0", "Xen", "dom0 itself (dashed)", "instructions a packet",
                     "instructions for 1448 bytes", "64 B UDP from the guest"):
            self.assertIn(word, files["network.svg"])
        for word in ("reaches its aim", "(aim 0.35)", "(aim 0.45)", "passthrough"):
            self.assertIn(word, files["ratio-A.svg"])
        self.assertIn("guests at work", files["guests-udp64-tx.svg"])
        self.assertIn("stock-nat", files["features.svg"])
        self.assertNotIn("stock-nat", files["network.svg"])

    def test_few_rows_make_few_plots(self):
        self.assertEqual(sorted(self.written([row("rr", "uplink", 1, 2, 3)])), ["network.svg", "report.html"])


class Scales(unittest.TestCase):
    """Ticks."""

    def test_round_and_not_too_many(self):
        for top in (0.9, 1.12, 7, 12345, 99999):
            ticks = svg.Scale(top, 0, 100).ticks()
            self.assertTrue(2 <= len(ticks) <= 6, (top, ticks))
            self.assertLessEqual(ticks[-1], top)

    def test_places(self):
        self.assertEqual(svg.Scale(10, 100, 200)(5), 150)
        self.assertEqual([svg.short(v) for v in (0, 950, 12500, 2e6)], ["0", "950", "12.5k", "2M"])


if __name__ == "__main__":
    unittest.main()
