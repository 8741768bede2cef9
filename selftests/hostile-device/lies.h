/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be said of a buffer that is not so. */
#ifndef _HOSTILE_DEVICE_LIES_H
#define _HOSTILE_DEVICE_LIES_H

#include <linux/virtio_net.h>

#include "ring.h"

/* Buffers at most that one lie speaks of */
#define LIE_USED	2

/** struct report - what the driver gets to hear of a frame */
struct report {
	struct virtio_net_hdr_v1 hdr;	/* of one received */
	struct used used[LIE_USED];
	unsigned int nr;
	unsigned int skip;
	uint16_t size;			/* of the ring */
};

/** struct lie - its name begins with the direction: rx or tx, the driver's */
struct lie {
	const char *name;
	void (*tell)(struct report *r);
};

extern const struct lie lies[];

const struct lie *lie_find(const char *name);

#endif /* _HOSTILE_DEVICE_LIES_H */
