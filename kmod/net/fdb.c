// SPDX-License-Identifier: GPL-2.0-only
/* Forwarding database of an uplink. See fdb.h. */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>

#include "../compat/unaligned.h"
#include "fdb.h"
#include "vif.h"

/* The last four bytes tell guests apart; the first are a vendor's. */
static unsigned int bucket(const u8 *mac)
{
	return hash_32(get_unaligned((const u32 *)(mac + 2)), FDB_BITS);
}

/**
 * fdb_find() - whose address is it?
 * @fdb:	an uplink's database
 * @mac:	a unicast address
 * @vlan:	VLAN id of the frame, 0 for none
 *
 * Context: under rcu_read_lock() or RTNL.
 * Return: the vif or NULL.
 */
struct vif *fdb_find(const struct fdb *fdb, const u8 *mac, u16 vlan)
{
	struct vif *vif;

	hlist_for_each_entry_rcu(vif, &fdb->hash[bucket(mac)], fdb_node,
				 lockdep_rtnl_is_held())
		if (ether_addr_equal(vif->mac, mac) && vif->vlan == vlan)
			return vif;
	return NULL;
}

/**
 * fdb_add() - add a vif by its address and VLAN
 * @fdb:	an uplink's database
 * @vif:	not in any database
 *
 * Context: RTNL.
 * Return: 0, or -EADDRINUSE if another vif has that address there.
 */
int fdb_add(struct fdb *fdb, struct vif *vif)
{
	ASSERT_RTNL();
	if (fdb_find(fdb, vif->mac, vif->vlan))
		return -EADDRINUSE;
	hlist_add_head_rcu(&vif->fdb_node, &fdb->hash[bucket(vif->mac)]);
	return 0;
}

/**
 * fdb_del() - remove a vif; readers may see it until a grace period has passed
 * @vif:	in a database
 *
 * Context: RTNL.
 */
void fdb_del(struct vif *vif)
{
	ASSERT_RTNL();
	hlist_del_init_rcu(&vif->fdb_node);
}
