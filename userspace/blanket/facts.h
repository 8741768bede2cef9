/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that 'blanket doctor' judges by, as one JSON tree: what snapshot.h has and
 *
 *	dmi		{field: text}, of /sys/class/dmi/id
 *	hypervisor	type, null without one
 *	dom0		false: a guest of this Xen; null: the kernel cannot tell
 *	lean		this Xen has lean grant operations; null: could not ask
 *	xenstore	it answers
 *	bounced		most swiotlb slots in use at a time, 0 where nobody tells
 *	cpus		of dom0
 *	config		{option: y or n} of the kernel's, null if nobody knows
 *	scripts		{name: it is there}
 *	programs	{name: it is in the path}
 *	installed	{module: it is there for this kernel}
 *	services	{program: it runs}
 *	parameters	{module: {name: value}} of those loaded
 *	cards		[{device, user, broken}] of blanket_virtio
 *	program		our own version
 *
 * Uplinks have "offloads" too, vifs "mtu".
 */
#ifndef BLANKET_FACTS_H
#define BLANKET_FACTS_H

#include <json-c/json.h>

struct json_object *facts_take(void);

#endif /* BLANKET_FACTS_H */
