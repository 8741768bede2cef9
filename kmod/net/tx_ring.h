/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's transmit ring: requests come out of it, responses and events go
 * back. Inline: every packet passes.
 */
#ifndef _BLANKET_TX_RING_H
#define _BLANKET_TX_RING_H

#include <xen/events.h>

#include "../core/trace.h"
#include "netif.h"
#include "vif.h"

static inline void tx_ring_put(struct vif_tx *tx, u16 id, s16 status)
{
	struct xen_netif_tx_response *rsp =
		RING_GET_RESPONSE(&tx->ring, tx->ring.rsp_prod_pvt);

	rsp->id = id;
	rsp->status = status;
	tx->ring.rsp_prod_pvt++;
}

/**
 * tx_ring_answer() - write the responses a packet's slots are owed
 * @tx:		the queue
 * @ids:	of its data slots
 * @nr_ids:	how many
 * @nr_extras:	its extra slots
 * @okay:	was it sent?
 *
 * Context: NAPI. None of the packet's grants is in use any more.
 */
static inline void tx_ring_answer(struct vif_tx *tx, const u16 *ids,
				  unsigned int nr_ids, unsigned int nr_extras,
				  bool okay)
{
	unsigned int i;

	for (i = 0; i < nr_ids; i++) {
		tx_ring_put(tx, ids[i],
			    okay ? XEN_NETIF_RSP_OKAY : XEN_NETIF_RSP_ERROR);
		/* An extra, which follows the first, has no id to answer to. */
		while (unlikely(nr_extras)) {
			tx_ring_put(tx, 0, XEN_NETIF_RSP_NULL);
			nr_extras--;
		}
	}
}

/**
 * tx_ring_answer_packet() - tx_ring_answer() for a packet as it was read
 * @tx:		the queue
 * @pkt:	the packet
 * @okay:	was it sent?
 *
 * Context: as tx_ring_answer().
 */
static inline void tx_ring_answer_packet(struct vif_tx *tx,
					 const struct netif_tx_packet *pkt,
					 bool okay)
{
	tx_ring_answer(tx, pkt->ids, pkt->nr_ids, pkt->nr_extras, okay);
}

/**
 * tx_ring_notify() - let the guest see its responses
 * @q:		the queue
 *
 * Context: NAPI.
 */
static inline void tx_ring_notify(struct vif_queue *q)
{
	struct vif_tx *tx = &q->tx;
	unsigned int responses = tx->ring.rsp_prod_pvt -
				 tx->ring.sring->rsp_prod;
	int needed;

	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&tx->ring, needed);
	if (needed) {
		notify_remote_via_irq(tx->irq);
		tx->stats.notifies++;
		trace_blanket_notify(q->vif->domid, tx->irq, responses);
	}
}

/**
 * tx_ring_produced() - how far the guest has got
 * @q:		the queue
 * @prod:	set to its producer index; slots before it may be read
 *
 * Context: NAPI.
 * Return: false if it claims the impossible; the device is stopped then.
 */
static inline bool tx_ring_produced(struct vif_queue *q, RING_IDX *prod)
{
	struct vif_tx *tx = &q->tx;

	*prod = READ_ONCE(tx->ring.sring->req_prod);
	/* Too far ahead of the responses, or behind what has been taken. */
	if (unlikely(netif_ring_overflow(*prod, tx->ring.rsp_prod_pvt,
					 RING_SIZE(&tx->ring)) ||
		     netif_ring_overflow(*prod, tx->ring.req_cons,
					 RING_SIZE(&tx->ring)))) {
		vif_break(q->vif, "more requests than the ring holds");
		return false;
	}
	/* Slots are read after the index that covers them. */
	virt_rmb();
	return true;
}

/**
 * tx_ring_read() - read one packet's slots
 * @q:		the queue
 * @pkt:	filled in
 * @cons:	the first slot; set to the one after the last
 * @prod:	from tx_ring_produced(), not @cons
 *
 * Context: NAPI.
 * Return: false if no honest guest writes that; the device is stopped then.
 */
static inline bool tx_ring_read(struct vif_queue *q,
				struct netif_tx_packet *pkt, RING_IDX *cons,
				RING_IDX prod)
{
	struct xen_netif_tx_request req;
	enum netif_tx_verdict verdict;

	netif_tx_begin(pkt);
	do {
		if (unlikely(*cons == prod)) {
			vif_break(q->vif, "last packet's slots are missing");
			return false;
		}
		RING_COPY_REQUEST(&q->tx.ring, *cons, &req);
		(*cons)++;
		verdict = netif_tx_feed(pkt, &req);
	} while (verdict == NETIF_TX_MORE);

	if (unlikely(verdict == NETIF_TX_FATAL)) {
		vif_break(q->vif, pkt->why);
		return false;
	}
	return true;
}

/**
 * tx_ring_more() - has the guest produced more? If not, it is to say so then
 * @tx:		the queue
 * @work:	what napi_complete_done() is going to be told
 *
 * No event is asked for while NAPI is to look again by itself, as it does with
 * napi_defer_hard_irqs and gro_flush_timeout.
 *
 * Context: NAPI, about to complete: the ring is another pass's afterwards.
 * Return: true if there is more, or may be without an event.
 */
static inline bool tx_ring_more(struct vif_tx *tx, int work)
{
	const struct net_device *dev = tx->napi.dev;
	u32 looks = work ? READ_ONCE(dev->napi_defer_hard_irqs) :
			   tx->napi.defer_hard_irqs_count;
	int more;

	if (unlikely(looks) && READ_ONCE(dev->gro_flush_timeout))
		return true;
	RING_FINAL_CHECK_FOR_REQUESTS(&tx->ring, more);
	return more;
}

/**
 * tx_ring_owe_nothing() - the ring is drained: let the guest's next event come
 * @tx:		the queue
 *
 * Context: NAPI.
 */
static inline void tx_ring_owe_nothing(struct vif_tx *tx)
{
	if (!xchg(&tx->eoi_owed, false))
		return;
	xen_irq_lateeoi(tx->irq,
			READ_ONCE(tx->worked) ? 0 : XEN_EOI_FLAG_SPURIOUS);
	WRITE_ONCE(tx->worked, false);
}

/**
 * tx_ring_share() - NAPI goes on, or waits for room: is the event not ours alone?
 * @q:		the queue
 *
 * On a shared event channel the guest may be posting what RX wants.
 *
 * Context: NAPI.
 */
static inline void tx_ring_share(struct vif_queue *q)
{
	if (unlikely(q->tx.irq == q->rx.irq))
		tx_ring_owe_nothing(&q->tx);
}

#endif /* _BLANKET_TX_RING_H */
