/* SPDX-License-Identifier: GPL-2.0-only */
/* Address mode's table: which guest of an uplink has which IP address. */
#ifndef _BLANKET_ADDR_TABLE_H
#define _BLANKET_ADDR_TABLE_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define ADDR_TABLE_BITS 6
/* An operator's list; more would be a network, which is to be routed. */
#define ADDR_LIST_MAX 16

struct net;
struct vif;

/** struct addr_table - of an uplink; written under RTNL, read under RCU */
struct addr_table {
	struct hlist_head hash[1 << ADDR_TABLE_BITS];
};

/** struct addr_entry - an address, IPv4 as ::ffff:a.b.c.d, and whose it is */
struct addr_entry {
	struct in6_addr ip;
	struct vif *vif;
	struct hlist_node node;
};

/**
 * struct addr_list - all addresses of a vif
 * @rcu:	freed after a grace period
 * @nr:		how many
 * @entries:	the first is link-local, the one that its MAC address makes;
 *		the others are the operator's
 */
struct addr_list {
	struct rcu_head rcu;
	unsigned int nr;
	struct addr_entry entries[1 + ADDR_LIST_MAX];
};

struct addr_list *addr_list_parse(struct vif *vif, const char *text);
ssize_t addr_list_print(const struct addr_list *list, char *buf);
int addr_table_add(struct addr_table *table, struct addr_list *list,
		   struct net *net);
void addr_table_del(struct addr_list *list);
bool addr_list_has(const struct addr_list *list, const struct in6_addr *ip);
struct vif *addr_table_find(const struct addr_table *table,
			    const struct in6_addr *ip, u16 vlan);

#endif /* _BLANKET_ADDR_TABLE_H */
