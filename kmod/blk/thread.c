// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that serves a ring through the block layer.
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
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "../core/trace.h"
#include "conn.h"
#include "ring.h"
#include "thread.h"

/* How soon to look again for pages that are short, or busy below. */
#define RETRY	msecs_to_jiffies(10)

/* Takes what fits into one batch. */
static void take(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;
	struct bblk_conn *conn = ring->conn;
	struct blkif_disk disk = conn->disk;
	unsigned int copy_max = READ_ONCE(conn->copy_max);
	unsigned int room = BBLK_BATCH;
	RING_IDX prod;

	if (!bblk_ring_produced(ring, &prod))
		return;
	disk.sectors = bdev_nr_sectors(conn->bdev);
	thread->starved = false;
	while (ring->back.req_cons != prod) {
		struct bblk_io *io = list_first_entry(&thread->free,
						      struct bblk_io, node);
		int status = bblk_ring_read(ring, &io->req, io->segs, &disk);

		if (status != BLKIF_RSP_OKAY || blkif_is_nothing(&io->req)) {
			bblk_ring_refuse(ring, &io->req, status);
			continue;
		}
		if (io->req.nr_segs > room)
			break;
		/* What is not taken now is copied and checked anew later. */
		if (bblk_io_reserve(io, copy_max)) {
			thread->starved = true;
			ring->stats.oo_req++;
			break;
		}
		room -= io->req.nr_segs;
		ring->back.req_cons++;
		ring->worked = true;
		ring->inflight++;
		list_move_tail(&io->node, &thread->taken);
	}
}

static void end_early(struct bblk_io *io)
{
	io->status = BLKIF_RSP_ERROR;
	io->discard_left = 0;
	list_move_tail(&io->node, &io->thread->ended);
}

/* Reads the segments of all indirect requests with one hypercall. */
static void fetch(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;
	struct blkif_request_segment *next = ring->descriptors;
	struct blkif_disk disk = ring->conn->disk;
	struct bblk_io *io, *tmp;

	disk.sectors = bdev_nr_sectors(ring->conn->bdev);
	list_for_each_entry(io, &thread->taken, node) {
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
	list_for_each_entry_safe(io, tmp, &thread->taken, node) {
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
static void start(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;
	struct bblk_io *io, *tmp;
	struct blk_plug plug;
	unsigned int nr = 0;

	list_for_each_entry(io, &thread->taken, node)
		bblk_io_gather_in(io);
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	blanket_grant_map(thread->map, thread->pages, thread->nr_ops,
			  &ring->stats.grant);

	blk_start_plug(&plug);
	list_for_each_entry_safe(io, tmp, &thread->taken, node) {
		if (bblk_io_finish_in(io)) {
			end_early(io);
			continue;
		}
		bblk_ring_count(ring, &io->req);
		ring->stats.copied += io->way == BBLK_COPY;
		ring->stats.mapped += io->way == BBLK_MAP;
		list_del_init(&io->node);
		bblk_io_submit(io);
		nr++;
	}
	blk_finish_plug(&plug);

	blanket_copy_reset(&ring->copy);
	thread->nr_ops = 0;
	if (nr) {
		ring->stats.kicks++;
		trace_blanket_kick(ring->conn->bdev->bd_disk->disk_name,
				   ring->id, nr);
	}
}

/**
 * bblk_thread_ended() - a request's bio has ended
 * @io:		the request
 *
 * Context: any. The ring's thread may answer the request, and the ring go,
 * as soon as it is on the list: hence the read lock, which
 * bblk_conn_close() waits for.
 */
void bblk_thread_ended(struct bblk_io *io)
{
	struct bblk_thread *thread = io->thread;

	rcu_read_lock();
	if (llist_add(&io->done, &thread->done))
		wake_up_process(thread->task);
	rcu_read_unlock();
}

/* Moves to @ended what the device is through with. */
static void collect(struct bblk_thread *thread)
{
	struct llist_node *list;
	struct bblk_io *io, *tmp;

	if (llist_empty(&thread->done))
		return;
	list = llist_reverse_order(llist_del_all(&thread->done));
	llist_for_each_entry_safe(io, tmp, list, done)
		if (!bblk_io_resubmit(io))
			list_add_tail(&io->node, &thread->ended);
}

/* One batch of data out; false if there was nothing to do. */
static bool finish_batch(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;
	unsigned int room = BBLK_BATCH;
	struct bblk_io *io, *tmp;

	list_for_each_entry_safe(io, tmp, &thread->ended, node) {
		if (io->req.nr_segs > room)
			break;
		if (bblk_io_busy_below(io)) {
			ring->stats.held++;
			continue;
		}
		room -= io->req.nr_segs;
		bblk_io_gather_out(io);
		list_move_tail(&io->node, &thread->finishing);
	}
	if (list_empty(&thread->finishing))
		return false;

	blanket_copy_run(&ring->copy, &ring->stats.grant);
	blanket_grant_unmap(thread->unmap, thread->pages, thread->nr_ops,
			    ring->copy.domid, &ring->stats.grant);
	list_for_each_entry_safe(io, tmp, &thread->finishing, node) {
		bblk_io_finish_out(io);
		bblk_io_release(io);
		bblk_ring_answer(ring, &io->req, io->status);
		ring->inflight--;
		list_move(&io->node, &thread->free);
	}
	blanket_copy_reset(&ring->copy);
	thread->nr_ops = 0;
	return true;
}

/* Data goes out, and grants are unmapped, before the guest is told. */
static void finish(struct bblk_thread *thread)
{
	collect(thread);
	while (finish_batch(thread))
		cond_resched();
	bblk_ring_push(thread->ring);
}

static void shrink_persist(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;

	persist_shrink(&thread->persist, 0, &thread->cache, ring->copy.domid,
		       &ring->stats.grant);
}

static void shrink(struct bblk_thread *thread)
{
	unsigned int keep = READ_ONCE(bblk_max_buffer_pages);

	if (READ_ONCE(thread->squeeze) && xchg(&thread->squeeze, false)) {
		keep = 0;
		shrink_persist(thread);
	}
	if (thread->cache.num_pages > keep)
		gnttab_page_cache_shrink(&thread->cache, keep);
	if (thread->own.nr > keep)
		bblk_pages_shrink(&thread->own, keep);
}

/* How long the thread may sleep when nobody wakes it. */
static long patience(const struct bblk_thread *thread)
{
	const struct blanket_standing *standing = thread->ring->copy.standing;

	if (thread->starved || !list_empty(&thread->ended))
		return RETRY;
	if (standing && standing->nr_used)
		return max((long)(standing->age_at - jiffies), 1L);
	return MAX_SCHEDULE_TIMEOUT;
}

static void pass(struct bblk_thread *thread)
{
	struct bblk_ring *ring = thread->ring;

	bblk_ring_begin(ring);
	finish(thread);
	if (blanket_standing_due(ring->copy.standing))
		blanket_standing_age(ring->copy.standing);
	if (READ_ONCE(ring->conn->stopping) || ring->broken)
		return;

	take(thread);
	if (!list_empty(&thread->taken)) {
		fetch(thread);
		start(thread);
	}
	finish(thread); /* what could not be started, or is already done */
	shrink(thread);
	if (!ring->broken)
		thread->more = bblk_ring_end(ring) && !thread->starved;
}

static bool has_work(struct bblk_thread *thread)
{
	const struct bblk_ring *ring = thread->ring;

	if (!llist_empty(&thread->done))
		return true;
	if (kthread_should_stop())
		return !ring->inflight;
	if (READ_ONCE(ring->conn->stopping) || ring->broken)
		return false;
	return thread->more || READ_ONCE(ring->event);
}

static int thread_main(void *arg)
{
	struct bblk_thread *thread = arg;
	unsigned int noio = memalloc_noio_save();

	while (!kthread_should_stop() || thread->ring->inflight) {
		long timeout = patience(thread);

		set_current_state(TASK_IDLE);
		if (!has_work(thread))
			schedule_timeout(timeout);
		__set_current_state(TASK_RUNNING);
		pass(thread);
		cond_resched();
	}
	memalloc_noio_restore(noio);
	return 0;
}

static void wake(struct bblk_ring *ring)
{
	struct bblk_thread *thread = ring->thread;
	struct task_struct *task;

	if (!thread)
		return;
	/* pairs with the release in run_thread() */
	task = smp_load_acquire(&thread->task);
	if (task) /* else it is about to start, and will look */
		wake_up_process(task);
}

static void squeeze(struct bblk_ring *ring)
{
	WRITE_ONCE(ring->thread->squeeze, true);
	wake(ring);
}

static int alloc(struct bblk_thread *thread)
{
	unsigned int slots = thread->ring->back.nr_ents;
	unsigned int i;
	int err = 0;

	thread->map = kvcalloc(BBLK_BATCH, sizeof(*thread->map), GFP_KERNEL);
	thread->pages = kvcalloc(BBLK_BATCH, sizeof(*thread->pages),
				 GFP_KERNEL);
	thread->ios = kvcalloc(slots, sizeof(*thread->ios), GFP_KERNEL);
	if (!thread->map || !thread->pages || !thread->ios)
		return -ENOMEM;
	for (i = 0; !err && i < slots; i++) {
		err = bblk_io_init(&thread->ios[i], thread);
		if (!err)
			list_add_tail(&thread->ios[i].node, &thread->free);
	}
	return err;
}

static int open_thread(struct bblk_ring *ring)
{
	struct xenbus_device *dev = ring->conn->dev;
	struct bblk_thread *thread;
	int err = -ENOMEM;

	thread = kvzalloc(sizeof(*thread), GFP_KERNEL);
	if (thread) {
		ring->thread = thread;
		thread->ring = ring;
		INIT_LIST_HEAD(&thread->free);
		INIT_LIST_HEAD(&thread->taken);
		INIT_LIST_HEAD(&thread->ended);
		INIT_LIST_HEAD(&thread->finishing);
		init_llist_head(&thread->done);
		gnttab_page_cache_init(&thread->cache);
		bblk_pages_init(&thread->own, GFP_NOIO);
		persist_init(&thread->persist, ring->conn->persistent_pages);
		err = alloc(thread);
	}
	if (err) {
		blanket_dev_fail(dev, err, "queue %u: no memory for %u requests",
				 ring->id, ring->back.nr_ents);
		return err;
	}
	thread->idle = kthread_create(thread_main, thread, "%s.%u",
				      dev_name(&dev->dev), ring->id);
	err = PTR_ERR_OR_ZERO(thread->idle);
	if (err) {
		thread->idle = NULL;
		blanket_dev_fail(dev, err, "queue %u: no thread", ring->id);
	}
	return err;
}

static void run_thread(struct bblk_ring *ring)
{
	struct bblk_thread *thread = ring->thread;

	thread->more = true; /* an earlier backend may have left requests */
	/* pairs with the acquire in wake() */
	smp_store_release(&thread->task, get_task_struct(thread->idle));
	wake_up_process(thread->idle);
}

/* Takes as long as the device does. */
static void stop_thread(struct bblk_ring *ring)
{
	if (ring->thread && ring->thread->idle)
		kthread_stop(ring->thread->idle);
}

static void close_thread(struct bblk_ring *ring)
{
	struct bblk_thread *thread = ring->thread;
	unsigned int i;

	if (!thread)
		return;
	if (thread->task)
		put_task_struct(thread->task);
	/* Nothing is in flight, but a network file system may hold some yet. */
	while (thread->persist.nr) {
		shrink_persist(thread);
		if (thread->persist.nr)
			msleep(20);
	}
	gnttab_page_cache_shrink(&thread->cache, 0);
	bblk_pages_shrink(&thread->own, 0);
	for (i = 0; thread->ios && i < ring->back.nr_ents; i++)
		bblk_io_exit(&thread->ios[i]);
	kvfree(thread->ios);
	kvfree(thread->pages);
	kvfree(thread->map);
	kvfree(thread);
}

const struct bblk_server bblk_thread_server = {
	.open = open_thread,
	.start = run_thread,
	.wake = wake,
	.squeeze = squeeze,
	.stop = stop_thread,
	.close = close_thread,
};
