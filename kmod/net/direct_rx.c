// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passthrough receive: one NAPI pass from a virtqueue into a guest's ring.
 *
 *	take packet -> take slots -> gather copies	for each, while slots last
 *	one grant-copy hypercall
 *	write responses, strictly in ring order; buffers back to the device
 *	one event to the guest, one kick to the host if it waits
 *
 * The card's buffers are the queue: while the guest posts none they fill, and
 * then the host drops what comes. All that is in them goes when the first has
 * waited too long, so that a guest which wakes up gets nothing stale. Packets
 * the host has merged go on as they are; the guest knows what to do with them.
 */
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/checksum.h>

#include "../virtio/nic.h"
#include "direct.h"
#include "listen.h"
#include "rx.h"
#include "rx_copy.h"
#include "rx_ring.h"
#include "vnet.h"

/** struct direct_rx_slot - a packet of the pass, between copy and response */
struct direct_rx_slot {
	struct vnic_packet packet;
	struct netif_rx_packet pkt;
	const struct xen_netif_rx_request *reqs;
	unsigned int first_copy;
	unsigned int nr_copies;
};

/**
 * struct direct_rx - what a pass needs
 * @slots:	its packets; the one after the last may be held
 * @nr:		how many
 * @reqs:	the guest's buffers they take
 * @nr_reqs:	how many
 * @held:	a packet was taken from the card and is still to be placed
 * @unpublished: buffers went back that the card has not been told of
 * @waits:	because the guest has no room for it
 * @since:	for so long, in jiffies
 */
struct direct_rx {
	struct direct_rx_slot slots[VIF_BATCH + 1];
	unsigned int nr;
	struct xen_netif_rx_request reqs[VIF_RX_RING_SIZE];
	unsigned int nr_reqs;
	bool held;
	bool unpublished;
	bool waits;
	unsigned long since;
};

static void put_back(struct vnic_queue *card, const struct vnic_packet *packet)
{
	unsigned int i;

	for (i = 0; i < packet->nr; i++)
		vnic_rx_put_back(card, packet->frags[i].buf);
}

/* Two names for the same twelve bytes. */
static const struct virtio_net_hdr_v1 *
header_of(const struct vnic_packet *packet)
{
	return (const struct virtio_net_hdr_v1 *)&packet->hdr;
}

static const u8 *head_of(const struct vnic_packet *packet)
{
	const struct vnic_rx_frag *frag = &packet->frags[0];

	return frag->buf->data + frag->offset;
}

/*
 * The guest cannot find the checksum where the host left it blank: fill it in.
 * Return: false if it does not lie in the packet's first buffer.
 */
static bool fill_in_checksum(const struct vnic_packet *packet)
{
	const struct virtio_net_hdr_v1 *hdr = header_of(packet);
	unsigned int start = __virtio16_to_cpu(true, hdr->csum_start);
	unsigned int at = start + __virtio16_to_cpu(true, hdr->csum_offset);
	unsigned int i, skip = start, done = 0;
	__wsum sum = 0;
	__sum16 *field;

	if (at + sizeof(*field) > packet->frags[0].len ||
	    start >= packet->frags[0].len)
		return false;
	field = (__sum16 *)((u8 *)head_of(packet) + at);
	for (i = 0; i < packet->nr; i++, skip = 0) {
		const struct vnic_rx_frag *frag = &packet->frags[i];

		sum = csum_block_add(sum,
				     csum_partial(frag->buf->data +
						  frag->offset + skip,
						  frag->len - skip, 0), done);
		done += frag->len - skip;
	}
	/* A UDP sum of zero would mean there is none; TCP's may be either. */
	*field = csum_fold(sum) ?: CSUM_MANGLED_0;
	return true;
}

/* A front end without feature-sg, or with XDP, reads one slot a packet. */
static bool fits(const struct vif *vif, const struct netif_rx_packet *pkt)
{
	if (unlikely(pkt->headroom))
		return pkt->len <= netif_rx_room(pkt->headroom);
	return pkt->len <= (vif->offer.sg ? NETIF_RX_SLOTS : 1) *
			   NETIF_SLOT_BYTES;
}

/* What is it to the guest? Return: false for what cannot be handed on. */
static bool describe(struct vif *vif, struct direct_rx_slot *slot)
{
	struct vnic_packet *packet = &slot->packet;
	int err;

	slot->pkt.hashed = false;
	slot->pkt.headroom = READ_ONCE(vif->offer.headroom);
	err = vnet_to_netif(header_of(packet),
			    head_of(packet), packet->frags[0].len, packet->len,
			    &vif->card_guest, &slot->pkt);
	if (likely(!err))
		return fits(vif, &slot->pkt);
	if (err != -EOPNOTSUPP || packet->hdr.hdr.gso_type ||
	    !fill_in_checksum(packet))
		return false;
	packet->hdr.hdr.flags = 0;
	return !vnet_to_netif(header_of(packet),
			      head_of(packet), packet->frags[0].len,
			      packet->len, &vif->card_guest, &slot->pkt) &&
	       fits(vif, &slot->pkt);
}

/* The next packet from the card that the guest can have, into @slot. */
static bool take(struct vif_queue *q, struct direct_rx_slot *slot)
{
	struct direct_rx *direct = q->rx.direct;

	if (direct->held)
		return true;
	while (vnic_rx_get(q->card, &slot->packet)) {
		if (likely(vif_listens(q->vif, head_of(&slot->packet)))) {
			if (likely(describe(q->vif, slot)))
				return true;
			q->rx.stats.errors++;
		}
		put_back(q->card, &slot->packet);
		direct->unpublished = true;
	}
	return false;
}

/* Give the packet the guest's next slots. Return: false if out of copies. */
static bool place(struct vif_rx *rx, struct direct_rx_slot *slot,
		  unsigned int nr_slots)
{
	struct direct_rx *direct = rx->direct;
	struct xen_netif_rx_request *reqs = &direct->reqs[direct->nr_reqs];
	struct rx_cursor cur = {
		.copy = &rx->copy,
		.reqs = reqs,
		.pkt = &slot->pkt,
	};
	unsigned int i;

	rx_ring_read(rx, reqs, nr_slots);
	netif_rx_begin(&slot->pkt, &cur.at);
	slot->reqs = reqs;
	slot->first_copy = rx->copy.nr;
	for (i = 0; i < slot->packet.nr; i++) {
		const struct vnic_rx_frag *frag = &slot->packet.frags[i];

		if (unlikely(!rx_copy_piece(&cur, frag->buf->page, frag->offset,
					    frag->len))) {
			blanket_copy_rewind(&rx->copy, slot->first_copy);
			return false;
		}
	}
	slot->nr_copies = rx->copy.nr - slot->first_copy;
	direct->nr_reqs += nr_slots;
	rx->ring.req_cons += nr_slots;
	return true;
}

/*
 * Take packets while the guest's buffers last. Return: false when the guest
 * broke the protocol.
 */
static bool gather(struct vif_queue *q, unsigned int budget)
{
	struct vif_rx *rx = &q->rx;
	struct direct_rx *direct = rx->direct;
	int room = rx_ring_posted(q);
	bool waited = direct->waits;

	direct->waits = false;
	while (room >= 0 && direct->nr < budget) {
		struct direct_rx_slot *slot = &direct->slots[direct->nr];
		unsigned int needed;

		if (!take(q, slot))
			break;
		direct->held = true;
		needed = netif_rx_slots(&slot->pkt);
		if (room < needed)
			room = rx_ring_wait_for(q, needed);
		if (room < (int)needed) {
			direct->waits = true;
			if (direct->nr || !waited)
				direct->since = jiffies;
			mod_timer(&rx->expiry, vif_rx_expires(direct->since));
			rx->stats.blocked++;
			break;
		}
		if (unlikely(!place(rx, slot, needed)))
			break;
		direct->held = false;
		room -= needed;
		direct->nr++;
	}
	return room >= 0;
}

static void finish(struct vif_queue *q)
{
	struct vif_rx *rx = &q->rx;
	struct direct_rx *direct = rx->direct;
	unsigned int i;

	for (i = 0; i < direct->nr; i++) {
		struct direct_rx_slot *slot = &direct->slots[i];
		bool okay = blanket_copy_ok(&rx->copy, slot->first_copy,
					    slot->nr_copies);

		rx_ring_respond(rx, &slot->pkt, slot->reqs, okay);
		if (likely(okay)) {
			rx->stats.packets++;
			rx->stats.bytes += slot->pkt.len;
		} else {
			rx->stats.errors++;
		}
		put_back(q->card, &slot->packet);
	}
	rx_ring_push(q, direct->nr_reqs);
	vnic_rx_kick(q->card);
	direct->unpublished = false;
	/* The one that found no room goes first next time. */
	if (direct->held && direct->nr)
		direct->slots[0] = direct->slots[direct->nr];
	direct->nr = 0;
	direct->nr_reqs = 0;
}

/*
 * The guest has posted no buffers for long: make the card's anew, each once.
 */
static void expire(struct vif_queue *q)
{
	struct direct_rx *direct = q->rx.direct;
	struct vnic_packet *packet = &direct->slots[0].packet;
	unsigned int left = q->card->rx.vr.size;

	do {
		put_back(q->card, packet);
		q->rx.stats.expired++;
	} while (--left && vnic_rx_get(q->card, packet));
	vnic_rx_kick(q->card);
	direct->held = false;
	direct->waits = false;
}

/**
 * direct_rx_poll() - NAPI of a passthrough queue's receive side
 * @napi:	the queue's
 * @budget:	most packets
 *
 * Context: NAPI.
 * Return: packets.
 */
int direct_rx_poll(struct napi_struct *napi, int budget)
{
	struct vif_rx *rx = container_of(napi, struct vif_rx, napi);
	struct vif_queue *q = container_of(rx, struct vif_queue, rx);
	struct direct_rx *direct = rx->direct;
	int work;

	vnic_rx_disarm(q->card);
	if (unlikely(READ_ONCE(q->vif->broken) ||
		     !gather(q, min(budget, VIF_BATCH)))) {
		napi_complete(napi);
		return 0;
	}
	work = direct->nr;
	if (work) {
		rx->worked = true;
		/* On a shared event channel TX gives the EOI for both. */
		if (rx->irq == q->tx.irq)
			WRITE_ONCE(q->tx.worked, true);
		rx->stats.passes++;
		blanket_copy_run(&rx->copy, &rx->grants);
		finish(q);
		blanket_copy_reset(&rx->copy);
	} else if (unlikely(direct->waits &&
			    time_after_eq(jiffies,
					  vif_rx_expires(direct->since)))) {
		expire(q);
	}
	/* Nothing for the guest, but the card wants its buffers back. */
	if (unlikely(direct->unpublished)) {
		vnic_rx_kick(q->card);
		direct->unpublished = false;
	}
	/* Out of copy operations: nobody calls us for the rest. */
	if (direct->held && !direct->waits)
		work = budget;
	if (work >= budget || !napi_complete_done(napi, work))
		return work;
	rx_ring_owe_nothing(rx);
	/* Without room it is the guest's event that we wait for. */
	if (!direct->waits && vnic_rx_arm(q->card))
		napi_schedule(napi);
	return work;
}

/**
 * direct_rx_init() - prepare a queue's receive side
 * @q:		the queue
 *
 * Context: process context.
 * Return: 0 or -ENOMEM.
 */
int direct_rx_init(struct vif_queue *q)
{
	q->rx.direct = kvzalloc(sizeof(*q->rx.direct), GFP_KERNEL);
	return q->rx.direct ? 0 : -ENOMEM;
}

/**
 * direct_rx_exit() - undo direct_rx_init(), also one that failed
 * @q:		the queue; the card is stopped, its buffers are its own
 *
 * Context: process context.
 */
void direct_rx_exit(struct vif_queue *q)
{
	kvfree(q->rx.direct);
	q->rx.direct = NULL;
}
