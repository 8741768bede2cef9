// SPDX-License-Identifier: GPL-2.0-only
/* lltx is a field of a net_device, not a feature: 6.1 has not, 6.12 has */
#include <linux/netdevice.h>
bool probe(struct net_device *dev);
bool probe(struct net_device *dev)
{
	return dev->lltx;
}
