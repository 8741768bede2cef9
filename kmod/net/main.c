// SPDX-License-Identifier: GPL-2.0-only
/*
 * blanket_net: the netif backend on any Linux net device.
 *
 *	xenbus.c   toolstack and front end say what they want
 *	vif.c      the vifX.Y net device       conn.c   a connected front end
 *	tx.c       guest's ring -> skbs        rx.c     skbs -> guest's ring
 *	tx_*.c     how a packet gets there: copied, mapped, in which memory
 *	rx_*.c     which copies, into which of its buffers
 *	direct*.c  a card to itself, no skbs   vnet.c   virtio's offloads, pure
 *	uplink.c   where frames go             uplink_gro.c  GRO as traffic wants
 *	fdb.c      whose address is whose
 *	mode*.c    how guests share the wire   netif.c  the protocol, pure
 *	addr_table.c  whose IP address is whose   addr_frame.c  in frames, pure
 */
#include <linux/module.h>
#include <xen/xen.h>

#include "tx.h"
#include "tx_map.h"
#include "uplink.h"
#include "vif.h"
#include "xenbus.h"

/* Read by the hotplug script when a vif's gatewaydev= does not name one. */
static char *uplink;
module_param(uplink, charp, 0644);
MODULE_PARM_DESC(uplink, "Net device that vifs without gatewaydev= use");

static int __init blanket_net_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	vif_setup();
	err = tx_map_setup();
	if (err)
		return err;
	err = uplink_init();
	if (err)
		goto maps;
	err = vif_xenbus_init();
	if (err)
		goto uplink;
	return 0;
uplink:
	uplink_exit();
maps:
	tx_map_cleanup();
	return err;
}

static void __exit blanket_net_exit(void)
{
	vif_xenbus_exit();
	uplink_exit();
	/* What RCU still has to free, the kernel frees. */
	vif_tx_wait();
	tx_map_cleanup();
}

module_init(blanket_net_init);
module_exit(blanket_net_exit);

MODULE_DESCRIPTION("Xen-Blanket: netif backend onto any net device");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vif");
/* Drivers are asked in the order they registered: before the stock one. */
MODULE_SOFTDEP("post: xen-netback");
