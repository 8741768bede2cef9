// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest receive: one NAPI pass into a guest's ring.
 *
 *	take packet -> take slots -> gather copies	for each, while slots last
 *	one grant-copy hypercall
 *	write responses, strictly in ring order
 *	one event to the guest
 *
 * Nobody can be made to wait for a guest: its queue is bounded in bytes, what
 * grows old in it is thrown away, and a guest that takes nothing for long is
 * not queued for at all until it posts buffers again (XSA-392).
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dst.h>

#include "direct.h"
#include "egress.h"
#include "hash.h"
#include "listen.h"
#include "rx.h"
#include "rx_copy.h"
#include "rx_ring.h"
#include "rx_stage.h"
#include "uplink.h"

static unsigned int rx_expire_ms = 10000;
module_param(rx_expire_ms, uint, 0644);
MODULE_PARM_DESC(rx_expire_ms,
		 "Throw away packets a guest did not take for this long");

static unsigned int rx_stall_ms = 60000;
module_param(rx_stall_ms, uint, 0644);
MODULE_PARM_DESC(rx_stall_ms,
		 "Queue nothing for a guest that took nothing for this long");

/** struct vif_rx_slot - a packet of the pass, between copy and response */
struct vif_rx_slot {
	struct sk_buff *skb;
	struct netif_rx_packet pkt;
	const struct xen_netif_rx_request *reqs;
	unsigned int first_copy;
	unsigned int nr_copies;
};

/**
 * struct vif_rx_pass - what a pass needs, too big for the stack
 * @slots:	its packets
 * @nr:		how many
 * @reqs:	the guest's buffers they take, our copy; a pass cannot take more
 *		than the ring holds
 * @nr_reqs:	how many
 * @stage:	where some of the packets are put together
 * @cut:	it ended for want of copy operations: there is more to do
 */
struct vif_rx_pass {
	struct vif_rx_slot slots[VIF_BATCH];
	unsigned int nr;
	struct xen_netif_rx_request reqs[VIF_RX_RING_SIZE];
	unsigned int nr_reqs;
	struct rx_stage stage;
	bool cut;
};

/**
 * struct rx_hash - the hash that a guest wants to know of a packet
 * @value:	the hash, 0 if there is nothing to be hashed
 * @type:	what was hashed, _XEN_NETIF_CTRL_HASH_TYPE_*
 * @known:	there is one
 */
struct rx_hash {
	u32 value;
	u8 type;
	bool known;
};

struct rx_cb {
	unsigned long queued;	/* jiffies */
	unsigned int bytes;	/* of memory */
	struct rx_hash hash;
};

#define RX_CB(skb) ((struct rx_cb *)(skb)->cb)

/* --- queueing ----------------------------------------------------------- */

/**
 * vif_rx_expires() - how long a packet may wait for its guest
 * @since:	when it began, in jiffies
 *
 * Return: when it is to be thrown away, in jiffies.
 */
unsigned long vif_rx_expires(unsigned long since)
{
	return since + msecs_to_jiffies(READ_ONCE(rx_expire_ms));
}

static unsigned long expires(const struct sk_buff *skb)
{
	return vif_rx_expires(RX_CB(skb)->queued);
}

static void count_drop(struct vif_rx *rx, struct sk_buff *skb)
{
	rx->stats.dropped++;
	kfree_skb(skb);
}

static __always_inline void enqueue(struct vif *vif, struct vif_queue *q,
				    struct sk_buff *skb,
				    const struct rx_hash *hash)
{
	struct vif_rx *rx = &q->rx;
	unsigned int bytes = skb->truesize;
	bool first;

	RX_CB(skb)->queued = jiffies;
	RX_CB(skb)->bytes = bytes;
	RX_CB(skb)->hash = *hash;
	spin_lock(&rx->queue.lock);
	if (unlikely(READ_ONCE(rx->stalled) ||
		     rx->bytes_in - READ_ONCE(rx->bytes_out) + bytes >
		     READ_ONCE(vif->rx_queue_bytes))) {
		count_drop(rx, skb);
		spin_unlock(&rx->queue.lock);
		return;
	}
	rx->bytes_in += bytes;
	first = skb_queue_empty(&rx->queue);
	__skb_queue_tail(&rx->queue, skb);
	spin_unlock(&rx->queue.lock);
	/* A pass takes all there are; the first has asked for one. */
	if (first)
		napi_schedule(&rx->napi);
}

/* A front end without feature-sg, or with XDP, reads one slot a packet. */
static bool too_long(const struct net_device *dev, const struct sk_buff *skb)
{
	const struct vif *vif = netdev_priv(dev);

	return skb->len > netif_rx_room(READ_ONCE(vif->offer.headroom)) &&
	       (!(dev->features & NETIF_F_SG) ||
		skb->len > NETIF_RX_SLOTS * NETIF_SLOT_BYTES);
}

/*
 * Does the guest take the packet as it is? It finds the checksum and the
 * segments by parsing plain TCP or UDP right behind the Ethernet header.
 */
static bool fits(struct net_device *dev, const struct sk_buff *skb)
{
	netdev_features_t features = dev->features;

	if (unlikely(too_long(dev, skb)))
		return false;
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return !skb_is_gso(skb);
	if (skb->encapsulation ||
	    (skb->csum_offset != offsetof(struct tcphdr, check) &&
	     skb->csum_offset != offsetof(struct udphdr, check)))
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		features &= NETIF_F_IP_CSUM | NETIF_F_TSO;
	else if (skb->protocol == htons(ETH_P_IPV6))
		features &= NETIF_F_IPV6_CSUM | NETIF_F_TSO6;
	else
		return false;
	if (skb_is_gso(skb))
		return skb->len < netif_get_gso_max_size(dev, skb) &&
		       net_gso_ok(features, skb_shinfo(skb)->gso_type &
					    ~SKB_GSO_DODGY);
	return features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM);
}

/* The guest's VLAN is ours to strip; a trunk guest sees the tag. */
static struct sk_buff *settle_vlan(const struct vif *vif, struct sk_buff *skb)
{
	if (vif->vlan)
		__vlan_hwaccel_clear_tag(skb);
	else
		skb = __vlan_hwaccel_push_inside(skb);
	return skb;
}

/* The guest has a say in which queue a packet goes to. */
static unsigned int steer_as_wanted(const struct vif_conn *conn,
				    const struct netif_hash *wanted,
				    const struct sk_buff *skb,
				    struct rx_hash *hash)
{
	int offset = skb_network_offset(skb);
	u8 buffer[NETIF_FLOW_HEADERS];
	struct netif_flow flow;
	const u8 *ip = NULL;
	unsigned int len;

	len = min_t(unsigned int, sizeof(buffer), skb->len - offset);
	if (skb->protocol == htons(ETH_P_IP) ||
	    skb->protocol == htons(ETH_P_IPV6))
		ip = skb_header_pointer(skb, offset, len, buffer);
	netif_flow_parse(&flow, ip, ip ? len : 0, wanted->types);
	if (flow.len) {
		hash->known = true;
		hash->type = flow.type;
		hash->value = netif_hash(wanted, &flow);
	}
	return netif_hash_queue(wanted, hash->value, conn->nr_queues);
}

static __always_inline unsigned int steer(struct vif_conn *conn,
					  struct sk_buff *skb,
					  struct rx_hash *hash)
{
	const struct netif_hash *wanted = rcu_dereference(conn->hash);

	*hash = (struct rx_hash){ };
	if (unlikely(wanted))
		return steer_as_wanted(conn, wanted, skb, hash);
	return conn->nr_queues == 1 ? 0 : skb_get_hash(skb) % conn->nr_queues;
}

/* Inlined, and what it calls, where every packet passes. */
static __always_inline void enqueue_packet(struct vif *vif, struct sk_buff *skb)
{
	struct vif_conn *conn = rcu_dereference(vif->conn);
	struct sk_buff *next;
	struct rx_hash hash;
	struct vif_queue *q;
	bool again;

	if (unlikely(!conn || READ_ONCE(vif->broken) ||
		     !vif_listens(vif, skb->data))) {
		kfree_skb(skb);
		return;
	}
	if (unlikely(skb_vlan_tag_present(skb))) {
		skb = settle_vlan(vif, skb);
		if (!skb)
			return;
	}
	skb->dev = vif->dev;
	/* Dom0's sockets, routes and connections do not wait for a guest. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	q = &conn->queues[steer(conn, skb, &hash)];
	/* Another guest's pages must not be held up by this one. */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC))) {
		kfree_skb(skb);
		return;
	}
	if (likely(fits(vif->dev, skb))) {
		enqueue(vif, q, skb, &hash);
		return;
	}
	for (skb = validate_xmit_skb_list(skb, vif->dev, &again); skb;
	     skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		if (likely(!too_long(vif->dev, skb))) {
			enqueue(vif, q, skb, &hash);
		} else {
			spin_lock(&q->rx.queue.lock);
			count_drop(&q->rx, skb);
			spin_unlock(&q->rx.queue.lock);
		}
	}
}

/**
 * vif_rx_enqueue() - queue a packet for a guest
 * @vif:	the vif
 * @skb:	consumed; data points at the Ethernet header
 *
 * Context: softirq or BH disabled, under rcu_read_lock().
 */
void vif_rx_enqueue(struct vif *vif, struct sk_buff *skb)
{
	enqueue_packet(vif, skb);
}

/* Somebody watches or filters on vifX.Y's egress. */
static bool watched(struct net_device *dev)
{
	return dev_nit_active(dev) || egress_filtered(dev, 0);
}

/**
 * vif_deliver() - send a packet out on vifX.Y, towards the guest
 * @vif:	the vif
 * @skb:	consumed; data points at the Ethernet header
 *
 * Context: softirq or BH disabled, under rcu_read_lock().
 */
void vif_deliver(struct vif *vif, struct sk_buff *skb)
{
	if (likely(!watched(vif->dev))) {
		enqueue_packet(vif, skb);
		return;
	}
	skb->dev = vif->dev;
	/* A time of arrival; a qdisc would take it for one of departure. */
	skb_clear_tstamp(skb);
	dev_queue_xmit(skb);
}

/* --- the pass ----------------------------------------------------------- */

/* Return: false if it does not fit any more, the guest having asked for XDP. */
static bool describe(const struct vif *vif, const struct sk_buff *skb,
		     struct netif_rx_packet *pkt)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	const struct rx_hash *hash = &RX_CB(skb)->hash;

	pkt->len = skb->len;
	pkt->csum_blank = skb->ip_summed == CHECKSUM_PARTIAL;
	pkt->validated = skb->ip_summed == CHECKSUM_UNNECESSARY;
	pkt->gso_size = info->gso_size;
	pkt->gso_type = info->gso_type & SKB_GSO_TCPV6 ?
		XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4;
	pkt->hashed = hash->known;
	pkt->hash_type = hash->type;
	pkt->hash = hash->value;
	pkt->headroom = READ_ONCE(vif->offer.headroom);
	return likely(!pkt->headroom) || pkt->len <= netif_rx_room(pkt->headroom);
}

/* The next packet. Takes all there are from the queue, under one lock. */
static struct sk_buff *peek(struct vif_rx *rx)
{
	if (skb_queue_empty(&rx->ready)) {
		spin_lock(&rx->queue.lock);
		skb_queue_splice_tail_init(&rx->queue, &rx->ready);
		spin_unlock(&rx->queue.lock);
	}
	return skb_peek(&rx->ready);
}

static struct sk_buff *dequeue(struct vif_rx *rx)
{
	struct sk_buff *skb = __skb_dequeue(&rx->ready);

	WRITE_ONCE(rx->bytes_out, rx->bytes_out + RX_CB(skb)->bytes);
	return skb;
}

/* Give the packet the guest's next slots. Return: false if out of copies. */
static bool place(struct vif_rx *rx, struct vif_rx_slot *slot,
		  unsigned int nr_slots)
{
	struct vif_rx_pass *pass = rx->pass;
	struct xen_netif_rx_request *reqs = &pass->reqs[pass->nr_reqs];

	rx_ring_read(rx, reqs, nr_slots);
	slot->reqs = reqs;
	slot->first_copy = rx->copy.nr;
	if (unlikely(!rx_copy_packet(rx, &pass->stage, reqs, slot->skb,
				     &slot->pkt))) {
		blanket_copy_rewind(&rx->copy, slot->first_copy);
		return false;
	}
	slot->nr_copies = rx->copy.nr - slot->first_copy;
	pass->nr_reqs += nr_slots;
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
	struct vif_rx_pass *pass = rx->pass;
	int room = rx_ring_posted(q);
	struct sk_buff *skb;

	pass->cut = false;
	while (room >= 0 && pass->nr < budget && (skb = peek(rx))) {
		struct vif_rx_slot *slot = &pass->slots[pass->nr];
		unsigned int needed;

		if (unlikely(!describe(q->vif, skb, &slot->pkt))) {
			rx->stats.errors++;
			kfree_skb(dequeue(rx));
			continue;
		}
		needed = netif_rx_slots(&slot->pkt);
		if (room < needed) {
			room = rx_ring_wait_for(q, needed);
			if (room >= 0 && room < needed) {
				rx->stats.blocked++;
				mod_timer(&rx->expiry, expires(skb));
				break;
			}
			continue;
		}
		slot->skb = skb;
		if (unlikely(!place(rx, slot, needed))) {
			if (rx->copy.nr) {
				pass->cut = true;
				break;
			}
			/* Cut finer than a whole batch: nobody sends that. */
			rx->stats.errors++;
			kfree_skb(dequeue(rx));
			continue;
		}
		dequeue(rx);
		room -= needed;
		pass->nr++;
	}
	return room >= 0;
}

static void finish(struct vif_queue *q, int budget)
{
	struct vif_rx *rx = &q->rx;
	struct vif_rx_pass *pass = rx->pass;
	unsigned int i;

	for (i = 0; i < pass->nr; i++) {
		struct vif_rx_slot *slot = &pass->slots[i];
		bool okay = blanket_copy_ok(&rx->copy, slot->first_copy,
					    slot->nr_copies);

		rx_ring_respond(rx, &slot->pkt, slot->reqs, okay);
		if (likely(okay)) {
			rx->stats.packets++;
			rx->stats.bytes += slot->pkt.len;
			napi_consume_skb(slot->skb, budget);
		} else {
			rx->stats.errors++;
			kfree_skb(slot->skb);
		}
	}
	rx_ring_push(q, pass->nr_reqs);
	pass->nr = 0;
	pass->nr_reqs = 0;
	pass->stage.nr = 0;
	rx->last_served = jiffies;
	WRITE_ONCE(rx->stalled, false);
}

/* The guest posts no buffers: throw away what is old, then all of it. */
static void expire(struct vif_rx *rx)
{
	struct sk_buff *skb = peek(rx);

	if (time_after(jiffies,
		       rx->last_served + msecs_to_jiffies(rx_stall_ms)))
		WRITE_ONCE(rx->stalled, true);
	while (skb && (rx->stalled || time_after_eq(jiffies, expires(skb)))) {
		rx->stats.expired++;
		kfree_skb(dequeue(rx));
		skb = peek(rx);
	}
}

static void expiry(struct timer_list *timer)
{
	struct vif_rx *rx = container_of(timer, struct vif_rx, expiry);

	napi_schedule(&rx->napi);
}

/* --- NAPI and events ---------------------------------------------------- */

static int vif_rx_poll(struct napi_struct *napi, int budget)
{
	struct vif_rx *rx = container_of(napi, struct vif_rx, napi);
	struct vif_queue *q = container_of(rx, struct vif_queue, rx);
	int work = 0;

	if (unlikely(READ_ONCE(q->vif->broken))) {
		napi_complete(napi);
		return 0;
	}
	if (unlikely(rx->stalled && rx_ring_posted(q) > 0)) {
		rx->last_served = jiffies;
		WRITE_ONCE(rx->stalled, false);
	}
	if (gather(q, min(budget, VIF_BATCH)) && rx->pass->nr) {
		work = rx->pass->nr;
		rx->worked = true;
		/* On a shared event channel TX gives the EOI for both. */
		if (rx->irq == q->tx.irq)
			WRITE_ONCE(q->tx.worked, true);
		rx->stats.passes++;
		blanket_copy_run(&rx->copy, &rx->grants);
		finish(q, budget);
	} else if (peek(rx)) {
		expire(rx);
	} else {
		rx->last_served = jiffies;
	}
	blanket_copy_reset(&rx->copy);
	/* Neither an event nor an enqueue need come for what is left. */
	if (rx->pass->cut)
		work = budget;
	if (work < budget && napi_complete_done(napi, work))
		rx_ring_owe_nothing(rx);
	return work;
}

/**
 * vif_rx_interrupt() - the guest has posted the buffers we waited for
 * @irq:	unused
 * @queue:	a struct vif_queue
 *
 * Context: hard interrupt; the NAPI pass gives the EOI.
 * Return: IRQ_HANDLED.
 */
irqreturn_t vif_rx_interrupt(int irq, void *queue)
{
	struct vif_rx *rx = &((struct vif_queue *)queue)->rx;

	WRITE_ONCE(rx->eoi_owed, true);
	napi_schedule(&rx->napi);
	return IRQ_HANDLED;
}

/**
 * vif_rx_init() - prepare a queue whose ring is mapped
 * @q:		the queue
 *
 * Context: process context.
 * Return: 0 or -ENOMEM; vif_rx_exit() cleans up in both cases.
 */
int vif_rx_init(struct vif_queue *q)
{
	struct vif_rx *rx = &q->rx;

	netif_napi_add(q->vif->dev, &rx->napi,
		       q->card ? direct_rx_poll : vif_rx_poll);
	skb_queue_head_init(&rx->queue);
	__skb_queue_head_init(&rx->ready);
	timer_setup(&rx->expiry, expiry, 0);
	rx->last_served = jiffies;
	rx->pass = kvzalloc(sizeof(*rx->pass), GFP_KERNEL);
	if (!rx->pass)
		return -ENOMEM;
	return rx_stage_init(&rx->pass->stage) ?:
	       blanket_copy_init(&rx->copy, q->vif->domid, VIF_COPIES) ?:
	       (q->card ? direct_rx_init(q) : 0);
}

/**
 * vif_rx_start() - let the ring be served
 * @q:		after vif_rx_init(), its interrupt bound
 *
 * Context: process context.
 */
void vif_rx_start(struct vif_queue *q)
{
	napi_enable(&q->rx.napi);
}

/**
 * vif_rx_stop() - undo vif_rx_start()
 * @q:		nobody enqueues any more; its interrupt may still be bound
 *
 * Context: process context.
 */
void vif_rx_stop(struct vif_queue *q)
{
	struct vif_rx *rx = &q->rx;

	timer_shutdown_sync(&rx->expiry);
	napi_disable(&rx->napi);
	/* What a pass had taken when the guest broke the protocol under it. */
	while (rx->pass->nr)
		kfree_skb(rx->pass->slots[--rx->pass->nr].skb);
	__skb_queue_purge(&rx->ready);
	skb_queue_purge(&rx->queue);
}

/**
 * vif_rx_exit() - undo vif_rx_init(), also one that failed
 * @q:		the queue, stopped
 *
 * Context: process context.
 */
void vif_rx_exit(struct vif_queue *q)
{
	netif_napi_del(&q->rx.napi);
	direct_rx_exit(q);
	blanket_copy_exit(&q->rx.copy);
	if (q->rx.pass)
		rx_stage_exit(&q->rx.pass->stage);
	kvfree(q->rx.pass);
}
