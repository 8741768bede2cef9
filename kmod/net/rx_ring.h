/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's receive ring: buffers come out of it, responses and events go
 * back, strictly in ring order. Inline: every packet passes.
 */
#ifndef _BLANKET_RX_RING_H
#define _BLANKET_RX_RING_H

#include <xen/events.h>

#include "../core/trace.h"
#include "netif.h"
#include "vif.h"

/**
 * rx_ring_posted() - buffers the guest has posted and we have not used
 * @q:		the queue
 *
 * Context: NAPI.
 * Return: how many, or -1 if it claims the impossible; the device is stopped
 * then.
 */
static inline int rx_ring_posted(struct vif_queue *q)
{
	struct xen_netif_rx_back_ring *ring = &q->rx.ring;
	RING_IDX prod = READ_ONCE(ring->sring->req_prod);

	if (unlikely(netif_ring_overflow(prod, ring->rsp_prod_pvt,
					 RING_SIZE(ring)) ||
		     netif_ring_overflow(prod, ring->req_cons,
					 RING_SIZE(ring)))) {
		vif_break(q->vif, "more receive buffers than the ring holds");
		return -1;
	}
	/* Slots are read after the index that covers them. */
	virt_rmb();
	return prod - ring->req_cons;
}

/**
 * rx_ring_wait_for() - ask for an event once there are enough buffers
 * @q:		the queue
 * @needed:	how many are
 *
 * Context: NAPI.
 * Return: as rx_ring_posted(): they may have come meanwhile.
 */
static inline int rx_ring_wait_for(struct vif_queue *q, unsigned int needed)
{
	struct xen_netif_rx_back_ring *ring = &q->rx.ring;

	ring->sring->req_event = ring->req_cons + needed;
	/* The index we ask for is out before we look again. */
	virt_mb();
	return rx_ring_posted(q);
}

/**
 * rx_ring_read() - look at the next buffers
 * @rx:		the queue; has that many posted
 * @reqs:	our copy of them
 * @nr:		how many
 *
 * They are taken when the caller advances req_cons.
 */
static inline void rx_ring_read(struct vif_rx *rx,
				struct xen_netif_rx_request *reqs,
				unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		RING_COPY_REQUEST(&rx->ring, rx->ring.req_cons + i, &reqs[i]);
}

/**
 * rx_ring_respond() - write the responses for a packet
 * @rx:		the queue
 * @pkt:	the packet
 * @reqs:	the buffers it took
 * @okay:	did all of it reach them?
 */
static inline void rx_ring_respond(struct vif_rx *rx,
				   const struct netif_rx_packet *pkt,
				   const struct xen_netif_rx_request *reqs,
				   bool okay)
{
	unsigned int nr = netif_rx_data_slots(pkt);
	unsigned int extras = netif_rx_extras(pkt);
	unsigned int i, k;

	for (i = 0; i < nr; i++, reqs++) {
		netif_rx_data(pkt, i, reqs->id, okay,
			      RING_GET_RESPONSE(&rx->ring,
						rx->ring.rsp_prod_pvt++));
		for (k = 0; !i && k < extras; k++, reqs++)
			netif_rx_extra(pkt, k, (struct xen_netif_extra_info *)
				       RING_GET_RESPONSE(&rx->ring,
							 rx->ring.rsp_prod_pvt++));
	}
}

/**
 * rx_ring_push() - let the guest see its packets
 * @q:		the queue
 * @nr:		buffers they took
 */
static inline void rx_ring_push(struct vif_queue *q, unsigned int nr)
{
	struct vif_rx *rx = &q->rx;
	int needed;

	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&rx->ring, needed);
	if (needed) {
		notify_remote_via_irq(rx->irq);
		rx->stats.notifies++;
		trace_blanket_notify(q->vif->domid, rx->irq, nr);
	}
}

/**
 * rx_ring_owe_nothing() - let the guest's next event come
 * @rx:		the queue
 *
 * Context: NAPI.
 */
static inline void rx_ring_owe_nothing(struct vif_rx *rx)
{
	if (!xchg(&rx->eoi_owed, false))
		return;
	xen_irq_lateeoi(rx->irq, rx->worked ? 0 : XEN_EOI_FLAG_SPURIOUS);
	rx->worked = false;
}

#endif /* _BLANKET_RX_RING_H */
