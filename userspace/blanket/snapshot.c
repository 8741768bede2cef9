// SPDX-License-Identifier: GPL-2.0-only
/* What runs on this blanket, as one JSON tree. See snapshot.h. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "ethtool.h"
#include "json.h"
#include "snapshot.h"
#include "store.h"
#include "sysfs.h"

#define SECTOR_BYTES 512
#define MAX_VCPUS 512

static struct json_object *take_host(void)
{
	struct json_object *host = json_object_new_object();
	struct utsname kernel;
	char text[128];

	sysfs_read(text, sizeof(text), "kernel/blanket/host");
	json_add_text(host, "below", text);
	sysfs_read(text, sizeof(text), "class/dmi/id/sys_vendor");
	json_add_text(host, "vendor", text);
	sysfs_read(text, sizeof(text), "class/dmi/id/product_name");
	json_add_text(host, "product", text);
	json_add_text(host, "kernel", uname(&kernel) ? "" : kernel.release);
	return host;
}

static struct json_object *take_xen(void)
{
	char major[16], minor[16], extra[64], text[128];

	if (!sysfs_read(major, sizeof(major), "hypervisor/version/major") ||
	    !sysfs_read(minor, sizeof(minor), "hypervisor/version/minor"))
		return NULL;
	sysfs_read(extra, sizeof(extra), "hypervisor/version/extra");
	snprintf(text, sizeof(text), "%s.%s%s", major, minor, extra);
	return json_object_new_string(text);
}

static struct json_object *take_modules(void)
{
	static const char * const names[] = {
		"blanket", "blanket_net", "blanket_blk", "blanket_virtio",
		"xen_netback", "xen_blkback",
	};
	struct json_object *modules = json_object_new_object();
	char version[32];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!sysfs_read(version, sizeof(version), "module/%s/version",
				names[i]) &&
		    sysfs_exists("module/%s", names[i]))
			snprintf(version, sizeof(version), "loaded");
		json_add_text(modules, names[i], version);
	}
	return modules;
}

static int64_t net_counter(const char *dev, const char *name)
{
	char text[32];

	sysfs_read(text, sizeof(text), "class/net/%s/statistics/%s", dev, name);
	return strtoll(text, NULL, 10);
}

/*
 * A vif's device in dom0 receives what its guest sends: told from the guest's
 * side here, where nobody has to turn it round in his head.
 */
static struct json_object *net_counters(const char *dev, bool guest)
{
	struct json_object *out = json_object_new_object();
	const char *sent = guest ? "rx" : "tx", *got = guest ? "tx" : "rx";
	static const char * const what[] = {
		"bytes", "packets", "dropped", "errors",
	};
	char key[32], name[32];
	size_t i;

	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		snprintf(key, sizeof(key), "sent_%s", what[i]);
		snprintf(name, sizeof(name), "%s_%s", sent, what[i]);
		json_add_int(out, key, net_counter(dev, name));
		snprintf(key, sizeof(key), "received_%s", what[i]);
		snprintf(name, sizeof(name), "%s_%s", got, what[i]);
		json_add_int(out, key, net_counter(dev, name));
	}
	return out;
}

static struct json_object *take_uplink(const char *dev)
{
	struct json_object *uplink = json_object_new_object();
	char text[64];

	json_add_text(uplink, "name", dev);
	sysfs_link(text, sizeof(text), "class/net/%s/device/driver", dev);
	json_add_text(uplink, "driver", text);
	sysfs_read(text, sizeof(text), "class/net/%s/address", dev);
	json_add_text(uplink, "mac", text);
	sysfs_read(text, sizeof(text), "class/net/%s/mtu", dev);
	json_add_int(uplink, "mtu", strtoll(text, NULL, 10));
	sysfs_read(text, sizeof(text), "class/net/%s/operstate", dev);
	json_add_text(uplink, "state", text);
	json_add_int(uplink, "vifs", 0);
	json_object_object_add(uplink, "counters", net_counters(dev, false));
	return uplink;
}

static struct json_object *find(struct json_object *list, const char *key,
				const char *text)
{
	size_t i, n = json_object_array_length(list);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!strcmp(json_text(item, key), text))
			return item;
	}
	return NULL;
}

static void count_uplink(struct json_object *uplinks, const char *dev)
{
	struct json_object *uplink = find(uplinks, "name", dev);

	if (!uplink) {
		uplink = take_uplink(dev);
		json_object_array_add(uplinks, uplink);
	}
	json_add_int(uplink, "vifs", json_int(uplink, "vifs") + 1);
}

static int count_queues(const char *dev)
{
	int i, n, queues = 0;
	char **names;

	n = sysfs_list(&names, "class/net/%s/queues", dev);
	for (i = 0; i < n; i++)
		queues += !strncmp(names[i], "tx-", 3);
	sysfs_list_free(names, n);
	return queues;
}

/* The name may have been changed by vifname= or by hand: ask the device. */
static void vif_name(char *name, size_t size, const char *device, int domid,
		     int devid)
{
	char **names;
	int n;

	n = sysfs_list(&names, "bus/xen-backend/devices/%s/net", device);
	if (n)
		snprintf(name, size, "%s", names[0]);
	else
		snprintf(name, size, "vif%d.%d", domid, devid);
	sysfs_list_free(names, n);
}

/* What vifs and vbds have in common. */
static struct json_object *take_backend(const char *device, const char *own, const char *kind,
					int domid, int devid)
{
	struct json_object *backend = json_object_new_object();
	const char *script;
	char text[256];

	json_add_text(backend, "device", device);
	sysfs_link(text, sizeof(text), "bus/xen-backend/devices/%s/driver",
		   device);
	json_add_text(backend, "driver", text);
	json_add_flag(backend, "ours", !strcmp(text, own));
	sysfs_read(text, sizeof(text), "bus/xen-backend/devices/%s/state",
		   device);
	json_add_text(backend, "state", text);
	store_read(text, sizeof(text), "backend/%s/%d/%d/script", kind, domid, devid);
	script = strrchr(text, '/');
	json_add_text(backend, "script", script ? script + 1 : text);
	return backend;
}

static struct json_object *take_vif(const char *device, int domid, int devid,
				    struct json_object *uplinks)
{
	struct json_object *vif = take_backend(device, "blanket_net", "vif", domid, devid);
	struct json_object *own;
	const char *uplink;
	char name[32], text[64];

	vif_name(name, sizeof(name), device, domid, devid);
	json_add_text(vif, "name", name);
	store_read(text, sizeof(text), "backend/vif/%d/%d/mac", domid, devid);
	json_add_text(vif, "mac", text);
	own = sysfs_group("class/net/%s/blanket", name);
	uplink = json_text(own, "uplink");
	if (*uplink && strcmp(uplink, "none"))
		count_uplink(uplinks, uplink);
	else
		uplink = "";
	json_add_text(vif, "uplink", uplink);
	json_add_text(vif, "card", json_text(own, "card"));
	sysfs_link(text, sizeof(text), "class/net/%s/master", name);
	json_add_text(vif, "bridge", text);
	sysfs_read(text, sizeof(text), "class/net/%s/mtu", name);
	json_add_int(vif, "mtu", strtoll(text, NULL, 10));
	json_add_int(vif, "queues", own && json_int(own, "queues") ?
			       json_int(own, "queues") : count_queues(name));
	json_object_object_add(vif, "counters", net_counters(name, true));
	json_object_object_add(vif, "blanket", own);
	json_object_object_add(vif, "ethtool", ethtool_stats(name));
	return vif;
}

static struct json_object *vbd_counters(struct json_object *stats)
{
	static const struct {
		const char *key, *from;
		int unit;
	} map[] = {
		{ "reads", "rd_req", 1 },
		{ "writes", "wr_req", 1 },
		{ "flushes", "f_req", 1 },
		{ "discards", "ds_req", 1 },
		{ "read_bytes", "rd_sect", SECTOR_BYTES },
		{ "written_bytes", "wr_sect", SECTOR_BYTES },
		{ "out_of_requests", "oo_req", 1 },
	};
	struct json_object *out = json_object_new_object();
	size_t i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		json_add_int(out, map[i].key, json_int(stats, map[i].from) *
					 map[i].unit);
	return out;
}

static struct json_object *take_vbd(const char *device, int domid, int devid)
{
	struct json_object *vbd = take_backend(device, "blanket_blk", "vbd", domid, devid);
	struct json_object *own, *stats;
	char text[256];

	if (!store_read(text, sizeof(text), "backend/vbd/%d/%d/dev", domid,
			devid))
		snprintf(text, sizeof(text), "%d", devid);
	json_add_text(vbd, "name", text);
	if (!store_read(text, sizeof(text), "backend/vbd/%d/%d/params", domid,
			devid))
		store_read(text, sizeof(text),
			   "backend/vbd/%d/%d/physical-device-path", domid,
			   devid);
	json_add_text(vbd, "target", text);
	store_read(text, sizeof(text), "backend/vbd/%d/%d/mode", domid, devid);
	json_add_text(vbd, "mode", text);
	own = sysfs_group("bus/xen-backend/devices/%s/blanket", device);
	if (own && json_int(own, "queues")) {
		json_add_int(vbd, "queues", json_int(own, "queues"));
	} else {
		store_read(text, sizeof(text),
			   "/local/domain/%d/device/vbd/%d/multi-queue-num-queues",
			   domid, devid);
		json_add_int(vbd, "queues", *text ? strtoll(text, NULL, 10) : 1);
	}
	stats = sysfs_group("bus/xen-backend/devices/%s/statistics", device);
	json_object_object_add(vbd, "counters", vbd_counters(stats));
	json_object_put(stats);
	json_object_object_add(vbd, "blanket", own);
	return vbd;
}

/* 0 without xenstore */
static int count_vcpus(int domid)
{
	char text[16];
	int n = 0;

	while (n < MAX_VCPUS &&
	       store_read(text, sizeof(text), "/local/domain/%d/cpu/%d/availability", domid, n))
		n++;
	return n;
}

static struct json_object *guest_of(struct json_object *guests, int domid)
{
	size_t i, n = json_object_array_length(guests);
	struct json_object *guest;
	char name[128];

	for (i = 0; i < n; i++) {
		guest = json_object_array_get_idx(guests, i);
		if (json_int(guest, "domid") == domid)
			return guest;
	}
	guest = json_object_new_object();
	json_add_int(guest, "domid", domid);
	store_read(name, sizeof(name), "/local/domain/%d/name", domid);
	json_add_text(guest, "name", name);
	json_add_int(guest, "vcpus", count_vcpus(domid));
	json_object_object_add(guest, "vifs", json_object_new_array());
	json_object_object_add(guest, "vbds", json_object_new_array());
	json_object_array_add(guests, guest);
	return guest;
}

static void take_guests(struct json_object *guests, struct json_object *uplinks)
{
	char **names, kind[8];
	int i, n, domid, devid;

	n = sysfs_list(&names, "bus/xen-backend/devices");
	for (i = 0; i < n; i++) {
		struct json_object *guest, *list, *item;
		bool is_vif;

		if (sscanf(names[i], "%7[a-z]-%d-%d", kind, &domid, &devid) != 3)
			continue;
		is_vif = !strcmp(kind, "vif");
		if (!is_vif && strcmp(kind, "vbd"))
			continue;
		guest = guest_of(guests, domid);
		list = json_object_object_get(guest, is_vif ? "vifs" : "vbds");
		item = is_vif ? take_vif(names[i], domid, devid, uplinks) :
				take_vbd(names[i], domid, devid);
		json_object_array_add(list, item);
	}
	sysfs_list_free(names, n);
}

/* The caller puts it. */
struct json_object *snapshot_take(void)
{
	struct json_object *now = json_object_new_object();
	struct json_object *uplinks = json_object_new_array();
	struct json_object *guests = json_object_new_array();

	json_object_object_add(now, "host", take_host());
	json_object_object_add(now, "xen", take_xen());
	json_object_object_add(now, "modules", take_modules());
	take_guests(guests, uplinks);
	json_object_object_add(now, "uplinks", uplinks);
	json_object_object_add(now, "guests", guests);
	return now;
}

/* rates = the counters' growth a second */
static void add_rates(struct json_object *now, struct json_object *before,
		      double seconds)
{
	struct json_object *counters = json_object_object_get(now, "counters");
	struct json_object *old = json_object_object_get(before, "counters");
	struct json_object *rates = json_object_new_object();

	json_object_object_foreach(counters, key, value) {
		double grown = json_object_get_int64(value) - json_int(old, key);

		/* a device that was replaced counts from zero again */
		if (grown < 0)
			grown = 0;
		json_object_object_add(rates, key,
				       json_object_new_double(grown / seconds));
	}
	json_object_object_add(now, "rates", rates);
}

static void rates_of_list(struct json_object *now, struct json_object *before,
			  const char *key, double seconds)
{
	size_t i, n = json_object_array_length(now);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(now, i);
		struct json_object *old = find(before, key, json_text(item, key));

		if (old)
			add_rates(item, old, seconds);
	}
}

/* Adds to @now what grew since @before, for whatever is in both. */
void snapshot_add_rates(struct json_object *now, struct json_object *before,
			double seconds)
{
	struct json_object *guests = json_object_object_get(now, "guests");
	struct json_object *old = json_object_object_get(before, "guests");
	size_t i, n = json_object_array_length(guests);

	rates_of_list(json_object_object_get(now, "uplinks"),
		      json_object_object_get(before, "uplinks"), "name",
		      seconds);
	for (i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		struct json_object *was = find(old, "domid",
					       json_text(guest, "domid"));

		if (!was)
			continue;
		rates_of_list(json_object_object_get(guest, "vifs"),
			      json_object_object_get(was, "vifs"), "device",
			      seconds);
		rates_of_list(json_object_object_get(guest, "vbds"),
			      json_object_object_get(was, "vbds"), "device",
			      seconds);
	}
}
