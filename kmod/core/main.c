// SPDX-License-Identifier: GPL-2.0-only
/*
 * blanket: what the blanket's backends share.
 *
 *	blanket_net, blanket_blk	one backend each
 *	   |  |
 *	blanket		grant.c   batched map, unmap, copy
 *			pin.c     pages held for a device to write to
 *			lean.c    what our Xen does both with
 *			standing.c guests' pages mapped for good
 *			backend.c choice of driver, rings, events
 *			credit.h  what a guest may have a second, pure
 *			trace.h   tracepoints
 *			host.c    the cloud below
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <xen/xen.h>

#include "host.h"
#include "lean.h"

#define BLANKET_VERSION "0.1"

static struct kobject *root;

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", BLANKET_VERSION);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static ssize_t host_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", blanket_host_name());
}

static struct kobj_attribute host_attr = __ATTR_RO(host);

static struct attribute *root_attrs[] = {
	&version_attr.attr,
	&host_attr.attr,
	NULL
};

static const struct attribute_group root_group = {
	.attrs = root_attrs,
};

static int __init blanket_init(void)
{
	int err;

	if (!xen_initial_domain()) {
		pr_err("blanket: this kernel does not run as Xen's dom0; boot the blanket's Xen first\n");
		return -ENODEV;
	}
	lean_probe();
	root = kobject_create_and_add("blanket", kernel_kobj);
	if (!root)
		return -ENOMEM;
	err = sysfs_create_group(root, &root_group);
	if (err)
		kobject_put(root);
	return err;
}

static void __exit blanket_exit(void)
{
	kobject_put(root);
}

module_init(blanket_init);
module_exit(blanket_exit);

MODULE_DESCRIPTION("Xen-Blanket: shared parts of the backends");
MODULE_LICENSE("GPL");
MODULE_VERSION(BLANKET_VERSION);
