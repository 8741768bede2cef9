/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor below the blanket, as seen from its dom0. */
#ifndef _BLANKET_HOST_H
#define _BLANKET_HOST_H

const char *blanket_host_name(void);

#endif /* _BLANKET_HOST_H */
