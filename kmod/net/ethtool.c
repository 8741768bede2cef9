// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool -S, -i: a vif's counters, summed over its queues since it was made,
 * then some of each queue, since the front end connected.
 */
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
	TX(late), TX(throttled),
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
};

static const struct {
	const char *name;
	size_t offset;
} queue_counters[] = {
	TX(packets), TX(bytes), TX(dropped), TX(passes), TX(notifies),
	RX(packets), RX(bytes), RX(dropped), RX(passes), RX(notifies),
#undef TX
#undef RX
#undef TX_GRANT
#undef RX_GRANT
};

static int get_sset_count(struct net_device *dev, int set)
{
	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	/* As many as there may be: those in use, the guest changes at will. */
	return ARRAY_SIZE(counters) +
	       dev->num_tx_queues * ARRAY_SIZE(queue_counters);
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i, q;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		ethtool_puts(&data, counters[i].name);
	for (q = 0; q < dev->num_tx_queues; q++)
		for (i = 0; i < ARRAY_SIZE(queue_counters); i++)
			ethtool_sprintf(&data, "queue%u_%s", q,
					queue_counters[i].name);
}

static u64 counter(const struct vif_totals *sum, size_t offset)
{
	return *(const u64 *)((const char *)sum + offset);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct vif_totals sum;
	unsigned int i, q;

	vif_totals(netdev_priv(dev), &sum);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		*data++ = counter(&sum, counters[i].offset);
	for (q = 0; q < dev->num_tx_queues; q++) {
		vif_queue_totals(netdev_priv(dev), q, &sum);
		for (i = 0; i < ARRAY_SIZE(queue_counters); i++)
			*data++ = counter(&sum, queue_counters[i].offset);
	}
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
