// SPDX-License-Identifier: GPL-2.0-only
/* mac_pton() is declared in <linux/hex.h>: 6.1 has not, 6.12 has */
#include <linux/hex.h>
