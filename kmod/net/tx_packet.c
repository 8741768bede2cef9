// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a guest's pieces to an skb of ours.
 *
 *	linear part	headers, or a small packet whole: private memory
 *	page frags	the rest, packed into pages from the queue's pool
 *
 * Everything is copied by Xen, in the pass's one hypercall: cheaper than
 * mapping and unmapping up to a page (Documentation/architecture.md).
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/page_pool/helpers.h>
#include <net/tcp.h>

#include "tx.h"

/* Up to this a packet is linear; with the rest of the head it fills 2 KiB. */
#define LINEAR_MAX 1600
/* Beyond it this much is, enough for all headers a checksum needs. */
#define LINEAR_HEAD 256
/*
 * Heads are at least this big: smaller ones come from a cache whose objects
 * straddle pages, and the device would bounce those.
 */
#define LINEAR_MIN 448

/* Room at the end of what has been laid out of @skb, of @want bytes at most */
static void *extend(struct vif_tx *tx, struct sk_buff *skb, unsigned int pos,
		    unsigned int want, unsigned int *room)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int used = XEN_PAGE_SIZE;
	struct page *page;
	skb_frag_t *frag;

	if (pos < skb_headlen(skb)) {
		*room = min(want, skb_headlen(skb) - pos);
		return skb->data + pos;
	}
	if (info->nr_frags)
		used = skb_frag_size(&info->frags[info->nr_frags - 1]);
	if (used == XEN_PAGE_SIZE) {
		if (info->nr_frags == MAX_SKB_FRAGS)
			return NULL;
		page = page_pool_dev_alloc_pages(tx->pool);
		if (!page)
			return NULL;
		skb_fill_page_desc_noacc(skb, info->nr_frags, page, 0, 0);
		skb->truesize += PAGE_SIZE;
		used = 0;
	}
	frag = &info->frags[info->nr_frags - 1];
	*room = min_t(unsigned int, want, XEN_PAGE_SIZE - used);
	skb_frag_size_add(frag, *room);
	skb->len += *room;
	skb->data_len += *room;
	return skb_frag_address(frag) + used;
}

/**
 * tx_packet_gather() - lay out an skb and gather the copies that fill it
 * @tx:		the queue; its batch has room for TX_PACKET_COPIES
 * @slot:	a complete packet that is not to be dropped; its place in the
 *		batch is noted here
 *
 * Context: NAPI.
 * Return: the skb, its content valid once the batch has run, or NULL when
 * memory is short; the batch is then as it was.
 */
struct sk_buff *tx_packet_gather(struct vif_tx *tx, struct vif_tx_slot *slot)
{
	const struct netif_tx_packet *pkt = &slot->pkt;
	unsigned int linear = pkt->size <= LINEAR_MAX ? pkt->size : LINEAR_HEAD;
	unsigned int pos = 0, i;
	struct sk_buff *skb;

	slot->first_copy = tx->copy.nr;
	skb = alloc_skb(NET_SKB_PAD + max_t(unsigned int, linear, LINEAR_MIN),
			GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	__skb_put(skb, linear);
	skb_mark_for_recycle(skb);

	for (i = 0; i < pkt->nr_frags; i++) {
		unsigned int offset = pkt->frags[i].offset;
		unsigned int left = pkt->frags[i].len;

		while (left) {
			unsigned int part;
			void *dst = extend(tx, skb, pos, left, &part);

			if (unlikely(!dst ||
				     blanket_copy_add_from(&tx->copy,
							   pkt->frags[i].ref,
							   offset, dst,
							   part) < 0))
				goto undo;
			offset += part;
			left -= part;
			pos += part;
		}
	}
	slot->nr_copies = tx->copy.nr - slot->first_copy;
	return skb;
undo:
	blanket_copy_rewind(&tx->copy, slot->first_copy);
	kfree_skb(skb);
	return NULL;
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
	info->gso_size = pkt->gso_size;
	info->gso_type = (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY;
	info->gso_segs = DIV_ROUND_UP(skb->len - hdr_len, pkt->gso_size);
	return 0;
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

	skb->protocol = eth_type_trans(skb, vif->dev);
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
