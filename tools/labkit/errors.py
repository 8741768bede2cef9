# SPDX-License-Identifier: GPL-2.0-only
"""What the user gets to see when something cannot be done."""


class LabError(Exception):
    """Says what is wrong, with the value, and the remedy."""
