// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address mode: on the wire all guests have the NIC's own MAC address and are
 * told apart by IP address. Clouds drop frames from any other.
 *
 *	guest A  <-- A's MAC, B's MAC, dom0's MAC -->  guest B, dom0
 *	   |
 *	   | leave: A's MAC -> NIC's, in ARP and neighbour discovery too
 *	   v
 *	 wire      only ever sees the NIC's MAC
 *	   |
 *	   | owner: by IP address; enter: NIC's MAC -> A's
 *	   v
 *	guest A
 *
 * Inside the host nothing differs from MAC mode: guests and dom0 know each
 * other by their own addresses, so the translation is at the wire alone. A
 * guest that is asked for its address over the wire answers itself, and its
 * answer is rewritten: nobody answers for a guest that is not there, and
 * nothing has to be remembered.
 *
 * A guest has the addresses it was given, and no others are learned: the first
 * to use the gateway's, or that of the cloud's metadata service, would get what
 * dom0 and other guests send there.
 */
#include <linux/etherdevice.h>

#include "addr_frame.h"
#include "addr_table.h"
#include "mode.h"
#include "uplink.h"
#include "vif.h"

static int addr_attach(struct uplink *ul, struct vif *vif)
{
	/* Without its mark nothing tells what a guest sent from what dom0 did. */
	if (!IS_ENABLED(CONFIG_NET_SWITCHDEV))
		return -EOPNOTSUPP;
	return addr_table_add(&ul->addrs, rtnl_dereference(vif->addrs),
			      dev_net(ul->dev));
}

static void addr_detach(struct uplink *ul, struct vif *vif)
{
	addr_table_del(rtnl_dereference(vif->addrs));
}

/* Reads only what is in the linear part by then: private memory. */
static int read(const struct vif *vif, struct sk_buff *skb,
		struct addr_frame *f)
{
	int err = addr_frame_read(skb->data, skb_headlen(skb), skb->len,
				  vif->mac, f);

	if (likely(err != -ENODATA))
		return err;
	if (!pskb_may_pull(skb, min(skb->len, ADDR_HEAD_BYTES)))
		return -ENOMEM;
	return addr_frame_read(skb->data, skb_headlen(skb), skb->len, vif->mac,
			       f);
}

/**
 * vif_has_claims() - are the addresses that a frame claims the guest's?
 * @vif:	the guest's vif
 * @f:		what the frame says
 *
 * Context: under rcu_read_lock().
 * Return: true if all are, or it claims none.
 */
bool vif_has_claims(const struct vif *vif, const struct addr_frame *f)
{
	const struct addr_list *list = rcu_dereference(vif->addrs);
	unsigned int i;

	for (i = 0; i < f->nr_claims; i++)
		if (!addr_list_has(list, &f->claims[i]))
			return false;
	return true;
}

/**
 * vif_is_sender() - is a frame from its guest's MAC and IP addresses?
 * @vif:	the guest's vif
 * @skb:	the frame, data at its Ethernet header
 * @f:		set to what the frame says of its sender
 *
 * Context: softirq, under rcu_read_lock().
 * Return: false if it is not, or for want of memory.
 */
bool vif_is_sender(const struct vif *vif, struct sk_buff *skb,
		   struct addr_frame *f)
{
	return !read(vif, skb, f) && vif_has_claims(vif, f);
}

static bool addr_admit(const struct uplink *ul, struct vif *vif,
		       struct sk_buff *skb)
{
	struct addr_frame f;

	return vif_is_sender(vif, skb, &f);
}

static struct vif *addr_owner(const struct uplink *ul,
			      const struct sk_buff *skb)
{
	int at = skb_network_offset(skb);
	unsigned int len = min(skb->len - at, ADDR_TO_BYTES);
	u8 buffer[ADDR_TO_BYTES];
	struct in6_addr to;
	const u8 *packet;

	packet = skb_header_pointer(skb, at, len, buffer);
	if (!packet || !addr_frame_to(packet, len, ntohs(skb->protocol), &to))
		return NULL;
	return addr_table_find(&ul->addrs, &to, fdb_vlan(skb));
}

static bool addr_enter(const struct uplink *ul, const struct vif *vif,
		       struct sk_buff *skb)
{
	unsigned int len = min(skb->len, ADDR_ARRIVE_BYTES);

	if (skb_ensure_writable(skb, len))
		return false;
	addr_frame_arrive(skb->data, len, ul->dev->dev_addr, vif->mac);
	return true;
}

/* What somebody watched or filtered may have been admitted by other rules. */
static bool addr_leave(const struct uplink *ul, const struct vif *vif,
		       struct sk_buff *skb)
{
	unsigned int len = ETH_HLEN;
	struct addr_frame f;

	if (!vif_is_sender(vif, skb, &f))
		return false;
	if (f.mac_at)
		len = f.mac_at + ETH_ALEN;
	if (skb_ensure_writable(skb, len))
		return false;
	addr_frame_leave(skb->data, &f, ul->dev->dev_addr);
	return true;
}

const struct uplink_mode uplink_mode_addr = {
	.name	= "address",
	.attach	= addr_attach,
	.detach	= addr_detach,
	.admit	= addr_admit,
	.find	= uplink_find_by_mac,
	.owner	= addr_owner,
	.enter	= addr_enter,
	.leave	= addr_leave,
};
