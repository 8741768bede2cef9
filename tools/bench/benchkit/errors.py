# SPDX-License-Identifier: GPL-2.0-only
"""What the user gets to see when the bench cannot go on."""


class BenchError(Exception):
    """Says what is wrong, with the value, and the remedy."""
