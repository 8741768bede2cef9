/* SPDX-License-Identifier: GPL-2.0-only */
/* The xenbus driver. */
#ifndef _BLANKET_BLK_XENBUS_H
#define _BLANKET_BLK_XENBUS_H

struct bblk_vbd;

int bblk_xenbus_attach(struct bblk_vbd *vbd, const char *name);
int bblk_xenbus_register(void);
void bblk_xenbus_unregister(void);

#endif /* _BLANKET_BLK_XENBUS_H */
