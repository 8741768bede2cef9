// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passthrough transmit: one NAPI pass from a guest's ring to a virtqueue.
 *
 *	what the device is done with -> answer, unpin
 *	read slots -> head into its cell, payload's addresses	for each packet
 *	one hypercall each to copy and to pin what has no standing mapping
 *	check the head -> virtio's header -> virtqueue		for each packet
 *	one event to the guest, one kick to the host
 *
 * A packet that lies in its cell and pages of ours is answered at once; one whose
 * payload the device reads in the guest's pages when the device is done.
 */
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "../core/pin.h"
#include "../virtio/nic.h"
#include "addr_frame.h"
#include "direct.h"
#include "listen.h"
#include "mode.h"
#include "tx.h"
#include "tx_credit.h"
#include "tx_ring.h"
#include "vnet.h"

/**
 * struct direct_tx_packet - a packet on its way to the device
 * @pkt:	as the guest describes it
 * @segs:	as the device gets it: the cell, then the payload
 * @nr_segs:	how many
 * @first_copy:	its first operation in the pass's batch
 * @nr_copies:	how many
 * @standing:	pages of the guest's with a standing mapping that the device reads
 * @nr_standing: how many
 * @pinned:	pages of the guest's that are pinned for it
 * @pinned_seg:	which of @segs each of these is
 * @nr_pinned:	how many
 * @pages:	pages of ours that payload is copied to
 * @nr_pages:	how many
 * @waits:	to be answered when the device is done
 */
struct direct_tx_packet {
	struct netif_tx_packet pkt;
	struct vring_seg segs[NETIF_TX_SLOTS_LEGAL + 1];
	unsigned int nr_segs;
	unsigned int first_copy;
	unsigned int nr_copies;
	struct standing_slot *standing[NETIF_TX_SLOTS_LEGAL];
	unsigned int nr_standing;
	struct blanket_pin pinned[NETIF_TX_SLOTS_LEGAL];
	u8 pinned_seg[NETIF_TX_SLOTS_LEGAL];
	unsigned int nr_pinned;
	struct page *pages[NETIF_TX_SLOTS_LEGAL];
	unsigned int nr_pages;
	bool waits;
};

/**
 * struct direct_tx - a queue's packets
 * @packets:	one for each of the card's header cells
 * @free:	numbers of those not in use
 * @nr_free:	how many
 * @pass:	numbers of the packets of the pass
 * @pins:	pins the guest's pages
 * @nr_waiting:	packets that wait for the device
 * @nr_copied:	packets answered whose pages of ours the device still reads
 */
struct direct_tx {
	struct direct_tx_packet *packets;
	u16 *free;
	unsigned int nr_free;
	u16 pass[VIF_BATCH];
	struct blanket_pins pins;
	unsigned int nr_waiting;
	unsigned int nr_copied;
};

/* Pins are let go by the next blanket_unpin_run(). */
static void release(struct direct_tx *direct, struct direct_tx_packet *p)
{
	while (p->nr_standing)
		blanket_standing_unpin(p->standing[--p->nr_standing]);
	while (p->nr_pinned)
		blanket_unpin_add(&direct->pins, &p->pinned[--p->nr_pinned]);
	while (p->nr_pages)
		put_page(p->pages[--p->nr_pages]);
	direct->free[direct->nr_free++] = p - direct->packets;
}

/* The device is done with a packet, or was reset. */
static void come_back(struct direct_tx *direct, const struct direct_tx_packet *p)
{
	if (p->waits)
		direct->nr_waiting--;
	else if (p->nr_pages)
		direct->nr_copied--;
}

/* Answer and release what the device is done with. */
static unsigned int reap(struct vif_tx *tx, struct vnic_queue *card)
{
	struct direct_tx *direct = tx->direct;
	unsigned int answered = 0;
	void *cookie;

	while (vnic_tx_get(card, &cookie)) {
		struct direct_tx_packet *p = cookie;

		come_back(direct, p);
		if (p->waits) {
			tx_ring_answer_packet(tx, &p->pkt, true);
			tx_late_progress(&tx->late);
			answered++;
		}
		release(direct, p);
	}
	blanket_unpin_run(&direct->pins);
	return answered;
}

/* --- laying out a packet ------------------------------------------------ */

/* To pin a page costs more than to copy a little of it. */
static bool wants_pin(struct vif_tx *tx, const struct direct_tx_packet *p,
		      unsigned int len)
{
	const struct vif *vif = tx_queue(tx)->vif;

	/* A front end in dom0 itself has no foreign pages. */
	return tx->copy.domid && blanket_pins_room(&tx->direct->pins, 1) &&
	       (tx->direct->pins.lean ? len >= READ_ONCE(vif->tx_pin_min) :
				p->pkt.size >= READ_ONCE(vif->tx_map_min));
}

/* Return: false for want of memory, or of room for a copy. */
static bool copy_payload(struct vif_tx *tx, struct direct_tx_packet *p,
			 grant_ref_t ref, unsigned int offset,
			 struct vring_seg *seg)
{
	struct page *page = tx_pages_get(&tx->pages);

	if (!page)
		return false;
	p->pages[p->nr_pages++] = page;
	seg->addr = virt_to_machine(page_address(page)).maddr;
	return blanket_copy_add_from(&tx->copy, ref, offset, page_address(page),
				     seg->len);
}

/* A piece of payload that the device is to read. */
static bool add_payload(struct vif_tx *tx, struct direct_tx_packet *p,
			const struct netif_tx_frag *frag, unsigned int done)
{
	struct vring_seg *seg = &p->segs[p->nr_segs];
	unsigned int offset = frag->offset + done;
	struct standing_slot *slot;

	seg->len = frag->len - done;
	slot = unlikely(tx->late.slow) ? NULL :
	       blanket_standing_pin(tx->copy.standing, frag->ref, &seg->addr);
	if (likely(slot)) {
		p->standing[p->nr_standing++] = slot;
		seg->addr += offset;
	} else if (!tx->late.slow && wants_pin(tx, p, seg->len)) {
		/* the page's address is added once it is known */
		seg->addr = offset;
		p->pinned_seg[p->nr_pinned] = p->nr_segs;
		blanket_pin_add(&tx->direct->pins, frag->ref, true,
				&p->pinned[p->nr_pinned++]);
	} else if (!copy_payload(tx, p, frag->ref, offset, seg)) {
		return false;
	}
	p->nr_segs++;
	return true;
}

/* Return: false for want of memory; the packet is then to be dropped. */
static bool lay_out(struct vif_tx *tx, struct vnic_queue *card,
		    struct direct_tx_packet *p, unsigned int number)
{
	unsigned int head = min_t(u32, p->pkt.size, VNET_HEAD_BYTES);
	u8 *to = vnic_tx_header(card, number)->head;
	unsigned int i, got = 0;

	p->segs[0].addr = vnic_tx_header_addr(card, number);
	p->segs[0].len = VNIC_HDR + head;
	p->nr_segs = 1;
	for (i = 0; i < p->pkt.nr_frags; i++) {
		const struct netif_tx_frag *frag = &p->pkt.frags[i];
		unsigned int part = min_t(unsigned int, frag->len, head - got);

		if (part && unlikely(!blanket_copy_fetch(&tx->copy, frag->ref,
							 frag->offset,
							 to + got, part)))
			return false;
		got += part;
		if (part < frag->len &&
		    unlikely(!add_payload(tx, p, frag, part)))
			return false;
	}
	return true;
}

/* --- the pass ----------------------------------------------------------- */

/* Descriptors a packet may take; the pass's are added at its end. */
static bool room_for_another(struct vif_tx *tx, const struct vnic_queue *card)
{
	unsigned int most = card->tx.vr.indirect ? 1 : NETIF_TX_SLOTS_LEGAL + 1;

	return tx->direct->nr_free &&
	       vnic_tx_room(card) >= (tx->nr_slots + 1) * most;
}

/* Read what the guest has produced. Return: false if it broke the protocol. */
static bool gather(struct vif_queue *q, unsigned int budget)
{
	struct vif_tx *tx = &q->tx;
	struct direct_tx *direct = tx->direct;
	RING_IDX cons = tx->ring.req_cons, prod;

	if (unlikely(!tx_ring_produced(q, &prod)))
		return false;
	tx_late_look(&tx->late, direct->nr_waiting);
	tx->throttled = 0;
	while (tx->nr_slots < budget && cons != prod &&
	       blanket_copy_room(&tx->copy) >= TX_PACKET_COPIES) {
		struct direct_tx_packet *p;
		unsigned int number;

		if (unlikely(!room_for_another(tx, q->card))) {
			WRITE_ONCE(tx->stalled, true);
			break;
		}
		if (unlikely(tx_credit_short(q)))
			break;
		number = direct->free[direct->nr_free - 1];
		p = &direct->packets[number];
		if (unlikely(!tx_ring_read(q, &p->pkt, &cons, prod)))
			return false;
		if (unlikely(p->pkt.mcast)) {
			vif_listen_change(q, &p->pkt);
			continue;
		}
		tx_credit_spend(q, p->pkt.size);
		direct->nr_free--;
		direct->pass[tx->nr_slots++] = number;
		p->first_copy = tx->copy.nr;
		p->nr_segs = 0;
		if (unlikely(p->pkt.drop)) {
			tx->stats.malformed++;
		} else if (unlikely(!lay_out(tx, q->card, p, number))) {
			/* Operations of a packet that goes nowhere do no harm. */
			p->nr_segs = 0;
		}
		p->nr_copies = tx->copy.nr - p->first_copy;
	}
	tx->ring.req_cons = cons;
	return true;
}

/* Return: false if Xen refused to pin one of its pages. */
static bool place_pinned(struct direct_tx_packet *p)
{
	unsigned int i;

	for (i = 0; i < p->nr_pinned; i++) {
		if (unlikely(!p->pinned[i].addr))
			return false;
		p->segs[p->pinned_seg[i]].addr += p->pinned[i].addr;
	}
	return true;
}

/* Is it from its guest? */
static bool is_sender(const struct vif *vif, const struct direct_tx_packet *p,
		      const u8 *head, unsigned int head_len)
{
	struct addr_frame f;

	switch (READ_ONCE(vif->antispoof)) {
	case VIF_ANTISPOOF_OFF:
		return true;
	case VIF_ANTISPOOF_MAC:
		return ether_addr_equal_unaligned(head + ETH_ALEN, vif->mac);
	}
	return !addr_frame_read(head, head_len, p->pkt.size, vif->mac, &f) &&
	       (vif_has_claims(vif, &f) || f.asks);
}

/* May it go, and how does the device see it? */
static bool check(struct vif_queue *q, struct direct_tx_packet *p,
		  struct vnic_tx_cell *cell)
{
	unsigned int head = min_t(u32, p->pkt.size, VNET_HEAD_BYTES);
	struct vif_tx *tx = &q->tx;

	if (unlikely(!p->nr_segs || !place_pinned(p) ||
		     !blanket_copy_ok(&tx->copy, p->first_copy, p->nr_copies)))
		return false;
	if (unlikely(!is_sender(q->vif, p, cell->head, head))) {
		tx->stats.spoofed++;
		return false;
	}
	if (unlikely(vnet_from_netif(&p->pkt, cell->head, head,
				     &q->vif->card_offers,
				     (struct virtio_net_hdr_v1 *)&cell->hdr))) {
		tx->stats.malformed++;
		return false;
	}
	return true;
}

static void finish(struct vif_queue *q)
{
	struct vif_tx *tx = &q->tx;
	struct direct_tx *direct = tx->direct;
	unsigned int i, sent = 0;

	for (i = 0; i < tx->nr_slots; i++) {
		unsigned int number = direct->pass[i];
		struct direct_tx_packet *p = &direct->packets[number];
		bool okay = check(q, p, vnic_tx_header(q->card, number)) &&
			    !vnic_tx_add(q->card, p->segs, p->nr_segs, p);

		p->waits = okay && (p->nr_standing || p->nr_pinned);
		if (p->waits) {
			if (!direct->nr_waiting++)
				tx_late_progress(&tx->late);
		} else {
			tx_ring_answer_packet(tx, &p->pkt, okay);
		}
		if (likely(okay)) {
			tx->stats.packets++;
			tx->stats.bytes += p->pkt.size;
			tx->stats.late += p->nr_pages && tx->late.slow;
			direct->nr_copied += p->nr_pages && !p->waits;
			sent++;
		} else {
			tx->stats.dropped++;
			release(direct, p);
		}
	}
	tx->nr_slots = 0;
	blanket_unpin_run(&direct->pins);
	if (sent) {
		vnic_tx_kick(q->card);
		tx->stats.kicks++;
	}
}

/* What a pass had taken when the guest broke the protocol under it. */
static void forget(struct vif_tx *tx)
{
	struct direct_tx *direct = tx->direct;

	/* Pins of the batch point into packets. */
	blanket_pin_run(&direct->pins);
	while (tx->nr_slots)
		release(direct, &direct->packets[direct->pass[--tx->nr_slots]]);
	blanket_unpin_run(&direct->pins);
	blanket_copy_reset(&tx->copy);
}

/*
 * Does the device have to tell us that it is done? The guest waits for its
 * pages, or for room, or we for ours. Return: it is done with something already.
 */
static bool arm(struct vif_tx *tx, struct vnic_queue *card)
{
	unsigned int after = tx->direct->nr_waiting + tx->direct->nr_copied;

	if (!after && !tx->stalled) {
		vnic_tx_disarm(card);
		return false;
	}
	return vnic_tx_arm(card, tx->stalled ? 1 : after);
}

/**
 * direct_tx_poll() - NAPI of a passthrough queue's transmit side
 * @napi:	the queue's
 * @budget:	most packets
 *
 * Context: NAPI.
 * Return: packets.
 */
int direct_tx_poll(struct napi_struct *napi, int budget)
{
	struct vif_tx *tx = container_of(napi, struct vif_tx, napi);
	struct vif_queue *q = container_of(tx, struct vif_queue, tx);
	unsigned int answered;
	bool more = false;
	int work = 0;

	answered = reap(tx, q->card);
	if (unlikely(READ_ONCE(q->vif->broken) || READ_ONCE(tx->stopping))) {
		if (answered && !READ_ONCE(q->vif->broken))
			tx_ring_notify(q);
		napi_complete(napi);
		return 0;
	}
	vif_tx_age_standing(tx);
	WRITE_ONCE(tx->stalled, false);
	if (unlikely(!gather(q, budget))) {
		forget(tx);
		napi_complete(napi);
		return 0;
	}
	if (tx->nr_slots) {
		work = tx->nr_slots;
		WRITE_ONCE(tx->worked, true);
		tx->stats.passes++;
		blanket_copy_run(&tx->copy, &tx->grants);
		blanket_pin_run(&tx->direct->pins);
		finish(q);
		blanket_copy_reset(&tx->copy);
	}
	if (work || answered)
		tx_ring_notify(q);
	if (work >= budget)
		return work;
	if (tx->stalled)
		tx->stats.stalls++;
	if (unlikely(tx->throttled))
		tx_credit_await(tx);
	else if (!tx->stalled)
		more = tx_ring_more(tx, work);
	if (!napi_complete_done(napi, work)) {
		tx_ring_share(q);
	} else if (!READ_ONCE(q->vif->broken)) {
		if (arm(tx, q->card) || more)
			napi_schedule(napi);
		else if (!(tx->stalled || tx->throttled) ||
			 tx->irq == q->rx.irq)
			tx_ring_owe_nothing(tx);
	}
	return work;
}

/**
 * direct_tx_waiting() - packets that the device still reads
 * @q:		the queue, of an uplink or of a card
 *
 * Context: any.
 * Return: how many.
 */
unsigned int direct_tx_waiting(const struct vif_queue *q)
{
	const struct direct_tx *direct = q->tx.direct;

	return direct ? READ_ONCE(direct->nr_waiting) : 0;
}

/**
 * direct_tx_reclaim() - the device was reset before it was done with a packet
 * @q:		the queue, stopped
 * @cookie:	the packet
 *
 * Context: process context.
 */
void direct_tx_reclaim(struct vif_queue *q, void *cookie)
{
	struct direct_tx_packet *p = cookie;

	come_back(q->tx.direct, p);
	release(q->tx.direct, p);
}

/**
 * direct_tx_init() - prepare a queue's transmit side
 * @q:		the queue, its card started
 *
 * Context: process context.
 * Return: 0, -ENOMEM, or -EOPNOTSUPP for a card with a ring that no packet
 * fits in; direct_tx_exit() cleans up in all cases.
 */
int direct_tx_init(struct vif_queue *q)
{
	unsigned int nr = vnic_tx_slots(q->card);
	struct direct_tx *direct;

	/* One packet at least must fit. */
	if (!q->card->tx.vr.indirect && nr <= NETIF_TX_SLOTS_LEGAL)
		return -EOPNOTSUPP;
	direct = kvzalloc(sizeof(*direct), GFP_KERNEL);
	if (!direct)
		return -ENOMEM;
	q->tx.direct = direct;
	direct->packets = kvcalloc(nr, sizeof(*direct->packets), GFP_KERNEL);
	direct->free = kvcalloc(nr, sizeof(*direct->free), GFP_KERNEL);
	if (!direct->packets || !direct->free)
		return -ENOMEM;
	while (direct->nr_free < nr) {
		direct->free[direct->nr_free] = nr - 1 - direct->nr_free;
		direct->nr_free++;
	}
	return blanket_pins_init(&direct->pins, q->vif->domid, VIF_TX_RING_SIZE,
				 &q->tx.grants);
}

/**
 * direct_tx_exit() - undo direct_tx_init(), also one that failed
 * @q:		the queue; the card is stopped and has handed all back
 *
 * Context: process context.
 */
void direct_tx_exit(struct vif_queue *q)
{
	struct direct_tx *direct = q->tx.direct;

	if (!direct)
		return;
	forget(&q->tx);
	blanket_pins_exit(&direct->pins);
	kvfree(direct->free);
	kvfree(direct->packets);
	kvfree(direct);
	q->tx.direct = NULL;
}
