/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of the user-space stand-in for the kernel's <linux/stddef.h>. */
#include_next <linux/stddef.h>
#include <stddef.h>
