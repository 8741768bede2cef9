// SPDX-License-Identifier: GPL-2.0-only
/* Whose IP address is whose, in address mode. See addr_table.h. */
#include <linux/hash.h>
#include <linux/inet.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "addr_frame.h"
#include "addr_table.h"
#include "vif.h"

/* Neighbours differ in their last bytes. */
static unsigned int bucket(const struct in6_addr *ip)
{
	return hash_32((__force u32)(ip->s6_addr32[2] ^ ip->s6_addr32[3]),
		       ADDR_TABLE_BITS);
}

/**
 * addr_table_find() - whose address is it?
 * @table:	an uplink's
 * @ip:		the address, IPv4 as ::ffff:a.b.c.d
 * @vlan:	VLAN id of the frame, 0 for none
 *
 * Context: under rcu_read_lock() or RTNL.
 * Return: the vif or NULL.
 */
struct vif *addr_table_find(const struct addr_table *table,
			    const struct in6_addr *ip, u16 vlan)
{
	const struct addr_entry *entry;

	hlist_for_each_entry_rcu(entry, &table->hash[bucket(ip)], node,
				 lockdep_rtnl_is_held())
		if (ipv6_addr_equal(&entry->ip, ip) && entry->vif->vlan == vlan)
			return entry->vif;
	return NULL;
}

/* Has another guest, or dom0 itself, got it? */
static bool is_taken(const struct addr_table *table,
		     const struct addr_entry *entry, struct net *net)
{
	const struct in6_addr *ip = &entry->ip;
	struct vif *vif = addr_table_find(table, ip, entry->vif->vlan);

	if (vif && vif != entry->vif)
		return true;
	if (ipv6_addr_v4mapped(ip))
		return inet_addr_type(net, ip->s6_addr32[3]) != RTN_UNICAST;
	return IS_ENABLED(CONFIG_IPV6) && ipv6_mod_enabled() &&
	       ipv6_chk_addr(net, ip, NULL, 0);
}

/**
 * addr_table_add() - let a vif have its addresses
 * @table:	an uplink's
 * @list:	the vif's, in no table; one before it may still be there
 * @net:	dom0's network namespace
 *
 * Context: RTNL.
 * Return: 0, or -EADDRNOTAVAIL if another vif there or dom0 has one of them.
 */
int addr_table_add(struct addr_table *table, struct addr_list *list,
		   struct net *net)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; i < list->nr; i++)
		if (is_taken(table, &list->entries[i], net))
			return -EADDRNOTAVAIL;
	for (i = 0; i < list->nr; i++) {
		struct addr_entry *entry = &list->entries[i];

		hlist_add_head_rcu(&entry->node,
				   &table->hash[bucket(&entry->ip)]);
	}
	return 0;
}

/**
 * addr_table_del() - take a vif's addresses from it
 * @list:	in a table or in none; readers may see it until a grace period
 *		has passed, and miss others' if it is added again before
 *
 * Context: RTNL.
 */
void addr_table_del(struct addr_list *list)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; i < list->nr; i++)
		hlist_del_init_rcu(&list->entries[i].node);
}

static bool parse(const char *text, struct in6_addr *ip)
{
	u8 ipv4[4];

	if (in4_pton(text, -1, ipv4, '\0', NULL)) {
		addr_from_ipv4(ip, ipv4);
		return !ipv4_is_zeronet(ip->s6_addr32[3]) &&
		       !ipv4_is_loopback(ip->s6_addr32[3]) &&
		       !ipv4_is_multicast(ip->s6_addr32[3]) &&
		       !ipv4_is_lbcast(ip->s6_addr32[3]);
	}
	if (!in6_pton(text, -1, ip->s6_addr, '\0', NULL))
		return false;
	return ipv6_addr_type(ip) & IPV6_ADDR_UNICAST &&
	       !ipv6_addr_loopback(ip) && !ipv6_addr_v4mapped(ip);
}

/**
 * addr_list_has() - is an address on a list?
 * @list:	a vif's
 * @ip:		the address, IPv4 as ::ffff:a.b.c.d
 *
 * Context: under rcu_read_lock() or RTNL.
 * Return: true if it is.
 */
bool addr_list_has(const struct addr_list *list, const struct in6_addr *ip)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (ipv6_addr_equal(&list->entries[i].ip, ip))
			return true;
	return false;
}

static struct addr_entry *add(struct addr_list *list, struct vif *vif,
			      const struct in6_addr *ip)
{
	struct addr_entry *entry = &list->entries[list->nr++];

	entry->ip = *ip;
	entry->vif = vif;
	INIT_HLIST_NODE(&entry->node);
	return entry;
}

static int fill(struct addr_list *list, struct vif *vif, char *text)
{
	struct in6_addr ip;
	char *word;

	addr_link_local(&ip, vif->mac);
	add(list, vif, &ip);
	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		if (!parse(word, &ip))
			return -EINVAL;
		if (addr_list_has(list, &ip))
			continue;
		if (list->nr == ARRAY_SIZE(list->entries))
			return -E2BIG;
		add(list, vif, &ip);
	}
	return 0;
}

/**
 * addr_list_parse() - make a list of what an operator writes
 * @vif:	whose addresses
 * @text:	IPv4 and IPv6 addresses with white space in between
 *
 * Context: process context.
 * Return: the list, to be freed by kfree_rcu(); or an ERR_PTR: -EINVAL for what
 * is no host's address, -E2BIG for more than ADDR_LIST_MAX, -ENOMEM.
 */
struct addr_list *addr_list_parse(struct vif *vif, const char *text)
{
	struct addr_list *list = kzalloc(sizeof(*list), GFP_KERNEL);
	char *copy = kstrdup(text, GFP_KERNEL);
	int err = -ENOMEM;

	if (list && copy)
		err = fill(list, vif, copy);
	kfree(copy);
	if (!err)
		return list;
	kfree(list);
	return ERR_PTR(err);
}

/**
 * addr_list_print() - the other way, for sysfs
 * @list:	the list
 * @buf:	a page
 *
 * Return: bytes written: one line, without the link-local address that every
 * vif has.
 */
ssize_t addr_list_print(const struct addr_list *list, char *buf)
{
	ssize_t len = 0;
	unsigned int i;

	for (i = 1; i < list->nr; i++) {
		const struct in6_addr *ip = &list->entries[i].ip;
		const char *gap = i > 1 ? " " : "";

		if (ipv6_addr_v4mapped(ip))
			len += sysfs_emit_at(buf, len, "%s%pI4", gap,
					     &ip->s6_addr32[3]);
		else
			len += sysfs_emit_at(buf, len, "%s%pI6c", gap, ip);
	}
	return len + sysfs_emit_at(buf, len, "\n");
}
