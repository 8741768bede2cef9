/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio disk that one client has to itself, without bios.
 *
 *	vblk_get()  vblk_start()   hot path below   vblk_stop()  vblk_put()
 *
 *	vblk_add() ..., vblk_kick()
 *	vblk_get_done() ..., vblk_arm()
 *
 * Each queue belongs to one context at a time, which the client sees to; an
 * event may come while it is there.
 *
 * The device is not trusted. A value from it that cannot be breaks the disk:
 * it is logged, and no more comes from it.
 */
#ifndef _BLANKET_VIRTIO_BLK_H
#define _BLANKET_VIRTIO_BLK_H

#include <linux/cache.h>
#include <linux/types.h>
#include <linux/virtio_blk.h>

#include "queue.h"

/*
 * Pieces of data in a request: 128 KiB of pages. The tables of a queue are
 * contiguous memory, and a larger request is several.
 */
#define VBLK_SEGS	32
/* What stands before the data, and behind it */
#define VBLK_EXTRA	2
/* No device writes it: the request was not seen to */
#define VBLK_STATUS_NONE 0xff
#define VBLK_SECTOR	512u

struct vblk;

/**
 * struct vblk_client_ops - what a disk tells its client
 * @event:	requests are done; hard interrupt
 * @reclaim:	vblk_stop() hands back what the device will not do; whether it
 *		has done it nobody knows
 * @resized:	vblk_sectors() has changed; process context
 * @broken:	the disk works no more until it is stopped: call vblk_stop()
 *		soon, from elsewhere, as a work item; process context
 * @gone:	the disk is being taken away: call vblk_stop() and vblk_put()
 *		soon, from elsewhere, as a work item; must not wait
 *
 * @gone is between vblk_get() and vblk_put(), the others between vblk_start()
 * and vblk_stop(). None may wait for who is in vblk_stop().
 */
struct vblk_client_ops {
	void (*event)(void *client, unsigned int queue);
	void (*reclaim)(void *client, unsigned int queue, void *cookie);
	void (*resized)(void *client);
	void (*broken)(void *client);
	void (*gone)(void *client);
};

/**
 * struct vblk_caps - what a disk can do; sectors have 512 bytes
 * @sectors:	its size
 * @block:	logical block, in sectors, a power of two
 * @physical_block: the same, physical
 * @segs:	most pieces of data in a request, at most VBLK_SEGS
 * @seg_bytes:	longest piece, at least a sector
 * @queues:	queues
 * @readonly:	it takes no writes
 * @flush:	it has a cache that VIRTIO_BLK_T_FLUSH writes back
 * @discard:	most sectors to discard at once, 0: none
 * @discard_alignment: in sectors, at least one
 * @secure_erase: most sectors to erase at once, 0: none
 * @write_zeroes: most sectors to zero at once, 0: none
 */
struct vblk_caps {
	u64 sectors;
	u32 block;
	u32 physical_block;
	u32 segs;
	u32 seg_bytes;
	unsigned int queues;
	bool readonly;
	bool flush;
	u32 discard;
	u32 discard_alignment;
	u32 secure_erase;
	u32 write_zeroes;
};

/**
 * struct vblk_cell - what the device reads and writes beside the data
 * @hdr:	the request
 * @range:	of a discard and the like
 * @status:	VIRTIO_BLK_S_*
 * @pad:	no cell crosses a cache line
 */
struct vblk_cell {
	struct virtio_blk_outhdr hdr;
	struct virtio_blk_discard_write_zeroes range;
	u8 status;
	u8 pad[31];
};

/**
 * struct vblk_queue - a queue
 * @vq:		the virtqueue
 * @cells:	as many as @vq has descriptors
 * @cells_addr:	their bus address
 * @cookies:	one a cell: the client's
 * @free:	numbers of the cells not in use
 * @nr_free:	how many
 * @blk:	whose
 * @index:	its number
 * @ops:	client's
 * @client:	client
 */
struct vblk_queue {
	struct vqueue vq ____cacheline_aligned;
	struct vblk_cell *cells;
	dma_addr_t cells_addr;
	void **cookies;
	u16 *free;
	unsigned int nr_free;

	struct vblk *blk;
	unsigned int index;
	const struct vblk_client_ops *ops;
	void *client;
};

struct vblk *vblk_get(const char *name, const char *user,
		      const struct vblk_client_ops *ops, void *client);
void vblk_put(struct vblk *blk);
void vblk_caps(struct vblk *blk, struct vblk_caps *caps);
u64 vblk_sectors(const struct vblk *blk);
int vblk_start(struct vblk *blk, unsigned int queues);
void vblk_stop(struct vblk *blk);
struct vblk_queue *vblk_queue(struct vblk *blk, unsigned int index);
bool vblk_broken(const struct vblk *blk);
void vblk_break(struct vblk *blk, const char *why);

bool vblk_arm(struct vblk_queue *q, unsigned int after);
void vblk_disarm(struct vblk_queue *q);

/* out of line parts of what is below */
bool vblk_nothing(struct vblk_queue *q);
bool vblk_bad(struct vblk_queue *q, const char *why);

/**
 * vblk_fits() - is there room for a request?
 * @q:		the queue
 * @segs:	its pieces of data
 *
 * Return: true if vblk_add() would take it.
 */
static inline bool vblk_fits(const struct vblk_queue *q, unsigned int segs)
{
	return vring_room(&q->vq.vr) >=
	       (q->vq.vr.indirect ? 1 : segs + VBLK_EXTRA) && q->nr_free;
}

/**
 * vblk_outstanding() - requests the device has
 * @q:		the queue
 *
 * Return: how many.
 */
static inline unsigned int vblk_outstanding(const struct vblk_queue *q)
{
	return q->vq.vr.size - q->nr_free;
}

/**
 * vblk_add() - a request, not yet visible to the device
 * @q:		the queue
 * @type:	VIRTIO_BLK_T_*
 * @sector:	where it begins
 * @segs:	its pieces by bus address from the second on; the first, and the
 *		one behind the last, are filled in
 * @nr:		how many pieces of data, at most &struct vblk_caps.segs
 * @cookie:	what vblk_get_done() gives back
 *
 * Return: 0, or -ENOSPC if it does not fit or the disk is broken.
 */
static __always_inline int vblk_add(struct vblk_queue *q, u32 type, u64 sector,
				    struct vring_seg *segs, unsigned int nr,
				    void *cookie)
{
	bool in = type == VIRTIO_BLK_T_IN;
	struct vblk_cell *cell;
	unsigned int slot;
	u64 addr;
	int err;

	if (unlikely(!q->nr_free))
		return -ENOSPC;
	slot = q->free[q->nr_free - 1];
	cell = &q->cells[slot];
	addr = q->cells_addr + slot * sizeof(*cell);
	cell->hdr.type = __cpu_to_virtio32(true, type);
	cell->hdr.ioprio = 0;
	cell->hdr.sector = __cpu_to_virtio64(true, sector);
	cell->status = VBLK_STATUS_NONE;
	segs[0].addr = addr;
	segs[0].len = sizeof(cell->hdr);
	segs[nr + 1].addr = addr + offsetof(struct vblk_cell, status);
	segs[nr + 1].len = sizeof(cell->status);
	err = vring_add(&q->vq.vr, segs, in ? 1 : nr + 1, in ? nr + 1 : 1,
			cell);
	if (unlikely(err))
		return err;
	q->cookies[slot] = cookie;
	q->nr_free--;
	return 0;
}

int vblk_add_range(struct vblk_queue *q, u32 type, u64 sector, u32 nr_sectors,
		   void *cookie);

/**
 * vblk_kick() - let the device see what was added
 * @q:		the queue
 */
static __always_inline void vblk_kick(struct vblk_queue *q)
{
	vqueue_kick(&q->vq);
}

/**
 * vblk_get_done() - the next request the device is done with
 * @q:		the queue
 * @cookie:	as given to vblk_add()
 * @status:	VIRTIO_BLK_S_*
 *
 * Return: true if there was one.
 */
static __always_inline bool vblk_get_done(struct vblk_queue *q, void **cookie,
					  u8 *status)
{
	struct vblk_cell *cell;
	unsigned int slot;
	void *token;
	u32 len;

	if (!vring_get(&q->vq.vr, &token, &len))
		return vblk_nothing(q);
	cell = token;
	slot = cell - q->cells;
	*cookie = q->cookies[slot];
	*status = READ_ONCE(cell->status);
	q->free[q->nr_free++] = slot;
	if (unlikely(*status > VIRTIO_BLK_S_UNSUPP)) {
		*status = VIRTIO_BLK_S_IOERR;
		vblk_bad(q, "a request came back without a status");
	}
	return true;
}

/**
 * vblk_pending() - would vblk_get_done() find one?
 * @q:		the queue
 *
 * Return: true if it would.
 */
static inline bool vblk_pending(const struct vblk_queue *q)
{
	return vring_pending(&q->vq.vr);
}

#endif /* _BLANKET_VIRTIO_BLK_H */
