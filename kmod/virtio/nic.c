// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio network card: who has it, and its life.
 *
 *	claimed --vnic_get()--> had --vnic_start()--> started
 *	        <--vnic_put()--     <--vnic_stop()--
 *
 * When the device is taken away, its client is told and waited for.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "nic_device.h"

#define PAIRS_MAX	16u
/* How often an unbind that waits for a client says so */
#define GONE_WAIT	(10 * HZ)

static bool packed = true;
module_param(packed, bool, 0644);
MODULE_PARM_DESC(packed, "Use packed rings where the device offers them (default 1); when started next");

static LIST_HEAD(nics);
static DEFINE_MUTEX(nics_lock);

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

static u64 ring_features(void)
{
	return BIT_ULL(VIRTIO_F_VERSION_1) |
	       BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
	       BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
	       BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
	       (packed ? BIT_ULL(VIRTIO_F_RING_PACKED) : 0);
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
	if (READ_ONCE(nic->broken))
		return false;
	return !nic->has_status ||
	       config16(nic->vpci, offsetof(struct virtio_net_config, status)) &
	       VIRTIO_NET_S_LINK_UP;
}

static void config_work(struct work_struct *work)
{
	struct vnic *nic = container_of(work, struct vnic, config_work);
	bool link;

	if (vpci_needs_reset(nic->vpci))
		vnic_break(nic, "the device wants to be reset");
	link = read_link(nic);
	if (link == nic->link)
		return;
	WRITE_ONCE(nic->link, link);
	nic->ops->link(nic->client, link);
}

static void config_event(void *owner)
{
	struct vnic *nic = owner;

	schedule_work(&nic->config_work);
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
	if (cmpxchg(&nic->broken, NULL, why))
		return;
	dev_err(&nic->vpci->pdev->dev, "broken: %s\n", why);
	schedule_work(&nic->config_work);
}
EXPORT_SYMBOL_GPL(vnic_break);

static struct vnic *find(const char *name)
{
	struct vnic *nic;

	lockdep_assert_held(&nics_lock);
	list_for_each_entry(nic, &nics, node)
		if (!strcmp(pci_name(nic->vpci->pdev), name))
			return nic;
	return NULL;
}

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
	struct vnic *nic;

	mutex_lock(&nics_lock);
	nic = find(name);
	if (!nic) {
		nic = ERR_PTR(-ENODEV);
	} else if (nic->ops) {
		nic = ERR_PTR(-EBUSY);
	} else if (!try_module_get(THIS_MODULE)) {
		nic = ERR_PTR(-ENODEV);
	} else {
		nic->ops = ops;
		nic->client = client;
		strscpy(nic->user, user, sizeof(nic->user));
	}
	mutex_unlock(&nics_lock);
	return nic;
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
	mutex_lock(&nics_lock);
	nic->ops = NULL;
	nic->client = NULL;
	nic->user[0] = 0;
	complete(&nic->released);
	mutex_unlock(&nics_lock);
	module_put(THIS_MODULE);
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

	mutex_lock(&nic->lock);
	if (vpci_has(nic->vpci, VIRTIO_NET_F_CTRL_RX))
		err = nic_ctrl_rx_mode(nic, promisc, allmulti);
	mutex_unlock(&nic->lock);
	return err;
}
EXPORT_SYMBOL_GPL(vnic_set_rx_mode);

static int configure(struct vnic *nic, unsigned int pairs)
{
	int err;

	if (vpci_has(nic->vpci, VIRTIO_NET_F_MQ)) {
		err = nic_ctrl_pairs(nic, pairs);
		if (err)
			return err;
	}
	if (vpci_has(nic->vpci, VIRTIO_NET_F_CTRL_RX))
		return nic_ctrl_rx_mode(nic, false, true);
	return 0;
}

static void stop(struct vnic *nic)
{
	vpci_free_irqs(nic->vpci);
	cancel_work_sync(&nic->config_work);
	vpci_reset(nic->vpci);
	nic_queues_detach(nic);
	nic->past_interrupts += nic->vpci->interrupts;
	nic->vpci->interrupts = 0;
	nic_ctrl_destroy(nic);
	nic_queues_destroy(nic);
	nic->link = false;
}

static int start(struct vnic *nic, unsigned int pairs, u64 unwanted)
{
	struct vpci *vpci = nic->vpci;
	unsigned int i;
	int err;

	nic->broken = NULL;
	err = vpci_negotiate(vpci, ring_features() |
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
	err = vpci_request_irqs(vpci, nic->irqs, 2 * pairs);
	if (err)
		goto destroy;
	for (i = 0; i < 2 * pairs; i++)
		vqueue_enable(nic->irqs[i]);
	if (nic->ctrl.block)
		vqueue_enable(&nic->ctrl.q);
	vpci_driver_ok(vpci);
	nic_queues_post(nic);
	err = configure(nic, pairs);
	if (err)
		stop(nic);
	else
		/* the link may have changed before there were interrupts */
		schedule_work(&nic->config_work);
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

	mutex_lock(&nic->lock);
	if (!nic->nr_queues && pairs && pairs <= nic->caps.pairs)
		err = start(nic, pairs, unwanted);
	mutex_unlock(&nic->lock);
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
	mutex_lock(&nic->lock);
	if (nic->nr_queues)
		stop(nic);
	mutex_unlock(&nic->lock);
}
EXPORT_SYMBOL_GPL(vnic_stop);

/**
 * nic_user() - who has a card
 * @nic:	the card
 * @user:	VNIC_USER_LEN bytes; empty if nobody
 */
void nic_user(struct vnic *nic, char *user)
{
	mutex_lock(&nics_lock);
	strscpy(user, nic->user, VNIC_USER_LEN);
	mutex_unlock(&nics_lock);
}

/**
 * nic_probe() - a network card was given to us
 * @vpci:	the device, reset
 *
 * Return: 0 or an error, which was logged.
 */
int nic_probe(struct vpci *vpci)
{
	struct vnic *nic;
	int err;

	nic = kzalloc(sizeof(*nic), GFP_KERNEL);
	if (!nic)
		return -ENOMEM;
	nic->vpci = vpci;
	init_completion(&nic->released);
	mutex_init(&nic->lock);
	INIT_WORK(&nic->config_work, config_work);
	err = read_caps(vpci, &nic->caps);
	if (err) {
		kfree(nic);
		return err;
	}
	vpci->owner = nic;
	vpci->config_event = config_event;
	pci_set_drvdata(vpci->pdev, nic);
	mutex_lock(&nics_lock);
	list_add_tail(&nic->node, &nics);
	mutex_unlock(&nics_lock);
	dev_info(&vpci->pdev->dev, "network card %pM, MTU %u, %u pair(s) of queues, to be passed through\n",
		 nic->caps.mac, nic->caps.mtu, nic->caps.pairs);
	return 0;
}

/**
 * nic_remove() - a network card is taken away
 * @nic:	the card
 */
void nic_remove(struct vnic *nic)
{
	bool had;

	mutex_lock(&nics_lock);
	list_del(&nic->node);
	had = nic->ops;
	if (had) {
		reinit_completion(&nic->released);
		nic->ops->gone(nic->client);
	}
	mutex_unlock(&nics_lock);
	while (had && !wait_for_completion_timeout(&nic->released, GONE_WAIT))
		dev_warn(&nic->vpci->pdev->dev, "waiting for %s to let go\n",
			 nic->user);
	/* vnic_put() has left the lock */
	mutex_lock(&nics_lock);
	mutex_unlock(&nics_lock);
	pci_set_drvdata(nic->vpci->pdev, NULL);
	kfree(nic);
}
