// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netif protocol, pure. See netif.h.
 *
 * A packet's slots as a guest writes them:
 *
 *	first request: size = whole packet, flags
 *	[extra info]...			if XEN_NETTXF_extra_info
 *	[request: size = its piece]...	if XEN_NETTXF_more_data
 *
 * so the first piece's length is what the others leave of the whole.
 */
#include "netif.h"

static enum netif_tx_verdict fatal(struct netif_tx_packet *pkt, const char *why)
{
	pkt->why = why;
	return NETIF_TX_FATAL;
}

static void drop(struct netif_tx_packet *pkt, const char *why)
{
	pkt->drop = true;
	if (!pkt->why)
		pkt->why = why;
}

/**
 * netif_tx_begin() - forget everything, expect a packet's first slot
 * @pkt:	the packet
 */
void netif_tx_begin(struct netif_tx_packet *pkt)
{
	pkt->size = 0;
	pkt->left = 0;
	pkt->nr_frags = 0;
	pkt->nr_ids = 0;
	pkt->nr_extras = 0;
	pkt->gso_size = 0;
	pkt->gso_type = XEN_NETIF_GSO_TYPE_NONE;
	pkt->csum_blank = false;
	pkt->validated = false;
	pkt->mcast = 0;
	pkt->drop = false;
	pkt->expect_extra = false;
	pkt->expect_data = false;
	pkt->why = NULL;
}

/* All slots are here: settle the first piece and look at the whole. */
static enum netif_tx_verdict complete(struct netif_tx_packet *pkt)
{
	struct netif_tx_frag *first = &pkt->frags[0];
	unsigned int i, kept;

	/* A dummy: nothing of it is read. */
	if (pkt->mcast) {
		pkt->nr_frags = 0;
		return NETIF_TX_COMPLETE;
	}
	/* Within the page, or the first piece would reach the guest's next. */
	if (pkt->left > NETIF_SLOT_BYTES - first->offset)
		return fatal(pkt, "first slot crosses its page");
	first->len = pkt->left;

	if (pkt->nr_ids > NETIF_TX_SLOTS_LEGAL)
		drop(pkt, "more slots than the protocol allows");
	if (pkt->size < NETIF_MIN_FRAME)
		drop(pkt, "shorter than an Ethernet header");

	/* Empty pieces are legal and useless. */
	for (i = 0, kept = 0; i < pkt->nr_frags; i++)
		if (pkt->frags[i].len)
			pkt->frags[kept++] = pkt->frags[i];
	pkt->nr_frags = kept;
	return NETIF_TX_COMPLETE;
}

static enum netif_tx_verdict next(struct netif_tx_packet *pkt)
{
	if (pkt->expect_extra || pkt->expect_data)
		return NETIF_TX_MORE;
	return complete(pkt);
}

static enum netif_tx_verdict feed_extra(struct netif_tx_packet *pkt,
					const struct xen_netif_extra_info *extra)
{
	pkt->nr_extras++;
	pkt->expect_extra = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;

	/* One extra of a kind is all there can be; more is a loop. */
	if (pkt->nr_extras >= XEN_NETIF_EXTRA_TYPE_MAX)
		return fatal(pkt, "too many extra slots");
	if (!extra->type || extra->type >= XEN_NETIF_EXTRA_TYPE_MAX)
		return fatal(pkt, "unknown type of extra slot");

	if (extra->type == XEN_NETIF_EXTRA_TYPE_GSO) {
		if (!extra->u.gso.size)
			return fatal(pkt, "GSO size is zero");
		if (extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV4 &&
		    extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6)
			return fatal(pkt, "unknown GSO type");
		pkt->gso_size = extra->u.gso.size;
		pkt->gso_type = extra->u.gso.type;
	} else if (extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD ||
		   extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_DEL) {
		if (pkt->mcast)
			drop(pkt, "two changes of multicast addresses at once");
		pkt->mcast = extra->type;
		__builtin_memcpy(pkt->mcast_addr, extra->u.mcast.addr,
				 sizeof(pkt->mcast_addr));
	} else if (extra->type != XEN_NETIF_EXTRA_TYPE_HASH) {
		drop(pkt, "extra slot that only goes the other way");
	}
	return next(pkt);
}

static enum netif_tx_verdict feed_data(struct netif_tx_packet *pkt,
				       const struct xen_netif_tx_request *slot)
{
	bool first = !pkt->nr_ids;
	struct netif_tx_frag *frag;

	if (pkt->nr_ids + 1 >= NETIF_TX_SLOTS_FATAL)
		return fatal(pkt, "too many slots");
	pkt->ids[pkt->nr_ids++] = slot->id;
	pkt->expect_data = slot->flags & XEN_NETTXF_more_data;

	if (slot->offset > NETIF_SLOT_BYTES)
		return fatal(pkt, "slot begins beyond its page");

	if (first) {
		pkt->size = slot->size;
		pkt->left = slot->size;
		pkt->csum_blank = slot->flags & XEN_NETTXF_csum_blank;
		pkt->validated = slot->flags & XEN_NETTXF_data_validated;
		pkt->expect_extra = slot->flags & XEN_NETTXF_extra_info;
	} else {
		if (slot->size > NETIF_SLOT_BYTES - slot->offset)
			return fatal(pkt, "slot crosses its page");
		if (slot->size > pkt->left)
			return fatal(pkt, "slots exceed the packet's size");
		pkt->left -= slot->size;
	}

	/* Slots past the legal count are parsed on, to be answered, not kept. */
	if (pkt->nr_frags < NETIF_TX_SLOTS_LEGAL) {
		frag = &pkt->frags[pkt->nr_frags++];
		frag->ref = slot->gref;
		frag->offset = slot->offset;
		frag->len = slot->size;
	}
	return next(pkt);
}

/**
 * netif_tx_feed() - take in a packet's next slot
 * @pkt:	begun with netif_tx_begin()
 * @slot:	our private copy of the slot (XSA-155); a request or an extra,
 *		the packet so far says which
 *
 * Context: any. Nothing is kept of @slot.
 * Return: see &enum netif_tx_verdict. After NETIF_TX_COMPLETE, the pieces'
 * lengths add up to &netif_tx_packet.size unless &netif_tx_packet.drop.
 */
enum netif_tx_verdict netif_tx_feed(struct netif_tx_packet *pkt,
				    const struct xen_netif_tx_request *slot)
{
	if (pkt->expect_extra) {
		struct xen_netif_extra_info extra;

		/* The ABI overlays the two on one ring entry. */
		__builtin_memcpy(&extra, slot, sizeof(extra));
		return feed_extra(pkt, &extra);
	}
	return feed_data(pkt, slot);
}

/**
 * netif_rx_data() - write the response of a packet's data slot
 * @pkt:	the packet
 * @i:		which of its data slots, from 0
 * @id:		id of the request being answered
 * @copied:	all of the packet's bytes reached the guest
 * @rsp:	filled in
 */
void netif_rx_data(const struct netif_rx_packet *pkt, unsigned int i, u16 id,
		   bool copied, struct xen_netif_rx_response *rsp)
{
	rsp->id = id;
	rsp->offset = pkt->headroom;
	rsp->flags = 0;
	rsp->status = pkt->fill[i];
	if (i + 1 < netif_rx_data_slots(pkt))
		rsp->flags |= XEN_NETRXF_more_data;
	if (!i) {
		if (pkt->csum_blank)
			rsp->flags |= XEN_NETRXF_csum_blank |
				      XEN_NETRXF_data_validated;
		else if (pkt->validated)
			rsp->flags |= XEN_NETRXF_data_validated;
		if (netif_rx_extras(pkt))
			rsp->flags |= XEN_NETRXF_extra_info;
	}
	if (!copied)
		rsp->status = XEN_NETIF_RSP_ERROR;
}

/**
 * netif_rx_extra() - write one of the extra slots that follow the first
 * @pkt:	the packet
 * @i:		which of its netif_rx_extras(), from 0
 * @extra:	filled in
 */
void netif_rx_extra(const struct netif_rx_packet *pkt, unsigned int i,
		    struct xen_netif_extra_info *extra)
{
	unsigned int at = i;

	__builtin_memset(extra, 0, sizeof(*extra));
	if (i + 1 < netif_rx_extras(pkt))
		extra->flags = XEN_NETIF_EXTRA_FLAG_MORE;
	if (pkt->gso_size && !at--) {
		extra->type = XEN_NETIF_EXTRA_TYPE_GSO;
		extra->u.gso.size = pkt->gso_size;
		extra->u.gso.type = pkt->gso_type;
	} else if (pkt->headroom && !at--) {
		extra->type = XEN_NETIF_EXTRA_TYPE_XDP;
		extra->u.xdp.headroom = pkt->headroom;
	} else {
		extra->type = XEN_NETIF_EXTRA_TYPE_HASH;
		extra->u.hash.type = pkt->hash_type;
		extra->u.hash.algorithm =
			XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ;
		extra->u.hash.value[0] = pkt->hash;
		extra->u.hash.value[1] = pkt->hash >> 8;
		extra->u.hash.value[2] = pkt->hash >> 16;
		extra->u.hash.value[3] = pkt->hash >> 24;
	}
}
