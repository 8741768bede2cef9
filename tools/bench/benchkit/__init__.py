# SPDX-License-Identifier: GPL-2.0-only
"""The bench: what a packet, a byte and a request cost, counted exactly."""
