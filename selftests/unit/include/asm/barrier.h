/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of the user-space stand-in for the kernel's <asm/barrier.h>. */
#include <linux/kernel.h>
