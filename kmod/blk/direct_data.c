// SPDX-License-Identifier: GPL-2.0-only
/* Passthrough: a request's data, and where the device finds it. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "conn.h"
#include "direct_data.h"
#include "ring.h"

/**
 * direct_data_resize() - make room for segments
 * @r:		a request without data
 * @room:	how many
 * @gfp:	GFP_KERNEL, or GFP_ATOMIC or GFP_NOWAIT
 *
 * Context: as @gfp says.
 * Return: 0, or -ENOMEM with the room there was.
 */
int direct_data_resize(struct direct_req *r, unsigned int room, gfp_t gfp)
{
	struct direct_data *data;
	struct blkif_seg *segs;

	/* apart, as large allocations may fail where small ones do not */
	data = kmalloc_array(room, sizeof(*data), gfp | __GFP_NOWARN);
	segs = kmalloc_array(room, sizeof(*segs), gfp | __GFP_NOWARN);
	if (!data || !segs) {
		kfree(data);
		kfree(segs);
		return -ENOMEM;
	}
	kfree(r->data);
	kfree(r->segs);
	r->room = room;
	r->data = data;
	r->segs = segs;
	return 0;
}

/**
 * direct_data_release() - the device is done with a request's data
 * @d:		the ring
 * @r:		the request
 *
 * Pins are let go by the next blanket_unpin_run().
 */
void direct_data_release(struct direct_ring *d, struct direct_req *r)
{
	while (r->nr_data) {
		struct direct_data *data = &r->data[--r->nr_data];

		switch (data->place) {
		case DIRECT_STANDING:
			blanket_standing_unpin(data->slot);
			break;
		case DIRECT_PINNED:
			blanket_unpin_add(&d->pins, &data->pin);
			break;
		case DIRECT_OWN:
			bblk_pages_put(&d->own, data->page);
			break;
		}
	}
}

/*
 * To pin a page costs more than to copy a little of it; and where Xen has no
 * lean operations, more than to copy it whole.
 */
static bool wants_pins(const struct direct_ring *d, const struct direct_req *r)
{
	const struct bblk_conn *conn = d->ring->conn;
	u64 bytes = r->req.nr_sectors << BLKIF_SECTOR_SHIFT;

	/* A front end in dom0 itself has no foreign pages. */
	return d->ring->copy.domid &&
	       blanket_pins_room(&d->pins, r->req.nr_segs) &&
	       (d->pins.lean ? bytes >= READ_ONCE(conn->pin_min) :
			       bytes > READ_ONCE(conn->copy_max));
}

/* Pages are dom0's; a guest must not take them all, but one request goes. */
static bool may_have(const struct direct_ring *d, const struct direct_req *r)
{
	return !d->own.out || d->own.out + r->req.nr_segs <=
			      READ_ONCE(bblk_max_buffer_pages);
}

static bool use_standing(struct direct_ring *d, struct direct_data *data,
			 const struct blkif_seg *seg)
{
	data->slot = blanket_standing_pin(d->ring->copy.standing, seg->gref,
					  &data->addr);
	data->place = DIRECT_STANDING;
	return data->slot;
}

static void use_pin(struct direct_ring *d, struct direct_req *r,
		    struct direct_data *data, const struct blkif_seg *seg)
{
	data->place = DIRECT_PINNED;
	r->nr_pinned++;
	blanket_pin_add(&d->pins, seg->gref,
			r->req.operation != BLKIF_OP_READ, &data->pin);
}

/* Return: false for want of memory. */
static bool use_own(struct direct_ring *d, struct direct_req *r,
		    struct direct_data *data)
{
	data->page = bblk_pages_get(&d->own);
	if (unlikely(!data->page))
		return false;
	data->addr = virt_to_machine(page_address(data->page)).maddr;
	data->place = DIRECT_OWN;
	r->nr_own++;
	return true;
}

/* Return: false for want of memory. */
static bool fill_segment(struct direct_ring *d, struct direct_req *r, bool pin)
{
	const struct blkif_seg *seg = &r->segs[r->nr_data];
	struct direct_data *data = &r->data[r->nr_data];
	bool out = r->req.operation != BLKIF_OP_READ;
	unsigned int offset = seg->first << BLKIF_SECTOR_SHIFT;

	if (out && likely(use_standing(d, data, seg))) {
		r->nr_data++;
	} else if (pin) {
		use_pin(d, r, data, seg);
		r->nr_data++;
	} else if (use_own(d, r, data)) {
		r->nr_data++;
		if (out)
			blanket_copy_add_from(&d->ring->copy, seg->gref, offset,
					      page_address(data->page) + offset,
					      seg->nr << BLKIF_SECTOR_SHIFT);
	} else {
		return false;
	}
	return true;
}

/**
 * direct_data_fill() - find a place for a request's data
 * @d:		the ring; its batches are to be run afterwards
 * @r:		the request
 *
 * Return: false, with nothing held, for want of memory or of room in a batch.
 */
bool direct_data_fill(struct direct_ring *d, struct direct_req *r)
{
	unsigned int nr = r->req.nr_segs;
	bool pin = wants_pins(d, r);

	r->first_op = d->ring->copy.nr;
	r->nr_ops = 0;
	r->nr_pinned = 0;
	r->nr_own = 0;
	/* what is not pinned may take pages of ours, and copies */
	if (!pin && (blanket_copy_room(&d->ring->copy) < nr || !may_have(d, r)))
		return false;
	while (r->nr_data < nr) {
		if (unlikely(!fill_segment(d, r, pin))) {
			blanket_copy_rewind(&d->ring->copy, r->first_op);
			direct_data_release(d, r);
			d->starved = true;
			d->ring->stats.oo_req++;
			return false;
		}
	}
	r->nr_ops = d->ring->copy.nr - r->first_op;
	return true;
}

/**
 * direct_data_filled() - did Xen do what a request's data needs?
 * @d:		the ring, whose batches have run
 * @r:		the request
 *
 * Return: true if it did.
 */
bool direct_data_filled(struct direct_ring *d, struct direct_req *r)
{
	unsigned int i;

	if (unlikely(!blanket_copy_ok(&d->ring->copy, r->first_op, r->nr_ops)))
		return false;
	for (i = 0; r->nr_pinned && i < r->nr_data; i++) {
		struct direct_data *data = &r->data[i];

		if (data->place != DIRECT_PINNED)
			continue;
		data->addr = data->pin.addr;
		if (unlikely(!data->addr))
			return false;
	}
	return true;
}

/**
 * direct_data_lay_out() - where the device finds a piece's data
 * @d:		the ring
 * @r:		the request, filled
 * @piece:	a piece of it
 * @to:		filled in
 *
 * Return: how many, at most &struct vblk_caps.segs.
 */
unsigned int direct_data_lay_out(const struct direct_ring *d,
				 const struct direct_req *r,
				 const struct cut_piece *piece,
				 struct vring_seg *to)
{
	unsigned int most = d->disk->caps.seg_bytes;
	unsigned int i, nr = 0;

	for (i = piece->seg; i < piece->seg + piece->nr_segs; i++) {
		u64 addr = r->data[i].addr +
			   (r->segs[i].first << BLKIF_SECTOR_SHIFT);
		unsigned int len = r->segs[i].nr << BLKIF_SECTOR_SHIFT;

		while (unlikely(len > most)) {
			to[nr].addr = addr;
			to[nr++].len = most;
			addr += most;
			len -= most;
		}
		to[nr].addr = addr;
		to[nr++].len = len;
	}
	return nr;
}

static bool has_read(const struct direct_req *r)
{
	return r->req.operation == BLKIF_OP_READ && r->nr_own &&
	       r->cut.status == BLKIF_RSP_OKAY;
}

/**
 * direct_data_gather_out() - what was read goes to the guest
 * @d:		the ring, with room in its batch for all segments
 * @r:		a request that the device is done with
 */
void direct_data_gather_out(struct direct_ring *d, struct direct_req *r)
{
	unsigned int i;

	r->first_op = d->ring->copy.nr;
	if (has_read(r))
		for (i = 0; i < r->req.nr_segs; i++) {
			const struct blkif_seg *seg = &r->segs[i];
			unsigned int offset = seg->first << BLKIF_SECTOR_SHIFT;

			blanket_copy_add_to(&d->ring->copy, seg->gref, offset,
					    r->data[i].page, offset,
					    seg->nr << BLKIF_SECTOR_SHIFT);
		}
	r->nr_ops = d->ring->copy.nr - r->first_op;
}
