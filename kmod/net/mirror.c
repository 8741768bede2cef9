// SPDX-License-Identifier: GPL-2.0-only
/* Promiscuous guests. See mirror.h. */
#include <linux/rtnetlink.h>

#include "mirror.h"
#include "rx.h"
#include "vif.h"

/**
 * mirror_copies() - mirror(), where there are such guests
 * @ul:		the uplink
 * @from:	whose it is, NULL: none of the guests'
 * @to:		whom it is for, likewise
 * @skb:	the frame, as for mirror()
 * @header:	how far its Ethernet header lies before its data
 *
 * Context: as mirror().
 */
void mirror_copies(const struct uplink *ul, const struct vif *from,
		   const struct vif *to, struct sk_buff *skb,
		   unsigned int header)
{
	u16 vlan = fdb_vlan(skb);
	struct sk_buff *clone;
	struct vif *vif;

	list_for_each_entry_rcu(vif, &ul->vifs, uplink_node) {
		if (!READ_ONCE(vif->promiscuous) || vif == from || vif == to ||
		    (vif->vlan && vif->vlan != vlan))
			continue;
		clone = skb_clone(skb, GFP_ATOMIC);
		if (!clone)
			continue;
		skb_push(clone, header);
		vif_deliver(vif, clone);
	}
}

/**
 * mirror_attach() - @vif has joined @ul
 * @ul:		the uplink
 * @vif:	promiscuous or not
 *
 * Context: RTNL.
 */
void mirror_attach(struct uplink *ul, const struct vif *vif)
{
	if (!vif->promiscuous)
		return;
	dev_set_promiscuity(ul->dev, 1);
	WRITE_ONCE(ul->nr_promiscuous, ul->nr_promiscuous + 1);
}

/**
 * mirror_detach() - undo mirror_attach()
 * @ul:		the uplink
 * @vif:	as it was then
 *
 * Context: RTNL.
 */
void mirror_detach(struct uplink *ul, const struct vif *vif)
{
	if (!vif->promiscuous)
		return;
	WRITE_ONCE(ul->nr_promiscuous, ul->nr_promiscuous - 1);
	dev_set_promiscuity(ul->dev, -1);
}

/**
 * mirror_set() - let a guest see what others send and receive, or no more
 * @vif:	the vif
 * @on:		whether
 *
 * Context: RTNL.
 * Return: 0; -EOPNOTSUPP for a vif that is not in MAC mode, or has a card to
 * itself.
 */
int mirror_set(struct vif *vif, bool on)
{
	struct uplink *ul = rtnl_dereference(vif->uplink);

	ASSERT_RTNL();
	if (on == vif->promiscuous)
		return 0;
	if (on && (vif->mode != &uplink_mode_mac || READ_ONCE(vif->card)))
		return -EOPNOTSUPP;
	if (ul && !on)
		mirror_detach(ul, vif);
	WRITE_ONCE(vif->promiscuous, on);
	if (ul && on)
		mirror_attach(ul, vif);
	return 0;
}
