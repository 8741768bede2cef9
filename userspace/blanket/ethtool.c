// SPDX-License-Identifier: GPL-2.0-only
/* A net device's own statistics and offloads. See ethtool.h. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ethtool.h"

static int request(int fd, const char *dev, void *data)
{
	struct ifreq ifr = { .ifr_data = data };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

static struct json_object *read_stats(int fd, const char *dev, uint32_t n)
{
	struct ethtool_gstrings *names;
	struct json_object *out = NULL;
	struct ethtool_stats *stats;
	uint32_t i;

	names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + (size_t)n * sizeof(stats->data[0]));
	if (!names || !stats)
		goto out;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = n;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = n;
	if (request(fd, dev, names) || request(fd, dev, stats))
		goto out;
	/* queues may have come or gone between the questions */
	n = names->len < n ? names->len : n;
	n = stats->n_stats < n ? stats->n_stats : n;
	out = json_object_new_object();
	for (i = 0; i < n; i++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN,
		       ETH_GSTRING_LEN);
		json_object_object_add(out, name,
				       json_object_new_uint64(stats->data[i]));
	}
out:
	free(names);
	free(stats);
	return out;
}

/* {name: count}, NULL for a device without any or that is gone. */
struct json_object *ethtool_stats(const char *dev)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t n;
	} query = {
		.info.cmd = ETHTOOL_GSSET_INFO,
		.info.sset_mask = 1ULL << ETH_SS_STATS,
	};
	struct json_object *out = NULL;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	if (!request(fd, dev, &query) && query.info.sset_mask && query.n)
		out = read_stats(fd, dev, query.n);
	close(fd);
	return out;
}

/* {name: on}, of those that can be asked for; none of a device that is gone. */
struct json_object *ethtool_offloads(const char *dev)
{
	static const struct {
		const char *name;
		uint32_t cmd;
	} offloads[] = {
		{ "tx-checksumming", ETHTOOL_GTXCSUM },
		{ "scatter-gather", ETHTOOL_GSG },
		{ "tcp-segmentation-offload", ETHTOOL_GTSO },
		{ "generic-segmentation-offload", ETHTOOL_GGSO },
	};
	struct json_object *out = json_object_new_object();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t i;

	for (i = 0; fd >= 0 && i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		struct ethtool_value value = { .cmd = offloads[i].cmd };

		if (!request(fd, dev, &value))
			json_object_object_add(out, offloads[i].name,
					       json_object_new_boolean(value.data));
	}
	if (fd >= 0)
		close(fd);
	return out;
}
