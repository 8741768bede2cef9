// SPDX-License-Identifier: GPL-2.0-only
/* Which copies bring a packet into a guest's buffers. See rx_copy.h. */
#include "rx_copy.h"

/* The slots after the first are the extras'. */
static grant_ref_t buffer_of(const struct rx_cursor *cur, unsigned int slot)
{
	return cur->reqs[slot + (slot ? netif_rx_extras(cur->pkt) : 0)].gref;
}

/**
 * rx_copy_piece() - gather the copies of a packet's next piece
 * @cur:	where the packet is; begun with netif_rx_begin()
 * @page:	the piece's first page
 * @offset:	where in it, or in pages that follow it
 * @len:	bytes
 *
 * Context: NAPI.
 * Return: false if the batch is full.
 */
bool rx_copy_piece(struct rx_cursor *cur, struct page *page,
		   unsigned int offset, unsigned int len)
{
	page += offset >> PAGE_SHIFT;
	offset = offset_in_page(offset);
	while (len) {
		/* Pages that follow each other in pfn do not in mfn. */
		unsigned int part = min(len, (unsigned int)PAGE_SIZE - offset);
		unsigned int slot;

		part = netif_rx_place(cur->pkt, &cur->at, part);
		slot = cur->at.slot;
		if (!blanket_copy_add_to(cur->copy, buffer_of(cur, slot),
					 cur->pkt->headroom +
					 cur->pkt->fill[slot] - part, page,
					 offset, part))
			return false;
		offset += part;
		len -= part;
		if (offset == PAGE_SIZE) {
			page++;
			offset = 0;
		}
	}
	return true;
}

/*
 * Is what the head holds also what lies right before the first fragment? It is
 * where a driver pulled headers out of a buffer and nobody changed them since.
 * The fragment's page is dom0's own, and the guest checks what it gets anyway,
 * so it does no harm if the host below writes to it after we looked.
 */
static bool head_in_front(const struct sk_buff *skb)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;
	unsigned int len = skb_headlen(skb);

	return skb_shinfo(skb)->nr_frags && skb_frags_readable(skb) &&
	       skb_frag_off(frag) >= len && !PageHighMem(skb_frag_page(frag)) &&
	       !memcmp(skb->data, skb_frag_address(frag) - len, len);
}

static bool place_skb(struct rx_cursor *cur, const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int front = skb_headlen(skb);
	const struct sk_buff *sub;
	unsigned int i;

	if (!head_in_front(skb)) {
		if (!rx_copy_piece(cur, virt_to_page(skb->data),
				   offset_in_page(skb->data), front))
			return false;
		front = 0;
	}
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];

		if (!rx_copy_piece(cur, skb_frag_page(frag),
				   skb_frag_off(frag) - front,
				   skb_frag_size(frag) + front))
			return false;
		front = 0;
	}
	/* GRO hangs what exceeds the frags here, one level deep. */
	for (sub = info->frag_list; sub; sub = sub->next)
		if (!place_skb(cur, sub))
			return false;
	return true;
}

/* Its bytes lie one after the other within one page, but for the head's. */
static bool in_one_page(const struct sk_buff *skb, struct page **page,
			unsigned int *offset)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;

	if (skb_shinfo(skb)->nr_frags != 1 || skb_has_frag_list(skb) ||
	    !head_in_front(skb))
		return false;
	*offset = skb_frag_off(frag) - skb_headlen(skb);
	*page = skb_frag_page(frag) + (*offset >> PAGE_SHIFT);
	*offset = offset_in_page(*offset);
	return *offset + skb->len <= PAGE_SIZE;
}

/**
 * rx_copy_pieces() - rx_copy_packet() for what does not lie in one piece
 * @rx:		whose batch the copies go to
 * @stage:	the pass's
 * @reqs:	the buffers, as many as netif_rx_slots(@pkt)
 * @skb:	the packet; stays alive until the batch has run
 * @pkt:	describes it; how its slots are filled is noted here
 *
 * Context: NAPI.
 * Return: as rx_copy_packet().
 */
bool rx_copy_pieces(struct vif_rx *rx, struct rx_stage *stage,
		    const struct xen_netif_rx_request *reqs,
		    const struct sk_buff *skb, struct netif_rx_packet *pkt)
{
	struct rx_cursor cur = {
		.copy = &rx->copy,
		.reqs = reqs,
		.pkt = pkt,
	};
	unsigned int offset;
	struct page *page;

	netif_rx_begin(pkt, &cur.at);
	if (skb->len > RX_STAGE_BYTES)
		return place_skb(&cur, skb);
	if (!in_one_page(skb, &page, &offset)) {
		rx->stats.staged++;
		page = rx_stage_put(stage, skb, &offset);
		if (unlikely(!page))
			return false;
	}
	return rx_copy_piece(&cur, page, offset, skb->len);
}
