// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -S, -i: a vif's counters, summed over its queues. */
#include <linux/ethtool.h>

#include "vif.h"

static const struct {
	const char name[ETH_GSTRING_LEN];
	size_t offset;
} counters[] = {
#define TX(field) { "tx_" #field, offsetof(struct vif_totals, tx.field) }
#define RX(field) { "rx_" #field, offsetof(struct vif_totals, rx.field) }
#define TX_GRANT(field) \
	{ "tx_grant_" #field, offsetof(struct vif_totals, tx_grants.field) }
#define RX_GRANT(field) \
	{ "rx_grant_" #field, offsetof(struct vif_totals, rx_grants.field) }
	TX(packets), TX(bytes), TX(dropped), TX(spoofed), TX(malformed),
	TX(passes), TX(kicks), TX(notifies), TX(stalls), TX(stacked),
	TX(late),
	TX_GRANT(copy_calls), TX_GRANT(copy_ops), TX_GRANT(copy_bytes),
	TX_GRANT(map_calls), TX_GRANT(map_pages),
	TX_GRANT(unmap_calls), TX_GRANT(unmap_pages),
	TX_GRANT(pin_calls), TX_GRANT(pin_pages), TX_GRANT(unpin_calls),
	TX_GRANT(lean_ops), TX_GRANT(lean_retries),
	TX_GRANT(errors),
	TX_GRANT(standing_hits), TX_GRANT(standing_bytes),
	TX_GRANT(standing_misses), TX_GRANT(standing_maps),
	TX_GRANT(standing_unmaps), TX_GRANT(standing_refused),
	RX(packets), RX(bytes), RX(dropped), RX(passes), RX(notifies),
	RX(staged), RX(blocked), RX(expired), RX(errors),
	RX_GRANT(copy_calls), RX_GRANT(copy_ops), RX_GRANT(copy_bytes),
	RX_GRANT(lean_ops), RX_GRANT(lean_retries),
	RX_GRANT(errors),
#undef TX
#undef RX
#undef TX_GRANT
#undef RX_GRANT
};

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(counters) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		ethtool_puts(&data, counters[i].name);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct vif_totals sum;
	unsigned int i;

	vif_totals(netdev_priv(dev), &sum);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		data[i] = *(u64 *)((char *)&sum + counters[i].offset);
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct vif *vif = netdev_priv(dev);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&vif->xdev->dev),
		sizeof(info->bus_info));
}

const struct ethtool_ops vif_ethtool_ops = {
	.get_drvinfo		= get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= get_sset_count,
	.get_strings		= get_strings,
	.get_ethtool_stats	= get_stats,
};
