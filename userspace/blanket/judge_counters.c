// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device's counters tell: a rule is a share of one counter in others
 * that is too large, once there is enough to judge by.
 */
#include <string.h>

#include "finding.h"
#include "json.h"

/**
 * struct rule - a line of the table
 * @kind:	of device, vif or vbd
 * @severity:	of the finding
 * @id:		of the finding
 * @part:	the counter
 * @whole:	those whose sum it is held against
 * @enough:	nothing is said of a smaller sum
 * @permille:	how much of the sum is too much
 * @why:	what it means
 * @remedy:	what to do
 */
static const struct rule {
	const char *kind, *severity, *id, *part, *whole[2];
	int64_t enough, permille;
	const char *why, *remedy;
} rules[] = {
	{
		"vif", SLOW, "standing-misses", "tx_grant_standing_misses",
		{ "tx_grant_standing_misses", "tx_grant_standing_hits" }, 10000, 500,
		"the guest sends from more pages than are kept mapped",
		"blanket tune blanket/standing_pages=4096, for connections made from then on",
	}, {
		"vif", SLOW, "standing-refused", "tx_grant_standing_refused",
		{ "tx_grant_standing_refused", "tx_grant_standing_maps" }, 1000, 100,
		"pages could not be kept mapped",
		"see Documentation/standing-mappings.md: whose pages they are, and the table of dom0's mappings",
	}, {
		"vif", SLOW, "sent-late", "tx_late", { "tx_packets" }, 1000, 10,
		"the uplink kept the guest's pages for longer than tx_slow_ms, so packets were copied",
		"look for what holds packets on the uplink (a rate limit, a full device); blanket tune blanket_net/tx_slow_ms",
	}, {
		"vif", SLOW, "uplink-full", "tx_stalls", { "tx_passes" }, 1000, 100,
		"the uplink's queue was full and the guest had to wait",
		"the uplink is the bottleneck: more queues there (ethtool -L), or another uplink",
	}, {
		"vif", SLOW, "through-the-stack", "tx_stacked", { "tx_packets" }, 1000, 500,
		"frames took the long way, for a qdisc, a filter or somebody who watches",
		"tc qdisc show and nft list ruleset for the uplink and the vif; is a tcpdump running?",
	}, {
		"vif", SLOW, "guest-too-slow", "rx_dropped",
		{ "rx_dropped", "rx_packets" }, 1000, 10,
		"the guest did not take its packets in time, and they were dropped",
		"more CPU for the guest, or blanket tune DEVICE/rx_queue_bytes=8M",
	}, {
		"vif", SLOW, "guest-took-nothing", "rx_expired",
		{ "rx_expired", "rx_packets" }, 1000, 10,
		"the guest had no buffers for packets, and they were thrown away",
		"is the guest's interface up? more memory or CPU for the guest",
	}, {
		"vif", SLOW, "lean-retries", "rx_grant_lean_retries",
		{ "rx_grant_lean_ops" }, 1000, 100,
		"lean grant operations had to be done again the ordinary way",
		"see Documentation/lean-grants.md: a guest with grants of version 2, or pages of another guest's",
	}, {
		"vif", NOTE, "spoofed", "tx_spoofed", { "tx_spoofed", "tx_packets" }, 100, 10,
		"the guest sends from MAC addresses that are not its own, which are dropped",
		"if it is to bridge: blanket tune DEVICE/antispoof=0",
	}, {
		"vif", NOTE, "malformed", "tx_malformed", { "tx_malformed", "tx_packets" }, 100, 10,
		"the guest sends what is no packet", "look at the guest",
	}, {
		"vbd", SLOW, "standing-misses", "standing_misses",
		{ "standing_misses", "standing_hits" }, 10000, 800,
		"the guest writes from more pages than are kept mapped",
		"blanket tune blanket/standing_pages=4096, for connections made from then on",
	}, {
		"vbd", SLOW, "standing-refused", "standing_refused",
		{ "standing_refused", "standing_maps" }, 1000, 100,
		"pages could not be kept mapped",
		"see Documentation/standing-mappings.md: whose pages they are, and the table of dom0's mappings",
	}, {
		"vbd", SLOW, "starved", "out_of_requests", { "reads", "writes" }, 1000, 10,
		"requests had to wait because dom0's memory was short",
		"more memory for dom0 (dom0_mem= on Xen's command line)",
	}, {
		"vbd", SLOW, "unmap-held", "held", { "mapped" }, 1000, 100,
		"pages were still in use below when the request was done, so they stayed mapped",
		"a file on a network file system below? use a block device, or blanket tune DEVICE/copy_max=2M",
	}, {
		"vbd", SLOW, "lean-retries", "lean_retries", { "lean_ops" }, 1000, 100,
		"lean grant operations had to be done again the ordinary way",
		"see Documentation/lean-grants.md: a guest with grants of version 2, or pages of another guest's",
	}, {
		"vbd", NOTE, "bad-requests", "bad_req", { "reads", "writes" }, 100, 10,
		"the guest asks for what the disk has not", "look at the guest; does it know the disk's size?",
	},
};

/* Wherever the device has it. */
static int64_t count(struct json_object *device, const char *name)
{
	static const char * const groups[] = { "ethtool", "blanket", "counters" };
	size_t i;

	for (i = 0; name && i < sizeof(groups) / sizeof(groups[0]); i++)
		if (json_at(json_at(device, groups[i]), name))
			return json_int(json_at(device, groups[i]), name);
	return 0;
}

void judge_counters(struct json_object *device, const char *kind, const char *subject,
		    struct json_object *findings)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];
		int64_t part = count(device, rule->part);
		int64_t whole = count(device, rule->whole[0]) + count(device, rule->whole[1]);

		if (strcmp(rule->kind, kind) || whole < rule->enough ||
		    1000.0 * part < (double)rule->permille * whole)
			continue;
		finding(findings, rule->severity, rule->id, subject, rule->remedy,
			"%s (%s %lld, of %lld)", rule->why, rule->part, (long long)part,
			(long long)whole);
	}
}
