// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/net/vifX.Y/blanket/: what an operator sees and turns.
 * Documentation/ABI/testing/sysfs-blanket-net says what each means.
 */
#include <linux/rtnetlink.h>
#include <linux/sysfs.h>

#include "direct.h"
#include "uplink.h"
#include "vif.h"

static struct vif *to_vif(struct device *dev)
{
	return netdev_priv(to_net_dev(dev));
}

static ssize_t uplink_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	const struct uplink *ul;
	ssize_t len;

	rcu_read_lock();
	ul = rcu_dereference(to_vif(dev)->uplink);
	len = sysfs_emit(buf, "%s\n", ul ? ul->dev->name : "");
	rcu_read_unlock();
	return len;
}

/*
 * Writing a name attaches, leaving the one before; an empty line detaches.
 * What is refused changes nothing.
 */
static ssize_t uplink_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct vif *vif = to_vif(dev);
	struct net_device *to = NULL, *from = NULL;
	const struct uplink *ul;
	char name[IFNAMSIZ];
	int err = 0;

	if (strscpy(name, buf, sizeof(name)) < 0)
		return -EINVAL;
	strim(name);
	/* Unregistering a device waits for us under RTNL. */
	if (!rtnl_trylock())
		return restart_syscall();
	if (*name) {
		to = __dev_get_by_name(dev_net(vif->dev), name);
		err = to ? 0 : -ENODEV;
	}
	ul = rtnl_dereference(vif->uplink);
	if (ul)
		from = ul->dev;
	if (err || to == from)
		goto unlock;
	uplink_detach(vif);
	if (to)
		err = uplink_attach(vif, to);
	if (err && from && uplink_attach(vif, from))
		netdev_err(vif->dev, "cannot go back to uplink %s; write it to blanket/uplink again\n",
			   from->name);
unlock:
	rtnl_unlock();
	return err ?: count;
}
static DEVICE_ATTR_RW(uplink);

static ssize_t card_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct vif *vif = to_vif(dev);

	return sysfs_emit(buf, "%s\n",
			  READ_ONCE(vif->card) ? vif->card_name : "");
}

static ssize_t card_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	char name[VIF_CARD_NAME];
	int err;

	if (strscpy(name, buf, sizeof(name)) < 0)
		return -EINVAL;
	err = direct_attach(to_vif(dev), strim(name));
	return err ?: count;
}
static DEVICE_ATTR_RW(card);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	const struct uplink *ul;
	ssize_t len;

	rcu_read_lock();
	ul = rcu_dereference(to_vif(dev)->uplink);
	len = sysfs_emit(buf, "%s\n", ul ? ul->mode->name : "");
	rcu_read_unlock();
	return len;
}
static DEVICE_ATTR_RO(mode);

static ssize_t mac_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%pM\n", to_vif(dev)->mac);
}
static DEVICE_ATTR_RO(mac);

static ssize_t vlan_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", to_vif(dev)->vlan);
}
static DEVICE_ATTR_RO(vlan);

static ssize_t queues_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	const struct vif_conn *conn;
	ssize_t len;

	rcu_read_lock();
	conn = rcu_dereference(to_vif(dev)->conn);
	len = sysfs_emit(buf, "%u\n", conn ? conn->nr_queues : 0);
	rcu_read_unlock();
	return len;
}
static DEVICE_ATTR_RO(queues);

static ssize_t antispoof_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_vif(dev)->antispoof));
}

static ssize_t antispoof_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (err)
		return err;
	WRITE_ONCE(to_vif(dev)->antispoof, on);
	return count;
}
static DEVICE_ATTR_RW(antispoof);

static ssize_t rx_queue_bytes_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_vif(dev)->rx_queue_bytes));
}

static ssize_t rx_queue_bytes_store(struct device *dev,
				    struct device_attribute *attr,
				    const char *buf, size_t count)
{
	unsigned int bytes;
	int err = kstrtouint(buf, 0, &bytes);

	if (err)
		return err;
	/* One packet of the largest size must fit, or none ever would. */
	if (bytes < SZ_64K || bytes > SZ_64M)
		return -ERANGE;
	WRITE_ONCE(to_vif(dev)->rx_queue_bytes, bytes);
	return count;
}
static DEVICE_ATTR_RW(rx_queue_bytes);

static int threshold(const char *buf, unsigned int *bytes)
{
	int err = kstrtouint(buf, 0, bytes);

	if (err)
		return err;
	return *bytes > VIF_MAP_NEVER ? -ERANGE : 0;
}

static ssize_t tx_map_min_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_vif(dev)->tx_map_min));
}

static ssize_t tx_map_min_store(struct device *dev,
				struct device_attribute *attr, const char *buf,
				size_t count)
{
	unsigned int bytes;
	int err = threshold(buf, &bytes);

	if (err)
		return err;
	WRITE_ONCE(to_vif(dev)->tx_map_min, bytes);
	return count;
}
static DEVICE_ATTR_RW(tx_map_min);

static ssize_t tx_pin_min_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_vif(dev)->tx_pin_min));
}

static ssize_t tx_pin_min_store(struct device *dev,
				struct device_attribute *attr, const char *buf,
				size_t count)
{
	unsigned int bytes;
	int err = threshold(buf, &bytes);

	if (err)
		return err;
	WRITE_ONCE(to_vif(dev)->tx_pin_min, bytes);
	return count;
}
static DEVICE_ATTR_RW(tx_pin_min);

static struct attribute *vif_attrs[] = {
	&dev_attr_card.attr,
	&dev_attr_uplink.attr,
	&dev_attr_mode.attr,
	&dev_attr_mac.attr,
	&dev_attr_vlan.attr,
	&dev_attr_queues.attr,
	&dev_attr_antispoof.attr,
	&dev_attr_rx_queue_bytes.attr,
	&dev_attr_tx_map_min.attr,
	&dev_attr_tx_pin_min.attr,
	NULL
};

const struct attribute_group vif_attr_group = {
	.name = "blanket",
	.attrs = vif_attrs,
};
