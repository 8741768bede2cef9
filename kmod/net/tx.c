// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest transmit: one NAPI pass over a guest's ring.
 *
 *	read slots -> parse -> gather copies	for each of <= VIF_BATCH packets
 *	one grant-copy hypercall
 *	check -> answer -> forward		for each
 *	one event to the guest, one kick to the host
 *
 * The guest's pages are done with once copied, so its requests are answered
 * in the same pass. While the uplink's queue is full, requests stay in the
 * guest's ring: that is the guest's back-pressure.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "direct.h"
#include "listen.h"
#include "tx.h"
#include "tx_credit.h"
#include "tx_map.h"
#include "tx_ring.h"
#include "uplink.h"

/* When none of our own frames is under way to wake us. */
#define RETRY_JIFFIES 1
/* A frame in so many, and each batch's last, tells us when it is gone. */
#define TRACK_EVERY 16

/**
 * struct tx_flight - what a frame on its way holds on to instead of its queue
 * @refs:	one a frame, one the queue
 * @tx:		the queue, NULL once it is gone
 * @rcu:	freed after a grace period
 *
 * A device may keep a frame for as long as it likes; that must not keep a
 * guest from going away.
 */
struct tx_flight {
	refcount_t refs;
	struct vif_tx __rcu *tx;
	struct rcu_head rcu;
};

/* What may call back into this module when its queue is gone. */
static atomic_t survivors = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(no_survivors);

/**
 * vif_tx_outlive() - something of a queue's may outlive it
 *
 * Until then the module stays, too, and who wants to remove it can give up.
 *
 * Context: any, where a device of this module is bound.
 */
void vif_tx_outlive(void)
{
	__module_get(THIS_MODULE);
	atomic_inc(&survivors);
}

/** vif_tx_outlived() - it is gone, too. Context: any. */
void vif_tx_outlived(void)
{
	module_put(THIS_MODULE); /* whose exit waits for what follows */
	if (atomic_dec_and_test(&survivors))
		wake_up(&no_survivors);
}

static struct tx_flight *flight_create(struct vif_tx *tx)
{
	struct tx_flight *flight = kzalloc(sizeof(*flight), GFP_KERNEL);

	if (!flight)
		return NULL;
	vif_tx_outlive();
	refcount_set(&flight->refs, 1);
	RCU_INIT_POINTER(flight->tx, tx);
	return flight;
}

static void flight_put(struct tx_flight *flight)
{
	if (!refcount_dec_and_test(&flight->refs))
		return;
	kfree_rcu(flight, rcu);
	vif_tx_outlived();
}

/**
 * vif_tx_wait() - wait until no frame will call back into this module
 *
 * Context: process context, when there are no queues any more. A device that
 * never completes a frame keeps the module.
 */
void vif_tx_wait(void)
{
	wait_event(no_survivors, !atomic_read(&survivors));
	/* The last callback may not have returned yet. */
	synchronize_net();
}

/* The uplink is done with a frame: there may be room for more. */
static void flight_landed(struct sk_buff *skb)
{
	struct tx_flight *flight = skb_shinfo(skb)->destructor_arg;
	struct vif_tx *tx;

	rcu_read_lock();
	tx = rcu_dereference(flight->tx);
	if (tx && READ_ONCE(tx->stalled))
		napi_schedule(&tx->napi);
	flight_put(flight);
	rcu_read_unlock();
}

static void flight_track(struct tx_flight *flight, struct sk_buff *skb)
{
	refcount_inc(&flight->refs);
	skb_shinfo(skb)->destructor_arg = flight;
	skb->destructor = flight_landed;
}

/* --- the pass ----------------------------------------------------------- */

static void forget(struct vif_tx *tx)
{
	while (tx->nr_slots) {
		struct vif_tx_slot *slot = &tx->slots[--tx->nr_slots];

		tx_map_forget(tx, slot);
		kfree_skb(slot->skb);
	}
	blanket_copy_reset(&tx->copy);
}

/* Read what the guest has produced. Return: false if it broke the protocol. */
static bool gather(struct vif_queue *q, unsigned int budget)
{
	struct vif_tx *tx = &q->tx;
	RING_IDX cons = tx->ring.req_cons, prod;

	if (unlikely(!tx_ring_produced(q, &prod)))
		return false;
	tx_late_look(&tx->late, tx_map_in_flight(tx));
	tx->throttled = 0;
	while (tx->nr_slots < budget && cons != prod &&
	       blanket_copy_room(&tx->copy) >= TX_PACKET_COPIES) {
		struct vif_tx_slot *slot = &tx->slots[tx->nr_slots];

		if (unlikely(tx_credit_short(q)))
			break;
		slot->skb = NULL;
		slot->mapped = NULL;
		if (unlikely(!tx_ring_read(q, &slot->pkt, &cons, prod))) {
			forget(tx);
			return false;
		}
		if (unlikely(slot->pkt.mcast)) {
			vif_listen_change(q, &slot->pkt);
			continue;
		}
		tx_credit_spend(q, slot->pkt.size);
		if (likely(!slot->pkt.drop))
			tx_packet_gather(tx, slot);
		else
			tx->stats.malformed++;
		tx->nr_slots++;
	}
	tx->ring.req_cons = cons;
	return true;
}

/* Somebody watches or filters on vifX.Y's ingress. */
static bool watched(struct net_device *dev)
{
	return dev_nit_active(dev) ||
	       rcu_access_pointer(dev->nf_hooks_ingress) ||
	       compat_tc_ingress(dev) ||
	       rcu_access_pointer(dev->xdp_prog);
}

/* Is the filled skb a packet that this guest may send? */
static bool check(struct vif_queue *q, struct vif_tx_slot *slot,
		  const struct uplink *ul, const struct uplink_mode *mode)
{
	struct vif_tx *tx = &q->tx;
	bool copied;

	if (unlikely(!slot->skb))
		return false;
	copied = blanket_copy_ok(&tx->copy, slot->first_copy, slot->nr_copies);
	if (slot->mapped)
		copied = tx_map_attach(tx, slot, copied);
	if (unlikely(!copied))
		return false;
	if (unlikely(tx_packet_finish(q->vif, slot))) {
		tx->stats.malformed++;
		return false;
	}
	if (unlikely(!mode))
		return false;
	if (unlikely(!uplink_mode_admit(mode, ul, q->vif, slot->skb))) {
		tx->stats.spoofed++;
		return false;
	}
	return true;
}

static void forward(struct vif_queue *q, struct sk_buff *skb, bool tapped,
		    struct sk_buff_head *out)
{
	if (unlikely(tapped)) {
		skb->protocol = eth_type_trans(skb, q->vif->dev);
		netif_receive_skb(skb);
	} else {
		vif_forward(q->vif, skb, out);
	}
}

/* NULL: nobody takes what the guest sends. */
static const struct uplink_mode *mode_of(const struct vif *vif,
					 const struct uplink *ul)
{
	const struct uplink_mode *mode;

	if (likely(ul))
		return ul->mode;
	mode = READ_ONCE(vif->mode);
	return mode->routed && netif_running(vif->dev) ? mode : NULL;
}

static void finish(struct vif_queue *q, struct uplink *ul)
{
	const struct uplink_mode *mode = mode_of(q->vif, ul);
	bool tapped = !ul || watched(q->vif->dev);
	struct vif_tx *tx = &q->tx;
	struct sk_buff_head out;
	struct sk_buff *skb;
	unsigned int i;

	__skb_queue_head_init(&out);
	for (i = 0; i < tx->nr_slots; i++) {
		struct vif_tx_slot *slot = &tx->slots[i];
		bool okay = check(q, slot, ul, mode);

		if (!slot->mapped)
			tx_ring_answer_packet(tx, &slot->pkt, okay);
		else if (!okay)
			tx_map_refuse(slot);
		if (likely(okay)) {
			tx->stats.packets++;
			tx->stats.bytes += slot->skb->len;
			forward(q, slot->skb, tapped, &out);
		} else {
			tx->stats.dropped++;
			kfree_skb(slot->skb);
		}
	}
	/* The guest may refill its ring while the device takes the batch. */
	tx_ring_notify(q);
	tx->nr_slots = 0;
	if (!skb_queue_empty(&out)) {
		i = 0;
		skb_queue_walk(&out, skb)
			if ((++i % TRACK_EVERY == 0 ||
			     skb_queue_is_last(&out, skb)) && !skb_zcopy(skb))
				flight_track(tx->flight, skb);
		uplink_xmit(ul, tx, q->index, &out);
	}
}

/* --- NAPI and events ---------------------------------------------------- */

/* Wait for room in the uplink's queue. The guest's own event stays masked. */
static void stall(struct vif_queue *q, const struct uplink *ul)
{
	struct vif_tx *tx = &q->tx;

	tx->stats.stalls++;
	WRITE_ONCE(tx->stalled, true);
	napi_complete(&tx->napi);
	vif_tx_retry(tx);
	tx_ring_share(q);
	/* Room may have come up before flight_landed() could see us wait. */
	smp_mb();
	if (!uplink_stopped(ul, q->index))
		napi_schedule(&tx->napi);
}

/**
 * vif_tx_retry() - have the queue polled again soon
 * @tx:		the queue
 *
 * Context: any.
 */
void vif_tx_retry(struct vif_tx *tx)
{
	mod_timer(&tx->retry, jiffies + RETRY_JIFFIES);
}

static void retry(struct timer_list *timer)
{
	struct vif_tx *tx = container_of(timer, struct vif_tx, retry);

	napi_schedule(&tx->napi);
}

/**
 * vif_tx_age_standing() - let go of what the guest no longer sends from
 * @tx:		the queue; is polled again while there is anything
 *
 * Context: NAPI.
 */
void vif_tx_age_standing(struct vif_tx *tx)
{
	struct blanket_standing *standing = tx->copy.standing;

	if (blanket_standing_due(standing))
		blanket_standing_age(standing);
	if (standing && standing->nr_used && !timer_pending(&tx->retry))
		mod_timer(&tx->retry, standing->age_at);
}

static int vif_tx_poll(struct napi_struct *napi, int budget)
{
	struct vif_tx *tx = container_of(napi, struct vif_tx, napi);
	struct vif_queue *q = container_of(tx, struct vif_queue, tx);
	struct sk_buff_head none;
	struct uplink *ul;
	bool more;
	int work = 0;

	if (tx_map_reap(tx))
		tx_ring_notify(q);
	if (unlikely(READ_ONCE(q->vif->broken) || READ_ONCE(tx->stopping))) {
		napi_complete(napi);
		return 0;
	}
	vif_tx_age_standing(tx);
	rcu_read_lock();
	ul = rcu_dereference(q->vif->uplink);
	WRITE_ONCE(tx->stalled, false);
	if (ul) {
		if (tx->backlog) {
			__skb_queue_head_init(&none);
			uplink_xmit(ul, tx, q->index, &none);
		}
		if (tx->backlog || uplink_stopped(ul, q->index)) {
			stall(q, ul);
			goto out;
		}
	} else {
		uplink_drop_backlog(tx);
	}
	if (gather(q, budget) && tx->nr_slots) {
		work = tx->nr_slots;
		WRITE_ONCE(tx->worked, true);
		tx->stats.passes++;
		blanket_copy_run(&tx->copy, &tx->grants);
		tx_map_run(tx);
		finish(q, ul);
		blanket_copy_reset(&tx->copy);
	}
	if (work >= budget)
		goto out;
	if (unlikely(tx->throttled)) {
		tx_credit_await(tx);
		napi_complete_done(napi, work);
		tx_ring_share(q);
		goto out;
	}
	more = tx_ring_more(tx, work);
	if (!napi_complete_done(napi, work)) {
		tx_ring_share(q);
	} else if (!READ_ONCE(q->vif->broken)) {
		if (more)
			napi_schedule(napi);
		else
			tx_ring_owe_nothing(tx);
	}
out:
	rcu_read_unlock();
	return work;
}

/**
 * vif_tx_interrupt() - the guest has produced requests
 * @irq:	unused
 * @queue:	a struct vif_queue
 *
 * Context: hard interrupt. The event stays masked until the EOI that the
 * NAPI pass gives once the ring is drained.
 * Return: IRQ_HANDLED.
 */
irqreturn_t vif_tx_interrupt(int irq, void *queue)
{
	struct vif_tx *tx = &((struct vif_queue *)queue)->tx;

	WRITE_ONCE(tx->eoi_owed, true);
	napi_schedule(&tx->napi);
	return IRQ_HANDLED;
}

/**
 * vif_tx_init() - prepare a queue whose ring is mapped
 * @q:		the queue
 *
 * Context: process context.
 * Return: 0 or -ENOMEM; vif_tx_exit() cleans up in both cases.
 */
int vif_tx_init(struct vif_queue *q)
{
	struct vif_tx *tx = &q->tx;
	int err;

	netif_napi_add(q->vif->dev, &tx->napi,
		       q->card ? direct_tx_poll : vif_tx_poll);
	timer_setup(&tx->retry, retry, 0);
	tx->slots = kvcalloc(VIF_BATCH, sizeof(*tx->slots), GFP_KERNEL);
	tx->flight = flight_create(tx);
	if (!tx->slots || !tx->flight)
		return -ENOMEM;
	err = blanket_copy_init(&tx->copy, q->vif->domid, VIF_COPIES);
	if (err)
		return err;
	err = q->card ? direct_tx_init(q) : 0;
	return err ?: tx_map_init(tx);
}

/**
 * vif_tx_start() - let the ring be served
 * @q:		after vif_tx_init(), its interrupt bound: an event that came
 *		before is owed an EOI, and the pass must know the irq
 *
 * Context: process context.
 */
void vif_tx_start(struct vif_queue *q)
{
	napi_enable(&q->tx.napi);
}

/**
 * vif_tx_quiesce() - take no more from the guest, go on answering
 * @q:		the queue
 *
 * Context: any.
 */
void vif_tx_quiesce(struct vif_queue *q)
{
	WRITE_ONCE(q->tx.stopping, true);
}

/* NAPI goes on reaping; the guest's pages cannot be taken from a device. */
static void drain(struct vif_queue *q, unsigned long end)
{
	struct vif_tx *tx = &q->tx;

	/* The backlog is ours once a pass under way has ended. */
	synchronize_net();
	kfree_skb_list(tx->backlog);
	tx->backlog = NULL;
	while (tx_map_in_flight(tx) || direct_tx_waiting(q)) {
		if (time_after(jiffies, end)) {
			netdev_warn(q->vif->dev,
				    "the device still holds %u packets in the guest's memory; it is given back when they are sent\n",
				    tx_map_in_flight(tx) + direct_tx_waiting(q));
			break;
		}
		vif_tx_retry(tx);
		usleep_range(1000, 2000);
	}
}

/**
 * vif_tx_stop() - undo vif_tx_start()
 * @q:		after vif_tx_quiesce(); its interrupt may still be bound
 * @end:	when to wait no longer, in jiffies
 *
 * Context: process context; waits for a grace period. Frames still with the
 * uplink are left to it: copied ones hold nothing of the guest's, mapped ones
 * are given until @end.
 */
void vif_tx_stop(struct vif_queue *q, unsigned long end)
{
	struct vif_tx *tx = &q->tx;

	drain(q, end);
	timer_shutdown_sync(&tx->retry);
	napi_disable(&tx->napi);
	tx_map_detach(tx);
	RCU_INIT_POINTER(tx->flight->tx, NULL);
	synchronize_net();
	tx_map_exit(tx);
}

/**
 * vif_tx_exit() - undo vif_tx_init(), also one that failed
 * @q:		the queue, stopped
 *
 * Context: process context.
 */
void vif_tx_exit(struct vif_queue *q)
{
	struct vif_tx *tx = &q->tx;

	netif_napi_del(&tx->napi);
	direct_tx_exit(q);
	tx_map_exit(tx);
	tx_frames_exit(&tx->frames);
	tx_pages_exit(&tx->pages);
	blanket_copy_exit(&tx->copy);
	if (tx->flight)
		flight_put(tx->flight);
	kvfree(tx->slots);
}
