/* SPDX-License-Identifier: GPL-2.0-only */
/* get_unaligned() and its kin. */
#include "have.h"

#ifdef HAVE_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
