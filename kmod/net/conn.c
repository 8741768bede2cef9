// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting to a front end: what it offers, its rings and its events.
 *
 *	read offer -> init queues -> map rings -> bind events -> start NAPI
 *	  -> publish -> carrier on
 *
 * and backwards to disconnect: unpublish, stop NAPI, unbind events, unmap.
 */
#include <linux/cpumask.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "ctrl.h"
#include "direct.h"
#include "listen.h"
#include "rx.h"
#include "tx.h"
#include "vif.h"

/* How long a guest's farewell may take for the sake of mapped frames. */
#define DRAIN_JIFFIES HZ

static unsigned int max_queues;
module_param(max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues,
		 "Most queues of a vif (default: the number of CPUs)");

/** vif_max_queues() - most queues we let a front end use */
unsigned int vif_max_queues(void)
{
	unsigned int cpus = num_online_cpus();

	return max_queues ? min(max_queues, 64u) : min(cpus, 64u);
}

static void read_offer(const struct vif *vif, struct vif_offer *offer)
{
	const char *other = vif->xdev->otherend;
	unsigned int headroom = xenbus_read_unsigned(other, "xdp-headroom", 0);
	/* An XDP program reads one page a packet. */
	bool xdp = headroom;

	offer->sg = !xdp && xenbus_read_unsigned(other, "feature-sg", 0);
	offer->tso4 = !xdp &&
		      xenbus_read_unsigned(other, "feature-gso-tcpv4", 0);
	offer->tso6 = !xdp &&
		      xenbus_read_unsigned(other, "feature-gso-tcpv6", 0);
	offer->csum4 = !xenbus_read_unsigned(other,
					     "feature-no-csum-offload", 0);
	offer->csum6 = xenbus_read_unsigned(other,
					    "feature-ipv6-csum-offload", 0);
	/* It is told how much there is. */
	offer->headroom = min(headroom, NETIF_HEADROOM_MAX);
}

static int check_offer(struct vif *vif)
{
	struct xenbus_device *xdev = vif->xdev;

	if (!xenbus_read_unsigned(xdev->otherend, "request-rx-copy", 0)) {
		blanket_dev_fail(xdev, -EOPNOTSUPP,
				 "the front end wants pages flipped (request-rx-copy is 0); only copying is offered");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int map_ring(struct vif *vif, const char *dir, const char *node,
		    struct blanket_ring *ring)
{
	unsigned int ref;
	int err;

	err = xenbus_gather(XBT_NIL, dir, node, "%u", &ref, NULL);
	if (!err)
		err = blanket_ring_map(ring, vif->xdev, &ref, 1);
	if (err)
		blanket_dev_fail(vif->xdev, err, "mapping %s/%s", dir, node);
	return err;
}

static int map_rings(struct vif_queue *q, const char *dir)
{
	struct xen_netif_tx_sring *txs;
	struct xen_netif_rx_sring *rxs;
	int err;

	err = map_ring(q->vif, dir, "tx-ring-ref", &q->tx.map);
	if (err)
		return err;
	err = map_ring(q->vif, dir, "rx-ring-ref", &q->rx.map);
	if (err)
		return err;
	if (q->tx.map.keeps_version || q->rx.map.keeps_version)
		blanket_copy_stand(&q->tx.copy, &q->tx.grants);
	txs = q->tx.map.addr;
	rxs = q->rx.map.addr;
	/* Another may have served it before: it goes on where it was. */
	BACK_RING_ATTACH(&q->tx.ring, txs, READ_ONCE(txs->rsp_prod),
			 XEN_PAGE_SIZE);
	BACK_RING_ATTACH(&q->rx.ring, rxs, READ_ONCE(rxs->rsp_prod),
			 XEN_PAGE_SIZE);
	if (q->tx.ring.rsp_prod_pvt)
		q->vif->resumed = true;
	if (netif_ring_overflow(READ_ONCE(txs->req_prod),
				q->tx.ring.rsp_prod_pvt, VIF_TX_RING_SIZE) ||
	    netif_ring_overflow(READ_ONCE(rxs->req_prod),
				q->rx.ring.rsp_prod_pvt, VIF_RX_RING_SIZE)) {
		blanket_dev_fail(q->vif->xdev, -EPROTO,
				 "%s: a ring holds more requests than it can", dir);
		return -EPROTO;
	}
	return 0;
}

/* One event channel for both rings: TX owes the EOI for both. */
static irqreturn_t both_interrupt(int irq, void *queue)
{
	napi_schedule(&((struct vif_queue *)queue)->rx.napi);
	return vif_tx_interrupt(irq, queue);
}

static int bind_one(struct vif_queue *q, const char *dir, const char *node,
		    irq_handler_t handler, const char *name)
{
	unsigned int port;
	int irq;

	irq = xenbus_gather(XBT_NIL, dir, node, "%u", &port, NULL);
	if (!irq)
		irq = blanket_evtchn_bind(q->vif->xdev, port, handler, name, q);
	if (irq < 0)
		blanket_dev_fail(q->vif->xdev, irq, "binding %s/%s", dir, node);
	return irq;
}

static int bind_events(struct vif_queue *q, const char *dir)
{
	const char *dev = q->vif->dev->name;
	int irq;

	snprintf(q->tx_name, sizeof(q->tx_name), "%s-q%u-tx", dev, q->index);
	snprintf(q->rx_name, sizeof(q->rx_name), "%s-q%u-rx", dev, q->index);
	if (!xenbus_exists(XBT_NIL, dir, "event-channel-tx")) {
		irq = bind_one(q, dir, "event-channel", both_interrupt,
			       q->tx_name);
		if (irq < 0)
			return irq;
		q->tx.irq = irq;
		q->rx.irq = irq;
		return 0;
	}
	irq = bind_one(q, dir, "event-channel-tx", vif_tx_interrupt,
		       q->tx_name);
	if (irq < 0)
		return irq;
	q->tx.irq = irq;
	irq = bind_one(q, dir, "event-channel-rx", vif_rx_interrupt,
		       q->rx_name);
	if (irq < 0)
		return irq;
	q->rx.irq = irq;
	return 0;
}

static void unbind_events(struct vif_queue *q)
{
	if (q->rx.irq && q->rx.irq != q->tx.irq)
		unbind_from_irqhandler(q->rx.irq, q);
	if (q->tx.irq)
		unbind_from_irqhandler(q->tx.irq, q);
	q->tx.irq = 0;
	q->rx.irq = 0;
}

static void release_queue(struct vif_queue *q)
{
	unbind_events(q);
	rtnl_lock();
	vif_tx_exit(q);
	vif_rx_exit(q);
	rtnl_unlock();
	blanket_ring_unmap(&q->tx.map, q->vif->xdev);
	blanket_ring_unmap(&q->rx.map, q->vif->xdev);
}

static int open_queue(struct vif_queue *q, const char *dir)
{
	int err;

	/* Whoever lists a device's NAPIs holds RTNL and nothing else. */
	rtnl_lock();
	err = vif_tx_init(q) ?: vif_rx_init(q);
	rtnl_unlock();
	if (!err)
		err = map_rings(q, dir);
	if (!err)
		err = bind_events(q, dir);
	if (err) {
		release_queue(q);
		return err;
	}
	vif_tx_start(q);
	vif_rx_start(q);
	return 0;
}

static void close_queues(struct vif *vif, struct vif_conn *conn)
{
	unsigned long end = jiffies + DRAIN_JIFFIES;
	unsigned int i;

	for (i = 0; i < conn->nr_queues; i++)
		vif_tx_quiesce(&conn->queues[i]);
	for (i = 0; i < conn->nr_queues; i++) {
		vif_tx_stop(&conn->queues[i], end);
		vif_rx_stop(&conn->queues[i]);
	}
	/* Hands back what it has, to queues that are still there. */
	if (vif->card)
		direct_stop(vif);
	for (i = 0; i < conn->nr_queues; i++)
		release_queue(&conn->queues[i]);
}

static char *queue_dir(const struct vif *vif, unsigned int i, bool single)
{
	if (single)
		return kstrdup(vif->xdev->otherend, GFP_KERNEL);
	return kasprintf(GFP_KERNEL, "%s/queue-%u", vif->xdev->otherend, i);
}

static struct vif_conn *open_queues(struct vif *vif, unsigned int nr,
				    bool single)
{
	struct vif_conn *conn;
	unsigned int i;
	int err = 0;

	conn = kvzalloc(struct_size(conn, queues, nr), GFP_KERNEL);
	if (!conn)
		return ERR_PTR(-ENOMEM);
	if (vif->card) {
		conn->nr_queues = nr;
		err = direct_start(vif, conn);
		if (err) {
			blanket_dev_fail(vif->xdev, err,
					 "starting card %s with %u queues (module parameter max_queues limits them)",
					 vif->card_name, nr);
			kvfree(conn);
			return ERR_PTR(err);
		}
	}
	for (i = 0; i < nr; i++) {
		struct vif_queue *q;
		char *dir = queue_dir(vif, i, single);

		conn->nr_queues = i + 1;
		q = &conn->queues[i];
		q->vif = vif;
		q->index = i;
		q->card = vif->card ? direct_queue(vif, i) : NULL;
		err = dir ? open_queue(q, dir) : -ENOMEM;
		kfree(dir);
		if (err) {
			conn->nr_queues = i;
			close_queues(vif, conn);
			kvfree(conn);
			return ERR_PTR(err);
		}
	}
	return conn;
}

static int count_queues(struct vif *vif, unsigned int *nr, bool *single)
{
	unsigned int want = xenbus_read_unsigned(vif->xdev->otherend,
						 "multi-queue-num-queues", 0);

	*single = want <= 1;
	*nr = want ?: 1;
	if (*nr <= vif_max_queues())
		return 0;
	blanket_dev_fail(vif->xdev, -EINVAL,
			 "the front end wants %u queues, %u are offered (module parameter max_queues)",
			 want, vif_max_queues());
	return -EINVAL;
}

/* Events that came before NAPI was started are seen to now. */
static void kick_queues(struct vif_conn *conn)
{
	unsigned int i;

	local_bh_disable();
	for (i = 0; i < conn->nr_queues; i++) {
		napi_schedule(&conn->queues[i].tx.napi);
		napi_schedule(&conn->queues[i].rx.napi);
	}
	local_bh_enable();
}

/**
 * vif_connect() - map a front end's rings and start serving it
 * @vif:	the vif
 *
 * Context: process context, takes RTNL. Failures are reported to xenbus.
 * Return: 0, also when it was connected already, or a negative error.
 */
int vif_connect(struct vif *vif)
{
	struct vif_conn *conn;
	unsigned int nr;
	bool single;
	int err = 0;

	mutex_lock(&vif->lock);
	if (rcu_access_pointer(vif->conn))
		goto unlock;
	read_offer(vif, &vif->offer);
	err = check_offer(vif) ?: count_queues(vif, &nr, &single);
	if (err)
		goto unlock;
	WRITE_ONCE(vif->broken, false);
	vif_listen_to_none(vif);
	vif->resumed = false;
	conn = open_queues(vif, nr, single);
	if (IS_ERR(conn)) {
		err = PTR_ERR(conn);
		goto unlock;
	}
	err = vif_ctrl_open(vif, conn);
	if (err) {
		close_queues(vif, conn);
		kvfree(conn);
		goto unlock;
	}
	vif_listen_from_xenstore(vif);
	spin_lock_bh(&vif->stats_lock);
	rcu_assign_pointer(vif->conn, conn);
	spin_unlock_bh(&vif->stats_lock);

	rtnl_lock();
	netif_set_real_num_tx_queues(vif->dev, nr);
	/* The front end before may have borne more. */
	if (!vif->offer.sg && vif->dev->mtu > ETH_DATA_LEN)
		dev_set_mtu(vif->dev, ETH_DATA_LEN);
	netdev_update_features(vif->dev);
	netif_carrier_on(vif->dev);
	rtnl_unlock();
	kick_queues(conn);
	vif_ctrl_start(conn);
	/* A guest may come and go as often as it likes. */
	if (net_ratelimit())
		netdev_info(vif->dev, "connected, %u queue%s\n", nr,
			    nr > 1 ? "s" : "");
unlock:
	mutex_unlock(&vif->lock);
	return err;
}

/**
 * vif_reconfigure() - a front end may have begun or ended to run XDP
 * @vif:	the vif; nothing is done while it is not connected
 *
 * Context: process context, takes RTNL.
 */
void vif_reconfigure(struct vif *vif)
{
	struct vif_offer offer;

	mutex_lock(&vif->lock);
	if (!rcu_access_pointer(vif->conn))
		goto unlock;
	/* The guest has no say in how long RTNL is held. */
	memset(&offer, 0, sizeof(offer));
	read_offer(vif, &offer);
	if (!memcmp(&offer, &vif->offer, sizeof(offer)))
		goto unlock;
	rtnl_lock();
	vif->offer = offer;
	netdev_update_features(vif->dev);
	rtnl_unlock();
unlock:
	mutex_unlock(&vif->lock);
}

/**
 * vif_disconnect() - stop serving the front end, give everything back
 * @vif:	the vif; not being connected is fine
 *
 * Context: process context; waits for a grace period.
 */
void vif_disconnect(struct vif *vif)
{
	struct vif_conn *conn;

	mutex_lock(&vif->lock);
	netif_carrier_off(vif->dev);
	conn = vif_retire_conn(vif);
	if (conn) {
		/* Nobody enqueues any more after this. */
		synchronize_net();
		vif_ctrl_close(conn);
		close_queues(vif, conn);
		vif_forget_conn(vif);
		kvfree(conn);
	}
	mutex_unlock(&vif->lock);
}
