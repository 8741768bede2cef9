// SPDX-License-Identifier: GPL-2.0-only
/* get_unaligned() is declared in <linux/unaligned.h>: 6.1 has not, 6.12 has */
#include <linux/unaligned.h>
