// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passthrough: one pass between a guest's ring and a virtqueue.
 *
 *	          guest's requests               guest's responses
 *	                |                               ^
 *	   take   copy each once, check                 |  push, one event
 *	   fetch  indirect segments  (1 copy)           |
 *	   fill   data to write: pinned, (1 copy)  finish  data read: 1 copy,
 *	          data to read: pages of ours, or       |  or 1 unpin
 *	          the guest's own, 1 pin                |
 *	   submit cut, [header][data][status]           |
 *	                |  one kick                     |
 *	                v                               |
 *	             the virtqueue ------------------- reap
 *
 * A pass is a tasklet: an interrupt of either side leads to it at once, with
 * no thread to be woken. It alone touches the ring and the queue. Where a
 * request's data is, is direct_data.c's. Copies in brackets are for what has
 * no standing mapping.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include "../core/trace.h"
#include "conn.h"
#include "direct.h"
#include "direct_data.h"
#include "ring.h"
#include "vbd.h"

/* Rounds of a pass before others get their turn */
#define ROUNDS		4
/* How soon to look again when memory is short */
#define RETRY		msecs_to_jiffies(10)
/* How long completions may wait for others, so as to come together */
#define LINGER		2
/* Pages of the guest's that are pinned for the device at a time, a ring */
#define PINS_MAX	1024
/* How long the device may take to finish what all rings have, before it is reset */
#define DRAIN		(3 * HZ)

/* --- from the guest to the device ------------------------------------------ */

static void current_disk(const struct direct_ring *d, struct blkif_disk *disk)
{
	*disk = d->ring->conn->disk;
	disk->sectors = vblk_sectors(d->disk->blk);
}

/* An indirect request's sectors are not known yet, its pages are. */
static void spend(struct direct_ring *d, const struct blkif_req *req)
{
	u32 bytes = 0;

	if (req->indirect)
		bytes = req->nr_segs * BLKIF_PAGE_SIZE;
	else if (req->nr_segs)
		bytes = req->nr_sectors << BLKIF_SECTOR_SHIFT;
	bblk_limit_spend(&d->disk->vbd->limit, bytes);
}

/* Takes what fits into one batch. */
static bool take(struct direct_ring *d)
{
	struct bblk_ring *ring = d->ring;
	unsigned int room = BBLK_BATCH;
	struct blkif_disk disk;
	RING_IDX prod;

	if (unlikely(!bblk_ring_produced(ring, &prod)))
		return false;
	if (ring->back.req_cons == prod)
		return false;
	current_disk(d, &disk);
	while (ring->back.req_cons != prod) {
		struct direct_req *r = list_first_entry(&d->free,
							struct direct_req, node);
		int status;

		d->throttled = bblk_limit_wait(&d->disk->vbd->limit);
		if (unlikely(d->throttled)) {
			ring->stats.throttled++;
			return true;
		}
		status = bblk_ring_read(ring, &r->req, r->segs, &disk);
		if (status == BLKIF_RSP_OKAY && !blkif_is_nothing(&r->req))
			status = cut_begin(&r->cut, &r->req, &d->disk->limits);
		if (unlikely(status != BLKIF_RSP_OKAY ||
			     blkif_is_nothing(&r->req))) {
			bblk_ring_refuse(ring, &r->req, status);
			continue;
		}
		if (r->req.nr_segs > room)
			return true;
		if (unlikely(r->req.nr_segs > r->room) &&
		    direct_data_resize(r, roundup_pow_of_two(r->req.nr_segs),
				       GFP_ATOMIC)) {
			d->starved = true;
			ring->stats.oo_req++;
			return true;
		}
		room -= r->req.nr_segs;
		ring->back.req_cons++;
		ring->worked = true;
		ring->inflight++;
		spend(d, &r->req);
		list_move_tail(&r->node, &d->taken);
	}
	return true;
}

/* It ends before it has begun. */
static void fail(struct direct_ring *d, struct direct_req *r)
{
	r->cut.status = BLKIF_RSP_ERROR;
	r->cut.stage = CUT_OVER;
	list_move_tail(&r->node, &d->done);
}

/* Reads the segments of indirect requests that were just taken. */
static void fetch(struct direct_ring *d)
{
	struct bblk_ring *ring = d->ring;
	struct blkif_request_segment *next = ring->descriptors;
	struct direct_req *r, *tmp;
	struct blkif_disk disk;

	list_for_each_entry(r, &d->taken, node) {
		if (!r->req.indirect)
			continue;
		r->first_op = ring->copy.nr;
		blanket_copy_fetch(&ring->copy, r->req.descriptors, 0, next,
				   r->req.nr_segs * sizeof(*next));
		r->nr_ops = ring->copy.nr - r->first_op;
		next += r->req.nr_segs;
	}
	if (next == ring->descriptors)
		return;
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	next = ring->descriptors;
	current_disk(d, &disk);
	list_for_each_entry_safe(r, tmp, &d->taken, node) {
		int status = BLKIF_RSP_ERROR;

		if (!r->req.indirect)
			continue;
		if (blanket_copy_ok(&ring->copy, r->first_op, r->nr_ops))
			status = blkif_parse_indirect(&r->req, r->segs, next,
						      &disk);
		next += r->req.nr_segs;
		r->req.indirect = false;
		if (unlikely(status != BLKIF_RSP_OKAY)) {
			ring->stats.bad_req++;
			fail(d, r);
		}
	}
	blanket_copy_reset(&ring->copy);
}

/* Gets the data of what was taken in place, as far as there is memory. */
static void place(struct direct_ring *d)
{
	struct bblk_ring *ring = d->ring;
	struct direct_req *r, *tmp, *end = NULL;

	list_for_each_entry(r, &d->taken, node) {
		if (unlikely(!direct_data_fill(d, r))) {
			end = r;
			break;
		}
	}
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	blanket_pin_run(&d->pins);
	list_for_each_entry_safe(r, tmp, &d->taken, node) {
		if (r == end)
			break;
		if (unlikely(!direct_data_filled(d, r))) {
			fail(d, r);
			continue;
		}
		bblk_ring_count(ring, &r->req);
		ring->stats.mapped += r->nr_pinned > 0;
		ring->stats.copied += r->nr_own > 0;
		list_move_tail(&r->node, &d->ready);
	}
	blanket_copy_reset(&ring->copy);
}

/* Hands the device what it takes. Return: pieces. */
static unsigned int submit(struct direct_ring *d)
{
	const struct cut_limits *limits = &d->disk->limits;
	struct vring_seg segs[VBLK_SEGS + VBLK_EXTRA];
	struct direct_req *r, *tmp;
	unsigned int pieces = 0;
	struct cut_piece piece;

	list_for_each_entry_safe(r, tmp, &d->ready, node) {
		while (true) {
			if (unlikely(!vblk_fits(d->q, d->disk->caps.segs)))
				return pieces;
			if (!cut_next(&r->cut, &r->req, r->segs, limits,
				      &piece))
				break;
			/* It fits. */
			if (unlikely(piece.nr_sectors))
				vblk_add_range(d->q, piece.type, piece.sector,
					       piece.nr_sectors, r);
			else
				vblk_add(d->q, piece.type, piece.sector, segs,
					 direct_data_lay_out(d, r, &piece,
							     segs + 1), r);
			pieces++;
		}
		if (unlikely(cut_over(&r->cut)))
			list_move_tail(&r->node, &d->done);
		else /* it is the device's turn */
			list_del_init(&r->node);
	}
	return pieces;
}

static void kick(struct direct_ring *d, unsigned int pieces)
{
	if (!pieces)
		return;
	vblk_kick(d->q);
	d->ring->stats.kicks++;
	trace_blanket_kick(d->disk->name, d->ring->id, pieces);
}

/* --- from the device to the guest ------------------------------------------ */

static void done(struct direct_ring *d, struct direct_req *r, u8 status)
{
	cut_done(&r->cut, &r->req, status);
	if (likely(cut_over(&r->cut)))
		list_move_tail(&r->node, &d->done);
	else if (!r->cut.pending)
		list_move_tail(&r->node, &d->ready);
}

static void reap(struct direct_ring *d)
{
	void *cookie;
	u8 status;

	while (vblk_get_done(d->q, &cookie, &status))
		done(d, cookie, status);
}

/* One batch of data out; false if there was nothing to do. */
static bool finish_batch(struct direct_ring *d)
{
	struct bblk_ring *ring = d->ring;
	struct direct_req *r, *tmp;

	list_for_each_entry_safe(r, tmp, &d->done, node) {
		if (r->req.nr_segs > blanket_copy_room(&ring->copy))
			break;
		direct_data_gather_out(d, r);
		list_move_tail(&r->node, &d->finishing);
	}
	if (list_empty(&d->finishing))
		return false;
	blanket_copy_run(&ring->copy, &ring->stats.grant);
	list_for_each_entry(r, &d->finishing, node) {
		if (unlikely(!blanket_copy_ok(&ring->copy, r->first_op,
					      r->nr_ops)))
			r->cut.status = BLKIF_RSP_ERROR;
		direct_data_release(d, r);
	}
	blanket_unpin_run(&d->pins);
	list_for_each_entry_safe(r, tmp, &d->finishing, node) {
		bblk_ring_answer(ring, &r->req, r->cut.status);
		ring->inflight--;
		list_move(&r->node, &d->free);
	}
	blanket_copy_reset(&ring->copy);
	return true;
}

/* Data goes out, and pages are let go, before the guest is told. */
static void finish(struct direct_ring *d)
{
	while (finish_batch(d))
		;
	bblk_ring_push(d->ring);
}

/* --- the pass --------------------------------------------------------------- */

/* Large requests were there; idle ones need not remember. */
static void give_back_room(struct direct_ring *d)
{
	struct direct_req *r;

	list_for_each_entry(r, &d->free, node)
		if (r->room > DIRECT_SEGS)
			direct_data_resize(r, DIRECT_SEGS, GFP_NOWAIT);
}

static void shrink(struct direct_ring *d)
{
	unsigned int keep = READ_ONCE(bblk_max_buffer_pages);

	if (unlikely(READ_ONCE(d->squeeze)) && xchg(&d->squeeze, false)) {
		give_back_room(d);
		keep = 0;
	}
	if (unlikely(d->own.nr > keep))
		bblk_pages_shrink(&d->own, keep);
}

static bool serves(const struct direct_ring *d)
{
	return !READ_ONCE(d->ring->conn->stopping) && likely(!d->ring->broken);
}

static void turn(struct direct_ring *d)
{
	reap(d);
	finish(d);
	d->starved = false;
	d->throttled = 0;
	if (serves(d)) {
		/* What is left of earlier passes goes first. */
		if (likely(list_empty(&d->taken)) && take(d))
			fetch(d);
		if (!list_empty(&d->taken))
			place(d);
	}
	kick(d, submit(d));
	if (unlikely(!list_empty(&d->done)))
		finish(d); /* what could not be started */
}

/* Asks for an event of the guest's. Return: true if there is more already. */
static bool settle(struct direct_ring *d)
{
	return serves(d) && bblk_ring_end(d->ring) && list_empty(&d->taken) &&
	       !d->throttled;
}

/*
 * Asks for an event of the device's. At depth most of what it has is to be
 * done by then: each event costs a pass, and so does each notification that
 * it leads to. A timer sees to it that few do not wait for one that is slow.
 */
static bool arm(struct direct_ring *d)
{
	unsigned int nr = vblk_outstanding(d->q);
	unsigned int after = nr - nr / 4;

	if (!nr) {
		vblk_disarm(d->q);
		return false;
	}
	return vblk_arm(d->q, after);
}

/* When to look round at the latest. */
static void set_timer(struct direct_ring *d)
{
	const struct blanket_standing *standing = d->ring->copy.standing;
	unsigned long at;

	if (unlikely(d->starved))
		at = jiffies + RETRY;
	else if (vblk_outstanding(d->q) > 1)
		at = jiffies + LINGER;
	else if (unlikely(d->throttled))
		at = jiffies + d->throttled;
	else if (standing && standing->nr_used)
		at = standing->age_at;
	else
		return;
	if (!timer_pending(&d->timer) || time_before(at, d->timer.expires))
		mod_timer(&d->timer, at);
}

static bool anything_new(struct direct_ring *d)
{
	const struct bblk_ring *ring = d->ring;

	return vblk_pending(d->q) ||
	       READ_ONCE(ring->back.sring->req_prod) != ring->back.req_cons;
}

/*
 * Looks for something new for a while rather than to sleep and be woken, with
 * no event asked for of either side.
 */
static bool poll(struct direct_ring *d)
{
	u64 most = (u64)READ_ONCE(d->ring->conn->poll_us) * NSEC_PER_USEC;
	u64 start, now;

	if (likely(!most) || !serves(d) || !list_empty(&d->taken) ||
	    d->throttled)
		return false;
	vblk_disarm(d->q);
	d->poll_ns = clamp(d->poll_ns, (u64)NSEC_PER_USEC, most);
	start = ktime_get_ns();
	do {
		if (anything_new(d)) {
			d->ring->stats.polls_found++;
			return true;
		}
		cpu_relax();
		now = ktime_get_ns();
	} while (now - start < d->poll_ns);
	d->ring->stats.polls_vain++;
	d->polled_at = start;
	return false;
}

/* Would a longer poll have found what ends this sleep, or was it in vain? */
static void learn(struct direct_ring *d)
{
	u64 most = (u64)READ_ONCE(d->ring->conn->poll_us) * NSEC_PER_USEC;

	if (likely(!d->polled_at) || !anything_new(d))
		return;
	if (ktime_get_ns() - d->polled_at <= most)
		d->poll_ns *= 2;
	else
		d->poll_ns /= 2;
	d->polled_at = 0;
}

static void pass(struct tasklet_struct *tasklet)
{
	struct direct_ring *d = from_tasklet(d, tasklet, pass);
	struct bblk_ring *ring = d->ring;
	unsigned int rounds = ROUNDS;
	bool more;

	if (READ_ONCE(d->stopped))
		return;
	bblk_ring_begin(ring);
	learn(d);
	if (blanket_standing_due(ring->copy.standing))
		blanket_standing_age(ring->copy.standing);
	do {
		turn(d);
		more = poll(d) || settle(d) || arm(d);
	} while (more && --rounds);
	shrink(d);
	if (more)
		tasklet_schedule(&d->pass);
	else
		set_timer(d);
}

static void on_timer(struct timer_list *timer)
{
	struct direct_ring *d = container_of(timer, struct direct_ring,
					      timer);

	if (!READ_ONCE(d->stopped))
		tasklet_schedule(&d->pass);
}

/* --- life -------------------------------------------------------------------- */

static void wake(struct bblk_ring *ring)
{
	struct direct_ring *d = READ_ONCE(ring->direct);

	if (d && !READ_ONCE(d->stopped))
		tasklet_schedule(&d->pass);
}

static void squeeze(struct bblk_ring *ring)
{
	WRITE_ONCE(ring->direct->squeeze, true);
	wake(ring);
}

/**
 * direct_ring_event() - the device is done with some of a ring's requests
 * @conn:	the connection, perhaps still being opened
 * @id:		which ring
 *
 * Context: any.
 */
void direct_ring_event(struct bblk_conn *conn, unsigned int id)
{
	wake(&conn->rings[id]);
}

/**
 * direct_ring_reclaim() - the device will not say what became of a piece
 * @conn:	the connection
 * @id:		which ring, stopped
 * @cookie:	the request
 *
 * Context: process context.
 */
void direct_ring_reclaim(struct bblk_conn *conn, unsigned int id, void *cookie)
{
	done(conn->rings[id].direct, cookie, VIRTIO_BLK_S_IOERR);
}

/**
 * direct_ring_end() - answer all that is left, after the device is stopped
 * @conn:	the connection
 * @id:		which ring, stopped
 *
 * Context: process context.
 */
void direct_ring_end(struct bblk_conn *conn, unsigned int id)
{
	struct direct_ring *d = conn->rings[id].direct;
	struct direct_req *r, *tmp;

	if (!d)
		return;
	list_for_each_entry_safe(r, tmp, &d->taken, node)
		fail(d, r);
	list_for_each_entry_safe(r, tmp, &d->ready, node)
		fail(d, r);
	finish(d);
	WARN_ON_ONCE(d->ring->inflight);
}

static int alloc(struct direct_ring *d)
{
	unsigned int slots = d->ring->back.nr_ents;
	unsigned int i;

	d->reqs = kvcalloc(slots, sizeof(*d->reqs), GFP_KERNEL);
	if (!d->reqs)
		return -ENOMEM;
	for (i = 0; i < slots; i++) {
		struct direct_req *r = &d->reqs[i];

		list_add_tail(&r->node, &d->free);
		if (direct_data_resize(r, DIRECT_SEGS, GFP_KERNEL))
			return -ENOMEM;
	}
	return 0;
}

static int open_direct(struct bblk_ring *ring)
{
	struct direct_ring *d = kvzalloc(sizeof(*d), GFP_KERNEL);
	int err = -ENOMEM;

	if (d) {
		d->ring = ring;
		d->disk = ring->conn->direct;
		d->q = vblk_queue(d->disk->blk, ring->id);
		INIT_LIST_HEAD(&d->free);
		INIT_LIST_HEAD(&d->taken);
		INIT_LIST_HEAD(&d->ready);
		INIT_LIST_HEAD(&d->done);
		INIT_LIST_HEAD(&d->finishing);
		bblk_pages_init(&d->own, GFP_ATOMIC);
		tasklet_setup(&d->pass, pass);
		timer_setup(&d->timer, on_timer, 0);
		d->stopped = true;
		ring->direct = d;
		err = blanket_pins_init(&d->pins, ring->copy.domid, PINS_MAX,
					&ring->stats.grant) ?: alloc(d);
	}
	if (err)
		blanket_dev_fail(ring->conn->dev, err,
				 "queue %u: no memory for %u requests",
				 ring->id, ring->back.nr_ents);
	return err;
}

static void start(struct bblk_ring *ring)
{
	/* What is before this the first pass sees; it has @irq. */
	smp_store_release(&ring->direct->stopped, false);
	/* an earlier backend may have left requests */
	tasklet_schedule(&ring->direct->pass);
}

/* Waits for the device, but not for ever: it can be reset. */
static void stop(struct bblk_ring *ring)
{
	unsigned long end = ring->conn->stopped_at + DRAIN;
	struct direct_ring *d = ring->direct;

	if (!d)
		return;
	while (!READ_ONCE(d->stopped) && READ_ONCE(ring->inflight) &&
	       !vblk_broken(d->disk->blk) && time_before(jiffies, end)) {
		wake(ring);
		msleep(20);
	}
	if (READ_ONCE(ring->inflight))
		dev_warn(&ring->conn->dev->dev, "queue %u: disk %s is reset under %u requests\n",
			 ring->id, d->disk->name, ring->inflight);
	WRITE_ONCE(d->stopped, true);
	tasklet_kill(&d->pass);
	timer_delete_sync(&d->timer);
}

static void close(struct bblk_ring *ring)
{
	struct direct_ring *d = ring->direct;
	unsigned int i;

	if (!d)
		return;
	/* an event may have come after it was stopped */
	tasklet_kill(&d->pass);
	bblk_pages_shrink(&d->own, 0);
	blanket_pins_exit(&d->pins);
	for (i = 0; d->reqs && i < ring->back.nr_ents; i++) {
		kfree(d->reqs[i].data);
		kfree(d->reqs[i].segs);
	}
	kvfree(d->reqs);
	kvfree(d);
}

const struct bblk_server direct_server = {
	.open = open_direct,
	.start = start,
	.wake = wake,
	.squeeze = squeeze,
	.stop = stop,
	.close = close,
};
