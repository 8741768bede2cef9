// SPDX-License-Identifier: GPL-2.0-only
/* Guests' devices and what is below them: who serves them, and can it work? */
#include <stdio.h>
#include <string.h>

#include "cloud.h"
#include "finding.h"
#include "json.h"

static struct json_object *uplink_of(struct json_object *facts, const char *name)
{
	struct json_object *uplinks = json_at(facts, "uplinks");
	size_t i;

	for (i = 0; *name && i < json_length(uplinks); i++) {
		struct json_object *uplink = json_object_array_get_idx(uplinks, i);

		if (!strcmp(json_text(uplink, "name"), name))
			return uplink;
	}
	return NULL;
}

/* Is it served by the driver that its configuration asks for? */
static bool judge_driver(struct json_object *device, const char *subject, const char *script,
			 struct json_object *findings)
{
	const char *driver = json_text(device, "driver"), *has = json_text(device, "script");
	char remedy[256];

	if (json_object_get_boolean(json_at(device, "ours")))
		return true;
	if (!*driver) {
		finding(findings, FAULT, "no-driver", subject,
			"see dmesg; detach it and attach it again with xl",
			"no driver serves it, state %s", json_text(device, "state"));
	} else if (!strcmp(has, script)) {
		finding(findings, FAULT, "stock-driver", subject,
			"detach it and attach it again with xl, or restart the guest; see /var/log/xen/xen-hotplug.log",
			"its script is %s, and the stock driver %s serves it", has, driver);
	} else {
		snprintf(remedy, sizeof(remedy),
			 "script=%s in the guest's configuration, if ours is to serve it", script);
		finding(findings, NOTE, "stock-device", subject, remedy,
			"the stock driver %s serves it (script %s)", driver, *has ? has : "none");
	}
	return false;
}

/* Where the module would give it more, and the guest could use them. */
static void judge_queues(struct json_object *facts, struct json_object *guest,
			 struct json_object *device, const char *module, const char *subject,
			 struct json_object *findings)
{
	struct json_object *own = json_at(json_at(facts, "parameters"), module);
	long long vcpus = json_int(guest, "vcpus"), cpus = json_int(facts, "cpus");

	if (vcpus > 1 && cpus > 1 && json_int(device, "queues") == 1 &&
	    json_int(own, "max_queues") != 1)
		finding(findings, SLOW, "single-queue", subject,
			"a guest's kernel that knows several queues; see max_queues of xen_netfront and xen_blkfront there",
			"one queue, for a guest of %lld CPUs on %lld of dom0's", vcpus, cpus);
}

static void judge_macs(struct json_object *vif, const struct cloud *cloud, const char *subject,
		       struct json_object *findings)
{
	/* with the NIC's own MAC address on the wire nothing is foreign */
	if (strcmp(json_text(json_at(vif, "blanket"), "mode"), "mac") || !cloud->remedy)
		return;
	finding(findings, cloud->macs == MACS_ARE_DROPPED ? FAULT : NOTE, "foreign-mac", subject,
		cloud->remedy, "its frames have the guest's MAC address %s, %s %s",
		json_text(vif, "mac"), cloud->name,
		cloud->macs == MACS_ARE_DROPPED ? "drops such frames" : "may drop such frames");
}

static void judge_vif(struct json_object *facts, struct json_object *guest,
		      struct json_object *vif, const struct cloud *cloud,
		      struct json_object *findings)
{
	struct json_object *uplink = uplink_of(facts, json_text(vif, "uplink"));
	long long mtu = json_int(vif, "mtu"), carries = json_int(uplink, "mtu");
	const char *name = json_text(guest, "name");
	char subject[192];

	snprintf(subject, sizeof(subject), "%.40s%s%.80s%s", json_text(vif, "name"),
		 *name ? " (" : "", name, *name ? ")" : "");
	if (!judge_driver(vif, subject, "vif-blanket", findings))
		return;
	judge_counters(vif, "vif", subject, findings);
	judge_queues(facts, guest, vif, "blanket_net", subject, findings);
	judge_macs(vif, cloud, subject, findings);
	if (!uplink) {
		if (!*json_text(vif, "card"))
			finding(findings, FAULT, "no-uplink", subject,
				"blanket tune DEVICE/uplink=NAME, and gatewaydev= in the guest's configuration",
				"it has neither an uplink nor a card: no frame comes or goes");
		return;
	}
	if (mtu > carries)
		finding(findings, FAULT, "mtu-too-large", subject,
			"ip link set dev UPLINK mtu N, or mtu= in the guest's configuration",
			"its MTU is %lld and uplink %s carries %lld: larger packets are lost", mtu,
			json_text(uplink, "name"), carries);
	else if (mtu && mtu < carries)
		finding(findings, NOTE, "mtu-small", subject,
			"leave out mtu= in the guest's configuration, if its peers take more",
			"its MTU is %lld, uplink %s carries %lld", mtu, json_text(uplink, "name"),
			carries);
}

static void judge_uplink(struct json_object *uplink, struct json_object *findings)
{
	struct json_object *offloads = json_at(uplink, "offloads");
	const char *name = json_text(uplink, "name");
	char remedy[128];

	if (!strcmp(json_text(uplink, "state"), "down")) {
		snprintf(remedy, sizeof(remedy), "ip link set dev %s up; is its cable in?", name);
		finding(findings, FAULT, "uplink-down", name, remedy,
			"the uplink of %lld vifs is down", (long long)json_int(uplink, "vifs"));
	}
	if (!offloads)
		return;
	json_object_object_foreach(offloads, offload, on) {
		if (json_object_get_boolean(on))
			continue;
		snprintf(remedy, sizeof(remedy), "ethtool -K %s %s on, if the device can", name,
			 offload);
		finding(findings, SLOW, "offload-off", name, remedy,
			"%s is off: dom0's CPUs do it for every guest there", offload);
	}
}

static void judge_guest(struct json_object *facts, struct json_object *guest,
			const struct cloud *cloud, struct json_object *findings)
{
	struct json_object *vifs = json_at(guest, "vifs"), *vbds = json_at(guest, "vbds");
	const char *name = json_text(guest, "name");
	char subject[192];
	size_t i;

	for (i = 0; i < json_length(vifs); i++)
		judge_vif(facts, guest, json_object_array_get_idx(vifs, i), cloud, findings);
	for (i = 0; i < json_length(vbds); i++) {
		struct json_object *vbd = json_object_array_get_idx(vbds, i);

		/* as blanket tune has it */
		if (*name)
			snprintf(subject, sizeof(subject), "%.80s:%.80s", name,
				 json_text(vbd, "name"));
		else
			snprintf(subject, sizeof(subject), "%.80s", json_text(vbd, "device"));
		if (!judge_driver(vbd, subject, "block-blanket", findings))
			continue;
		judge_counters(vbd, "vbd", subject, findings);
		judge_queues(facts, guest, vbd, "blanket_blk", subject, findings);
	}
}

static void judge_cards(struct json_object *cards, struct json_object *findings)
{
	size_t i;

	for (i = 0; i < json_length(cards); i++) {
		struct json_object *card = json_object_array_get_idx(cards, i);

		if (*json_text(card, "broken"))
			finding(findings, FAULT, "device-broken", json_text(card, "device"),
				"detach it from its guest and attach it again with xl; see dmesg",
				"nothing is taken from it any more: %s", json_text(card, "broken"));
	}
}

void judge_devices(struct json_object *facts, struct json_object *findings)
{
	struct json_object *guests = json_at(facts, "guests"), *uplinks = json_at(facts, "uplinks");
	const struct cloud *cloud = cloud_of(json_at(facts, "dmi"));
	size_t i;

	for (i = 0; i < json_length(uplinks); i++)
		judge_uplink(json_object_array_get_idx(uplinks, i), findings);
	for (i = 0; i < json_length(guests); i++)
		judge_guest(facts, json_object_array_get_idx(guests, i), cloud, findings);
	judge_cards(json_at(facts, "cards"), findings);
	if (cloud->macs == MACS_ARE_DROPPED)
		finding(findings, NOTE, "cloud-drops-macs", cloud->name, cloud->remedy,
			"the cloud drops frames whose MAC address is not the NIC's");
}
