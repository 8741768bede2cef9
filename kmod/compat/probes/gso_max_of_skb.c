// SPDX-License-Identifier: GPL-2.0-only
/* The largest packet depends on its family: 6.1 has not, 6.12 has */
#include <linux/netdevice.h>
unsigned int probe(const struct net_device *dev, const struct sk_buff *skb);
unsigned int probe(const struct net_device *dev, const struct sk_buff *skb)
{
	return netif_get_gso_max_size(dev, skb);
}
