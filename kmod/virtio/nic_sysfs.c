// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/pci/devices/.../blanket of a network card; see
 * Documentation/ABI/testing/sysfs-blanket-virtio.
 */
#include <linux/device.h>

#include "nic_device.h"

static ssize_t mac_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%pM\n", nic->caps.mac);
}
static DEVICE_ATTR_RO(mac);

static ssize_t user_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	char user[VNIC_USER_LEN];

	nic_user(dev_get_drvdata(dev), user);
	return sysfs_emit(buf, "%s\n", user);
}
static DEVICE_ATTR_RO(user);

static ssize_t broken_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", READ_ONCE(nic->broken) ?: "");
}
static DEVICE_ATTR_RO(broken);

static ssize_t features_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);
	int n;

	mutex_lock(&nic->lock);
	n = sysfs_emit(buf, "offered 0x%llx\nused 0x%llx\n",
		       nic->vpci->offered, nic->vpci->features);
	mutex_unlock(&nic->lock);
	return n;
}
static DEVICE_ATTR_RO(features);

static ssize_t queues_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);
	unsigned int i;
	int n = 0;

	mutex_lock(&nic->lock);
	for (i = 0; i < nic->nr_queues; i++) {
		const struct vnic_queue *q = &nic->queues[i];

		n += sysfs_emit_at(buf, n, "%u %s rx %u tx %u\n", i,
				   q->rx.vr.packed ? "packed" : "split",
				   q->rx.vr.size, q->tx.vr.size);
	}
	mutex_unlock(&nic->lock);
	return n;
}
static DEVICE_ATTR_RO(queues);

static ssize_t kicks_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);
	unsigned int i;
	u64 sum;

	mutex_lock(&nic->lock);
	sum = nic->past_kicks;
	for (i = 0; i < nic->nr_queues; i++)
		sum += READ_ONCE(nic->queues[i].tx.kicks) +
		       READ_ONCE(nic->queues[i].rx.kicks);
	mutex_unlock(&nic->lock);
	return sysfs_emit(buf, "%llu\n", sum);
}
static DEVICE_ATTR_RO(kicks);

static ssize_t interrupts_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct vnic *nic = dev_get_drvdata(dev);
	unsigned int i;
	u64 sum;

	mutex_lock(&nic->lock);
	sum = nic->past_interrupts + READ_ONCE(nic->vpci->interrupts);
	for (i = 0; i < nic->nr_queues; i++)
		sum += READ_ONCE(nic->queues[i].tx.interrupts) +
		       READ_ONCE(nic->queues[i].rx.interrupts);
	mutex_unlock(&nic->lock);
	return sysfs_emit(buf, "%llu\n", sum);
}
static DEVICE_ATTR_RO(interrupts);

static struct attribute *nic_attrs[] = {
	&dev_attr_mac.attr,
	&dev_attr_user.attr,
	&dev_attr_broken.attr,
	&dev_attr_features.attr,
	&dev_attr_queues.attr,
	&dev_attr_kicks.attr,
	&dev_attr_interrupts.attr,
	NULL
};

static const struct attribute_group nic_group = {
	.name = "blanket",
	.attrs = nic_attrs,
};

const struct attribute_group *nic_groups[] = {
	&nic_group,
	NULL
};
