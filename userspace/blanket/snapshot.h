/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs on this blanket, as one JSON tree:
 *
 *	host	{below, vendor, product}
 *	xen	version
 *	modules	{name: version, or null when not loaded}
 *	uplinks	[{name, driver, mac, mtu, state, vifs, counters}]
 *	guests	[{domid, name, vcpus, vifs: [...], vbds: [...]}]
 *
 * A vif or vbd tells who serves it (driver, ours), by which script, its state, queues,
 * counters, all attributes of its blanket folder, and rates once two
 * snapshots were compared.
 */
#ifndef BLANKET_SNAPSHOT_H
#define BLANKET_SNAPSHOT_H

#include <json-c/json.h>

struct json_object *snapshot_take(void);
void snapshot_add_rates(struct json_object *now, struct json_object *before,
			double seconds);

#endif /* BLANKET_SNAPSHOT_H */
