# SPDX-License-Identifier: GPL-2.0-only
"""The lab: emulated cloud hosts with the blanket in them."""
