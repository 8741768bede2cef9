/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler is told. */
#ifndef _BLANKET_COMPAT_COMPILER_H
#define _BLANKET_COMPAT_COMPILER_H

#include <linux/compiler.h>

/* a macro, so no probe is needed: not in every 6.1 */
#ifndef __counted_by
#define __counted_by(...)
#endif

#endif /* _BLANKET_COMPAT_COMPILER_H */
