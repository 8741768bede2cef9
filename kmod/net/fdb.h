/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding database of an uplink: which guest has which MAC address. */
#ifndef _BLANKET_FDB_H
#define _BLANKET_FDB_H

#include <linux/if_ether.h>
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

#endif /* _BLANKET_FDB_H */
