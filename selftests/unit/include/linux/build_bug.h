/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of the user-space stand-in for the kernel's <linux/build_bug.h>. */
#include <linux/kernel.h>
