/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding database of an uplink: which guest has which MAC address. */
#ifndef _BLANKET_FDB_H
#define _BLANKET_FDB_H

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/types.h>

#define FDB_BITS 6

struct vif;

/** struct fdb - static entries, one a vif; written under RTNL, read under RCU */
struct fdb {
	struct hlist_head hash[1 << FDB_BITS];
};

int fdb_add(struct fdb *fdb, struct vif *vif);
void fdb_del(struct vif *vif);
struct vif *fdb_find(const struct fdb *fdb, const u8 *mac, u16 vlan);

/**
 * fdb_vlan() - the VLAN a frame is of, as far as guests are concerned
 * @skb:	the frame, its outer tag taken off
 *
 * A provider's tag (802.1ad) names no VLAN of ours; who is on the trunk sees
 * it.
 *
 * Return: its id, or 0 for none.
 */
static inline u16 fdb_vlan(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) &&
	       skb->vlan_proto == htons(ETH_P_8021Q) ?
		skb_vlan_tag_get_id(skb) : 0;
}

#endif /* _BLANKET_FDB_H */
