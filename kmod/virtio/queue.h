/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtqueue of a PCI device: a ring, its memory, its doorbell. */
#ifndef _BLANKET_VIRTIO_QUEUE_H
#define _BLANKET_VIRTIO_QUEUE_H

#include <linux/io.h>
#include <linux/types.h>

#include "vring.h"

struct vpci;

/**
 * struct vqueue - a virtqueue
 * @vr:		the ring
 * @notify:	doorbell
 * @index:	its number, which is what is written there
 * @kicks:	how often it was
 * @interrupts:	how often the device rang ours, if it is this queue's alone
 * @event:	called for that, in hard interrupt
 * @armed:	someone has asked for that
 * @name:	for /proc/interrupts
 * @vpci:	whose it is
 * @mem:	the ring's shared areas
 * @mem_addr:	their bus address
 * @mem_bytes:	their size
 * @tables:	indirect tables, or NULL
 * @tables_addr: their bus address
 * @tables_bytes: their size
 * @private:	the ring's private memory
 */
struct vqueue {
	struct vring_drv vr;
	void __iomem *notify;
	u16 index;
	u64 kicks;

	u64 interrupts;
	void (*event)(struct vqueue *q);
	bool armed;
	char name[16];
	struct vpci *vpci;
	void *mem;
	dma_addr_t mem_addr;
	size_t mem_bytes;
	void *tables;
	dma_addr_t tables_addr;
	size_t tables_bytes;
	void *private;
};

int vqueue_create(struct vqueue *q, struct vpci *vpci, u16 index, u16 max_size,
		  u16 table_len);
void vqueue_enable(struct vqueue *q);
void vqueue_destroy(struct vqueue *q);

/**
 * vqueue_kick() - publish what was added, and ring if the device wants it
 * @q:		the queue
 */
static __always_inline void vqueue_kick(struct vqueue *q)
{
	vring_publish(&q->vr);
	if (vring_kick_needed(&q->vr)) {
		q->kicks++;
		iowrite16(q->index, q->notify);
	}
}

#endif /* _BLANKET_VIRTIO_QUEUE_H */
