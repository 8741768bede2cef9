// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk's queues, and the cells with what the device reads and writes beside
 * the data.
 */
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "blk_device.h"

/* Descriptors, if the device has as many; more than a guest has requests */
#define RING_MAX 256

static void event(struct vqueue *vq)
{
	struct vblk_queue *q = container_of(vq, struct vblk_queue, vq);

	q->ops->event(q->client, q->index);
}

static size_t cells_bytes(const struct vblk_queue *q)
{
	return PAGE_ALIGN(q->vq.vr.size * sizeof(struct vblk_cell));
}

static int queue_create(struct vblk *blk, unsigned int index)
{
	struct vblk_queue *q = &blk->queues[index];
	struct device *dev = &blk->dev.vpci->pdev->dev;
	int err;

	BUILD_BUG_ON(sizeof(struct vblk_cell) != SMP_CACHE_BYTES);
	BUILD_BUG_ON(VBLK_STATUS_NONE <= VIRTIO_BLK_S_UNSUPP);

	q->blk = blk;
	q->index = index;
	q->ops = blk->ops;
	q->client = blk->dev.client;
	q->vq.event = event;
	snprintf(q->vq.name, sizeof(q->vq.name), "q%u", index);
	err = vqueue_create(&q->vq, blk->dev.vpci, index, RING_MAX,
			    blk->caps.segs + VBLK_EXTRA);
	if (err)
		return err;
	/* One request at least has to fit. */
	if (!q->vq.vr.indirect &&
	    q->vq.vr.size < blk->caps.segs + VBLK_EXTRA) {
		dev_err(dev, "queue %u has %u descriptors, a request of %u pieces takes %u: have the host offer more, or indirect ones\n",
			index, q->vq.vr.size, blk->caps.segs,
			blk->caps.segs + VBLK_EXTRA);
		return -EINVAL;
	}
	q->cells = dma_alloc_coherent(dev, cells_bytes(q), &q->cells_addr,
				      GFP_KERNEL);
	q->cookies = kvcalloc(q->vq.vr.size, sizeof(*q->cookies), GFP_KERNEL);
	q->free = kvcalloc(q->vq.vr.size, sizeof(*q->free), GFP_KERNEL);
	if (!q->cells || !q->cookies || !q->free)
		return -ENOMEM;
	while (q->nr_free < q->vq.vr.size) {
		q->free[q->nr_free] = q->vq.vr.size - 1 - q->nr_free;
		q->nr_free++;
	}
	return 0;
}

static void queue_destroy(struct vblk_queue *q)
{
	struct vblk *blk = q->blk;

	if (!blk)
		return;
	kvfree(q->free);
	kvfree(q->cookies);
	if (q->cells)
		dma_free_coherent(&blk->dev.vpci->pdev->dev, cells_bytes(q),
				  q->cells, q->cells_addr);
	vdevice_retire(&blk->dev, &q->vq);
}

/**
 * blk_queues_create() - queues and their memory, still disabled
 * @blk:	the disk, features agreed on
 * @nr:		how many
 *
 * Return: 0 or an error.
 */
int blk_queues_create(struct vblk *blk, unsigned int nr)
{
	unsigned int i;
	int err = -ENOMEM;

	blk->queues = kvcalloc(nr, sizeof(*blk->queues), GFP_KERNEL);
	blk->dev.irqs = kcalloc(nr, sizeof(*blk->dev.irqs), GFP_KERNEL);
	if (!blk->queues || !blk->dev.irqs)
		goto destroy;
	blk->nr_queues = nr;
	for (i = 0; i < nr; i++) {
		err = queue_create(blk, i);
		if (err)
			goto destroy;
		blk->dev.irqs[i] = &blk->queues[i].vq;
	}
	blk->dev.nr_irqs = nr;
	return 0;

destroy:
	blk_queues_destroy(blk);
	return err;
}

/**
 * blk_queues_detach() - hand back what the device will not do
 * @blk:	the disk, reset
 */
void blk_queues_detach(struct vblk *blk)
{
	unsigned int i;
	void *token;

	for (i = 0; i < blk->nr_queues; i++) {
		struct vblk_queue *q = &blk->queues[i];

		while (vring_detach(&q->vq.vr, &token)) {
			struct vblk_cell *cell = token;

			q->ops->reclaim(q->client, i,
					q->cookies[cell - q->cells]);
		}
	}
}

/**
 * blk_queues_destroy() - free queues
 * @blk:	the disk, reset
 */
void blk_queues_destroy(struct vblk *blk)
{
	unsigned int i;

	blk->dev.nr_irqs = 0;
	for (i = 0; i < blk->nr_queues; i++)
		queue_destroy(&blk->queues[i]);
	kvfree(blk->queues);
	kfree(blk->dev.irqs);
	blk->queues = NULL;
	blk->dev.irqs = NULL;
	blk->nr_queues = 0;
}

/**
 * blk_queues_show() - for sysfs
 * @dev:	the disk
 * @buf:	a page
 *
 * Context: process, lock held.
 * Return: bytes.
 */
int blk_queues_show(struct vdevice *dev, char *buf)
{
	struct vblk *blk = to_vblk(dev);
	unsigned int i;
	int n = 0;

	for (i = 0; i < blk->nr_queues; i++) {
		const struct vring_drv *vr = &blk->queues[i].vq.vr;

		n += sysfs_emit_at(buf, n, "%u %s %u\n", i,
				   vr->packed ? "packed" : "split", vr->size);
	}
	return n;
}

/**
 * vblk_queue() - a queue
 * @blk:	the disk, started
 * @index:	which
 *
 * Return: the queue, valid until vblk_stop().
 */
struct vblk_queue *vblk_queue(struct vblk *blk, unsigned int index)
{
	return &blk->queues[index];
}
EXPORT_SYMBOL_GPL(vblk_queue);

/**
 * vblk_arm() - ask for an event
 * @q:		the queue
 * @after:	once so many more requests are done, if the device can tell and
 *		there are as many
 *
 * Return: true if that is so already; then there may be no event.
 */
bool vblk_arm(struct vblk_queue *q, unsigned int after)
{
	WRITE_ONCE(q->vq.armed, true);
	return vring_enable_events_after(&q->vq.vr, after);
}
EXPORT_SYMBOL_GPL(vblk_arm);

/**
 * vblk_disarm() - no event is needed; some may still come
 * @q:		the queue
 */
void vblk_disarm(struct vblk_queue *q)
{
	vring_disable_events(&q->vq.vr);
}
EXPORT_SYMBOL_GPL(vblk_disarm);

/**
 * vblk_add_range() - a request without data of the client's
 * @q:		the queue
 * @type:	VIRTIO_BLK_T_DISCARD, _SECURE_ERASE or _WRITE_ZEROES
 * @sector:	where it begins
 * @nr_sectors:	how many, at most what &struct vblk_caps says
 * @cookie:	what vblk_get_done() gives back
 *
 * Return: 0, or -ENOSPC as for vblk_add().
 */
int vblk_add_range(struct vblk_queue *q, u32 type, u64 sector, u32 nr_sectors,
		   void *cookie)
{
	struct vring_seg segs[1 + VBLK_EXTRA];
	struct vblk_cell *cell;
	unsigned int slot;

	if (!q->nr_free)
		return -ENOSPC;
	/* the one that vblk_add() will take */
	slot = q->free[q->nr_free - 1];
	cell = &q->cells[slot];
	cell->range.sector = cpu_to_le64(sector);
	cell->range.num_sectors = cpu_to_le32(nr_sectors);
	cell->range.flags = 0;
	segs[1].addr = q->cells_addr + slot * sizeof(*cell) +
		       offsetof(struct vblk_cell, range);
	segs[1].len = sizeof(cell->range);
	return vblk_add(q, type, 0, segs, 1, cookie);
}
EXPORT_SYMBOL_GPL(vblk_add_range);

/**
 * vblk_bad() - the device says what cannot be: take nothing more from it
 * @q:		the queue
 * @why:	static text
 *
 * Return: false.
 */
bool vblk_bad(struct vblk_queue *q, const char *why)
{
	vring_break(&q->vq.vr, why);
	vblk_break(q->blk, why);
	return false;
}
EXPORT_SYMBOL_GPL(vblk_bad);

/**
 * vblk_nothing() - none is done, or never will be again
 * @q:		the queue
 *
 * Return: false, for vblk_get_done().
 */
bool vblk_nothing(struct vblk_queue *q)
{
	if (unlikely(q->vq.vr.broken))
		vblk_break(q->blk, q->vq.vr.broken);
	return false;
}
EXPORT_SYMBOL_GPL(vblk_nothing);
