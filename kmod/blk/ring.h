/* SPDX-License-Identifier: GPL-2.0-only */
/* One shared ring and the thread that serves it. */
#ifndef _BLANKET_BLK_RING_H
#define _BLANKET_BLK_RING_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <xen/grant_table.h>

#include "../core/backend.h"
#include "../core/grant.h"
#include "../core/standing.h"
#include "blkif.h"
#include "io.h"
#include "pages.h"
#include "stats.h"

struct bblk_conn;

/* Operations in a batch; two of the largest requests. */
#define BBLK_BATCH	(2 * BLKIF_MAX_SEGS)

/**
 * struct bblk_ring - one shared ring
 * @conn:	the connection it belongs to
 * @id:		its number there
 * @irq:	its event channel, or 0
 * @shm:	where the ring is mapped
 * @back:	our indexes; the slots are reached by the guest's layout
 * @slot_size:	of the guest's layout
 * @thread:	serves the ring, and alone touches what follows
 * @ios:	one for each slot
 * @free:	those that are idle
 * @taken:	valid requests of this pass, not yet submitted
 * @ended:	those whose I/O is over and whose data is not yet back
 * @finishing:	those of the batch that is being finished
 * @inflight:	requests taken and not yet answered
 * @answers:	responses not yet announced
 * @descriptors: a pass's indirect segments, one page
 * @copy:	batch of copies
 * @map:	batch of maps, when requests are taken
 * @unmap:	batch of unmaps, when they are finished
 * @pages:	the pages of the current batch
 * @nr_ops:	entries of @map or @unmap, and of @pages
 * @cache:	free pages to map grants at
 * @own:	free pages to copy through
 * @more:	there are requests that did not fit into the pass
 * @starved:	pages ran out: wait for some to come back
 * @broken:	the front end broke the protocol; nothing is taken any more
 * @eoi_due:	an event has been seen and its EOI is owed
 * @worked:	requests were taken since the last EOI
 * @stats:	counters
 * @event:	set by the interrupt
 * @squeeze:	memory is short: let go of all free pages, once
 * @done:	requests whose bio has ended, pushed from any context
 */
struct bblk_ring {
	struct bblk_conn *conn;
	unsigned int id;
	int irq;
	struct blanket_ring shm;
	struct blkif_back_ring back;
	unsigned int slot_size;
	struct task_struct *thread;

	struct bblk_io *ios;
	struct list_head free;
	struct list_head taken;
	struct list_head ended;
	struct list_head finishing;
	unsigned int inflight;
	unsigned int answers;

	struct blkif_request_segment *descriptors;
	struct blanket_copy copy;
	union {
		struct gnttab_map_grant_ref *map;
		struct gnttab_unmap_grant_ref *unmap;
	};
	struct page **pages;
	unsigned int nr_ops;
	struct gnttab_page_cache cache;
	struct bblk_pages own;

	bool more;
	bool starved;
	bool broken;
	bool eoi_due;
	bool worked;
	struct bblk_stats stats;

	bool event ____cacheline_aligned_in_smp;
	bool squeeze;
	struct llist_head done;
};

int bblk_ring_open(struct bblk_ring *ring, struct bblk_conn *conn,
		   unsigned int id, grant_ref_t *refs, unsigned int nr_refs,
		   evtchn_port_t port);
void bblk_ring_stop(struct bblk_ring *ring);
void bblk_ring_close(struct bblk_ring *ring);
void bblk_ring_wake(struct bblk_ring *ring);
void bblk_ring_squeeze(struct bblk_ring *ring);
void bblk_ring_ended(struct bblk_io *io);

extern unsigned int bblk_max_buffer_pages;

#endif /* _BLANKET_BLK_RING_H */
