// SPDX-License-Identifier: GPL-2.0-only
/* MAC mode: every guest keeps its own address on the wire. */
#include <linux/etherdevice.h>

#include "addr_frame.h"
#include "mode.h"
#include "uplink.h"
#include "vif.h"

static int mac_attach(struct uplink *ul, struct vif *vif)
{
	return dev_uc_add(ul->dev, vif->mac);
}

static void mac_detach(struct uplink *ul, struct vif *vif)
{
	dev_uc_del(ul->dev, vif->mac);
}

static bool mac_admit(const struct uplink *ul, struct vif *vif,
		      struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct addr_frame f;

	switch (READ_ONCE(vif->antispoof)) {
	case VIF_ANTISPOOF_OFF:
		return true;
	case VIF_ANTISPOOF_MAC:
		return ether_addr_equal(eth->h_source, vif->mac);
	}
	return vif_is_sender(vif, skb, &f) || f.asks;
}

/**
 * uplink_find_by_mac() - the guest that has a frame's destination address
 * @ul:		the uplink
 * @skb:	a unicast frame, its MAC header's offset set
 *
 * Context: under rcu_read_lock().
 * Return: its vif or NULL.
 */
struct vif *uplink_find_by_mac(const struct uplink *ul,
			       const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb_mac_header(skb);
	struct vif *vif = NULL;
	u16 vlan = fdb_vlan(skb);

	if (vlan)
		vif = fdb_find(&ul->fdb, eth->h_dest, vlan);
	/* A guest without vlan= is on the trunk and sees tags itself. */
	return vif ?: fdb_find(&ul->fdb, eth->h_dest, 0);
}

const struct uplink_mode uplink_mode_mac = {
	.name	= "mac",
	.attach	= mac_attach,
	.detach	= mac_detach,
	.admit	= mac_admit,
	.find	= uplink_find_by_mac,
};
