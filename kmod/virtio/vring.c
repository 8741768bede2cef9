// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's side of a virtqueue: what is not done for each buffer. See
 * vring.h.
 */
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/string.h>

#include "vring.h"

/* What (flags & VRING_PACKED_F_BOTH) never is */
#define NEVER_USED	1

/**
 * vring_bytes() - how much memory a ring wants
 * @packed:	which layout
 * @size:	descriptors
 * @bytes:	filled in
 */
void vring_bytes(bool packed, u16 size, struct vring_bytes *bytes)
{
	bytes->desc = size * sizeof(struct vring_desc);
	bytes->private = size * (sizeof(struct vring_buf) + 2 * sizeof(u16));
	if (packed) {
		bytes->driver = sizeof(struct vring_packed_desc_event);
		bytes->device = sizeof(struct vring_packed_desc_event);
	} else {
		/* the event index is behind the ring */
		bytes->driver = sizeof(struct vring_avail) +
				(size + 1) * sizeof(__virtio16);
		bytes->device = sizeof(struct vring_used) +
				size * sizeof(struct vring_used_elem) +
				sizeof(__virtio16);
	}
}

/**
 * vring_init() - an empty ring that asks for no interrupts
 * @vr:		the ring
 * @layout:	its memory, which the device must not use yet; nothing but the
 *		tables need have been cleared
 *
 * Return: 0, or -EINVAL if no ring can have that size.
 */
int vring_init(struct vring_drv *vr, const struct vring_layout *layout)
{
	u16 size = layout->size;
	struct vring_bytes bytes;
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct vring_packed_desc) !=
		     sizeof(struct vring_desc));
	BUILD_BUG_ON(offsetof(struct vring_packed_desc_event, off_wrap) != 0);
	BUILD_BUG_ON(offsetof(struct vring_packed_desc_event, flags) != 2);

	if (!size || size > VRING_MAX_SIZE)
		return -EINVAL;
	if (!layout->packed && size & (size - 1))
		return -EINVAL;

	vring_bytes(layout->packed, size, &bytes);
	memset(layout->desc, 0, bytes.desc);
	memset(layout->driver, 0, bytes.driver);
	memset(layout->device, 0, bytes.device);
	memset(layout->private, 0, bytes.private);
	memset(vr, 0, sizeof(*vr));

	vr->bufs = layout->private;
	vr->free_ids = (u16 *)(vr->bufs + size);
	vr->next_ids = vr->free_ids + size;
	/* a stack, 0 on its top */
	for (i = size; i--; )
		vr->free_ids[i] = size - 1 - i;
	vr->size = size;
	vr->free = size;
	vr->packed = layout->packed;
	vr->event_idx = layout->event_idx;
	vr->indirect = layout->tables;
	vr->tables = layout->tables;
	vr->tables_addr = layout->tables_addr;
	vr->table_len = layout->table_len;
	vr->table_bytes = vr->table_len * sizeof(struct vring_desc);
	if (vr->packed) {
		vr->packed_desc = layout->desc;
		vr->driver_event = layout->driver;
		vr->device_event = layout->device;
		vr->avail_flags = VRING_PACKED_F_AVAIL;
		vr->used_flags = VRING_PACKED_F_BOTH;
	} else {
		vr->desc = layout->desc;
		vr->avail = layout->driver;
		vr->used = layout->device;
		vr->mask = size - 1;
	}
	vring_disable_events(vr);
	return 0;
}

/**
 * vring_break() - the device broke the protocol: take nothing more from it
 * @vr:		the ring
 * @why:	static text
 *
 * There is no room from now on. vring_detach() works once the device is reset.
 *
 * Return: false.
 */
bool vring_break(struct vring_drv *vr, const char *why)
{
	vr->broken = why;
	vr->free = 0;
	if (vr->packed)
		vr->used_flags = NEVER_USED;
	else
		vr->used_seen = vr->last_used;
	return false;
}
EXPORT_SYMBOL_GPL(vring_break);

static __always_inline void split_desc(struct vring_desc *desc,
				       const struct vring_seg *seg, u16 flags,
				       u16 next)
{
	desc->addr = __cpu_to_virtio64(true, seg->addr);
	desc->len = __cpu_to_virtio32(true, seg->len);
	desc->flags = __cpu_to_virtio16(true, flags);
	desc->next = __cpu_to_virtio16(true, next);
}

static __always_inline void packed_desc(struct vring_packed_desc *desc,
					const struct vring_seg *seg, u16 id)
{
	desc->addr = cpu_to_le64(seg->addr);
	desc->len = cpu_to_le32(seg->len);
	desc->id = cpu_to_le16(id);
}

/* All but the last one have a next one, and then it is one too many. */
static void split_table(struct vring_desc *desc, const struct vring_seg *seg,
			unsigned int nr_out, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i <= nr_out; i++)
		split_desc(desc++, seg++, VRING_DESC_F_NEXT, i);
	for (; i <= nr; i++)
		split_desc(desc++, seg++,
			   VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, i);
	desc[-1].flags = __cpu_to_virtio16(true, nr > nr_out ?
						 VRING_DESC_F_WRITE : 0);
	desc[-1].next = 0;
}

static void packed_table(struct vring_packed_desc *desc,
			 const struct vring_seg *seg, unsigned int nr_out,
			 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr_out; i++) {
		packed_desc(desc, seg++, 0);
		desc++->flags = 0;
	}
	for (; i < nr; i++) {
		packed_desc(desc, seg++, 0);
		desc++->flags = cpu_to_le16(VRING_DESC_F_WRITE);
	}
}

static int add_table(struct vring_drv *vr, const struct vring_seg *segs,
		     unsigned int nr_out, unsigned int nr, u32 writable,
		     void *cookie)
{
	size_t at;

	if (!vr->free)
		return -ENOSPC;
	at = (size_t)vr->free_ids[vr->free - 1] * vr->table_bytes;
	if (vr->packed)
		packed_table(vr->tables + at, segs, nr_out, nr);
	else
		split_table(vr->tables + at, segs, nr_out, nr);
	return vring_add_desc(vr, vr->tables_addr + at,
			      nr * sizeof(struct vring_desc),
			      VRING_DESC_F_INDIRECT, writable, cookie);
}

static u16 chain_flags(unsigned int i, unsigned int nr_out, unsigned int nr)
{
	return (i < nr_out ? 0 : VRING_DESC_F_WRITE) |
	       (i + 1 < nr ? VRING_DESC_F_NEXT : 0);
}

static void split_chain(struct vring_drv *vr, u16 at,
			const struct vring_seg *segs, unsigned int nr_out,
			unsigned int nr)
{
	unsigned int i;

	vring_split_submit(vr, at);
	for (i = 0; i < nr; i++) {
		u16 next = vr->next_ids[at];

		split_desc(&vr->desc[at], &segs[i], chain_flags(i, nr_out, nr),
			   next);
		at = next;
	}
}

static void packed_chain(struct vring_drv *vr, u16 id,
			 const struct vring_seg *segs, unsigned int nr_out,
			 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vring_packed_desc *desc =
			&vr->packed_desc[vr->next_avail];

		packed_desc(desc, &segs[i], id);
		vring_packed_submit(vr, desc, chain_flags(i, nr_out, nr));
	}
}

static int add_chain(struct vring_drv *vr, const struct vring_seg *segs,
		     unsigned int nr_out, unsigned int nr, u32 writable,
		     void *cookie)
{
	u16 id = 0, next;
	unsigned int i;

	if (nr > vr->free)
		return -ENOSPC;
	/* linked from the last one up */
	vr->free -= nr;
	for (i = 0; i < nr; i++) {
		next = id;
		id = vr->free_ids[vr->free + i];
		vr->next_ids[id] = next;
	}
	vr->bufs[id].cookie = cookie;
	vr->bufs[id].writable = writable;
	vr->bufs[id].nr = nr;
	if (vr->packed)
		packed_chain(vr, id, segs, nr_out, nr);
	else
		split_chain(vr, id, segs, nr_out, nr);
	return 0;
}

/**
 * vring_add_many() - vring_add() for more than one piece, out of line
 * @vr:		the ring
 * @segs:	its pieces: first those to read, then those to write
 * @nr_out:	pieces the device reads
 * @nr_in:	pieces the device writes
 * @cookie:	what vring_get() gives back
 *
 * Return: as vring_add().
 */
int vring_add_many(struct vring_drv *vr, const struct vring_seg *segs,
		   unsigned int nr_out, unsigned int nr_in, void *cookie)
{
	unsigned int i, nr = nr_out + nr_in;
	u32 writable = 0;

	if (!nr)
		return -EINVAL;
	for (i = nr_out; i < nr; i++)
		writable += segs[i].len;
	if (vr->indirect && nr <= vr->table_len)
		return add_table(vr, segs, nr_out, nr, writable, cookie);
	if (nr > vr->size)
		return -EINVAL;
	return add_chain(vr, segs, nr_out, nr, writable, cookie);
}
EXPORT_SYMBOL_GPL(vring_add_many);

/**
 * vring_take_chain() - take back a buffer that has not one descriptor
 * @vr:		the ring
 * @buf:	the buffer that the device says it used
 * @id:		its id
 *
 * Return: true, or false if there is no such buffer.
 */
bool vring_take_chain(struct vring_drv *vr, struct vring_buf *buf, u32 id)
{
	u32 nr = buf->nr;

	if (!nr)
		return vring_break(vr, "used id is not outstanding");
	buf->nr = 0;
	vr->last_used += vr->packed ? nr : 1;
	if (vr->packed && vr->last_used >= vr->size) {
		vr->last_used -= vr->size;
		vr->used_flags ^= VRING_PACKED_F_BOTH;
	}
	while (nr--) {
		vr->free_ids[vr->free++] = id;
		id = vr->next_ids[id];
	}
	return true;
}
EXPORT_SYMBOL_GPL(vring_take_chain);

/* Split: an interrupt when the used index passes @event. */
static void split_event(struct vring_drv *vr, u16 event)
{
	WRITE_ONCE(vr->avail->ring[vr->size], __cpu_to_virtio16(true, event));
}

/* Both halves in one store: the device never sees one without the other. */
static void packed_event(struct vring_drv *vr, u16 flags, u16 off_wrap)
{
	WRITE_ONCE(*vr->driver_event, cpu_to_le32((u32)flags << 16 | off_wrap));
}

/* Packed: an interrupt when the @n-th descriptor from here has been used. */
static void packed_enable(struct vring_drv *vr, unsigned int n)
{
	unsigned int off = vr->last_used + n - 1;
	bool lap = vr->used_flags & VRING_PACKED_F_USED;

	if (!vr->event_idx) {
		packed_event(vr, VRING_PACKED_EVENT_FLAG_ENABLE, 0);
		return;
	}
	if (off >= vr->size) {
		off -= vr->size;
		lap = !lap;
	}
	packed_event(vr, VRING_PACKED_EVENT_FLAG_DESC,
		     off | lap << VRING_PACKED_EVENT_F_WRAP_CTR);
}

/**
 * vring_enable_events_after() - ask for an interrupt once more is done
 * @vr:		the ring, with all that was added published
 * @n:		after how many more buffers, or as many as are outstanding now
 *
 * Where the protocol cannot say so, the interrupt comes sooner: without event
 * indices at the next buffer; in a packed ring after @n descriptors, or as
 * many as those that are outstanding have.
 *
 * Return: true if that many, or in a packed ring any, are there already; then
 * there may be no interrupt and the caller is to take them.
 */
bool vring_enable_events_after(struct vring_drv *vr, unsigned int n)
{
	unsigned int most;

	if (vr->packed)
		most = vr->size - vr->free;
	else
		most = vr->avail_idx - vr->last_used;
	if (!vr->event_idx)
		n = 1;
	n = max(min(n, most), 1u);

	if (vr->packed)
		packed_enable(vr, n);
	else if (vr->event_idx)
		split_event(vr, vr->last_used + n - 1);
	else
		WRITE_ONCE(vr->avail->flags, 0);
	virt_mb(); /* F: our wish before the device's index or flags */
	if (vr->packed)
		return vring_packed_pending(vr);
	if (vr->broken)
		return false;
	return (u16)(__virtio16_to_cpu(true, READ_ONCE(vr->used->idx)) -
		     vr->last_used) >= n;
}

/**
 * vring_enable_events() - ask for an interrupt at the next buffer
 * @vr:		the ring
 *
 * Return: true if one is there already; then there may be no interrupt and
 * the caller is to take it.
 */
bool vring_enable_events(struct vring_drv *vr)
{
	return vring_enable_events_after(vr, 1);
}

/**
 * vring_disable_events() - ask for no interrupts; some may still come
 * @vr:		the ring
 */
void vring_disable_events(struct vring_drv *vr)
{
	if (vr->packed)
		packed_event(vr, VRING_PACKED_EVENT_FLAG_DISABLE, 0);
	else if (vr->event_idx)
		/* what has just been passed is passed last */
		split_event(vr, vr->last_used - 1);
	else
		WRITE_ONCE(vr->avail->flags,
			   __cpu_to_virtio16(true, VRING_AVAIL_F_NO_INTERRUPT));
}

/**
 * vring_detach() - take back what the device will never be done with
 * @vr:		the ring of a device that was reset
 * @cookie:	cookie of one buffer
 *
 * The ring is of no use until the next vring_init().
 *
 * Return: true if there was one.
 */
bool vring_detach(struct vring_drv *vr, void **cookie)
{
	while (vr->detach < vr->size) {
		struct vring_buf *buf = &vr->bufs[vr->detach++];

		if (buf->nr) {
			*cookie = buf->cookie;
			return true;
		}
	}
	return false;
}
