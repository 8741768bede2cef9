/* SPDX-License-Identifier: GPL-2.0-only */
/* Has an operator put anything on a device's way out? */
#ifndef _BLANKET_EGRESS_H
#define _BLANKET_EGRESS_H

#include <linux/netfilter.h>
#include <net/sch_generic.h>

#include "../compat/netdevice.h"

/**
 * egress_filtered() - would dev_queue_xmit() do more than transmit?
 * @dev:	the device
 * @own_hooks:	netfilter egress hooks of ours on it, which do not count
 *
 * Context: under rcu_read_lock().
 * Return: true if nft or tc rules or a qdisc of the operator's are there.
 */
static inline bool egress_filtered(const struct net_device *dev,
				   unsigned int own_hooks)
{
	const struct nf_hook_entries *hooks =
		rcu_dereference(dev->nf_hooks_egress);
	const struct Qdisc *root = rcu_dereference(dev->qdisc);

	return (hooks && hooks->num_hook_entries > own_hooks) ||
	       compat_tc_egress(dev) ||
	       (root && root->handle);	/* one attached by default has none */
}

#endif /* _BLANKET_EGRESS_H */
