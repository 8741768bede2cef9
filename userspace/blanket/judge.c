// SPDX-License-Identifier: GPL-2.0-only
/* The machine: is it a blanket, and is all there that makes one? See judge.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "finding.h"
#include "json.h"
#include "judge.h"

#define INSTALL "run make install for the kernel that runs"

void finding(struct json_object *findings, const char *severity, const char *id,
	     const char *subject, const char *remedy, const char *seen, ...)
{
	struct json_object *one = json_object_new_object();
	char text[512];
	va_list args;

	va_start(args, seen);
	vsnprintf(text, sizeof(text), seen, args);
	va_end(args);
	json_add_text(one, "severity", severity);
	json_add_text(one, "id", id);
	json_add_text(one, "subject", subject);
	json_add_text(one, "seen", text);
	json_add_text(one, "remedy", remedy);
	json_object_array_add(findings, one);
}

/* There, and false or 0. */
static bool is_off(struct json_object *from, const char *key)
{
	struct json_object *value = json_at(from, key);

	return value && (!strcmp(json_object_get_string(value), "N") ||
			 (json_object_get_type(value) != json_type_string &&
			  !json_object_get_int64(value)));
}

static void judge_xen(struct json_object *facts, struct json_object *findings)
{
	const char *type = json_text(facts, "hypervisor");

	if (strcmp(type, "xen"))
		finding(findings, FAULT, "no-xen", "xen",
			"boot the blanket's Xen entry; make xen builds its Xen",
			"this machine does not run on Xen (/sys/hypervisor/type: %s)",
			*type ? type : "none");
	else if (is_off(facts, "dom0"))
		finding(findings, FAULT, "no-dom0", "xen",
			"run this in the blanket's dom0, or boot the blanket's Xen entry",
			"this is a guest of Xen's, not its dom0");
	else if (is_off(facts, "lean"))
		finding(findings, SLOW, "xen-stock", "xen",
			"boot the blanket's own Xen (make xen); what guests receive and read costs an ordinary grant operation a page until then",
			"Xen %s is not ours: it has no lean grant operations",
			json_text(facts, "xen"));
	else if (!json_at(facts, "lean"))
		finding(findings, NOTE, "xen-not-asked", "xen", "run this as root",
			"whether Xen has lean grant operations could not be asked");
}

static void judge_kernel(struct json_object *facts, struct json_object *findings)
{
	struct json_object *config = json_at(facts, "config");

	if (!config)
		return;
	json_object_object_foreach(config, option, value)
		if (strcmp(json_object_get_string(value), "y"))
			finding(findings, FAULT, "kernel-config", option,
				"boot a kernel that can be dom0, such as Debian's linux-image-amd64",
				"kernel %s is without it",
				json_text(json_at(facts, "host"), "kernel"));
}

/* Members of @key that are false. */
static void judge_missing(struct json_object *facts, const char *key, const char *id,
			  const char *seen, const char *remedy, struct json_object *findings)
{
	struct json_object *group = json_at(facts, key);

	if (!group)
		return;
	json_object_object_foreach(group, name, there)
		if (!json_object_get_boolean(there))
			finding(findings, FAULT, id, name, remedy, "%s", seen);
}

static void judge_modules(struct json_object *facts, struct json_object *findings)
{
	static const char * const wanted[] = { "blanket_net", "blanket_blk" };
	struct json_object *modules = json_at(facts, "modules");
	const char *program = json_text(facts, "program");
	char remedy[160];
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (json_at(modules, wanted[i]) ||
		    !json_object_get_boolean(json_at(json_at(facts, "installed"), wanted[i])))
			continue;
		snprintf(remedy, sizeof(remedy),
			 "modprobe %s, and its name into /etc/modules-load.d/blanket.conf for every boot",
			 wanted[i]);
		finding(findings, FAULT, "module-not-loaded", wanted[i], remedy,
			"the module is installed and not loaded");
	}
	if (*program && *json_text(modules, "blanket") &&
	    strcmp(json_text(modules, "blanket"), program))
		finding(findings, NOTE, "version-differs", "blanket",
			INSTALL ", then load the modules again when no guest uses them",
			"the modules are of version %s, this program of %s",
			json_text(modules, "blanket"), program);
}

static void judge_parameters(struct json_object *facts, struct json_object *findings)
{
	struct json_object *all = json_at(facts, "parameters");
	struct json_object *core = json_at(all, "blanket");
	int64_t cpus = json_int(facts, "cpus");

	if (is_off(core, "lean") && json_object_get_boolean(json_at(facts, "lean")))
		finding(findings, SLOW, "lean-off", "blanket/lean", "blanket tune blanket/lean=1",
			"lean grant operations are not used, though Xen has them");
	if (is_off(core, "standing_pages"))
		finding(findings, SLOW, "standing-off", "blanket/standing_pages",
			"blanket tune blanket/standing_pages=default; for connections made from then on",
			"no standing mappings: Xen copies all that guests send and write");
	if (is_off(json_at(all, "blanket_blk"), "max_buffer_pages"))
		finding(findings, SLOW, "mapping-forced", "blanket_blk/max_buffer_pages",
			"blanket tune blanket_blk/max_buffer_pages=default",
			"every page of a disk's request is mapped, none copied");
	if (cpus > 1 && json_int(json_at(all, "blanket_net"), "max_queues") == 1)
		finding(findings, SLOW, "single-queue", "blanket_net/max_queues",
			"blanket tune --save blanket_net/max_queues=default, then load the module again",
			"vifs have one queue each, on %lld CPUs", (long long)cpus);
	if (cpus > 1 && json_int(json_at(all, "blanket_blk"), "max_queues") == 1)
		finding(findings, SLOW, "single-queue", "blanket_blk/max_queues",
			"blanket tune --save blanket_blk/max_queues=default, then load the module again",
			"disks have one queue each, on %lld CPUs", (long long)cpus);
}

void judge_machine(struct json_object *facts, struct json_object *findings)
{
	bool dom0 = !strcmp(json_text(facts, "hypervisor"), "xen") && !is_off(facts, "dom0");

	judge_xen(facts, findings);
	judge_kernel(facts, findings);
	judge_missing(facts, "programs", "tool-missing",
		      "the hotplug scripts or an operator need it, and it is not installed",
		      "install it: apt-get install xen-utils xenstore-utils iproute2 kmod",
		      findings);
	judge_missing(facts, "scripts", "script-missing", "it is not in /etc/xen/scripts",
		      INSTALL, findings);
	judge_missing(facts, "installed", "module-missing",
		      "the module is not installed for the kernel that runs", INSTALL, findings);
	if (!dom0)
		return;
	if (is_off(facts, "xenstore"))
		finding(findings, FAULT, "service-down", "xenstored",
			"run this as root; systemctl start xen-init-dom0, and see journalctl -u xenstored",
			"xenstore does not answer: no guest can be created or changed");
	judge_missing(facts, "services", "service-down", "it does not run: guests have no consoles",
		      "systemctl start xenconsoled, or /etc/init.d/xen start", findings);
	judge_modules(facts, findings);
	judge_parameters(facts, findings);
	if (json_int(facts, "bounced"))
		finding(findings, NOTE, "bounced", "swiotlb",
			"see /sys/kernel/debug/swiotlb and dmesg: a device that cannot reach all of memory, or an IOMMU's doing",
			"up to %lld buffers of 2 KiB were in use at a time for data that a device could not reach",
			(long long)json_int(facts, "bounced"));
}

/* The findings, for the caller to put; the worst first. */
struct json_object *judge(struct json_object *facts)
{
	static const char * const order[] = { FAULT, SLOW, NOTE };
	struct json_object *all = json_object_new_array(), *sorted = json_object_new_array();
	size_t i, j;

	judge_machine(facts, all);
	judge_devices(facts, all);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (j = 0; j < json_length(all); j++) {
			struct json_object *one = json_object_array_get_idx(all, j);

			if (!strcmp(json_text(one, "severity"), order[i]))
				json_object_array_add(sorted, json_object_get(one));
		}
	json_object_put(all);
	return sorted;
}
