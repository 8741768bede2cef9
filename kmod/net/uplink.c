// SPDX-License-Identifier: GPL-2.0-only
/*
 * An uplink: where frames go.
 *
 *	guest A --tx--> vif_forward() --+--> uplink_xmit() ----> wire
 *	guest B <--rx-- vif_rx_enqueue()+--> netif_receive_skb() > dom0
 *	                     ^   ^
 *	wire --rx_handler----+   +---- egress hook ---- dom0's own frames
 *
 * dom0 keeps its address on the uplink: what is for it passes the rx_handler,
 * and what it sends to a guest is taken out by a netfilter egress hook, since
 * dom0's own frames never meet the rx_handler. Who is addressed how, and what
 * of a frame changes where it meets the wire, is the mode's business (mode.h).
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "../core/trace.h"
#include "egress.h"
#include "mirror.h"
#include "rx.h"
#include "tx.h"
#include "uplink.h"
#include "vif.h"

static LIST_HEAD(uplinks);	/* RTNL */

/* --- towards the guests ------------------------------------------------- */

static void flood(struct uplink *ul, const struct vif *from,
		  const struct sk_buff *skb)
{
	u16 vlan = fdb_vlan(skb);
	struct sk_buff *clone;
	struct vif *vif;

	list_for_each_entry_rcu(vif, &ul->vifs, uplink_node) {
		if (vif == from || (vif->vlan && vif->vlan != vlan))
			continue;
		clone = skb_clone((struct sk_buff *)skb, GFP_ATOMIC);
		if (clone)
			vif_deliver(vif, clone);
	}
}

/* The mark says that a frame has been forwarded, by hardware or, here, by us. */
static void set_forwarded(struct sk_buff *skb)
{
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 1;
#endif
}

static bool is_forwarded(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_SWITCHDEV
	return skb->offload_fwd_mark;
#else
	return false;
#endif
}

/*
 * Sent by a guest of ours: it has been everywhere it had to go. Its address
 * tells when it comes back from the wire, where marks are lost; the mark,
 * when the guest may use other addresses, or tags its frames itself.
 */
static bool from_guest(const struct uplink *ul, const struct ethhdr *eth,
		       const struct sk_buff *skb)
{
	return is_forwarded(skb) ||
	       fdb_find(&ul->fdb, eth->h_source, fdb_vlan(skb));
}

static void clear_forwarded(struct sk_buff *skb)
{
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
#endif
}

/* To a guest, a frame for the NIC's own address; data at its Ethernet header. */
static void enter(const struct uplink *ul, struct vif *vif, struct sk_buff *skb)
{
	if (ul->mode->enter(ul, vif, skb)) {
		vif_deliver(vif, skb);
		return;
	}
	dev_core_stats_tx_dropped_inc(vif->dev);
	kfree_skb(skb);
}

static rx_handler_result_t uplink_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct uplink *ul = rcu_dereference(skb->dev->rx_handler_data);
	const struct ethhdr *eth = eth_hdr(skb);
	struct vif *vif;

	switch (skb->pkt_type) {
	case PACKET_LOOPBACK:
		return RX_HANDLER_PASS;
	case PACKET_HOST:
		/* A guest's was shown when it was sent; dom0 may send it on. */
		if (unlikely(READ_ONCE(ul->nr_promiscuous)) &&
		    is_forwarded(skb)) {
			clear_forwarded(skb);
			return RX_HANDLER_PASS;
		}
		vif = uplink_mode_owner(ul->mode, ul, skb);
		mirror(ul, NULL, vif, skb, skb->mac_len);
		if (likely(!vif))
			return RX_HANDLER_PASS;
		uplink_gro_see(&ul->gro, skb);
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (skb) {
			skb_push(skb, skb->mac_len);
			enter(ul, vif, skb);
		}
		return RX_HANDLER_CONSUMED;
	case PACKET_OTHERHOST:
		vif = uplink_mode_find(ul->mode, ul, skb);
		mirror(ul, NULL, vif, skb, skb->mac_len);
		if (!vif)
			return RX_HANDLER_PASS;
		uplink_gro_see(&ul->gro, skb);
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (skb) {
			skb_push(skb, skb->mac_len);
			vif_deliver(vif, skb);
		}
		return RX_HANDLER_CONSUMED;
	default:
		/* Sent from here, it has been everywhere as well. */
		if (from_guest(ul, eth, skb) ||
		    ether_addr_equal(eth->h_source, ul->dev->dev_addr))
			return RX_HANDLER_PASS;
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (!skb)
			return RX_HANDLER_CONSUMED;
		skb_push(skb, skb->mac_len);
		flood(ul, NULL, skb);
		skb_pull(skb, skb->mac_len);
		*pskb = skb;
		return RX_HANDLER_PASS;
	}
}

/* What dom0 itself sends: guests are not on the wire but here. */
static unsigned int uplink_egress(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb_mac_header(skb);
	unsigned int verdict = NF_ACCEPT;
	struct uplink *ul = priv;
	struct vif *vif;

	rcu_read_lock();
	if (is_multicast_ether_addr(eth->h_dest)) {
		if (!from_guest(ul, eth, skb))
			flood(ul, NULL, skb);
	} else {
		vif = uplink_mode_find(ul->mode, ul, skb);
		/* What guests sent was shown when it came. */
		if (unlikely(READ_ONCE(ul->nr_promiscuous)) &&
		    !from_guest(ul, eth, skb))
			mirror(ul, NULL, vif, skb, 0);
		if (vif) {
			vif_deliver(vif, skb);
			verdict = NF_STOLEN;
		}
	}
	rcu_read_unlock();
	return verdict;
}

/* --- from a guest ------------------------------------------------------- */

/* To dom0's own stack, as if it had come in on the uplink. */
static void receive(struct uplink *ul, struct sk_buff *skb)
{
	/* It was somebody else's as vifX.Y saw it; only that is ever set. */
	skb->pkt_type = PACKET_HOST;
	skb->protocol = eth_type_trans(skb, ul->dev);
	if (skb->ip_summed == CHECKSUM_NONE)
		skb_reset_transport_header(skb);
	netif_receive_skb(skb);
}

/* Some hardware does not survive a frame that is longer than its MTU. */
static bool carries(const struct net_device *dev, const struct sk_buff *skb)
{
	unsigned int max = READ_ONCE(dev->mtu) + dev->hard_header_len +
			   VLAN_HLEN;

	return skb->len <= max ||
	       (skb_is_gso(skb) && skb_gso_validate_mac_len(skb, max));
}

/* A guest's frame to those who may see it, once, wherever else it comes by. */
static void show(const struct uplink *ul, const struct vif *from,
		 const struct vif *to, struct sk_buff *skb)
{
	if (likely(!READ_ONCE(ul->nr_promiscuous)))
		return;
	set_forwarded(skb);
	mirror_copies(ul, from, to, skb, 0);
}

/**
 * vif_forward() - decide where a guest's frame goes, and send it there
 * @vif:	the guest's vif
 * @skb:	its frame, consumed; data points at the Ethernet header, which is
 *		private memory
 * @out:	frames for the wire are queued here, for uplink_xmit()
 *
 * Context: softirq, under rcu_read_lock().
 */
void vif_forward(struct vif *vif, struct sk_buff *skb, struct sk_buff_head *out)
{
	struct uplink *ul = rcu_dereference(vif->uplink);
	const struct ethhdr *eth;
	struct vif *to;

	/* A trunk guest's own tag says where to as ours do. */
	if (unlikely(!vif->vlan && skb->protocol == htons(ETH_P_8021Q))) {
		skb_pull(skb, ETH_HLEN);
		skb = skb_vlan_untag(skb);
		if (!skb)
			return;
		skb_push(skb, ETH_HLEN);
	}
	eth = (const struct ethhdr *)skb->data;
	if (unlikely(!ul || is_link_local_ether_addr(eth->h_dest)))
		goto drop;
	if (vif->vlan) {
		/* Whoever watches had the guest's own tag taken off. */
		if (unlikely(skb_vlan_tag_present(skb))) {
			skb = __vlan_hwaccel_push_inside(skb);
			if (!skb)
				return;
			eth = (const struct ethhdr *)skb->data;
		}
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vif->vlan);
	}

	if (unlikely(is_multicast_ether_addr(eth->h_dest))) {
		struct sk_buff *clone;

		set_forwarded(skb);
		clone = skb_clone(skb, GFP_ATOMIC);
		flood(ul, vif, skb);
		if (clone)
			receive(ul, clone);
	} else if (ether_addr_equal(eth->h_dest, ul->dev->dev_addr)) {
		to = uplink_mode_owner(ul->mode, ul, skb);
		if (to == vif)
			goto drop;
		show(ul, vif, to, skb);
		if (to)
			enter(ul, to, skb);
		else
			receive(ul, skb);
		return;
	}
	to = uplink_mode_find(ul->mode, ul, skb);
	if (to == vif)
		goto drop;
	if (likely(!is_multicast_ether_addr(eth->h_dest)))
		show(ul, vif, to, skb);
	if (to) {
		vif_deliver(to, skb);
		return;
	}
	if (unlikely(!carries(ul->dev, skb)))
		goto drop;
	if (!uplink_mode_leave(ul->mode, ul, vif, skb))
		goto drop;
	skb->dev = ul->dev;
	__skb_queue_tail(out, skb);
	return;
drop:
	dev_core_stats_rx_dropped_inc(vif->dev);
	kfree_skb(skb);
}

/* The frame came the long way, through vifX.Y's own ingress. */
static rx_handler_result_t vif_tap_rx(struct sk_buff **pskb)
{
	struct vif *vif = rcu_dereference((*pskb)->dev->rx_handler_data);
	struct sk_buff_head out;
	struct uplink *ul;
	struct sk_buff *skb;

	/* This far it is the common way; now dom0 routes it. */
	if (READ_ONCE(vif->mode)->routed)
		return RX_HANDLER_PASS;
	skb = skb_share_check(*pskb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;
	__skb_queue_head_init(&out);
	skb_push(skb, skb->mac_len);
	vif_forward(vif, skb, &out);
	ul = rcu_dereference(vif->uplink);
	skb = ul ? __skb_dequeue(&out) : NULL;
	if (skb) {
		/* A time of arrival; a qdisc would take it for departure's. */
		skb_clear_tstamp(skb);
		dev_queue_xmit(skb);
	}
	__skb_queue_purge(&out);
	return RX_HANDLER_CONSUMED;
}

/**
 * vif_tap_register() - take what arrives on vifX.Y from its own stack
 * @vif:	the vif
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int vif_tap_register(struct vif *vif)
{
	return netdev_rx_handler_register(vif->dev, vif_tap_rx, vif);
}

/**
 * vif_tap_unregister() - undo vif_tap_register()
 * @vif:	the vif
 *
 * Context: RTNL.
 */
void vif_tap_unregister(struct vif *vif)
{
	netdev_rx_handler_unregister(vif->dev);
}

/* --- to the wire -------------------------------------------------------- */

/* Operators' rules on the uplink must see guests' frames as well. */
static bool wants_stack(const struct net_device *dev)
{
	return egress_filtered(dev, 1);
}

static bool link_up(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

static struct netdev_queue *pick_queue(const struct net_device *dev,
				       unsigned int *index)
{
	*index %= dev->real_num_tx_queues;
	return netdev_get_tx_queue(dev, *index);
}

/**
 * uplink_stopped() - would a frame have to wait for the device?
 * @ul:		the uplink
 * @index:	the guest queue's number
 *
 * A dead link takes nothing, and drops instead: frames for dom0 and for other
 * guests must not wait for it.
 *
 * Context: softirq, under rcu_read_lock().
 * Return: true if its queue there is stopped.
 */
bool uplink_stopped(const struct uplink *ul, unsigned int index)
{
	return !wants_stack(ul->dev) && link_up(ul->dev) &&
	       netif_xmit_frozen_or_stopped(pick_queue(ul->dev, &index));
}

/**
 * uplink_drop_backlog() - give up the frames that wait for the device
 * @tx:		the guest queue
 *
 * Context: the queue's NAPI.
 */
void uplink_drop_backlog(struct vif_tx *tx)
{
	struct sk_buff *skb, *next;

	for (skb = tx->backlog; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		/* The device may be gone. */
		skb->dev = NULL;
		tx->stats.dropped++;
		kfree_skb(skb);
	}
	tx->backlog = NULL;
}

static void xmit_stacked(struct uplink *ul, struct vif_tx *tx,
			 struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		skb->dev = ul->dev;
		tx->stats.stacked++;
		if (net_xmit_eval(dev_queue_xmit(skb)))
			tx->stats.dropped++;
	}
}

/* Is there nothing that validate_xmit_skb_list() could have to do? */
static bool plain(const struct sk_buff *skb, const struct net_device *dev)
{
	return !skb_is_gso(skb) && !skb_is_nonlinear(skb) &&
	       !skb_vlan_tag_present(skb) &&
	       (skb->ip_summed != CHECKSUM_PARTIAL ||
		dev->features & NETIF_F_HW_CSUM);
}

/* Link a queue into a list the device can take as it is. */
static struct sk_buff *chain(struct sk_buff_head *list, struct net_device *dev)
{
	struct sk_buff *head = NULL, **tail = &head, *skb;
	bool again;

	while ((skb = __skb_dequeue(list))) {
		if (!plain(skb, dev))
			skb = validate_xmit_skb_list(skb, dev, &again);
		*tail = skb;
		while (*tail)
			tail = &(*tail)->next;
	}
	return head;
}

static struct sk_buff *append(struct sk_buff *head, struct sk_buff *more)
{
	struct sk_buff **tail = &head;

	while (*tail)
		tail = &(*tail)->next;
	*tail = more;
	return head;
}

/**
 * uplink_xmit() - put frames on the wire, all of them with one kick
 * @ul:		the uplink
 * @tx:		the guest queue they come from; what the device does not take
 *		stays in its backlog, to be tried before anything else
 * @index:	the guest queue's number; a queue's frames stay in order on
 *		one queue of the device
 * @list:	frames, emptied
 *
 * As dev_queue_xmit(), but telling the driver of more to come: it kicks the
 * host once a batch instead of once a frame.
 *
 * Context: softirq, under rcu_read_lock().
 */
void uplink_xmit(struct uplink *ul, struct vif_tx *tx, unsigned int index,
		 struct sk_buff_head *list)
{
	struct net_device *dev = ul->dev;
	struct sk_buff *skb, *next;
	struct netdev_queue *txq;
	unsigned int sent = 0;
	bool tapped, share;

	/* Made for another uplink, or about to be overtaken. */
	if (tx->backlog && (tx->backlog->dev != dev || wants_stack(dev)))
		uplink_drop_backlog(tx);
	if (wants_stack(dev)) {
		xmit_stacked(ul, tx, list);
		return;
	}
	txq = pick_queue(dev, &index);
	skb = tx->backlog;
	if (!skb_queue_empty(list))
		skb = append(skb, chain(list, dev));
	tx->backlog = skb;
	if (!skb)
		return;
	if (unlikely(!link_up(dev))) {
		uplink_drop_backlog(tx);
		return;
	}

	tapped = dev_nit_active(dev);
	share = !tapped && tx_frames_shareable(dev);
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	while (skb && !netif_xmit_frozen_or_stopped(txq)) {
		netdev_tx_t rc;
		bool kept;

		next = skb->next;
		skb_mark_not_on_list(skb);
		/* The device may have fewer queues than when it was put off. */
		skb_set_queue_mapping(skb, index);
		if (unlikely(tapped))
			dev_queue_xmit_nit(skb, dev);
		kept = share && tx_frames_keep(&tx->frames, skb);
		rc = netdev_start_xmit(skb, dev, txq, next);
		if (unlikely(!dev_xmit_complete(rc))) {
			if (kept)
				tx_frames_unkeep(&tx->frames);
			skb->next = next;
			break;
		}
		sent++;
		skb = next;
	}
	HARD_TX_UNLOCK(dev, txq);
	tx->backlog = skb;
	if (sent) {
		tx->stats.kicks++;
		trace_blanket_kick(dev->name, index, sent);
	}
}

/* --- attaching ---------------------------------------------------------- */

static struct uplink *find(const struct net_device *dev)
{
	struct uplink *ul;

	ASSERT_RTNL();
	list_for_each_entry(ul, &uplinks, node)
		if (ul->dev == dev)
			return ul;
	return NULL;
}

static struct uplink *create(struct net_device *dev,
			     const struct uplink_mode *mode)
{
	struct uplink *ul = kzalloc(sizeof(*ul), GFP_KERNEL);
	int err;

	if (!ul)
		return ERR_PTR(-ENOMEM);
	ul->dev = dev;
	ul->mode = mode;
	ul->mtu = dev->mtu;
	INIT_LIST_HEAD(&ul->vifs);

	err = netdev_rx_handler_register(dev, uplink_rx, ul);
	if (err)
		goto free;
	ul->egress = (struct nf_hook_ops){
		.hook		= uplink_egress,
		.priv		= ul,
		.dev		= dev,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_EGRESS,
		.priority	= INT_MAX,	/* after the operator's rules */
	};
	err = nf_register_net_hook(dev_net(dev), &ul->egress);
	if (err)
		goto handler;
	err = dev_set_allmulti(dev, 1);
	if (err)
		goto hook;
	/* Merged frames cannot be handed on. */
	dev_disable_lro(dev);
	uplink_gro_init(&ul->gro, dev);
	netdev_hold(dev, &ul->dev_tracker, GFP_KERNEL);
	list_add(&ul->node, &uplinks);
	return ul;
hook:
	nf_unregister_net_hook(dev_net(dev), &ul->egress);
handler:
	netdev_rx_handler_unregister(dev);
free:
	kfree(ul);
	return ERR_PTR(err);
}

static void destroy(struct uplink *ul)
{
	list_del(&ul->node);
	dev_set_allmulti(ul->dev, -1);
	nf_unregister_net_hook(dev_net(ul->dev), &ul->egress);
	netdev_rx_handler_unregister(ul->dev);
	uplink_gro_exit(&ul->gro);
	netdev_put(ul->dev, &ul->dev_tracker);
	kfree_rcu(ul, rcu);
}

/* A VLAN device of dom0's takes the VLAN's frames before we see them. */
static bool has_vlan(struct net_device *dev, u16 vlan)
{
	bool found;

	rcu_read_lock();
	found = __vlan_find_dev_deep_rcu(dev, htons(ETH_P_8021Q), vlan);
	rcu_read_unlock();
	return found;
}

/**
 * uplink_attach() - join a vif to a net device of dom0's
 * @vif:	not attached, else -EALREADY
 * @dev:	any Ethernet device
 *
 * Context: RTNL.
 * Return: 0; -EINVAL if @dev is no Ethernet device, -ELOOP if it is a vif,
 * -EBUSY if a bridge, bond or other upper device has it, -EADDRINUSE if
 * another vif there, or @dev itself, has the same MAC address, -EADDRNOTAVAIL
 * if another vif there, or dom0, has one of its IP addresses (in address mode),
 * -EMEDIUMTYPE if vifs there are in another mode, -EOPNOTSUPP if @vif is in
 * NAT mode, which has no uplinks, -EEXIST if dom0 has a device of its own for
 * the vif's VLAN.
 */
int uplink_attach(struct vif *vif, struct net_device *dev)
{
	struct uplink *ul = find(dev);
	int err;

	ASSERT_RTNL();
	if (rtnl_dereference(vif->uplink) || READ_ONCE(vif->card))
		return -EALREADY;
	if (vif->mode->routed)
		return -EOPNOTSUPP;
	if (dev->netdev_ops == vif->dev->netdev_ops)
		return -ELOOP;
	if (ether_addr_equal(vif->mac, dev->dev_addr))
		return -EADDRINUSE;
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK)
		return -EINVAL;
	if (vif->vlan && has_vlan(dev, vif->vlan))
		return -EEXIST;
	if (ul && ul->mode != vif->mode)
		return -EMEDIUMTYPE;
	if (!ul) {
		ul = create(dev, vif->mode);
		if (IS_ERR(ul))
			return PTR_ERR(ul);
	}
	err = fdb_add(&ul->fdb, vif);
	if (err)
		goto put;
	err = ul->mode->attach(ul, vif);
	if (err)
		goto fdb;
	if (vif->vlan)
		err = vlan_vid_add(dev, htons(ETH_P_8021Q), vif->vlan);
	if (err)
		goto mode;
	mirror_attach(ul, vif);
	list_add_tail_rcu(&vif->uplink_node, &ul->vifs);
	rcu_assign_pointer(vif->uplink, ul);
	netdev_info(vif->dev, "uplink %s, %s mode\n", dev->name,
		    ul->mode->name);
	return 0;
mode:
	ul->mode->detach(ul, vif);
fdb:
	fdb_del(vif);
put:
	if (list_empty(&ul->vifs))
		destroy(ul);
	return err;
}

/**
 * uplink_detach() - undo uplink_attach(); an unattached vif is fine
 * @vif:	the vif
 *
 * Context: RTNL. Waits for a grace period: nobody forwards to @vif through
 * the uplink any more when it returns.
 */
void uplink_detach(struct vif *vif)
{
	struct uplink *ul = rtnl_dereference(vif->uplink);

	ASSERT_RTNL();
	if (!ul)
		return;
	RCU_INIT_POINTER(vif->uplink, NULL);
	list_del_rcu(&vif->uplink_node);
	fdb_del(vif);
	if (vif->vlan)
		vlan_vid_del(ul->dev, htons(ETH_P_8021Q), vif->vlan);
	ul->mode->detach(ul, vif);
	mirror_detach(ul, vif);
	synchronize_net();
	INIT_LIST_HEAD(&vif->uplink_node);
	if (list_empty(&ul->vifs))
		destroy(ul);
}

/* A vif moved to another network namespace leaves its uplink behind. */
static void detach_moved(const struct net_device *dev)
{
	struct uplink *ul;
	struct vif *vif;

	list_for_each_entry(ul, &uplinks, node)
		list_for_each_entry(vif, &ul->vifs, uplink_node)
			if (vif->dev == dev) {
				uplink_detach(vif);
				return;
			}
}

/* Who has the uplink's MTU follows it; who has less has no part in it. */
static void follow_mtu(struct uplink *ul)
{
	unsigned int before = ul->mtu, now = ul->dev->mtu;
	struct vif *vif;

	ul->mtu = now;
	list_for_each_entry(vif, &ul->vifs, uplink_node)
		if (vif->dev->mtu == before || vif->dev->mtu > now)
			vif_set_mtu(vif, min(now, vif->dev->max_mtu));
}

static int uplink_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct uplink *ul;
	struct vif *vif;

	if (event == NETDEV_CHANGEMTU) {
		ul = find(dev);
		if (ul)
			follow_mtu(ul);
	}
	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	detach_moved(dev);
	/* The last vif to go takes the uplink with it. */
	while ((ul = find(dev))) {
		vif = list_first_entry(&ul->vifs, struct vif, uplink_node);
		netdev_warn(vif->dev, "uplink %s went away; write another to blanket/uplink\n",
			    dev->name);
		uplink_detach(vif);
	}
	return NOTIFY_DONE;
}

static struct notifier_block uplink_notifier = {
	.notifier_call = uplink_event,
};

/** uplink_init() - watch for uplinks that go away, or change. Return: 0 or an error. */
int __init uplink_init(void)
{
	return register_netdevice_notifier(&uplink_notifier);
}

/** uplink_exit() - undo uplink_init(), after the last vif */
void uplink_exit(void)
{
	unregister_netdevice_notifier(&uplink_notifier);
}
