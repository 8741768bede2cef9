// SPDX-License-Identifier: GPL-2.0-only
/* tc's hook on a device is tcx: 6.1 has not, 6.12 has */
#include <linux/netdevice.h>
bool probe(struct net_device *dev);
bool probe(struct net_device *dev)
{
	return dev->tcx_ingress || dev->tcx_egress;
}
