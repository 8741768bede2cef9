/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet's pieces into a guest's buffers: which copy operations?
 *
 * Xen charges an operation for each frame that it has to look up, so the
 * fewer pairs of source page and buffer, the better:
 *
 *  - a page starts a buffer of its own where that costs the guest no buffer
 *    more; else every page of a big packet would straddle two;
 *  - headers that the driver copied into the skb's head mostly still lie right
 *    before the payload: then the two are one piece;
 *  - small packets in pieces are put together first, see rx_stage.h.
 */
#ifndef _BLANKET_RX_COPY_H
#define _BLANKET_RX_COPY_H

#include "rx_stage.h"
#include "vif.h"

/**
 * struct rx_cursor - a packet on its way into a guest's buffers
 * @copy:	the batch
 * @reqs:	the buffers
 * @pkt:	describes it; how its slots are filled is noted here
 * @at:		how far it is
 */
struct rx_cursor {
	struct blanket_copy *copy;
	const struct xen_netif_rx_request *reqs;
	struct netif_rx_packet *pkt;
	struct netif_rx_cursor at;
};

bool rx_copy_piece(struct rx_cursor *cur, struct page *page,
		   unsigned int offset, unsigned int len);
bool rx_copy_pieces(struct vif_rx *rx, struct rx_stage *stage,
		    const struct xen_netif_rx_request *reqs,
		    const struct sk_buff *skb, struct netif_rx_packet *pkt);

/**
 * rx_copy_packet() - gather the copies of a packet into a guest's buffers
 * @rx:		whose batch they go to
 * @stage:	the pass's
 * @reqs:	the buffers, as many as netif_rx_slots(@pkt)
 * @skb:	the packet; stays alive until the batch has run
 * @pkt:	describes it; how its slots are filled is noted here
 *
 * Context: NAPI.
 * Return: false if the batch is full or the packet cannot be read; some
 * operations may have been added then.
 */
static __always_inline bool
rx_copy_packet(struct vif_rx *rx, struct rx_stage *stage,
	       const struct xen_netif_rx_request *reqs,
	       const struct sk_buff *skb, struct netif_rx_packet *pkt)
{
	unsigned int offset = offset_in_page(skb->data);

	if (unlikely(skb_is_nonlinear(skb) || offset + skb->len > PAGE_SIZE))
		return rx_copy_pieces(rx, stage, reqs, skb, pkt);
	pkt->fill[0] = skb->len;
	return blanket_copy_add_to(&rx->copy, reqs->gref, pkt->headroom,
				   virt_to_page(skb->data), offset, skb->len);
}

#endif /* _BLANKET_RX_COPY_H */
