/* SPDX-License-Identifier: GPL-2.0-only */
/* glibc includes the system's <linux/errno.h> by this name as well. */
#include_next <linux/errno.h>
