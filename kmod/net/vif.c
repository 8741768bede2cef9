// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vifX.Y net device: what xentop, ethtool, tcpdump, nft and tc see.
 *
 * Packets only pass through it when somebody is watching or filtering there
 * (see vif_deliver()); otherwise they go straight between ring and uplink.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "../core/weights.h"
#include "addr_table.h"
#include "direct.h"
#include "mode.h"
#include "rx.h"
#include "uplink.h"
#include "vif.h"

static unsigned int rx_queue_bytes = 2 * VIF_RX_RING_SIZE * XEN_PAGE_SIZE;
module_param(rx_queue_bytes, uint, 0644);
MODULE_PARM_DESC(rx_queue_bytes,
		 "Most memory, in bytes, that waits for a guest per queue (default for new vifs)");

/* as blanket's weights have it, unless told */
#define BY_WEIGHT UINT_MAX

static int set_threshold(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0, VIF_MAP_NEVER);
}

static const struct kernel_param_ops threshold_ops = {
	.set = set_threshold,
	.get = param_get_uint,
};

static unsigned int tx_map_min = BY_WEIGHT;
module_param_cb(tx_map_min, &threshold_ops, &tx_map_min, 0644);
MODULE_PARM_DESC(tx_map_min,
		 "Map the payload of packets of at least this many bytes, copy smaller ones (default for new vifs)");

static unsigned int tx_pin_min = BY_WEIGHT;
module_param_cb(tx_pin_min, &threshold_ops, &tx_pin_min, 0644);
MODULE_PARM_DESC(tx_pin_min,
		 "A card of its own reads pieces of payload of at least this many bytes in the guest's page, smaller ones in a copy, where there is no standing mapping (default for new vifs)");

unsigned int tx_slow_ms = 100;
module_param(tx_slow_ms, uint, 0644);
MODULE_PARM_DESC(tx_slow_ms,
		 "A device with packets of a guest's pages that is done with none of them for so long, in milliseconds, gets copies for a second (0: never)");

/** vif_setup() - settle the knobs that nobody set. Context: module init. */
void vif_setup(void)
{
	if (tx_map_min == BY_WEIGHT)
		tx_map_min = min_t(unsigned int, blanket_map_from(),
				   VIF_MAP_NEVER);
	if (tx_pin_min == BY_WEIGHT)
		tx_pin_min = min_t(unsigned int, blanket_pin_from(),
				   VIF_MAP_NEVER);
}

static netdev_tx_t vif_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vif *vif = netdev_priv(dev);

	/* A guest with a card to itself is not reached this way. */
	if (unlikely(READ_ONCE(vif->card))) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	vif_rx_enqueue(vif, skb);
	return NETDEV_TX_OK;
}

static netdev_features_t vif_fix_features(struct net_device *dev,
					  netdev_features_t features)
{
	struct vif *vif = netdev_priv(dev);

	if (!vif->offer.sg)
		features &= ~NETIF_F_SG;
	if (!vif->offer.tso4)
		features &= ~NETIF_F_TSO;
	if (!vif->offer.tso6)
		features &= ~NETIF_F_TSO6;
	if (!vif->offer.csum4)
		features &= ~NETIF_F_IP_CSUM;
	if (!vif->offer.csum6)
		features &= ~NETIF_F_IPV6_CSUM;
	return features;
}

static int vif_change_mtu(struct net_device *dev, int mtu)
{
	struct vif *vif = netdev_priv(dev);

	if (!vif->offer.sg && mtu > ETH_DATA_LEN) {
		netdev_err(dev, "MTU %d needs a front end with feature-sg; the largest here is %d\n",
			   mtu, ETH_DATA_LEN);
		return -EINVAL;
	}
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/* The device's counters are named from dom0's side: rx is the guest's tx. */
static void vif_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	struct vif_totals sum;

	vif_totals(netdev_priv(dev), &sum);
	stats->rx_packets = sum.tx.packets;
	stats->rx_bytes = sum.tx.bytes;
	stats->rx_dropped = sum.tx.dropped;
	stats->rx_errors = sum.tx.malformed;
	stats->tx_packets = sum.rx.packets;
	stats->tx_bytes = sum.rx.bytes;
	stats->tx_dropped = sum.rx.dropped + sum.rx.expired;
	stats->tx_errors = sum.rx.errors;
}

static const struct net_device_ops vif_netdev_ops = {
	.ndo_start_xmit		= vif_start_xmit,
	.ndo_fix_features	= vif_fix_features,
	.ndo_change_mtu		= vif_change_mtu,
	.ndo_get_stats64	= vif_get_stats64,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

/* 64-bit counters with one writer each: a plain sum will do. */
static void add_u64s(void *to, const void *from, size_t bytes)
{
	const u64 *src = from;
	u64 *dst = to;
	size_t i;

	for (i = 0; i < bytes / sizeof(u64); i++)
		dst[i] += READ_ONCE(src[i]);
}

static void add_queue(struct vif_totals *sum, const struct vif_queue *q)
{
	add_u64s(&sum->tx, &q->tx.stats, sizeof(sum->tx));
	add_u64s(&sum->rx, &q->rx.stats, sizeof(sum->rx));
	add_u64s(&sum->tx_grants, &q->tx.grants, sizeof(sum->tx_grants));
	add_u64s(&sum->rx_grants, &q->rx.grants, sizeof(sum->rx_grants));
}

static void add_conn(struct vif_totals *sum, const struct vif_conn *conn)
{
	unsigned int i;

	for (i = 0; i < conn->nr_queues; i++)
		add_queue(sum, &conn->queues[i]);
}

static const struct vif_conn *counted_conn(const struct vif *vif)
{
	const struct vif_conn *conn;

	conn = rcu_dereference_protected(vif->conn,
					 lockdep_is_held(&vif->stats_lock));
	return conn ?: vif->retired;
}

/**
 * vif_totals() - sum the statistics of a vif's queues
 * @vif:	the vif
 * @sum:	filled in; includes connections that have ended
 *
 * Context: process or softirq.
 */
void vif_totals(struct vif *vif, struct vif_totals *sum)
{
	const struct vif_conn *conn;

	spin_lock_bh(&vif->stats_lock);
	*sum = vif->past;
	conn = counted_conn(vif);
	if (conn)
		add_conn(sum, conn);
	spin_unlock_bh(&vif->stats_lock);
}

/**
 * vif_queue_totals() - statistics of one of a vif's queues
 * @vif:	the vif
 * @i:		the queue's number
 * @sum:	filled in, with zeros for a queue that is not there
 *
 * Context: process or softirq.
 */
void vif_queue_totals(struct vif *vif, unsigned int i, struct vif_totals *sum)
{
	const struct vif_conn *conn;

	memset(sum, 0, sizeof(*sum));
	spin_lock_bh(&vif->stats_lock);
	conn = counted_conn(vif);
	if (conn && i < conn->nr_queues)
		add_queue(sum, &conn->queues[i]);
	spin_unlock_bh(&vif->stats_lock);
}

/**
 * vif_retire_conn() - unpublish the connection
 * @vif:	the vif
 *
 * What it still counts while it is closed goes on to be shown.
 *
 * Context: vif.lock held. Softirqs may use the connection until a grace
 * period has passed.
 * Return: the connection, for vif_forget_conn(), or NULL when there was none.
 */
struct vif_conn *vif_retire_conn(struct vif *vif)
{
	struct vif_conn *conn;

	lockdep_assert_held(&vif->lock);
	spin_lock_bh(&vif->stats_lock);
	conn = rcu_dereference_protected(vif->conn,
					 lockdep_is_held(&vif->stats_lock));
	vif->retired = conn;
	RCU_INIT_POINTER(vif->conn, NULL);
	spin_unlock_bh(&vif->stats_lock);
	return conn;
}

/**
 * vif_forget_conn() - keep what a retired connection counted, all there is
 * @vif:	the vif, its connection closed and about to be freed
 *
 * In one step, so that no reader sees the counters twice or not at all.
 *
 * Context: vif.lock held.
 */
void vif_forget_conn(struct vif *vif)
{
	lockdep_assert_held(&vif->lock);
	spin_lock_bh(&vif->stats_lock);
	add_conn(&vif->past, vif->retired);
	vif->retired = NULL;
	spin_unlock_bh(&vif->stats_lock);
}

static void vif_break_work(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, break_work);

	/* The front end may have reconnected meanwhile. */
	if (READ_ONCE(vif->broken))
		vif_disconnect(vif);
}

/**
 * vif_break() - stop serving a front end that broke the protocol
 * @vif:	the vif
 * @why:	static text, logged once a connection
 *
 * The rings are given back in process context; until the front end
 * reconnects nothing it writes is looked at.
 *
 * Context: any.
 */
void vif_break(struct vif *vif, const char *why)
{
	if (xchg(&vif->broken, true))
		return;
	if (net_ratelimit())
		netdev_err(vif->dev, "guest %u broke the netif protocol: %s; device stopped until it reconnects\n",
			   vif->domid, why);
	queue_work(system_unbound_wq, &vif->break_work);
}

/* Where the hotplug script has told it before. */
static void tell_mtu(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, mtu_work);
	const char *other = vif->xdev->otherend;
	struct xenbus_transaction xbt;
	int err;

	/* A front end that is gone is not to come to life again. */
	do {
		if (xenbus_transaction_start(&xbt))
			return;
		if (xenbus_exists(xbt, other, "state"))
			xenbus_printf(xbt, other, "mtu", "%u",
				      READ_ONCE(vif->dev->mtu));
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
}

/**
 * vif_set_mtu() - set a vif's MTU, and let the guest know
 * @vif:	the vif
 * @mtu:	bytes; a front end without feature-sg keeps what it has if it is
 *		too large for it
 *
 * Context: RTNL.
 */
void vif_set_mtu(struct vif *vif, unsigned int mtu)
{
	if (!dev_set_mtu(vif->dev, mtu))
		queue_work(system_unbound_wq, &vif->mtu_work);
}

static int read_config(struct vif *vif)
{
	const char *dir = vif->xdev->nodename;
	char *mac = xenbus_read(XBT_NIL, dir, "mac", NULL);
	struct addr_list *list;
	bool valid;

	if (IS_ERR(mac))
		return PTR_ERR(mac);
	vif_limit(vif, 0, CREDIT_INTERVAL);
	vif_limit_from_xenstore(vif);
	valid = mac_pton(mac, vif->mac) && is_valid_ether_addr(vif->mac);
	kfree(mac);
	vif->vlan = xenbus_read_unsigned(dir, "vlan", 0);
	if (!valid || vif->vlan >= VLAN_N_VID - 1)
		return -EINVAL;
	list = addr_list_parse(vif, "");
	if (IS_ERR(list))
		return PTR_ERR(list);
	RCU_INIT_POINTER(vif->addrs, list);
	return 0;
}

/**
 * vif_create() - make and register a vif's net device
 * @xdev:	the backend device
 * @domid:	the guest
 * @handle:	the guest's number of the device
 *
 * Context: process context, takes RTNL.
 * Return: the vif or an ERR_PTR.
 */
struct vif *vif_create(struct xenbus_device *xdev, domid_t domid,
		       unsigned int handle)
{
	static const u8 dom0_side[ETH_ALEN] = {
		0xfe, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	char name[IFNAMSIZ];
	struct net_device *dev;
	struct vif *vif;
	int err;

	snprintf(name, sizeof(name), "vif%u.%u", domid, handle);
	dev = alloc_netdev_mq(sizeof(*vif), name, NET_NAME_UNKNOWN,
			      ether_setup, vif_max_queues());
	if (!dev)
		return ERR_PTR(-ENOMEM);

	vif = netdev_priv(dev);
	vif->dev = dev;
	vif->xdev = xdev;
	vif->domid = domid;
	vif->handle = handle;
	vif->antispoof = VIF_ANTISPOOF_MAC;
	vif->mode = uplink_mode_preferred();
	vif->rx_queue_bytes = rx_queue_bytes;
	vif->tx_map_min = tx_map_min;
	vif->tx_pin_min = tx_pin_min;
	mutex_init(&vif->lock);
	spin_lock_init(&vif->stats_lock);
	spin_lock_init(&vif->credit_lock);
	spin_lock_init(&vif->mcast_lock);
	INIT_LIST_HEAD(&vif->uplink_node);
	INIT_WORK(&vif->break_work, vif_break_work);
	INIT_WORK(&vif->mtu_work, tell_mtu);
	INIT_WORK(&vif->card_gone, direct_card_gone);
	/* Whoever attaches it by sysfs finds its address. */
	err = read_config(vif);
	if (err)
		goto free;

	SET_NETDEV_DEV(dev, &xdev->dev);
	dev->netdev_ops = &vif_netdev_ops;
	dev->ethtool_ops = &vif_ethtool_ops;
	dev->sysfs_groups[0] = &vif_attr_group;
	dev->hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |
			   NETIF_F_TSO | NETIF_F_TSO6;
	dev->features = dev->hw_features;
	dev->priv_flags |= IFF_NO_QUEUE;
	/* Packets wait in our lists, so nobody may keep a share in them. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	compat_set_lltx(dev);
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU - VLAN_ETH_HLEN;
	eth_hw_addr_set(dev, dom0_side);
	netif_carrier_off(dev);

	rtnl_lock();
	err = register_netdevice(dev);
	if (!err)
		err = vif_tap_register(vif);
	if (err && dev->reg_state == NETREG_REGISTERED)
		unregister_netdevice(dev);
	rtnl_unlock();
	if (err)
		goto free;
	return vif;
free:
	kfree(rcu_access_pointer(vif->addrs));
	free_netdev(dev);
	return ERR_PTR(err);
}

/**
 * vif_destroy() - undo vif_create()
 * @vif:	the vif; disconnected by this if it still is connected
 *
 * Context: process context, takes RTNL.
 */
void vif_destroy(struct vif *vif)
{
	vif_disconnect(vif);
	cancel_work_sync(&vif->break_work);
	rtnl_lock();
	uplink_detach(vif);
	vif_tap_unregister(vif);
	unregister_netdevice(vif->dev);
	rtnl_unlock();
	/* Who takes a card away waits for us to let go of it. */
	direct_detach(vif);
	cancel_work_sync(&vif->card_gone);
	cancel_work_sync(&vif->mtu_work);
	kfree(rcu_access_pointer(vif->addrs));
	free_netdev(vif->dev);
}
