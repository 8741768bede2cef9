/* SPDX-License-Identifier: GPL-2.0-only */
/* The knobs of this machine: each module's, and each device's of ours. */
#ifndef BLANKET_TARGET_H
#define BLANKET_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "knob.h"

#define TARGET_VALUE 768

/**
 * struct target - a knob and what has it
 * @knob:	the knob
 * @device:	name shown and matched: blanket_net, vif3.0, g1:xvda
 * @bus:	name on the xen-backend bus, "" of a module
 * @label:	guest and device, "g1:vif0"; "" of a module
 * @guest:	the guest's name, "" of a module
 * @file:	below /sys
 * @value:	as it is
 * @there:	it can be read: the module is loaded, the kernel has it
 */
struct target {
	const struct knob *knob;
	char device[160], bus[48], label[160], guest[128];
	char file[256];
	char value[TARGET_VALUE];
	bool there;
};

/**
 * struct targets - a list of them
 * @list:	freed by targets_free()
 * @nr:		how many
 */
struct targets {
	struct target *list;
	size_t nr;
};

void targets_find(struct targets *all);
void targets_free(struct targets *all);
bool target_matches(const struct target *target, const char *pattern);
void target_name(const struct target *target, char *buf, size_t size);
void target_read(struct target *target);
void target_initial(const struct target *target, const struct targets *all,
		    char *buf, size_t size);

#endif /* BLANKET_TARGET_H */
