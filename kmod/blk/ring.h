/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One shared ring: what the guest asks and is answered. How that is done is
 * its server's business, which alone touches it:
 *
 *	thread.c	through the block layer
 *	direct_ring.c	through a virtqueue
 *	refusal.c	with errors: the device is gone, or the front end done
 */
#ifndef _BLANKET_BLK_RING_H
#define _BLANKET_BLK_RING_H

#include <linux/cache.h>
#include <linux/workqueue.h>
#include <xen/grant_table.h>

#include "../core/backend.h"
#include "../core/grant.h"
#include "../core/standing.h"
#include "blkif.h"
#include "stats.h"

struct bblk_conn;
struct bblk_ring;
struct bblk_thread;
struct direct_ring;

/* Operations in a batch: the largest request. */
#define BBLK_BATCH	BLKIF_MAX_SEGS

/**
 * struct bblk_server - a way to serve a ring
 * @open:	prepare; process context; a failure has been reported
 * @start:	begin to serve it, as its event channel is there now
 * @wake:	there is something to look at; any context, also before @start
 * @squeeze:	memory is short: let go of all free pages; any context
 * @stop:	its connection is stopping: wait until all that is in flight is
 *		answered, or will not be; also if it was not opened
 * @close:	free all; no event comes any more; also if it was not opened
 */
struct bblk_server {
	int (*open)(struct bblk_ring *ring);
	void (*start)(struct bblk_ring *ring);
	void (*wake)(struct bblk_ring *ring);
	void (*squeeze)(struct bblk_ring *ring);
	void (*stop)(struct bblk_ring *ring);
	void (*close)(struct bblk_ring *ring);
};

/**
 * struct bblk_ring - one shared ring
 * @conn:	the connection it belongs to
 * @id:		its number there
 * @irq:	its event channel, or 0
 * @shm:	where the ring is mapped
 * @back:	our indexes; the slots are reached by the guest's layout
 * @slot_size:	of the guest's layout
 * @inflight:	requests taken and not yet answered
 * @answers:	responses not yet announced
 * @descriptors: a pass's indirect segments, one page
 * @copy:	batch of copies
 * @broken:	the front end broke the protocol; nothing is taken any more
 * @eoi_due:	an event has been seen and its EOI is owed
 * @worked:	requests were taken since the last EOI
 * @stats:	counters
 * @thread:	its server's
 * @direct:	its server's
 * @refusal:	its last server's
 * @shut:	likewise: not to be used any more
 * @report:	says that it is broken
 * @bad_prod:	by which index
 * @event:	set by the interrupt
 */
struct bblk_ring {
	struct bblk_conn *conn;
	unsigned int id;
	int irq;
	struct blanket_ring shm;
	struct blkif_back_ring back;
	unsigned int slot_size;

	unsigned int inflight;
	unsigned int answers;
	struct blkif_request_segment *descriptors;
	struct blanket_copy copy;
	bool broken;
	bool eoi_due;
	bool worked;
	struct bblk_stats stats;
	union {
		struct bblk_thread *thread;
		struct direct_ring *direct;
	};
	struct work_struct refusal;
	bool shut;
	struct work_struct report;
	RING_IDX bad_prod;

	bool event ____cacheline_aligned_in_smp;
};

int bblk_ring_open(struct bblk_ring *ring, struct bblk_conn *conn,
		   unsigned int id, grant_ref_t *refs, unsigned int nr_refs,
		   evtchn_port_t port);
void bblk_ring_close(struct bblk_ring *ring);

bool bblk_ring_produced(struct bblk_ring *ring, RING_IDX *prod);
int bblk_ring_read(struct bblk_ring *ring, struct blkif_req *req,
		   struct blkif_seg *segs, const struct blkif_disk *disk);
void bblk_ring_answer(struct bblk_ring *ring, const struct blkif_req *req,
		      s16 status);
void bblk_ring_refuse(struct bblk_ring *ring, const struct blkif_req *req,
		      int status);
void bblk_ring_push(struct bblk_ring *ring);
void bblk_ring_count(struct bblk_ring *ring, const struct blkif_req *req);
void bblk_ring_begin(struct bblk_ring *ring);
bool bblk_ring_end(struct bblk_ring *ring);

extern const struct bblk_server bblk_thread_server;
extern const struct bblk_server direct_server;
extern const struct bblk_server bblk_refusal_server;

extern unsigned int bblk_max_buffer_pages;

#endif /* _BLANKET_BLK_RING_H */
