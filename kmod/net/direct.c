// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passthrough: a vif and the network card its guest has to itself.
 *
 *	attach -> [ start -> direct_tx.c, direct_rx.c -> stop ]* -> detach
 *
 * The card is the vif's from attach to detach; it runs while the front end is
 * connected.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "../virtio/nic.h"
#include "direct.h"
#include "vif.h"

/* --- what the card tells us ---------------------------------------------- */

static void tx_event(void *client, unsigned int pair)
{
	struct vif *vif = client;

	napi_schedule(&vif->card_conn->queues[pair].tx.napi);
}

static void rx_event(void *client, unsigned int pair)
{
	struct vif *vif = client;

	napi_schedule(&vif->card_conn->queues[pair].rx.napi);
}

static void tx_reclaim(void *client, unsigned int pair, void *cookie)
{
	struct vif *vif = client;

	direct_tx_reclaim(&vif->card_conn->queues[pair], cookie);
}

static void link_changed(void *client, bool up)
{
	struct vif *vif = client;

	if (net_ratelimit())
		netdev_info(vif->dev, "card %s: link %s\n", vif->card_name,
			    up ? "up" : "down");
}

static void gone(void *client)
{
	struct vif *vif = client;

	schedule_work(&vif->card_gone);
}

static const struct vnic_client_ops client_ops = {
	.tx_event	= tx_event,
	.rx_event	= rx_event,
	.tx_reclaim	= tx_reclaim,
	.link		= link_changed,
	.gone		= gone,
};

/* --- attached -------------------------------------------------------------- */

/* Return: 0, or why the guest cannot have the card. */
static int check_caps(struct vif *vif, const struct vnic_caps *caps)
{
	if (!ether_addr_equal(caps->mac, vif->mac))
		return -EADDRNOTAVAIL;
	/* Front ends are told that these are there before we know the card. */
	if (!caps->tx_csum || !caps->tx_tso4 || !caps->tx_tso6)
		return -EOPNOTSUPP;
	/* Its own VLAN is the host's to tag. */
	if (vif->vlan)
		return -EPROTONOSUPPORT;
	return 0;
}

/*
 * A front end that has looked already may want more, and is refused. The tool
 * stack may be taking the device away: its node is not to come to life again.
 */
static void offer_queues(struct vif *vif, unsigned int nr)
{
	const char *dir = vif->xdev->nodename;
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		if (xenbus_exists(xbt, dir, "multi-queue-max-queues"))
			err = xenbus_printf(xbt, dir, "multi-queue-max-queues",
					    "%u", nr);
		if (err)
			xenbus_transaction_end(xbt, 1);
		else
			err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	if (err)
		netdev_warn(vif->dev, "cannot offer %u queues in xenstore: %pe\n",
			    nr, ERR_PTR(err));
}

/**
 * direct_attach() - give a vif a card to itself
 * @vif:	the vif
 * @card:	PCI address of a device that blanket_virtio is bound to
 *
 * Context: a write to sysfs: it may have to be restarted for want of RTNL.
 * Return: 0; -EISCONN while the front end is connected, -EEXIST if the vif has
 * a card or an uplink, -ENODEV if there is no such card, -EBUSY if another has
 * it, -EADDRNOTAVAIL if its address is not the guest's, -EOPNOTSUPP if it lacks
 * checksum or segmentation offload, -EPROTONOSUPPORT for a vif with a VLAN.
 */
int direct_attach(struct vif *vif, const char *card)
{
	struct vnic_caps caps;
	struct vnic *nic;
	int err = 0;

	mutex_lock(&vif->lock);
	/* No uplink meanwhile. Who unregisters the vif waits for us under RTNL. */
	if (!rtnl_trylock()) {
		mutex_unlock(&vif->lock);
		return restart_syscall();
	}
	if (rcu_access_pointer(vif->conn))
		err = -EISCONN;
	else if (vif->card || rtnl_dereference(vif->uplink))
		err = -EEXIST;
	if (err)
		goto unlock;
	nic = vnic_get(card, netdev_name(vif->dev), &client_ops, vif);
	if (IS_ERR(nic)) {
		err = PTR_ERR(nic);
		goto unlock;
	}
	vnic_caps(nic, &caps);
	err = check_caps(vif, &caps);
	if (err) {
		vnic_put(nic);
		goto unlock;
	}
	vif->card_offers = (struct vnet_device){
		.csum = caps.tx_csum,
		.tso4 = caps.tx_tso4,
		.tso6 = caps.tx_tso6,
	};
	strscpy(vif->card_name, card, sizeof(vif->card_name));
	WRITE_ONCE(vif->card, nic);
unlock:
	rtnl_unlock();
	if (!err) {
		offer_queues(vif, min(caps.pairs, vif_max_queues()));
		netdev_info(vif->dev, "card %s to itself\n", card);
	}
	mutex_unlock(&vif->lock);
	return err;
}

/**
 * direct_detach() - take the card away again; not having one is fine
 * @vif:	the vif
 *
 * Context: process context.
 * Return: false if the front end is connected: nothing was done.
 */
bool direct_detach(struct vif *vif)
{
	bool idle;

	mutex_lock(&vif->lock);
	idle = !rcu_access_pointer(vif->conn);
	if (idle && vif->card) {
		vnic_put(vif->card);
		WRITE_ONCE(vif->card, NULL);
	}
	mutex_unlock(&vif->lock);
	return idle;
}

/**
 * direct_card_gone() - the card is being taken from under its vif
 * @work:	the vif's card_gone
 *
 * Context: process context.
 */
void direct_card_gone(struct work_struct *work)
{
	struct vif *vif = container_of(work, struct vif, card_gone);

	netdev_warn(vif->dev, "card %s is taken away: the guest has no network until it is attached anew\n",
		    vif->card_name);
	do
		vif_disconnect(vif);
	while (!direct_detach(vif)); /* it came back in between */
	mutex_lock(&vif->lock);
	if (!vif->card) /* another may have been attached */
		offer_queues(vif, vif_max_queues());
	mutex_unlock(&vif->lock);
}

/* --- running ----------------------------------------------------------------- */

/* What the host is not to hand on: the guest could not read it. */
static u64 unwanted(const struct vif_offer *offer)
{
	u64 features = 0;

	if (!offer->sg || !offer->csum4 || !offer->tso4)
		features |= BIT_ULL(VIRTIO_NET_F_GUEST_TSO4);
	if (!offer->sg || !offer->csum6 || !offer->tso6)
		features |= BIT_ULL(VIRTIO_NET_F_GUEST_TSO6);
	if (!offer->csum4 && !offer->csum6)
		features |= BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
	return features;
}

/**
 * direct_start() - let a vif's card run
 * @vif:	has a card
 * @conn:	its queues, which are still to be opened
 *
 * Context: process context, vif.lock held. Events come once a queue's NAPI has
 * asked for them.
 * Return: 0 or a negative error.
 */
int direct_start(struct vif *vif, struct vif_conn *conn)
{
	const struct vif_offer *offer = &vif->offer;
	int err;

	vif->card_guest = (struct vnet_guest){
		.csum4 = offer->csum4,
		.csum6 = offer->csum6,
		.tso4 = offer->tso4,
		.tso6 = offer->tso6,
	};
	vif->card_conn = conn;
	err = vnic_start(vif->card, conn->nr_queues, unwanted(offer));
	if (err)
		return err;
	/* Its own frames and everybody's, nobody else's. */
	if (vnic_set_rx_mode(vif->card, false, true))
		netdev_info(vif->dev, "card %s does not filter; the guest may see other's frames\n",
			    vif->card_name);
	return 0;
}

/**
 * direct_stop() - undo direct_start()
 * @vif:	its queues' NAPIs do not run, their memory is still there
 *
 * Context: process context, vif.lock held.
 */
void direct_stop(struct vif *vif)
{
	vnic_stop(vif->card);
}

/**
 * direct_queue() - a pair of the card's queues
 * @vif:	started
 * @index:	which
 *
 * Return: the pair.
 */
struct vnic_queue *direct_queue(const struct vif *vif, unsigned int index)
{
	return vnic_queue(vif->card, index);
}
