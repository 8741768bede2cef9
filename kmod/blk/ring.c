// SPDX-License-Identifier: GPL-2.0-only
/*
 * One shared ring: what the guest asks and is answered.
 *
 *	guest's requests               guest's responses
 *	      |                               ^
 *	produced, read: once, checked         |  answer, push: one event a pass
 *	      v                               |
 *	      `----------> a server ----------'
 */
#include <linux/gfp.h>
#include <xen/events.h>
#include <xen/interface/io/ring.h>

#include "../core/trace.h"
#include "conn.h"
#include "ring.h"

/* No pass's descriptors straddle pages, and each copy is one operation. */
static_assert(BBLK_BATCH * sizeof(struct blkif_request_segment) <=
	      BLKIF_PAGE_SIZE);

unsigned int bblk_max_buffer_pages = 1024;

static void *slot_at(struct bblk_ring *ring, RING_IDX index)
{
	return (void *)ring->back.sring + BLKIF_RING_HEADER +
	       (index & (ring->back.nr_ents - 1)) * ring->slot_size;
}

/**
 * bblk_ring_answer() - write a response; bblk_ring_push() announces it
 * @ring:	the ring
 * @req:	to what
 * @status:	BLKIF_RSP_*
 *
 * Context: the ring's server.
 */
void bblk_ring_answer(struct bblk_ring *ring, const struct blkif_req *req,
		      s16 status)
{
	blkif_put_response(slot_at(ring, ring->back.rsp_prod_pvt++), req->id,
			   req->operation, status);
	ring->answers++;
}

/**
 * bblk_ring_refuse() - answer a request that needs no device, or may not
 * reach it
 * @ring:	the ring
 * @req:	the request that was read last
 * @status:	BLKIF_RSP_*
 *
 * Context: the ring's server.
 */
void bblk_ring_refuse(struct bblk_ring *ring, const struct blkif_req *req,
		      int status)
{
	ring->back.req_cons++;
	ring->worked = true;
	bblk_ring_answer(ring, req, status);
}

/**
 * bblk_ring_push() - announce all responses at once
 * @ring:	the ring
 *
 * Context: the ring's server.
 */
void bblk_ring_push(struct bblk_ring *ring)
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

/* Context: process, which a server may not be. */
static void report(struct work_struct *work)
{
	struct bblk_ring *ring = container_of(work, struct bblk_ring, report);

	/* the device may be another driver's by now */
	if (READ_ONCE(ring->conn->closing))
		return;
	blanket_dev_fail(ring->conn->dev, -EPROTO,
			 "queue %u: the front end produced requests up to %u of a ring of %u slots, with %u taken and %u answered; serving it no more",
			 ring->id, ring->bad_prod, ring->back.nr_ents,
			 ring->back.req_cons, ring->back.rsp_prod_pvt);
}

/**
 * bblk_ring_produced() - how far has the guest come?
 * @ring:	the ring
 * @prod:	its producer index
 *
 * Context: the ring's server.
 * Return: true, or false if the guest broke the protocol: then only the end
 * of the device helps.
 */
bool bblk_ring_produced(struct bblk_ring *ring, RING_IDX *prod)
{
	*prod = READ_ONCE(ring->back.sring->req_prod);
	virt_rmb(); /* requests are read after the index that covers them */
	/* Too far ahead of the responses, or behind what has been taken. */
	if (likely(!blkif_ring_overrun(*prod, ring->back.rsp_prod_pvt,
				       ring->back.nr_ents) &&
		   !blkif_ring_overrun(*prod, ring->back.req_cons,
				       ring->back.nr_ents)))
		return true;
	ring->broken = true;
	ring->bad_prod = *prod;
	schedule_work(&ring->report);
	return false;
}

/**
 * bblk_ring_read() - copy the next request, and check it
 * @ring:	the ring, which has one
 * @req:	filled in
 * @segs:	its segments, unless they are indirect;
 *		BLKIF_MAX_SEGMENTS_PER_REQUEST
 * @disk:	what it is checked against
 *
 * It stays the next one until it is refused, or @ring->back.req_cons moves.
 *
 * Context: the ring's server.
 * Return: BLKIF_RSP_OKAY, or what it is to be refused with.
 */
int bblk_ring_read(struct bblk_ring *ring, struct blkif_req *req,
		   struct blkif_seg *segs, const struct blkif_disk *disk)
{
	struct blkif_slot slot;
	int status;

	blkif_slot_copy(&slot, slot_at(ring, ring->back.req_cons),
			ring->conn->abi);
	status = blkif_parse(req, segs, &slot, disk);
	ring->stats.bad_req += status != BLKIF_RSP_OKAY;
	return status;
}

/**
 * bblk_ring_count() - count a request that goes to the device
 * @ring:	the ring
 * @req:	the request
 *
 * Context: the ring's server.
 */
void bblk_ring_count(struct bblk_ring *ring, const struct blkif_req *req)
{
	struct bblk_stats *stats = &ring->stats;

	switch (req->operation) {
	case BLKIF_OP_READ:
		stats->rd_req++;
		stats->rd_sect += req->nr_sectors;
		break;
	case BLKIF_OP_WRITE:
		stats->wr_req++;
		stats->wr_sect += req->nr_sectors;
		break;
	case BLKIF_OP_FLUSH_DISKCACHE:
		stats->f_req++;
		stats->wr_sect += req->nr_sectors;
		break;
	default:
		stats->ds_req++;
	}
}

/**
 * bblk_ring_begin() - a pass begins
 * @ring:	the ring
 *
 * Context: the ring's server.
 */
void bblk_ring_begin(struct bblk_ring *ring)
{
	if (!READ_ONCE(ring->event))
		return;
	xchg(&ring->event, false); /* before the ring is looked at */
	ring->eoi_due = true;
	ring->stats.events++;
}

/**
 * bblk_ring_end() - a pass has taken what it could
 * @ring:	the ring, not broken
 *
 * Context: the ring's server.
 * Return: true if the guest has produced more, and will not say so.
 */
bool bblk_ring_end(struct bblk_ring *ring)
{
	int more;

	RING_FINAL_CHECK_FOR_REQUESTS(&ring->back, more);
	if (ring->eoi_due && !more) {
		ring->eoi_due = false;
		xen_irq_lateeoi(ring->irq, ring->worked ? 0 :
				XEN_EOI_FLAG_SPURIOUS);
		ring->worked = false;
	}
	return more;
}

static irqreturn_t on_event(int irq, void *arg)
{
	struct bblk_ring *ring = arg;

	WRITE_ONCE(ring->event, true);
	/* pairs with refuse() in conn.c */
	smp_load_acquire(&ring->conn->server)->wake(ring);
	return IRQ_HANDLED;
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
	int err;

	ring->descriptors = (void *)get_zeroed_page(GFP_KERNEL);
	if (!ring->descriptors)
		return -ENOMEM;
	err = blanket_copy_init(&ring->copy, ring->conn->dev->otherend_id,
				BBLK_BATCH);
	if (!err && ring->shm.keeps_version)
		blanket_copy_stand(&ring->copy, &ring->stats.grant);
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
 * Return: 0, or an error, after which it is still to be stopped and closed.
 */
int bblk_ring_open(struct bblk_ring *ring, struct bblk_conn *conn,
		   unsigned int id, grant_ref_t *refs, unsigned int nr_refs,
		   evtchn_port_t port)
{
	struct xenbus_device *dev = conn->dev;
	int err;

	ring->conn = conn;
	ring->id = id;
	INIT_WORK(&ring->report, report);

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
	err = conn->server->open(ring);
	if (err)
		return err;
	err = blanket_evtchn_bind(dev, port, on_event, dev_name(&dev->dev),
				  ring);
	if (err < 0) {
		blanket_dev_fail(dev, err, "queue %u: binding event channel %u",
				 id, port);
		return err;
	}
	ring->irq = err;
	conn->server->start(ring);
	return 0;
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
	if (ring->irq)
		unbind_from_irqhandler(ring->irq, ring);
	/* Until here an event of the guest's could still wake the server. */
	ring->conn->server->close(ring);
	cancel_work_sync(&ring->report);
	blanket_ring_unmap(&ring->shm, ring->conn->dev);
	blanket_copy_exit(&ring->copy);
	free_page((unsigned long)ring->descriptors);
}
