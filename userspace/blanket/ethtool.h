/* SPDX-License-Identifier: GPL-2.0-only */
/* A net device's own statistics and offloads, as ethtool -S and -k show them. */
#ifndef BLANKET_ETHTOOL_H
#define BLANKET_ETHTOOL_H

#include <json-c/json.h>

struct json_object *ethtool_stats(const char *dev);
struct json_object *ethtool_offloads(const char *dev);

#endif /* BLANKET_ETHTOOL_H */
