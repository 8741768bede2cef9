/* SPDX-License-Identifier: GPL-2.0-only */
/* Which Xen this is, and what of it we are. */
#ifndef BLANKET_XEN_H
#define BLANKET_XEN_H

#include <stdbool.h>

bool on_xen(void);
bool xen_has_lean(bool *lean);

#endif /* BLANKET_XEN_H */
