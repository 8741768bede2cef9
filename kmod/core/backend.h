/* SPDX-License-Identifier: GPL-2.0-only */
/* What every xenbus backend of ours does the same way. */
#ifndef _BLANKET_BACKEND_H
#define _BLANKET_BACKEND_H

#include <linux/interrupt.h>
#include <linux/types.h>
#include <xen/xenbus.h>

bool blanket_backend_is_ours(struct xenbus_device *dev, const char *script);

/**
 * struct blanket_ring - a shared ring of one or more granted pages
 * @addr:	where it is mapped, NULL when it is not
 * @keeps_version: while it is mapped the guest's grant table keeps its version
 */
struct blanket_ring {
	void *addr;
	bool keeps_version;
};

int blanket_ring_map(struct blanket_ring *ring, struct xenbus_device *dev,
		     grant_ref_t *refs, unsigned int nr);
void blanket_ring_unmap(struct blanket_ring *ring, struct xenbus_device *dev);

__printf(3, 4)
void blanket_dev_fail(struct xenbus_device *dev, int err, const char *format,
		      ...);

int blanket_evtchn_bind(struct xenbus_device *dev, evtchn_port_t port,
			irq_handler_t handler, const char *name, void *arg);

/** blanket_ring_mapped() - is the ring there? */
static inline bool blanket_ring_mapped(const struct blanket_ring *ring)
{
	return ring->addr;
}

#endif /* _BLANKET_BACKEND_H */
