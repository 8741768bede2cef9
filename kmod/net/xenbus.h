/* SPDX-License-Identifier: GPL-2.0-only */
/* The xenbus driver of "vif" backends. */
#ifndef _BLANKET_NET_XENBUS_H
#define _BLANKET_NET_XENBUS_H

int vif_xenbus_init(void);
void vif_xenbus_exit(void);

#endif /* _BLANKET_NET_XENBUS_H */
