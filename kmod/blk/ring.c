// SPDX-License-Identifier: GPL-2.0-only
/*
 * One shared ring and the thread that serves it.
 *
 *	          guest's requests               guest's responses
 *	                |                               ^
 *	   take   copy each once, check                 |  push, one event
 *	   fetch  indirect segments:  1 copy            |
 *	   start  data in:    1 copy, 1 map      finish |  data out: 1 copy, 1 unmap
 *	                |  one plug                     |
 *	                v                               |
 *	             the device ---- bios end, any context: llist, wake
 *
 * That is one pass. A thread and not a softirq, as submitting may sleep; one
 * thread for both directions, so that nothing here needs a lock, and so that
 * all that ends while it runs is one batch. Each hypercall in the picture
 * covers all requests of the pass.
 */
#include <linux/blkdev.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/interface/io/ring.h>

#include "../core/trace.h"
#include "conn.h"
#include "ring.h"

/* How soon to look again for pages that are short, or busy below. */
#define RETRY	msecs_to_jiffies(10)

/* No pass's descriptors straddle pages, and each copy is one operation. */
static_assert(BBLK_BATCH * sizeof(struct blkif_request_segment) <=
	      BLKIF_PAGE_SIZE);

unsigned int bblk_max_buffer_pages = 1024;

static void *slot_at(struct bblk_ring *ring, RING_IDX index)
{
	return (void *)ring->back.sring + BLKIF_RING_HEADER +
	       (index & (ring->back.nr_ents - 1)) * ring->slot_size;
}

static void answer(struct bblk_ring *ring, const struct blkif_req *req,
		   s16 status)
{
	blkif_put_response(slot_at(ring, ring->back.rsp_prod_pvt++), req->id,
			   req->operation, status);
	ring->answers++;
}

/* Announces all responses at once. */
static void push(struct bblk_ring *ring)
{
	int notify;

	if (!ring->answers)
		return;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&ring->back, notify);
	if (notify) {
		notify_remote_via_irq(ring->irq);
		ring->stats.notifies++;
		trace_blanket_notify(ring->copy.domid, ring->irq, ring->answers);
	}
	ring->answers = 0;
}

/* Context: the ring's thread; after this only the end of the device helps. */
static void disable(struct bblk_ring *ring, RING_IDX req_prod)
{
	ring->broken = true;
	blanket_dev_fail(ring->conn->dev, -EPROTO,
			 "queue %u: the front end produced requests up to %u of a ring of %u slots, with %u taken and %u answered; serving it no more",
			 ring->id, req_prod, ring->back.nr_ents,
			 ring->back.req_cons, ring->back.rsp_prod_pvt);
}

static void count(struct bblk_ring *ring, const struct bblk_io *io)
{
	struct bblk_stats *stats = &ring->stats;

	switch (io->req.operation) {
	case BLKIF_OP_READ:
		stats->rd_req++;
		stats->rd_sect += io->req.nr_sectors;
		break;
	case BLKIF_OP_WRITE:
		stats->wr_req++;
		stats->wr_sect += io->req.nr_sectors;
		break;
	case BLKIF_OP_FLUSH_DISKCACHE:
		stats->f_req++;
		stats->wr_sect += io->req.nr_sectors;
		break;
	default:
		stats->ds_req++;
	}
	stats->copied += io->way == BBLK_COPY;
	stats->mapped += io->way == BBLK_MAP;
}

/* A request that needs no device, or may not reach it. */
static void refuse(struct bblk_ring *ring, const struct blkif_req *req,
		   int status)
{
	ring->stats.bad_req += status != BLKIF_RSP_OKAY;
	answer(ring, req, status);
}

static bool is_empty_discard(const struct blkif_req *req)
{
	return req->operation == BLKIF_OP_DISCARD && !req->nr_sectors;
}

/* Takes what fits into one batch. */
static void take(struct bblk_ring *ring)
{
	struct bblk_conn *conn = ring->conn;
	struct blkif_disk disk = conn->disk;
	unsigned int copy_max = READ_ONCE(conn->copy_max);
	RING_IDX prod = READ_ONCE(ring->back.sring->req_prod);
	unsigned int room = BBLK_BATCH;

	virt_rmb(); /* requests are read after the index that covers them */
	/* Too far ahead of the responses, or behind what has been taken. */
	if (blkif_ring_overrun(prod, ring->back.rsp_prod_pvt,
			       ring->back.nr_ents) ||
	    blkif_ring_overrun(prod, ring->back.req_cons, ring->back.nr_ents)) {
		disable(ring, prod);
		return;
	}
	disk.sectors = bdev_nr_sectors(conn->bdev);
	ring->starved = false;
	while (ring->back.req_cons != prod) {
		struct bblk_io *io = list_first_entry(&ring->free,
						      struct bblk_io, node);
		struct blkif_slot slot;
		int status;

		blkif_slot_copy(&slot, slot_at(ring, ring->back.req_cons),
				conn->abi);
		status = blkif_parse(&io->req, io->segs, &slot, &disk);
		if (status != BLKIF_RSP_OKAY || is_empty_discard(&io->req)) {
			ring->back.req_cons++;
			ring->worked = true;
			refuse(ring, &io->req, status);
			continue;
		}
		if (io->req.nr_segs > room)
			break;
		/* What is not taken now is copied and checked anew later. */
		if (bblk_io_reserve(io, copy_max)) {
			ring->starved = true;
			ring->stats.oo_req++;
			break;
		}
		room -= io->req.nr_segs;
		ring->back.req_cons++;
		ring->worked = true;
		ring->inflight++;
		list_move_tail(&io->node, &ring->taken);
	}
}

static void end_early(struct bblk_io *io)
{
	io->status = BLKIF_RSP_ERROR;
	io->discard_left = 0;
	list_move_tail(&io->node, &io->ring->ended);
}

/* Reads the segments of all indirect requests with one hypercall. */
static void fetch(struct bblk_ring *ring)
{
	struct blkif_request_segment *next = ring->descriptors;
	struct blkif_disk disk = ring->conn->disk;
	struct bblk_io *io, *tmp;

	disk.sectors = bdev_nr_sectors(ring->conn->bdev);
	list_for_each_entry(io, &ring->taken, node) {
		if (!io->req.indirect)
			continue;
		io->first_op = ring->copy.nr;
		blanket_copy_fetch(&ring->copy, io->req.descriptors, 0, next,
				   io->req.nr_segs * sizeof(*next));
		io->nr_ops = ring->copy.nr - io->first_op;
		next += io->req.nr_segs;
	}
	if (next == ring->descriptors)
		return;
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	next = ring->descriptors;
	list_for_each_entry_safe(io, tmp, &ring->taken, node) {
		int status = BLKIF_RSP_ERROR;

		if (!io->req.indirect)
			continue;
		if (blanket_copy_ok(&ring->copy, io->first_op, io->nr_ops))
			status = blkif_parse_indirect(&io->req, io->segs, next,
						      &disk);
		next += io->req.nr_segs;
		if (status != BLKIF_RSP_OKAY) {
			ring->stats.bad_req++;
			end_early(io);
		}
	}
	blanket_copy_reset(&ring->copy);
}

/* Gets the data of all taken requests in, and submits them under one plug. */
static void start(struct bblk_ring *ring)
{
	struct bblk_io *io, *tmp;
	struct blk_plug plug;
	unsigned int nr = 0;

	list_for_each_entry(io, &ring->taken, node)
		bblk_io_gather_in(io);
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	blanket_grant_map(ring->map, ring->pages, ring->nr_ops,
			  &ring->stats.grant);

	blk_start_plug(&plug);
	list_for_each_entry_safe(io, tmp, &ring->taken, node) {
		if (bblk_io_finish_in(io)) {
			end_early(io);
			continue;
		}
		count(ring, io);
		list_del_init(&io->node);
		bblk_io_submit(io);
		nr++;
	}
	blk_finish_plug(&plug);

	blanket_copy_reset(&ring->copy);
	ring->nr_ops = 0;
	if (nr) {
		ring->stats.kicks++;
		trace_blanket_kick(ring->conn->bdev->bd_disk->disk_name,
				   ring->id, nr);
	}
}

/**
 * bblk_ring_ended() - a request's bio has ended
 * @io:		the request
 *
 * Context: any. The ring's thread may answer the request, and the ring go,
 * as soon as it is on the list: hence the read lock, which
 * bblk_conn_close() waits for.
 */
void bblk_ring_ended(struct bblk_io *io)
{
	struct bblk_ring *ring = io->ring;

	rcu_read_lock();
	if (llist_add(&io->done, &ring->done))
		wake_up_process(ring->thread);
	rcu_read_unlock();
}

/* Moves to @ended what the device is through with. */
static void collect(struct bblk_ring *ring)
{
	struct llist_node *list;
	struct bblk_io *io, *tmp;

	if (llist_empty(&ring->done))
		return;
	list = llist_reverse_order(llist_del_all(&ring->done));
	llist_for_each_entry_safe(io, tmp, list, done)
		if (!bblk_io_resubmit(io))
			list_add_tail(&io->node, &ring->ended);
}

/* One batch of data out; false if there was nothing to do. */
static bool finish_batch(struct bblk_ring *ring)
{
	unsigned int room = BBLK_BATCH;
	struct bblk_io *io, *tmp;

	list_for_each_entry_safe(io, tmp, &ring->ended, node) {
		if (io->req.nr_segs > room)
			break;
		if (bblk_io_busy_below(io)) {
			ring->stats.held++;
			continue;
		}
		room -= io->req.nr_segs;
		bblk_io_gather_out(io);
		list_move_tail(&io->node, &ring->finishing);
	}
	if (list_empty(&ring->finishing))
		return false;

	blanket_copy_run(&ring->copy, &ring->stats.grant);
	blanket_grant_unmap(ring->unmap, ring->pages, ring->nr_ops,
			    ring->copy.domid, &ring->stats.grant);
	list_for_each_entry_safe(io, tmp, &ring->finishing, node) {
		bblk_io_finish_out(io);
		bblk_io_release(io);
		answer(ring, &io->req, io->status);
		ring->inflight--;
		list_move(&io->node, &ring->free);
	}
	blanket_copy_reset(&ring->copy);
	ring->nr_ops = 0;
	return true;
}

/* Data goes out, and grants are unmapped, before the guest is told. */
static void finish(struct bblk_ring *ring)
{
	collect(ring);
	while (finish_batch(ring))
		cond_resched();
	push(ring);
}

static void shrink(struct bblk_ring *ring)
{
	unsigned int keep = READ_ONCE(bblk_max_buffer_pages);

	if (READ_ONCE(ring->squeeze) && xchg(&ring->squeeze, false))
		keep = 0;
	if (ring->cache.num_pages > keep)
		gnttab_page_cache_shrink(&ring->cache, keep);
	if (ring->own.nr > keep)
		bblk_pages_shrink(&ring->own, keep);
}

/* How long the thread may sleep when nobody wakes it. */
static long patience(const struct bblk_ring *ring)
{
	const struct blanket_standing *standing = ring->copy.standing;

	if (ring->starved || !list_empty(&ring->ended))
		return RETRY;
	if (standing && standing->nr_used)
		return max((long)(standing->age_at - jiffies), 1L);
	return MAX_SCHEDULE_TIMEOUT;
}

static void pass(struct bblk_ring *ring)
{
	int more = 0;

	if (READ_ONCE(ring->event)) {
		xchg(&ring->event, false); /* before the ring is looked at */
		ring->eoi_due = true;
		ring->stats.events++;
	}
	finish(ring);
	if (blanket_standing_due(ring->copy.standing))
		blanket_standing_age(ring->copy.standing);
	if (READ_ONCE(ring->conn->stopping) || ring->broken)
		return;

	take(ring);
	if (!list_empty(&ring->taken)) {
		fetch(ring);
		start(ring);
	}
	finish(ring); /* what could not be started, or is already done */
	shrink(ring);
	if (ring->broken)
		return;

	RING_FINAL_CHECK_FOR_REQUESTS(&ring->back, more);
	ring->more = more && !ring->starved;
	if (ring->eoi_due && !more) {
		ring->eoi_due = false;
		xen_irq_lateeoi(ring->irq, ring->worked ? 0 :
				XEN_EOI_FLAG_SPURIOUS);
		ring->worked = false;
	}
}

static bool has_work(struct bblk_ring *ring)
{
	if (!llist_empty(&ring->done))
		return true;
	if (kthread_should_stop())
		return !ring->inflight;
	if (READ_ONCE(ring->conn->stopping) || ring->broken)
		return false;
	return ring->more || READ_ONCE(ring->event);
}

static int thread_main(void *arg)
{
	struct bblk_ring *ring = arg;
	unsigned int noio = memalloc_noio_save();

	while (!kthread_should_stop() || ring->inflight) {
		long timeout = patience(ring);

		set_current_state(TASK_IDLE);
		if (!has_work(ring))
			schedule_timeout(timeout);
		__set_current_state(TASK_RUNNING);
		pass(ring);
		cond_resched();
	}
	memalloc_noio_restore(noio);
	return 0;
}

static irqreturn_t on_event(int irq, void *arg)
{
	struct bblk_ring *ring = arg;
	/* pairs with the release in bblk_ring_open() */
	struct task_struct *thread = smp_load_acquire(&ring->thread);

	WRITE_ONCE(ring->event, true);
	if (thread) /* else it is about to start, and will look */
		wake_up_process(thread);
	return IRQ_HANDLED;
}

/** bblk_ring_wake() - have the ring's thread, if any, look around */
void bblk_ring_wake(struct bblk_ring *ring)
{
	if (ring->thread)
		wake_up_process(ring->thread);
}

/** bblk_ring_squeeze() - have the ring's thread let go of all free pages */
void bblk_ring_squeeze(struct bblk_ring *ring)
{
	WRITE_ONCE(ring->squeeze, true);
	bblk_ring_wake(ring);
}

static int attach(struct bblk_ring *ring, unsigned int bytes)
{
	struct blkif_sring *sring = ring->shm.addr;
	RING_IDX req_prod = READ_ONCE(sring->req_prod);
	RING_IDX rsp_prod = READ_ONCE(sring->rsp_prod);
	struct xenbus_device *dev = ring->conn->dev;

	ring->back = (struct blkif_back_ring){
		.sring = sring,
		.nr_ents = blkif_ring_slots(ring->conn->abi, bytes),
		.rsp_prod_pvt = rsp_prod,
		.req_cons = rsp_prod,
	};
	ring->slot_size = blkif_slot_size(ring->conn->abi);
	if (!blkif_ring_overrun(req_prod, rsp_prod, ring->back.nr_ents))
		return 0;
	blanket_dev_fail(dev, -EPROTO,
			 "queue %u: the front end claims %u unanswered requests, the ring has %u slots",
			 ring->id, req_prod - rsp_prod, ring->back.nr_ents);
	return -EPROTO;
}

static int alloc(struct bblk_ring *ring)
{
	unsigned int slots = ring->back.nr_ents;
	unsigned int i;
	int err;

	ring->descriptors = (void *)get_zeroed_page(GFP_KERNEL);
	ring->map = kvcalloc(BBLK_BATCH, sizeof(*ring->map), GFP_KERNEL);
	ring->pages = kvcalloc(BBLK_BATCH, sizeof(*ring->pages), GFP_KERNEL);
	ring->ios = kvcalloc(slots, sizeof(*ring->ios), GFP_KERNEL);
	if (!ring->descriptors || !ring->map || !ring->pages || !ring->ios)
		return -ENOMEM;
	err = blanket_copy_init(&ring->copy, ring->conn->dev->otherend_id,
				BBLK_BATCH);
	if (!err && ring->shm.keeps_version)
		blanket_copy_stand(&ring->copy, &ring->stats.grant);
	for (i = 0; !err && i < slots; i++) {
		err = bblk_io_init(&ring->ios[i], ring);
		if (!err)
			list_add_tail(&ring->ios[i].node, &ring->free);
	}
	return err;
}

/**
 * bblk_ring_open() - map a ring, and start to serve it
 * @ring:	cleared
 * @conn:	its connection
 * @id:		its number there
 * @refs:	grants of its pages
 * @nr_refs:	how many, a power of two
 * @port:	the front end's event channel
 *
 * Context: process context. A failure has been reported to the tool stack.
 * Return: 0, or an error, after which bblk_ring_close() is still to be called.
 */
int bblk_ring_open(struct bblk_ring *ring, struct bblk_conn *conn,
		   unsigned int id, grant_ref_t *refs, unsigned int nr_refs,
		   evtchn_port_t port)
{
	struct xenbus_device *dev = conn->dev;
	struct task_struct *thread;
	int err;

	ring->conn = conn;
	ring->id = id;
	INIT_LIST_HEAD(&ring->free);
	INIT_LIST_HEAD(&ring->taken);
	INIT_LIST_HEAD(&ring->ended);
	INIT_LIST_HEAD(&ring->finishing);
	init_llist_head(&ring->done);
	gnttab_page_cache_init(&ring->cache);
	bblk_pages_init(&ring->own);

	err = blanket_ring_map(&ring->shm, dev, refs, nr_refs);
	if (err)
		return err;
	err = attach(ring, nr_refs * XEN_PAGE_SIZE);
	if (err)
		return err;
	err = alloc(ring);
	if (err) {
		blanket_dev_fail(dev, err, "queue %u: no memory for %u requests",
				 id, ring->back.nr_ents);
		return err;
	}
	thread = kthread_create(thread_main, ring, "%s.%u", dev_name(&dev->dev),
				id);
	if (IS_ERR(thread)) {
		err = PTR_ERR(thread);
		blanket_dev_fail(dev, err, "queue %u: no thread", id);
		return err;
	}
	err = blanket_evtchn_bind(dev, port, on_event, dev_name(&dev->dev),
				  ring);
	if (err < 0) {
		kthread_stop(thread);
		blanket_dev_fail(dev, err, "queue %u: binding event channel %u",
				 id, port);
		return err;
	}
	ring->irq = err;
	ring->more = true; /* an earlier backend may have left requests */
	/* pairs with the acquire in on_event() */
	smp_store_release(&ring->thread, get_task_struct(thread));
	wake_up_process(thread);
	return 0;
}

/**
 * bblk_ring_stop() - wait until all that is in flight is answered
 * @ring:	a ring that was opened; its connection is stopping
 *
 * Context: process context, may take as long as the device does.
 */
void bblk_ring_stop(struct bblk_ring *ring)
{
	if (ring->thread)
		kthread_stop(ring->thread);
}

/**
 * bblk_ring_close() - let go of the ring and of all memory
 * @ring:	a ring that was stopped, perhaps half opened before; an RCU
 *		grace period has passed
 *
 * Context: process context.
 */
void bblk_ring_close(struct bblk_ring *ring)
{
	unsigned int i;

	if (ring->irq)
		unbind_from_irqhandler(ring->irq, ring);
	/* Until here an event of the guest's could still wake the thread. */
	if (ring->thread)
		put_task_struct(ring->thread);
	blanket_ring_unmap(&ring->shm, ring->conn->dev);
	gnttab_page_cache_shrink(&ring->cache, 0);
	bblk_pages_shrink(&ring->own, 0);
	for (i = 0; ring->ios && i < ring->back.nr_ents; i++)
		bblk_io_exit(&ring->ios[i]);
	kvfree(ring->ios);
	blanket_copy_exit(&ring->copy);
	kvfree(ring->pages);
	kvfree(ring->map);
	free_page((unsigned long)ring->descriptors);
}
