// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio network card: its configuration, and its life.
 *
 *	claimed --vnic_get()--> had --vnic_start()--> started
 *	        <--vnic_put()--     <--vnic_stop()--
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "nic_device.h"

#define PAIRS_MAX	16u

/* Net features that make sense only together with others */
static u64 net_features(u64 offered, unsigned int pairs)
{
	u64 want = BIT_ULL(VIRTIO_NET_F_MAC) | BIT_ULL(VIRTIO_NET_F_MTU) |
		   BIT_ULL(VIRTIO_NET_F_STATUS) |
		   BIT_ULL(VIRTIO_NET_F_MRG_RXBUF);

	if (offered & BIT_ULL(VIRTIO_NET_F_CSUM))
		want |= BIT_ULL(VIRTIO_NET_F_CSUM) |
			BIT_ULL(VIRTIO_NET_F_HOST_TSO4) |
			BIT_ULL(VIRTIO_NET_F_HOST_TSO6);
	if (offered & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)) {
		want |= BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
		/* a packet that is larger than a buffer needs several */
		if (offered & BIT_ULL(VIRTIO_NET_F_MRG_RXBUF))
			want |= BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) |
				BIT_ULL(VIRTIO_NET_F_GUEST_TSO6);
	}
	if (offered & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)) {
		want |= BIT_ULL(VIRTIO_NET_F_CTRL_VQ) |
			BIT_ULL(VIRTIO_NET_F_CTRL_RX);
		if (pairs > 1)
			want |= BIT_ULL(VIRTIO_NET_F_MQ);
	}
	return want & offered;
}

static u16 config16(const struct vpci *vpci, size_t offset)
{
	return ioread16(vpci->mdev.device + offset);
}

static int read_mac(struct vpci *vpci, struct vnic_caps *caps)
{
	struct device *dev = &vpci->pdev->dev;
	unsigned int i;

	if (!vpci_offers(vpci, VIRTIO_NET_F_MAC)) {
		dev_err(dev, "the device has no MAC address of its own: have the host give it one\n");
		return -EINVAL;
	}
	for (i = 0; i < ETH_ALEN; i++)
		caps->mac[i] = ioread8(vpci->mdev.device + i +
				       offsetof(struct virtio_net_config, mac));
	if (!is_valid_ether_addr(caps->mac)) {
		dev_err(dev, "the device's MAC address %pM is none\n",
			caps->mac);
		return -EINVAL;
	}
	return 0;
}

static int read_mtu(struct vpci *vpci, struct vnic_caps *caps)
{
	/* without merging a packet is in one buffer */
	u16 most = VNIC_BUF_SIZE - VNIC_HDR - VLAN_ETH_HLEN;

	if (vpci_offers(vpci, VIRTIO_NET_F_MRG_RXBUF))
		most = ETH_MAX_MTU;
	caps->mtu = min_t(u16, most, ETH_DATA_LEN);
	if (!vpci_offers(vpci, VIRTIO_NET_F_MTU))
		return 0;
	caps->mtu = config16(vpci, offsetof(struct virtio_net_config, mtu));
	if (caps->mtu >= ETH_MIN_MTU && caps->mtu <= most)
		return 0;
	dev_err(&vpci->pdev->dev, "the device's MTU %u is not one of %u to %u\n",
		caps->mtu, ETH_MIN_MTU, most);
	return -EINVAL;
}

static unsigned int read_pairs(struct vpci *vpci)
{
	unsigned int pairs = 1;

	if (vpci_offers(vpci, VIRTIO_NET_F_MQ) &&
	    vpci_offers(vpci, VIRTIO_NET_F_CTRL_VQ))
		pairs = config16(vpci, offsetof(struct virtio_net_config,
						max_virtqueue_pairs));
	return clamp(pairs, 1u, PAIRS_MAX);
}

static int read_caps(struct vpci *vpci, struct vnic_caps *caps)
{
	u64 net = net_features(vpci->offered, 1);
	int err;

	if (!vpci->mdev.device ||
	    vpci->mdev.device_len < offsetofend(struct virtio_net_config, mtu)) {
		dev_err(&vpci->pdev->dev, "the device's configuration has %zu bytes only\n",
			vpci->mdev.device_len);
		return -EINVAL;
	}
	err = read_mac(vpci, caps) ?: read_mtu(vpci, caps);
	if (err)
		return err;
	caps->pairs = read_pairs(vpci);
	caps->tx_csum = net & BIT_ULL(VIRTIO_NET_F_CSUM);
	caps->tx_tso4 = net & BIT_ULL(VIRTIO_NET_F_HOST_TSO4);
	caps->tx_tso6 = net & BIT_ULL(VIRTIO_NET_F_HOST_TSO6);
	caps->rx_csum = net & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
	caps->rx_tso4 = net & BIT_ULL(VIRTIO_NET_F_GUEST_TSO4);
	caps->rx_tso6 = net & BIT_ULL(VIRTIO_NET_F_GUEST_TSO6);
	caps->rx_filter = net & BIT_ULL(VIRTIO_NET_F_CTRL_RX);
	return 0;
}

static bool read_link(struct vnic *nic)
{
	if (READ_ONCE(nic->dev.broken))
		return false;
	return !nic->has_status ||
	       config16(nic->dev.vpci, offsetof(struct virtio_net_config, status)) &
	       VIRTIO_NET_S_LINK_UP;
}

static void config_work(struct work_struct *work)
{
	struct vnic *nic = container_of(work, struct vnic, dev.config_work);
	bool link;

	if (vpci_needs_reset(nic->dev.vpci))
		vnic_break(nic, "the device wants to be reset");
	link = read_link(nic);
	if (link == nic->link)
		return;
	WRITE_ONCE(nic->link, link);
	nic->ops->link(nic->dev.client, link);
}

/**
 * vnic_break() - the card works no more, until it is stopped
 * @nic:	the card, started
 * @why:	static text
 *
 * Context: any. The client hears of it as of a link that went down.
 */
void vnic_break(struct vnic *nic, const char *why)
{
	vdevice_break(&nic->dev, why);
}
EXPORT_SYMBOL_GPL(vnic_break);

/**
 * vnic_get() - have a card to oneself
 * @name:	its PCI name, as 0000:00:05.0
 * @user:	who wants it, for sysfs; not empty
 * @ops:	what to tell whom
 * @client:	given to @ops
 *
 * Context: process.
 * Return: the card, or an ERR_PTR(): -ENODEV if no card that was given to
 * this driver has the name, -EBUSY if somebody has it.
 */
struct vnic *vnic_get(const char *name, const char *user,
		      const struct vnic_client_ops *ops, void *client)
{
	struct vdevice *dev = vdevice_get(&nic_kind, name, user, ops->gone,
					  client);

	if (IS_ERR(dev))
		return ERR_CAST(dev);
	to_vnic(dev)->ops = ops;
	return to_vnic(dev);
}
EXPORT_SYMBOL_GPL(vnic_get);

/**
 * vnic_put() - let go of a card
 * @nic:	the card, stopped; gone for the caller
 *
 * Context: process.
 */
void vnic_put(struct vnic *nic)
{
	vdevice_put(&nic->dev);
}
EXPORT_SYMBOL_GPL(vnic_put);

/**
 * vnic_caps() - what a card can do
 * @nic:	the card
 * @caps:	filled in
 */
void vnic_caps(struct vnic *nic, struct vnic_caps *caps)
{
	*caps = nic->caps;
}
EXPORT_SYMBOL_GPL(vnic_caps);

/**
 * vnic_link() - is the link up?
 * @nic:	the card, started
 *
 * Return: true if it is.
 */
bool vnic_link(struct vnic *nic)
{
	return READ_ONCE(nic->link);
}
EXPORT_SYMBOL_GPL(vnic_link);

/**
 * vnic_set_rx_mode() - which packets to receive beside those to the card's MAC
 * @nic:	the card, started
 * @promisc:	all
 * @allmulti:	all multicast
 *
 * Context: process. After vnic_start() it is multicast alone.
 * Return: 0, -EOPNOTSUPP if the card has no say in it, or another error.
 */
int vnic_set_rx_mode(struct vnic *nic, bool promisc, bool allmulti)
{
	int err = -EOPNOTSUPP;

	mutex_lock(&nic->dev.lock);
	if (vpci_has(nic->dev.vpci, VIRTIO_NET_F_CTRL_RX))
		err = nic_ctrl_rx_mode(nic, promisc, allmulti);
	mutex_unlock(&nic->dev.lock);
	return err;
}
EXPORT_SYMBOL_GPL(vnic_set_rx_mode);

static int configure(struct vnic *nic, unsigned int pairs)
{
	int err;

	if (vpci_has(nic->dev.vpci, VIRTIO_NET_F_MQ)) {
		err = nic_ctrl_pairs(nic, pairs);
		if (err)
			return err;
	}
	if (vpci_has(nic->dev.vpci, VIRTIO_NET_F_CTRL_RX))
		return nic_ctrl_rx_mode(nic, false, true);
	return 0;
}

static void stop(struct vnic *nic)
{
	vdevice_halt(&nic->dev);
	nic_queues_detach(nic);
	nic_ctrl_destroy(nic);
	nic_queues_destroy(nic);
	nic->link = false;
}

static int start(struct vnic *nic, unsigned int pairs, u64 unwanted)
{
	struct vpci *vpci = nic->dev.vpci;
	int err;

	nic->dev.broken = NULL;
	err = vpci_negotiate(vpci, vdevice_ring_features() |
			     (net_features(vpci->offered, pairs) & ~unwanted));
	if (err)
		return err;
	err = nic_queues_create(nic, pairs);
	if (err)
		goto reset;
	err = nic_ctrl_create(nic);
	if (err)
		goto destroy;
	nic->has_status = vpci_has(vpci, VIRTIO_NET_F_STATUS);
	nic->link = read_link(nic);
	if (nic->ctrl.block)
		vqueue_enable(&nic->ctrl.q);
	err = vdevice_run(&nic->dev);
	if (err)
		goto destroy;
	nic_queues_post(nic);
	err = configure(nic, pairs);
	if (err)
		stop(nic);
	else
		/* the link may have changed before there were interrupts */
		schedule_work(&nic->dev.config_work);
	return err;

destroy:
	vpci_reset(vpci);
	nic_ctrl_destroy(nic);
	nic_queues_destroy(nic);
	return err;
reset:
	vpci_reset(vpci);
	return err;
}

/**
 * vnic_start() - set up queues and let the device begin
 * @nic:	the card
 * @pairs:	pairs of queues, 1 to &struct vnic_caps.pairs
 * @unwanted:	VIRTIO_NET_F_GUEST_* bits the client has no use for
 *
 * There is no event before vnic_rx_arm() or vnic_tx_arm() asks for one.
 *
 * Context: process.
 * Return: 0 or an error, which was logged.
 */
int vnic_start(struct vnic *nic, unsigned int pairs, u64 unwanted)
{
	int err = -EINVAL;

	mutex_lock(&nic->dev.lock);
	if (!nic->nr_queues && pairs && pairs <= nic->caps.pairs)
		err = start(nic, pairs, unwanted);
	mutex_unlock(&nic->dev.lock);
	return err;
}
EXPORT_SYMBOL_GPL(vnic_start);

/**
 * vnic_stop() - stop the device and take everything back
 * @nic:	the card; no one of the client's is at its queues any more, and
 *		the client holds no receive buffer
 *
 * Ends events, then hands back what was not transmitted through tx_reclaim,
 * with the device reset. Does nothing if the card was not started.
 *
 * Context: process.
 */
void vnic_stop(struct vnic *nic)
{
	mutex_lock(&nic->dev.lock);
	if (nic->nr_queues)
		stop(nic);
	mutex_unlock(&nic->dev.lock);
}
EXPORT_SYMBOL_GPL(vnic_stop);

static int probe(struct vpci *vpci)
{
	struct vnic *nic;
	int err;

	nic = kzalloc(sizeof(*nic), GFP_KERNEL);
	if (!nic)
		return -ENOMEM;
	err = read_caps(vpci, &nic->caps);
	if (err) {
		kfree(nic);
		return err;
	}
	vdevice_add(&nic->dev, &nic_kind, vpci, config_work);
	dev_info(&vpci->pdev->dev, "network card %pM, MTU %u, %u pair(s) of queues, to be passed through\n",
		 nic->caps.mac, nic->caps.mtu, nic->caps.pairs);
	return 0;
}

static void remove(struct vdevice *dev)
{
	kfree(to_vnic(dev));
}

static unsigned int nr_pairs(struct vdevice *dev)
{
	return to_vnic(dev)->caps.pairs;
}

const struct vdevice_kind nic_kind = {
	.id = VIRTIO_ID_NET,
	.name = "network card",
	.probe = probe,
	.remove = remove,
	.own_attrs = nic_attrs,
	.queues = nic_queues_show,
	.nr_queues = nr_pairs,
	.mq_feature = VIRTIO_NET_F_MQ,
	.mq_offset = offsetof(struct virtio_net_config, max_virtqueue_pairs),
	.mq_most = PAIRS_MAX,
};
