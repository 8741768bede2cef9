/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of a virtqueue, split or packed, pure. No kernel types
 * beyond the ABI's, no I/O, no allocation, so that the same file is linked
 * into the module, the unit test and the fuzzer.
 *
 * Source of the protocol: OASIS virtio 1.2, sections 2.7 and 2.8, and
 * <linux/virtio_ring.h>, whose own struct vring is why ours is vring_drv.
 *
 *	driver				device
 *	vring_add()  WRITE descriptors
 *	vring_publish()  A  SUBMIT	sees A, reads descriptors
 *	vring_kick_needed()  B		C  sleeps: event wanted, looks again
 *	vring_get()  D  TAKE		E  used descriptors, SUBMIT
 *	vring_enable_events()  F	G  interrupt wanted?
 *
 * A (wmb) pairs with the device's read barrier, D (rmb) with E. B and C are
 * full barriers: either the device sees what was published or we see that it
 * wants a kick. F and G are the same the other way.
 *
 * The device is not trusted. Whatever it reads or writes in shared memory,
 * what we act upon is in &struct vring_buf and &struct vring_drv.
 */
#ifndef _BLANKET_VRING_H
#define _BLANKET_VRING_H

/* its allocation helpers have names that are ours here */
#ifndef VIRTIO_RING_NO_LEGACY
#define VIRTIO_RING_NO_LEGACY
#endif

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_ring.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#define VRING_MAX_SIZE		32768u
/* Alignment of the packed layout's driver and device areas */
#define VRING_PACKED_EVENT_ALIGN 4

#define VRING_PACKED_F_AVAIL	((u16)(1u << VRING_PACKED_DESC_F_AVAIL))
#define VRING_PACKED_F_USED	((u16)(1u << VRING_PACKED_DESC_F_USED))
#define VRING_PACKED_F_BOTH	(VRING_PACKED_F_AVAIL | VRING_PACKED_F_USED)

/**
 * struct vring_seg - a piece of a buffer
 * @addr:	bus address
 * @len:	bytes
 */
struct vring_seg {
	u64 addr;
	u32 len;
};

/**
 * struct vring_buf - what we know of one buffer, indexed by its id
 * @cookie:	the caller's
 * @writable:	bytes the device may write
 * @nr:		ring descriptors it took, and ids; 0 is not outstanding
 */
struct vring_buf {
	void *cookie;
	u32 writable;
	u32 nr;
};

/**
 * struct vring_bytes - memory a ring wants, in bytes
 * @desc:	descriptor area, aligned to VRING_DESC_ALIGN_SIZE
 * @driver:	driver area, to VRING_AVAIL_ALIGN_SIZE; packed to
 *		VRING_PACKED_EVENT_ALIGN
 * @device:	device area, to VRING_USED_ALIGN_SIZE; packed to
 *		VRING_PACKED_EVENT_ALIGN
 * @private:	private memory, aligned to a pointer
 */
struct vring_bytes {
	size_t desc;
	size_t driver;
	size_t device;
	size_t private;
};

/**
 * struct vring_layout - how to set up a ring
 * @size:	descriptors; a power of two unless @packed
 * @packed:	VIRTIO_F_RING_PACKED was negotiated
 * @event_idx:	VIRTIO_RING_F_EVENT_IDX was negotiated
 * @desc:	descriptor area, shared
 * @driver:	driver area, shared
 * @device:	device area, shared
 * @private:	private memory
 * @tables:	indirect tables, shared, contiguous: @size tables of @table_len
 *		descriptors of 16 bytes; NULL without VIRTIO_RING_F_INDIRECT_DESC
 * @tables_addr: bus address of @tables
 * @table_len:	descriptors in one table
 */
struct vring_layout {
	u16 size;
	bool packed;
	bool event_idx;
	void *desc;
	void *driver;
	void *device;
	void *private;
	void *tables;
	u64 tables_addr;
	u16 table_len;
};

/**
 * struct vring_drv - the driver's end of a virtqueue
 * @desc:	split: descriptor area
 * @packed_desc: packed: descriptor area
 * @bufs:	one an id
 * @free_ids:	the free ones, the next to use last
 * @next_ids:	of each of several ids that a buffer took, the next
 * @free:	free ids and descriptors: in a packed ring a chain takes as many
 *		ids as descriptors, too
 * @avail_idx:	what was added, counted in buffers; packed: in descriptors
 * @last_used:	split: buffers taken back; packed: where the next one will be
 * @used_seen:	split: device's used index as last read
 * @mask:	split: size - 1
 * @avail:	split: driver area
 * @used:	split: device area
 * @held:	packed: first head of the batch, not yet visible
 * @held_flags:	packed: the flags that will make it so
 * @next_avail:	packed: where the next descriptor goes
 * @avail_flags: packed: AVAIL and USED as they mean available in this lap
 * @used_flags:	packed: AVAIL and USED as they mean used; broken: no such value
 * @driver_event: packed: driver area, flags << 16 | offset
 * @device_event: packed: device area, the same
 * @size:	descriptors
 * @kicked:	@avail_idx at the last vring_kick_needed()
 * @packed:	which layout
 * @event_idx:	VIRTIO_RING_F_EVENT_IDX was negotiated
 * @indirect:	there are tables
 * @table_len:	descriptors in one table
 * @detach:	ids that vring_detach() is through with
 * @table_bytes: bytes of one table
 * @tables:	indirect tables
 * @tables_addr: their bus address
 * @broken:	the device broke the protocol: static text, else NULL
 */
struct vring_drv {
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *packed_desc;
	};
	struct vring_buf *bufs;
	u16 *free_ids;
	u16 *next_ids;
	u32 free;
	u32 avail_idx;
	u32 last_used;
	union {
		struct {
			u32 used_seen;
			u32 mask;
			struct vring_avail *avail;
			struct vring_used *used;
		};
		struct {
			u32 next_avail;
			u16 avail_flags;
			u16 used_flags;
			struct vring_packed_desc *held;
			__le32 *driver_event;
			const __le32 *device_event;
			u16 held_flags;
		};
	};
	u32 size;
	u32 kicked;
	bool packed;
	bool event_idx;
	bool indirect;
	u16 table_len;
	u32 table_bytes;
	u32 detach;
	void *tables;
	u64 tables_addr;
	const char *broken;
};

void vring_bytes(bool packed, u16 size, struct vring_bytes *bytes);
int vring_init(struct vring_drv *vr, const struct vring_layout *layout);
int vring_add_many(struct vring_drv *vr, const struct vring_seg *segs,
		   unsigned int nr_out, unsigned int nr_in, void *cookie);
bool vring_enable_events(struct vring_drv *vr);
bool vring_enable_events_after(struct vring_drv *vr, unsigned int n);
void vring_disable_events(struct vring_drv *vr);
bool vring_detach(struct vring_drv *vr, void **cookie);
bool vring_take_chain(struct vring_drv *vr, struct vring_buf *buf, u32 id);
bool vring_break(struct vring_drv *vr, const char *why);

/**
 * vring_room() - free descriptors
 * @vr:		the ring
 *
 * Return: how many descriptors vring_add() can take now; 0 when broken. A
 * buffer in an indirect table takes one.
 */
static inline unsigned int vring_room(const struct vring_drv *vr)
{
	return vr->free;
}

/* Split: in the next entry of the available ring. */
static __always_inline void vring_split_submit(struct vring_drv *vr, u16 head)
{
	u32 at = vr->avail_idx;

	vr->avail->ring[at & vr->mask] = __cpu_to_virtio16(true, head);
	vr->avail_idx = at + 1;
}

/* Packed: the descriptor is written but for its flags. */
static __always_inline void vring_packed_submit(struct vring_drv *vr,
						struct vring_packed_desc *desc,
						u16 flags)
{
	u32 next = vr->next_avail + 1;

	flags |= vr->avail_flags;
	if (vr->held) {
		desc->flags = cpu_to_le16(flags);
	} else {
		vr->held = desc;
		vr->held_flags = flags;
	}
	vr->avail_idx++;
	if (unlikely(next == vr->size)) {
		next = 0;
		vr->avail_flags ^= VRING_PACKED_F_BOTH;
	}
	vr->next_avail = next;
}

/* A buffer that takes one descriptor: a piece or a table */
static __always_inline int vring_add_desc(struct vring_drv *vr, u64 addr,
					  u32 len, u16 flags, u32 writable,
					  void *cookie)
{
	u32 free = vr->free;
	struct vring_buf *buf;
	u16 id;

	if (unlikely(!free))
		return -ENOSPC;
	id = vr->free_ids[--free];
	vr->free = free;
	buf = &vr->bufs[id];
	buf->cookie = cookie;
	buf->writable = writable;
	buf->nr = 1;
	if (vr->packed) {
		struct vring_packed_desc *desc =
			&vr->packed_desc[vr->next_avail];

		desc->addr = cpu_to_le64(addr);
		desc->len = cpu_to_le32(len);
		desc->id = cpu_to_le16(id);
		vring_packed_submit(vr, desc, flags);
	} else {
		struct vring_desc *desc = &vr->desc[id];

		desc->addr = __cpu_to_virtio64(true, addr);
		desc->len = __cpu_to_virtio32(true, len);
		desc->flags = __cpu_to_virtio16(true, flags);
		desc->next = 0;
		vring_split_submit(vr, id);
	}
	return 0;
}

/**
 * vring_add_one() - vring_add() for a buffer in one piece
 * @vr:		the ring
 * @addr:	bus address
 * @len:	bytes
 * @in:		for the device to write, else to read
 * @cookie:	what vring_get() gives back
 *
 * Return: 0 or -ENOSPC.
 */
static __always_inline int vring_add_one(struct vring_drv *vr, u64 addr,
					 u32 len, bool in, void *cookie)
{
	return vring_add_desc(vr, addr, len, in ? VRING_DESC_F_WRITE : 0,
			      in ? len : 0, cookie);
}

/**
 * vring_add() - a buffer for the device, not yet visible to it
 * @vr:		the ring
 * @segs:	its pieces: first those to read, then those to write
 * @nr_out:	pieces the device reads
 * @nr_in:	pieces the device writes
 * @cookie:	what vring_get() gives back
 *
 * More than one piece goes into an indirect table if there are tables and it
 * fits; else it is a chain in the ring.
 *
 * Context: any; the caller serialises all but vring_pending().
 * Return: 0, -ENOSPC without enough free descriptors, or -EINVAL if there is
 * no piece or more than the ring will ever hold.
 */
static __always_inline int vring_add(struct vring_drv *vr,
				     const struct vring_seg *segs,
				     unsigned int nr_out, unsigned int nr_in,
				     void *cookie)
{
	if (nr_out + nr_in == 1)
		return vring_add_one(vr, segs->addr, segs->len, nr_in, cookie);
	return vring_add_many(vr, segs, nr_out, nr_in, cookie);
}

/**
 * vring_publish() - let the device see what was added
 * @vr:		the ring
 */
static __always_inline void vring_publish(struct vring_drv *vr)
{
	virt_wmb(); /* A: descriptors before the index or flags */
	if (!vr->packed) {
		WRITE_ONCE(vr->avail->idx,
			   __cpu_to_virtio16(true, vr->avail_idx));
	} else if (vr->held) {
		WRITE_ONCE(vr->held->flags, cpu_to_le16(vr->held_flags));
		vr->held = NULL;
	}
}

/* The device says so in the used ring's flags, or where it will sleep. */
static inline bool vring_split_kick_needed(struct vring_drv *vr)
{
	const struct vring_used *used = vr->used;
	u16 old = vr->kicked;

	if (!vr->event_idx)
		return !(READ_ONCE(used->flags) &
			 __cpu_to_virtio16(true, VRING_USED_F_NO_NOTIFY));
	vr->kicked = vr->avail_idx;
	return vring_need_event(__virtio16_to_cpu(true,
			READ_ONCE(*(const __virtio16 *)&used->ring[vr->size])),
			vr->avail_idx, old);
}

/* Its offset is one of this lap or of the one before. */
static inline bool vring_packed_need_event(const struct vring_drv *vr,
					   u16 off_wrap, u16 added)
{
	u16 off = off_wrap & ~(1u << VRING_PACKED_EVENT_F_WRAP_CTR);
	bool lap = off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR;

	if (lap != !!(vr->avail_flags & VRING_PACKED_F_AVAIL))
		off -= vr->size;
	return vring_need_event(off, vr->next_avail, vr->next_avail - added);
}

static inline bool vring_packed_kick_needed(struct vring_drv *vr)
{
	/* both halves in one load, or they might not belong together */
	u32 event = le32_to_cpu(READ_ONCE(*vr->device_event));
	u16 added = vr->avail_idx - vr->kicked;
	u16 flags = event >> 16 & 3;

	vr->kicked = vr->avail_idx;
	if (flags == VRING_PACKED_EVENT_FLAG_DESC)
		return vring_packed_need_event(vr, event, added);
	return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
}

/**
 * vring_kick_needed() - does the device want to hear of what was published?
 * @vr:		the ring
 *
 * Of all that was published since the last call. To be called right after
 * vring_publish(), or after a few that together are no more than the ring
 * holds, with nothing added since.
 *
 * Return: true if the device is to be notified.
 */
static inline bool vring_kick_needed(struct vring_drv *vr)
{
	virt_mb(); /* B: our index before the device's wish */
	if (vr->packed)
		return vring_packed_kick_needed(vr);
	return vring_split_kick_needed(vr);
}

static __always_inline bool vring_packed_pending(const struct vring_drv *vr)
{
	u16 flags = le16_to_cpu(READ_ONCE(vr->packed_desc[vr->last_used].flags));

	return (flags & VRING_PACKED_F_BOTH) == vr->used_flags;
}

/**
 * vring_pending() - is there something to get?
 * @vr:		the ring
 *
 * Return: true if vring_get() would find a buffer; false when broken.
 */
static inline bool vring_pending(const struct vring_drv *vr)
{
	if (vr->packed)
		return vring_packed_pending(vr);
	return !vr->broken &&
	       __virtio16_to_cpu(true, READ_ONCE(vr->used->idx)) !=
	       (u16)vr->last_used;
}

/*
 * The device says that it used buffer @id. All but a buffer of one descriptor
 * is for vring_take_chain().
 */
static __always_inline bool vring_take(struct vring_drv *vr, bool packed,
				       u32 id, u32 used, void **cookie,
				       u32 *len)
{
	struct vring_buf *buf;
	u32 at, free;

	if (unlikely(id >= vr->size))
		return vring_break(vr, "used id is out of range");
	buf = &vr->bufs[id];
	*cookie = buf->cookie;
	*len = min(used, buf->writable);
	if (buf->nr != 1)
		return vring_take_chain(vr, buf, id);
	buf->nr = 0;

	at = vr->last_used + 1;
	if (packed && unlikely(at == vr->size)) {
		at = 0;
		vr->used_flags ^= VRING_PACKED_F_BOTH;
	}
	vr->last_used = at;
	free = vr->free;
	vr->free_ids[free] = id;
	vr->free = free + 1;
	return true;
}

static __always_inline bool vring_packed_get(struct vring_drv *vr,
					     void **cookie, u32 *len)
{
	const struct vring_packed_desc *desc = &vr->packed_desc[vr->last_used];

	if (!vring_packed_pending(vr))
		return false;
	virt_rmb(); /* D: flags before the rest of the descriptor */
	return vring_take(vr, true, le16_to_cpu(READ_ONCE(desc->id)),
			  le32_to_cpu(READ_ONCE(desc->len)), cookie, len);
}

/* Looks how far the device is; true if there is anything to take. */
static inline bool vring_split_refresh(struct vring_drv *vr)
{
	u16 new = __virtio16_to_cpu(true, READ_ONCE(vr->used->idx)) -
		  vr->last_used;

	if (!new || vr->broken)
		return false;
	if (unlikely(new > vr->avail_idx - vr->last_used))
		return vring_break(vr, "used index is beyond what is outstanding");
	vr->used_seen = vr->last_used + new;
	virt_rmb(); /* D: index before the elements */
	return true;
}

static __always_inline bool vring_split_get(struct vring_drv *vr,
					    void **cookie, u32 *len)
{
	const struct vring_used_elem *elem;

	if (vr->last_used == vr->used_seen && !vring_split_refresh(vr))
		return false;
	elem = &vr->used->ring[vr->last_used & vr->mask];
	return vring_take(vr, false, __virtio32_to_cpu(true, READ_ONCE(elem->id)),
			  __virtio32_to_cpu(true, READ_ONCE(elem->len)),
			  cookie, len);
}

/**
 * vring_get() - take back the next buffer the device is done with
 * @vr:		the ring
 * @cookie:	its cookie
 * @len:	bytes the device wrote, at most what it was given to write
 *
 * Buffers may come back in any order. If the device gives back one that is
 * not outstanding, &struct vring_drv.broken is set and no more are taken.
 *
 * Return: true if there was one.
 */
static __always_inline bool vring_get(struct vring_drv *vr, void **cookie,
				      u32 *len)
{
	if (vr->packed)
		return vring_packed_get(vr, cookie, len);
	return vring_split_get(vr, cookie, len);
}

#endif /* _BLANKET_VRING_H */
