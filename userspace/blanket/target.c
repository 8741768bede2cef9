// SPDX-License-Identifier: GPL-2.0-only
/* The knobs of this machine. See target.h. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "snapshot.h"
#include "sysfs.h"
#include "target.h"

static struct target *add(struct targets *all, const struct knob *knob)
{
	struct target *list = realloc(all->list, (all->nr + 1) * sizeof(*list));
	struct target *target;

	if (!list)
		abort();
	all->list = list;
	target = &list[all->nr++];
	*target = (struct target){ .knob = knob };
	return target;
}

/* Read anew, as the kernel may have changed what was written. */
void target_read(struct target *target)
{
	target->there = sysfs_read(target->value, sizeof(target->value), "%s",
				   target->file);
	knob_normalise(target->knob, target->value);
}

static void add_parameters(struct targets *all)
{
	size_t i;

	for (i = 0; i < knobs_count; i++) {
		struct target *target;

		if (knobs[i].owner != KNOB_MODULE)
			continue;
		target = add(all, &knobs[i]);
		snprintf(target->device, sizeof(target->device), "%s",
			 knobs[i].module);
		snprintf(target->file, sizeof(target->file),
			 "module/%s/parameters/%s", knobs[i].module,
			 knobs[i].name);
		target_read(target);
	}
}

/* One vif or vbd of ours; one without a guest's name goes by its bus name. */
static void add_device(struct targets *all, struct json_object *guest,
		       struct json_object *device, enum knob_owner owner)
{
	const char *name = json_text(device, "name");
	const char *bus = json_text(device, "device");
	const char *of = json_text(guest, "name");
	size_t i;

	for (i = 0; i < knobs_count; i++) {
		struct target *target;

		if (knobs[i].owner != owner)
			continue;
		target = add(all, &knobs[i]);
		snprintf(target->bus, sizeof(target->bus), "%s", bus);
		snprintf(target->guest, sizeof(target->guest), "%.100s", of);
		if (owner == KNOB_VIF) {
			snprintf(target->label, sizeof(target->label),
				 "%.100s:vif%s", of, strrchr(bus, '-') + 1);
			snprintf(target->device, sizeof(target->device), "%s",
				 name);
			snprintf(target->file, sizeof(target->file),
				 "class/net/%s/%s", name, knobs[i].path);
		} else {
			snprintf(target->label, sizeof(target->label),
				 "%.100s:%.32s", of, name);
			snprintf(target->device, sizeof(target->device), "%s",
				 *of ? target->label : bus);
			snprintf(target->file, sizeof(target->file),
				 "bus/xen-backend/devices/%s/%s", bus,
				 knobs[i].path);
		}
		target_read(target);
	}
}

static void add_devices(struct targets *all, struct json_object *guest,
			const char *kind, enum knob_owner owner)
{
	struct json_object *list = json_at(guest, kind);
	size_t i;

	for (i = 0; i < json_length(list); i++) {
		struct json_object *device = json_object_array_get_idx(list, i);

		if (json_object_get_boolean(json_at(device, "ours")))
			add_device(all, guest, device, owner);
	}
}

/* All of them, in the order to be shown in; for targets_free(). */
void targets_find(struct targets *all)
{
	struct json_object *now = snapshot_take();
	struct json_object *guests = json_at(now, "guests");
	size_t i;

	*all = (struct targets){};
	add_parameters(all);
	for (i = 0; i < json_length(guests); i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);

		add_devices(all, guest, "vifs", KNOB_VIF);
		add_devices(all, guest, "vbds", KNOB_VBD);
	}
	json_object_put(now);
}

void targets_free(struct targets *all)
{
	free(all->list);
	*all = (struct targets){};
}

/* vif3.0/tx_map_min */
void target_name(const struct target *target, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", target->device, target->knob->name);
}

/*
 * DEVICE/KNOB or KNOB, each with wildcards; a device goes by any of its names,
 * and by its guest's.
 */
bool target_matches(const struct target *target, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	const char * const names[] = {
		target->device, target->bus, target->label, target->guest,
	};
	char device[256];
	size_t i;

	if (fnmatch(slash ? slash + 1 : pattern, target->knob->name, 0))
		return false;
	if (!slash)
		return true;
	snprintf(device, sizeof(device), "%.*s", (int)(slash - pattern), pattern);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*names[i] && !fnmatch(device, names[i], 0))
			return true;
	return false;
}

/* What it is without anybody's doing: of a device's, what the module has. */
void target_initial(const struct target *target, const struct targets *all,
		    char *buf, size_t size)
{
	const struct knob *knob = target->knob;
	size_t i;

	snprintf(buf, size, "%s", knob->initial ? knob->initial : "");
	if (knob->initial)
		return;
	for (i = 0; i < all->nr; i++) {
		const struct knob *from = all->list[i].knob;

		if (from->owner == KNOB_MODULE &&
		    !strcmp(from->module, knob->module) &&
		    !strcmp(from->name, knob->name))
			snprintf(buf, size, "%s", all->list[i].value);
	}
}
