/* SPDX-License-Identifier: GPL-2.0-only */
/* A net device's own statistics, as ethtool -S shows them. */
#ifndef BLANKET_ETHTOOL_H
#define BLANKET_ETHTOOL_H

#include <json-c/json.h>

struct json_object *ethtool_stats(const char *dev);

#endif /* BLANKET_ETHTOOL_H */
