// SPDX-License-Identifier: GPL-2.0-only
/* What 'blanket doctor' judges by. See facts.h. */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ethtool.h"
#include "facts.h"
#include "json.h"
#include "snapshot.h"
#include "store.h"
#include "sysfs.h"
#include "virtio.h"
#include "xen.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char * const modules[] = {
	"blanket", "blanket_net", "blanket_blk", "blanket_virtio",
};

static struct json_object *take_dmi(void)
{
	static const char * const fields[] = {
		"sys_vendor", "product_name", "product_version", "bios_vendor",
		"bios_version", "chassis_asset_tag",
	};
	struct json_object *dmi = json_object_new_object();
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(fields); i++) {
		sysfs_read(text, sizeof(text), "class/dmi/id/%s", fields[i]);
		json_add_text(dmi, fields[i], text);
	}
	return dmi;
}

static void take_xen(struct json_object *facts)
{
	char text[32];
	bool lean;

	sysfs_read(text, sizeof(text), "hypervisor/type");
	json_add_text(facts, "hypervisor", strcmp(text, "none") ? text : "");
	json_object_object_add(facts, "dom0", NULL);
	if (sysfs_read(text, sizeof(text), "hypervisor/start_flags/initdomain"))
		json_add_flag(facts, "dom0", !strcmp(text, "1"));
	json_object_object_add(facts, "lean", NULL);
	if (xen_has_lean(&lean))
		json_add_flag(facts, "lean", lean);
}

/* The options that check-kernel asks for before anything is installed. */
static struct json_object *take_config(const char *kernel)
{
	static const char * const options[] = { "CONFIG_XEN_DOM0", "CONFIG_XEN_BACKEND" };
	struct json_object *config;
	char path[PATH_MAX], line[256];
	FILE *from;
	size_t i, len;

	snprintf(path, sizeof(path), "/boot/config-%s", kernel);
	from = fopen(path, "re");
	if (!from) {
		snprintf(path, sizeof(path), "/lib/modules/%s/config", kernel);
		from = fopen(path, "re");
	}
	if (!from)
		return NULL;
	config = json_object_new_object();
	for (i = 0; i < COUNT(options); i++)
		json_add_text(config, options[i], "n");
	while (fgets(line, sizeof(line), from))
		for (i = 0; i < COUNT(options); i++) {
			len = strlen(options[i]);
			if (!strncmp(line, options[i], len) && line[len] == '=')
				json_add_text(config, options[i], "y");
		}
	fclose(from);
	return config;
}

static struct json_object *take_scripts(void)
{
	static const char * const names[] = {
		"vif-blanket", "block-blanket", "blanket-common.sh", "blanket-virtio.sh",
		"blanket-nat.sh",
	};
	struct json_object *scripts = json_object_new_object();
	const char *etc = getenv("BLANKET_ETC");
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/xen/scripts/%s", etc ? etc : "/etc", names[i]);
		json_add_flag(scripts, names[i], !access(path, R_OK));
	}
	return scripts;
}

/* Where the hotplug scripts look, whatever our own PATH is. */
static struct json_object *take_programs(void)
{
	static const char * const names[] = { "xl", "xenstore-ls", "ip", "modprobe" };
	static const char * const dirs[] = {
		"/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin",
	};
	struct json_object *programs = json_object_new_object();
	char path[PATH_MAX];
	size_t i, j;

	for (i = 0; i < COUNT(names); i++) {
		bool found = false;

		for (j = 0; j < COUNT(dirs) && !found; j++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[j], names[i]);
			found = !access(path, X_OK);
		}
		json_add_flag(programs, names[i], found);
	}
	return programs;
}

/* As tools/install and DKMS put them. */
static struct json_object *take_installed(const char *kernel)
{
	static const char * const places[] = {
		"updates/blanket", "updates/dkms", "updates", "extra",
	};
	static const char * const ends[] = { ".ko", ".ko.xz", ".ko.zst" };
	struct json_object *installed = json_object_new_object();
	char path[PATH_MAX];
	size_t i, j, k;

	for (i = 0; i < COUNT(modules); i++) {
		bool found = false;

		for (j = 0; j < COUNT(places) * COUNT(ends) && !found; j++) {
			k = j / COUNT(ends);
			snprintf(path, sizeof(path), "/lib/modules/%s/%s/%s%s", kernel, places[k],
				 modules[i], ends[j % COUNT(ends)]);
			found = !access(path, R_OK);
		}
		json_add_flag(installed, modules[i], found);
	}
	return installed;
}

static bool runs(const char *program)
{
	struct dirent *entry;
	char path[PATH_MAX], name[32];
	bool found = false;
	DIR *dir = opendir("/proc");
	FILE *from;

	while (dir && !found && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		from = fopen(path, "re");
		if (!from)
			continue;
		if (fgets(name, sizeof(name), from)) {
			name[strcspn(name, "\n")] = '\0';
			found = !strcmp(name, program);
		}
		fclose(from);
	}
	if (dir)
		closedir(dir);
	return found;
}

static struct json_object *take_services(void)
{
	struct json_object *services = json_object_new_object();

	json_add_flag(services, "xenconsoled", runs("xenconsoled"));
	return services;
}

static struct json_object *take_parameters(void)
{
	struct json_object *all = json_object_new_object(), *one;
	size_t i;

	for (i = 0; i < COUNT(modules); i++) {
		one = sysfs_group("module/%s/parameters", modules[i]);
		if (one)
			json_object_object_add(all, modules[i], one);
	}
	return all;
}

static struct json_object *take_cards(void)
{
	struct json_object *cards = json_object_new_array(), *card;
	struct virtio_device *devices;
	int i, n = virtio_list(&devices);

	for (i = 0; i < n; i++) {
		if (strcmp(devices[i].driver, "blanket_virtio"))
			continue;
		card = json_object_new_object();
		json_add_text(card, "device", devices[i].pci);
		json_add_text(card, "user", devices[i].user);
		json_add_text(card, "broken", devices[i].broken);
		json_object_array_add(cards, card);
	}
	free(devices);
	return cards;
}

static void add_offloads(struct json_object *uplinks)
{
	size_t i;

	for (i = 0; i < json_length(uplinks); i++) {
		struct json_object *uplink = json_object_array_get_idx(uplinks, i);

		json_object_object_add(uplink, "offloads",
				       ethtool_offloads(json_text(uplink, "name")));
	}
}

/* The caller puts it. */
struct json_object *facts_take(void)
{
	struct json_object *facts;
	struct utsname kernel;
	bool store = store_open();
	char bounced[32];

	facts = snapshot_take();
	if (uname(&kernel))
		*kernel.release = '\0';
	json_object_object_add(facts, "dmi", take_dmi());
	take_xen(facts);
	json_add_flag(facts, "xenstore", store);
	sysfs_read(bounced, sizeof(bounced), "kernel/debug/swiotlb/io_tlb_used_hiwater");
	json_add_int(facts, "bounced", strtoll(bounced, NULL, 10));
	json_add_int(facts, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	json_object_object_add(facts, "config", take_config(kernel.release));
	json_object_object_add(facts, "scripts", take_scripts());
	json_object_object_add(facts, "programs", take_programs());
	json_object_object_add(facts, "installed", take_installed(kernel.release));
	json_object_object_add(facts, "services", take_services());
	json_object_object_add(facts, "parameters", take_parameters());
	json_object_object_add(facts, "cards", take_cards());
	json_add_text(facts, "program", BLANKET_VERSION);
	add_offloads(json_at(facts, "uplinks"));
	store_close();
	return facts;
}
