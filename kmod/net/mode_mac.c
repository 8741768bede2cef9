// SPDX-License-Identifier: GPL-2.0-only
/* MAC mode: every guest keeps its own address on the wire. */
#include <linux/etherdevice.h>

#include "mode.h"
#include "uplink.h"
#include "vif.h"

static bool mac_admit(const struct uplink *ul, struct vif *vif,
		      struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	return !READ_ONCE(vif->antispoof) ||
	       ether_addr_equal(eth->h_source, vif->mac);
}

static struct vif *mac_find(const struct uplink *ul, const struct sk_buff *skb)
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
	.admit	= mac_admit,
	.find	= mac_find,
};
