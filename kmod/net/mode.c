// SPDX-License-Identifier: GPL-2.0-only
/* The modes there are, by name. */
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "mode.h"

static const struct uplink_mode *const modes[] = {
	&uplink_mode_mac,
	&uplink_mode_addr,
	&uplink_mode_nat,
};

static const struct uplink_mode *preferred = &uplink_mode_mac;

/**
 * uplink_mode_named() - look a mode up
 * @name:	what an operator wrote, perhaps with a newline behind it
 *
 * Return: the mode or NULL.
 */
const struct uplink_mode *uplink_mode_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (sysfs_streq(name, modes[i]->name))
			return modes[i];
	return NULL;
}

/** uplink_mode_preferred() - the mode of new vifs. Context: any. */
const struct uplink_mode *uplink_mode_preferred(void)
{
	return READ_ONCE(preferred);
}

static int set(const char *value, const struct kernel_param *param)
{
	const struct uplink_mode *mode = uplink_mode_named(value);

	if (!mode)
		return -EINVAL;
	WRITE_ONCE(preferred, mode);
	return 0;
}

static int get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%s\n", uplink_mode_preferred()->name);
}

static const struct kernel_param_ops mode_ops = {
	.set = set,
	.get = get,
};

module_param_cb(mode, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(mode,
		 "How guests share an uplink: mac, each with its own MAC address on the wire, address, all with the NIC's, or nat, routed by dom0 (default for new vifs)");
