/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passthrough: a request's data, and where the device finds it.
 *
 *	to write	the guest's page by its standing mapping, or pinned, or a copy
 *	read		the guest's page pinned, or a page of ours and a copy
 *
 *	direct_data_fill() ...
 *	copies run, pins run		one hypercall each
 *	direct_data_filled()?  direct_data_lay_out()
 *	   ... the device ...
 *	direct_data_gather_out(), direct_data_release() ...
 *	copies run, unpins run		one hypercall each
 *
 * Context of all: the ring's pass, unless told.
 */
#ifndef _BLANKET_BLK_DIRECT_DATA_H
#define _BLANKET_BLK_DIRECT_DATA_H

#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/timer.h>

#include "../core/pin.h"
#include "../core/standing.h"
#include "blkif.h"
#include "cut.h"
#include "direct.h"
#include "pages.h"

struct bblk_ring;

/* Segments there is room for at once: what a Linux front end sends at most */
#define DIRECT_SEGS	32

/**
 * enum direct_place - where a segment's data is
 * @DIRECT_STANDING:	in the guest's page, which has a standing mapping
 * @DIRECT_PINNED:	in the guest's page, pinned
 * @DIRECT_OWN:		in a page of ours
 */
enum direct_place {
	DIRECT_STANDING,
	DIRECT_PINNED,
	DIRECT_OWN,
};

/**
 * struct direct_data - our side of a segment
 * @addr:	where the device finds its page
 * @place:	which of those below
 * @slot:	the standing mapping
 * @pin:	the pin
 * @page:	our page
 */
struct direct_data {
	u64 addr;
	enum direct_place place;
	union {
		struct standing_slot *slot;
		struct blanket_pin pin;
		struct page *page;
	};
};

/**
 * struct direct_req - one request in flight
 * @node:	on one of its ring's lists, or on none while with the device
 * @req:	the request
 * @cut:	how far it has come
 * @first_op:	its first operation in the current batch of copies
 * @nr_ops:	how many
 * @room:	entries in the two arrays
 * @data:	our side of each segment
 * @segs:	the guest's
 * @nr_data:	segments whose @data is there
 * @nr_pinned:	of these, those in pinned pages
 * @nr_own:	and those in pages of ours
 */
struct direct_req {
	struct list_head node;
	struct blkif_req req;
	struct cut cut;
	unsigned int first_op;
	unsigned int nr_ops;
	unsigned int room;
	struct direct_data *data;
	struct blkif_seg *segs;
	unsigned int nr_data;
	unsigned int nr_pinned;
	unsigned int nr_own;
};

/**
 * struct direct_ring - a ring's coupling
 * @ring:	the ring
 * @q:		the virtqueue, once started
 * @disk:	whose
 * @reqs:	one for each slot
 * @free:	those that are idle
 * @taken:	valid, their data not yet in place
 * @ready:	with pieces that may go to the device
 * @done:	the device is through with them
 * @finishing:	those of the batch that is being finished
 * @own:	pages to copy through
 * @pins:	pins the guest's
 * @starved:	memory is short
 * @throttled:	for how many jiffies the guest has no credit
 * @poll_ns:	how long to look for more before sleeping, by experience
 * @polled_at:	when that began in vain last, 0 if it was made use of since
 * @pass:	the tasklet
 * @timer:	wakes it when nobody else does
 * @squeeze:	memory is short: let go of all free pages, once
 * @stopped:	no pass any more
 */
struct direct_ring {
	struct bblk_ring *ring;
	struct vblk_queue *q;
	struct direct_disk *disk;
	struct direct_req *reqs;
	struct list_head free;
	struct list_head taken;
	struct list_head ready;
	struct list_head done;
	struct list_head finishing;
	struct bblk_pages own;
	struct blanket_pins pins;
	bool starved;
	unsigned long throttled;
	u64 poll_ns;
	u64 polled_at;

	struct tasklet_struct pass;
	struct timer_list timer;
	bool squeeze;
	bool stopped;
};

int direct_data_resize(struct direct_req *r, unsigned int room, gfp_t gfp);
bool direct_data_fill(struct direct_ring *d, struct direct_req *r);
bool direct_data_filled(struct direct_ring *d, struct direct_req *r);
unsigned int direct_data_lay_out(const struct direct_ring *d,
				 const struct direct_req *r,
				 const struct cut_piece *piece,
				 struct vring_seg *to);
void direct_data_gather_out(struct direct_ring *d, struct direct_req *r);
void direct_data_release(struct direct_ring *d, struct direct_req *r);

#endif /* _BLANKET_BLK_DIRECT_DATA_H */
