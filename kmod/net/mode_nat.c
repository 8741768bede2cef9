// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT mode: dom0 is the guest's gateway, and hides it behind an address of its
 * own. No uplink is shared: routes and rules are dom0's own, set by the hotplug
 * script, so that this is all there is of it here.
 *
 *	guest --tx--> admit --> vifX.Y --> dom0's stack --> any device
 *	guest <--rx----------- vifX.Y <-------'
 *
 * A guest sends from the addresses that it was given and from no others: with
 * dom0's, or another guest's, it could answer for them.
 */
#include "addr_frame.h"
#include "mode.h"

static bool nat_admit(const struct uplink *ul, struct vif *vif,
		      struct sk_buff *skb)
{
	struct addr_frame f;

	return vif_is_sender(vif, skb, &f);
}

const struct uplink_mode uplink_mode_nat = {
	.name	= "nat",
	.routed	= true,
	.admit	= nat_admit,
};
