/* SPDX-License-Identifier: GPL-2.0-only */
/* An uplink: the net device of dom0's that guests share. */
#ifndef _BLANKET_UPLINK_H
#define _BLANKET_UPLINK_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "../compat/netdevice.h"
#include "addr_table.h"
#include "fdb.h"
#include "mode.h"
#include "uplink_gro.h"

struct vif;
struct vif_tx;

/**
 * struct uplink - one net device and the vifs attached to it
 * @dev:	the device, held
 * @dev_tracker: by this
 * @mode:	how guests share its link layer; all of them in the same way
 * @fdb:	whose MAC address is whose
 * @addrs:	whose IP address is whose, in address mode
 * @vifs:	all attached vifs, to flood to
 * @nr_promiscuous: of these, who see what others send and receive
 * @mtu:	the device's, as vifs were last told
 * @egress:	hook on what dom0 itself sends there
 * @gro:	whether software GRO is worth its while there
 * @node:	in the list of uplinks
 * @rcu:	freed after a grace period
 *
 * Written under RTNL, read under RCU.
 */
struct uplink {
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	const struct uplink_mode *mode;
	struct fdb fdb;
	struct addr_table addrs;
	struct list_head vifs;
	unsigned int nr_promiscuous;
	unsigned int mtu;
	struct nf_hook_ops egress;
	struct uplink_gro gro;
	struct list_head node;
	struct rcu_head rcu;
};

int uplink_attach(struct vif *vif, struct net_device *dev);
void uplink_detach(struct vif *vif);
int uplink_init(void);
void uplink_exit(void);

int vif_tap_register(struct vif *vif);
void vif_tap_unregister(struct vif *vif);

void vif_forward(struct vif *vif, struct sk_buff *skb,
		 struct sk_buff_head *out);
bool uplink_stopped(const struct uplink *ul, unsigned int index);
void uplink_drop_backlog(struct vif_tx *tx);
void uplink_xmit(struct uplink *ul, struct vif_tx *tx, unsigned int index,
		 struct sk_buff_head *list);

#endif /* _BLANKET_UPLINK_H */
