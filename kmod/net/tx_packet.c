// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a guest's pieces to an skb of ours.
 *
 *	linear part	headers, or a small packet whole: private memory
 *	page frags	the rest, packed into pages of the queue's
 *
 * or, from tx_map_min bytes on, the guest's own pages (tx_map.h). Copies are
 * made by Xen, in the pass's one hypercall.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/tcp.h>

#include "tx.h"
#include "tx_map.h"

/* Up to this a packet is linear. */
#define LINEAR_MAX 1600
/* Beyond it this much is, enough for all headers a checksum needs. */
#define LINEAR_HEAD 256
/* Ethernet, IPv4 and TCP without options: less is no header of its own. */
#define LINEAR_HEAD_MIN 54
/* Pieces of this size on average may have a page each. */
#define PIECE_WORTH_PAGE SZ_1K
static struct sk_buff *alloc_head(struct vif_tx *tx, unsigned int linear)
{
	unsigned int size = TX_FRAME_HEAD;
	struct sk_buff *skb;
	void *head;

	/* A kernel can be built for more frags, and bigger overheads. */
	BUILD_BUG_ON(SKB_HEAD_ALIGN(NET_SKB_PAD + ETH_ZLEN) > TX_FRAME_HEAD);
	BUILD_BUG_ON(SKB_HEAD_ALIGN(NET_SKB_PAD + LINEAR_MAX) > SZ_2K);

	if (linear <= TX_FRAME_BYTES) {
		skb = tx_frames_take(&tx->frames);
		if (likely(skb)) {
			__skb_put(skb, linear);
			return skb;
		}
	} else {
		/* Heads share pages; Xen looks a page up once for them all. */
		size = SKB_HEAD_ALIGN(NET_SKB_PAD + linear);
		size = size <= SZ_1K ? SZ_1K : SZ_2K;
	}
	head = tx_pages_cut(&tx->pages, size);
	if (unlikely(!head))
		return NULL;
	skb = napi_build_skb(head, size);
	if (unlikely(!skb)) {
		skb_free_frag(head);
		return NULL;
	}
	skb_reserve(skb, NET_SKB_PAD);
	__skb_put(skb, linear);
	return skb;
}

/** struct tx_cursor - how much of a packet has been copied */
struct tx_cursor {
	const struct netif_tx_frag *frag;
	unsigned int left;	/* pieces, this one included */
	unsigned int done;	/* of this piece */
	unsigned int pos;	/* of the packet */
};

/*
 * Bytes free in the last page frag. A piece that does not fit is better begun
 * in a page of its own, as one copy, than split in two, while frags last.
 */
static unsigned int room_in_frag(const struct skb_shared_info *info,
				 const struct tx_cursor *cur, unsigned int want)
{
	unsigned int room;

	if (!info->nr_frags)
		return 0;
	room = XEN_PAGE_SIZE - skb_frag_size(&info->frags[info->nr_frags - 1]);
	return want > room && info->nr_frags + cur->left <= MAX_SKB_FRAGS ?
		0 : room;
}

/* Make room of @want bytes or less at the end of what is laid out of @skb. */
static void *extend(struct vif_tx *tx, struct sk_buff *skb,
		    const struct tx_cursor *cur, unsigned int want,
		    unsigned int *room)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	skb_frag_t *frag;
	void *end;

	if (cur->pos < skb_headlen(skb)) {
		*room = min(want, skb_headlen(skb) - cur->pos);
		return skb->data + cur->pos;
	}
	*room = room_in_frag(info, cur, want);
	if (!*room) {
		struct page *page;

		if (info->nr_frags == MAX_SKB_FRAGS)
			return NULL;
		page = tx_pages_get(&tx->pages);
		if (!page)
			return NULL;
		skb_fill_page_desc_noacc(skb, info->nr_frags, page, 0, 0);
		skb->truesize += PAGE_SIZE;
		*room = XEN_PAGE_SIZE;
	}
	*room = min(want, *room);
	frag = &info->frags[info->nr_frags - 1];
	end = skb_frag_address(frag) + skb_frag_size(frag);
	skb_frag_size_add(frag, *room);
	skb->len += *room;
	skb->data_len += *room;
	return end;
}

/* Gather copies until @end bytes of the packet are covered. */
static bool copy_until(struct vif_tx *tx, struct sk_buff *skb,
		       struct tx_cursor *cur, unsigned int end)
{
	while (cur->pos < end) {
		unsigned int left = cur->frag->len - cur->done, part;
		void *dst;

		if (!left) {
			cur->frag++;
			cur->left--;
			cur->done = 0;
			continue;
		}
		dst = extend(tx, skb, cur, min(left, end - cur->pos), &part);
		if (unlikely(!dst ||
			     !blanket_copy_fetch(&tx->copy, cur->frag->ref,
						 cur->frag->offset + cur->done,
						 dst, part)))
			return false;
		cur->done += part;
		cur->pos += part;
	}
	return true;
}

/* Gather copies of the rest, each piece into a page of its own. */
static bool copy_pieces(struct vif_tx *tx, struct sk_buff *skb,
			struct tx_cursor *cur)
{
	unsigned int nr = 0, total = 0;

	for (; cur->left; cur->left--, cur->frag++, cur->done = 0) {
		unsigned int len = cur->frag->len - cur->done;
		struct page *page;

		page = tx_pages_get(&tx->pages);
		if (unlikely(!page))
			return false;
		skb_fill_page_desc_noacc(skb, nr++, page, 0, len);
		if (unlikely(!blanket_copy_fetch(&tx->copy, cur->frag->ref,
						 cur->frag->offset + cur->done,
						 page_address(page), len)))
			return false;
		total += len;
	}
	skb->truesize += nr * PAGE_SIZE;
	skb->data_len = total;
	skb->len += total;
	return true;
}

/*
 * Gather copies of the rest: as one operation a piece if an skb can hold that
 * many, else packed.
 */
static bool copy_rest(struct vif_tx *tx, struct sk_buff *skb,
		      struct tx_cursor *cur, unsigned int size)
{
	if (cur->done == cur->frag->len) {
		cur->frag++;
		cur->left--;
		cur->done = 0;
	}
	/* Crumbs are packed: a page each would cost dom0 many times their size. */
	if (likely(cur->left <= MAX_SKB_FRAGS &&
		   size - cur->pos >= cur->left * PIECE_WORTH_PAGE))
		return copy_pieces(tx, skb, cur);
	return copy_until(tx, skb, cur, size);
}

/*
 * How much of a packet is linear: all of a small one. Of others the first
 * piece, which is where front ends put the headers, so that the pieces behind
 * it stay whole.
 */
static unsigned int linear_part(const struct netif_tx_packet *pkt, bool map)
{
	unsigned int first = pkt->frags[0].len;

	if (pkt->size <= LINEAR_MAX && !map)
		return pkt->size;
	if (first >= LINEAR_HEAD_MIN && first <= LINEAR_HEAD)
		return first;
	return min_t(unsigned int, pkt->size, LINEAR_HEAD);
}

/**
 * tx_packet_gather() - lay out an skb and gather what fills it
 * @tx:		the queue; its batch has room for TX_PACKET_COPIES
 * @slot:	a complete packet that is not to be dropped; gets the skb, its
 *		content valid once the batches have run, and its place in them
 *
 * Context: NAPI.
 * Return: false when memory is short; the batches are then as they were.
 */
bool tx_packet_gather(struct vif_tx *tx, struct vif_tx_slot *slot)
{
	const struct netif_tx_packet *pkt = &slot->pkt;
	bool large = pkt->size >= READ_ONCE(tx_queue(tx)->vif->tx_map_min);
	bool map = large && !tx->late.slow;
	struct tx_cursor cur = { .frag = pkt->frags, .left = pkt->nr_frags };
	unsigned int linear = linear_part(pkt, map);
	struct sk_buff *skb;

	tx->stats.late += large && !map;
	slot->first_copy = tx->copy.nr;
	skb = alloc_head(tx, linear);
	if (unlikely(!skb))
		return false;
	slot->skb = skb;
	if (likely(pkt->nr_frags == 1 && linear == pkt->size)) {
		/* One piece, one copy: most small packets. */
		if (unlikely(!blanket_copy_fetch(&tx->copy, cur.frag->ref,
						 cur.frag->offset, skb->data,
						 linear)))
			goto undo;
		goto gathered;
	}
	if (unlikely(!copy_until(tx, skb, &cur, linear)))
		goto undo;
	if (!map || linear == pkt->size || !tx_map_gather(tx, slot, linear)) {
		if (unlikely(!copy_rest(tx, skb, &cur, pkt->size)))
			goto undo;
	}
gathered:
	slot->nr_copies = tx->copy.nr - slot->first_copy;
	return true;
undo:
	blanket_copy_rewind(&tx->copy, slot->first_copy);
	kfree_skb(skb);
	slot->skb = NULL;
	return false;
}

static int set_gso(struct sk_buff *skb, const struct netif_tx_packet *pkt)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	bool v4 = pkt->gso_type == XEN_NETIF_GSO_TYPE_TCPV4;
	unsigned int hdr_len;

	if (skb->protocol != (v4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6)) ||
	    skb->csum_offset != offsetof(struct tcphdr, check))
		return -EPROTO;
	hdr_len = skb_transport_offset(skb) + sizeof(struct tcphdr);
	if (!pskb_may_pull(skb, hdr_len))
		return -EPROTO;
	if (tcp_hdrlen(skb) < sizeof(struct tcphdr))
		return -EPROTO;
	hdr_len = skb_transport_offset(skb) + tcp_hdrlen(skb);
	if (!pskb_may_pull(skb, hdr_len))
		return -EPROTO;
	/* Nothing to cut: an ordinary packet. */
	if (skb->len - hdr_len <= pkt->gso_size)
		return 0;
	/*
	 * Each crumb would cost us an skb, and a device its patience. No
	 * sender's are smaller, unless its peer is out to exhaust it.
	 */
	BUILD_BUG_ON(TCP_MIN_SND_MSS - TCPOLEN_TSTAMP_ALIGNED != VNET_GSO_MIN);
	if (pkt->gso_size < VNET_GSO_MIN)
		return -EPROTO;
	info->gso_size = pkt->gso_size;
	info->gso_type = (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY;
	info->gso_segs = DIV_ROUND_UP(skb->len - hdr_len, pkt->gso_size);
	return 0;
}

/* What kind of host the address is of, nobody asks unless it is watched. */
static __be16 protocol_of(const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	return eth_proto_is_802_3(eth->h_proto) ? eth->h_proto :
						  htons(ETH_P_802_2);
}

/**
 * tx_packet_finish() - make the copied bytes a packet of the network stack's
 * @vif:	whose
 * @slot:	with the skb; its copies have succeeded
 *
 * Headers are looked at only here, in our private memory. Data points at the
 * Ethernet header before and after.
 *
 * Context: NAPI.
 * Return: 0, or a negative error when the headers do not say what the slots
 * claim; the caller frees the skb.
 */
int tx_packet_finish(struct vif *vif, struct vif_tx_slot *slot)
{
	const struct netif_tx_packet *pkt = &slot->pkt;
	struct sk_buff *skb = slot->skb;
	bool recalculate = false;
	int err = 0;

	skb->dev = vif->dev;
	skb->protocol = protocol_of(skb);
	skb_reset_mac_header(skb);
	__skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	if (pkt->csum_blank) {
		skb->ip_summed = CHECKSUM_PARTIAL;
	} else if (pkt->gso_size) {
		/* Some front ends leave the flag out of GSO packets. */
		skb->ip_summed = CHECKSUM_PARTIAL;
		recalculate = true;
	} else if (pkt->validated) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		err = skb_checksum_setup(skb, recalculate);
	if (!err && pkt->gso_size)
		err = set_gso(skb, pkt);
	__skb_push(skb, ETH_HLEN);
	return err;
}
