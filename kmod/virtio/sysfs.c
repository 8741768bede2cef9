// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/pci/devices/.../blanket of a claimed device; see
 * Documentation/ABI/testing/sysfs-blanket-virtio.
 */
#include <linux/device.h>

#include "blk_device.h"
#include "device.h"
#include "nic_device.h"

static ssize_t user_show(struct device *d, struct device_attribute *attr,
			 char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);
	char user[VDEVICE_USER_LEN];

	vdevice_user(dev, user);
	return sysfs_emit(buf, "%s\n", user);
}
static DEVICE_ATTR_RO(user);

static ssize_t broken_show(struct device *d, struct device_attribute *attr,
			   char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);

	return sysfs_emit(buf, "%s\n", READ_ONCE(dev->broken) ?: "");
}
static DEVICE_ATTR_RO(broken);

static ssize_t features_show(struct device *d, struct device_attribute *attr,
			     char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);
	int n;

	mutex_lock(&dev->lock);
	n = sysfs_emit(buf, "offered 0x%llx\nused 0x%llx\n",
		       dev->vpci->offered, dev->vpci->features);
	mutex_unlock(&dev->lock);
	return n;
}
static DEVICE_ATTR_RO(features);

static ssize_t queues_show(struct device *d, struct device_attribute *attr,
			   char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);
	int n;

	mutex_lock(&dev->lock);
	n = dev->kind->queues(dev, buf);
	mutex_unlock(&dev->lock);
	return n;
}
static DEVICE_ATTR_RO(queues);

static ssize_t kicks_show(struct device *d, struct device_attribute *attr,
			  char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);
	unsigned int i;
	u64 sum;

	mutex_lock(&dev->lock);
	sum = dev->past_kicks;
	for (i = 0; i < dev->nr_irqs; i++)
		sum += READ_ONCE(dev->irqs[i]->kicks);
	mutex_unlock(&dev->lock);
	return sysfs_emit(buf, "%llu\n", sum);
}
static DEVICE_ATTR_RO(kicks);

static ssize_t interrupts_show(struct device *d, struct device_attribute *attr,
			       char *buf)
{
	struct vdevice *dev = dev_get_drvdata(d);
	unsigned int i;
	u64 sum;

	mutex_lock(&dev->lock);
	sum = dev->past_interrupts + READ_ONCE(dev->vpci->interrupts);
	for (i = 0; i < dev->nr_irqs; i++)
		sum += READ_ONCE(dev->irqs[i]->interrupts);
	mutex_unlock(&dev->lock);
	return sysfs_emit(buf, "%llu\n", sum);
}
static DEVICE_ATTR_RO(interrupts);

/* --- network cards ------------------------------------------------------ */

static ssize_t mac_show(struct device *d, struct device_attribute *attr,
			char *buf)
{
	struct vnic *nic = to_vnic(dev_get_drvdata(d));

	return sysfs_emit(buf, "%pM\n", nic->caps.mac);
}
static DEVICE_ATTR_RO(mac);

struct attribute *const nic_attrs[] = {
	&dev_attr_mac.attr,
	NULL
};

/* --- disks -------------------------------------------------------------- */

static ssize_t sectors_show(struct device *d, struct device_attribute *attr,
			    char *buf)
{
	struct vblk *blk = to_vblk(dev_get_drvdata(d));

	return sysfs_emit(buf, "%llu\n", READ_ONCE(blk->caps.sectors));
}
static DEVICE_ATTR_RO(sectors);

static ssize_t readonly_show(struct device *d, struct device_attribute *attr,
			     char *buf)
{
	struct vblk *blk = to_vblk(dev_get_drvdata(d));

	return sysfs_emit(buf, "%d\n", blk->caps.readonly);
}
static DEVICE_ATTR_RO(readonly);

static ssize_t limits_show(struct device *d, struct device_attribute *attr,
			   char *buf)
{
	const struct vblk_caps *caps = &to_vblk(dev_get_drvdata(d))->caps;

	const struct {
		const char *name;
		u32 value;
	} limits[] = {
		{ "block",		caps->block },
		{ "physical_block",	caps->physical_block },
		{ "segs",		caps->segs },
		{ "seg_bytes",		caps->seg_bytes },
		{ "flush",		caps->flush },
		{ "discard",		caps->discard },
		{ "discard_alignment",	caps->discard_alignment },
		{ "secure_erase",	caps->secure_erase },
		{ "write_zeroes",	caps->write_zeroes },
	};
	unsigned int i;
	int n = 0;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		n += sysfs_emit_at(buf, n, "%s %u\n", limits[i].name,
				   limits[i].value);
	return n;
}
static DEVICE_ATTR_RO(limits);

struct attribute *const blk_attrs[] = {
	&dev_attr_sectors.attr,
	&dev_attr_readonly.attr,
	&dev_attr_limits.attr,
	NULL
};

/* --- all ---------------------------------------------------------------- */

static struct attribute *attrs[] = {
	&dev_attr_user.attr,
	&dev_attr_broken.attr,
	&dev_attr_features.attr,
	&dev_attr_queues.attr,
	&dev_attr_kicks.attr,
	&dev_attr_interrupts.attr,
	/* those below are not every kind's */
	&dev_attr_mac.attr,
	&dev_attr_sectors.attr,
	&dev_attr_readonly.attr,
	&dev_attr_limits.attr,
	NULL
};

static bool is_among(const struct attribute *attr,
		     struct attribute *const *list)
{
	while (*list)
		if (*list++ == attr)
			return true;
	return false;
}

static umode_t is_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct vdevice *dev = dev_get_drvdata(kobj_to_dev(kobj));

	if (is_among(attr, nic_attrs) || is_among(attr, blk_attrs))
		return is_among(attr, dev->kind->own_attrs) ? attr->mode : 0;
	return attr->mode;
}

static const struct attribute_group group = {
	.name = "blanket",
	.attrs = attrs,
	.is_visible = is_visible,
};

const struct attribute_group *vdevice_groups[] = {
	&group,
	NULL
};
