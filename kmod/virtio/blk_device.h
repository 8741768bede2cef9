/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio disk from the inside. */
#ifndef _BLANKET_VIRTIO_BLK_DEVICE_H
#define _BLANKET_VIRTIO_BLK_DEVICE_H

#include "blk.h"
#include "device.h"

/**
 * struct vblk - a disk
 * @dev:	what it has in common with other devices
 * @caps:	what it can do; @caps.sectors may change while started
 * @ops:	its client's
 * @queues:	queues while started
 * @nr_queues:	how many
 */
struct vblk {
	struct vdevice dev;
	struct vblk_caps caps;
	const struct vblk_client_ops *ops;
	struct vblk_queue *queues;
	unsigned int nr_queues;
};

static inline struct vblk *to_vblk(struct vdevice *dev)
{
	return container_of(dev, struct vblk, dev);
}

/* blk_queue.c */
int blk_queues_create(struct vblk *blk, unsigned int nr);
void blk_queues_detach(struct vblk *blk);
void blk_queues_destroy(struct vblk *blk);
int blk_queues_show(struct vdevice *dev, char *buf);

#endif /* _BLANKET_VIRTIO_BLK_DEVICE_H */
