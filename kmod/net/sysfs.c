// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/net/vifX.Y/blanket/: what an operator sees and turns.
 * Documentation/ABI/testing/sysfs-blanket-net says what each means.
 */
#include <linux/rtnetlink.h>
#include <linux/sysfs.h>

#include "addr_table.h"
#include "direct.h"
#include "mirror.h"
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
	return sysfs_emit(buf, "%s\n", READ_ONCE(to_vif(dev)->mode)->name);
}

static ssize_t mode_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	const struct uplink_mode *mode = uplink_mode_named(buf);
	struct vif *vif = to_vif(dev);
	int err = 0;

	if (!mode)
		return -EINVAL;
	if (!rtnl_trylock())
		return restart_syscall();
	if (mode != vif->mode &&
	    (rtnl_dereference(vif->uplink) || vif->promiscuous))
		err = -EBUSY;
	else
		WRITE_ONCE(vif->mode, mode);
	rtnl_unlock();
	return err ?: count;
}
static DEVICE_ATTR_RW(mode);

static ssize_t addresses_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	ssize_t len;

	rcu_read_lock();
	len = addr_list_print(rcu_dereference(to_vif(dev)->addrs), buf);
	rcu_read_unlock();
	return len;
}

/* An attached vif has the new ones before it loses those it had. */
static ssize_t addresses_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct vif *vif = to_vif(dev);
	struct addr_list *list;
	struct uplink *ul;
	int err = 0;

	list = addr_list_parse(vif, buf);
	if (IS_ERR(list))
		return PTR_ERR(list);
	if (!rtnl_trylock()) {
		kfree(list);
		return restart_syscall();
	}
	ul = rtnl_dereference(vif->uplink);
	if (ul && ul->mode == &uplink_mode_addr) {
		err = addr_table_add(&ul->addrs, list, dev_net(ul->dev));
		if (!err)
			addr_table_del(rtnl_dereference(vif->addrs));
	}
	if (!err)
		list = rcu_replace_pointer(vif->addrs, list,
					   lockdep_rtnl_is_held());
	rtnl_unlock();
	kfree_rcu(list, rcu);
	return err ?: count;
}
static DEVICE_ATTR_RW(addresses);

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

static ssize_t promiscuous_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_vif(dev)->promiscuous));
}

static ssize_t promiscuous_store(struct device *dev,
				 struct device_attribute *attr, const char *buf,
				 size_t count)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (err)
		return err;
	if (!rtnl_trylock())
		return restart_syscall();
	err = mirror_set(to_vif(dev), on);
	rtnl_unlock();
	return err ?: count;
}
static DEVICE_ATTR_RW(promiscuous);

/* A number that the data path reads when it wants it. */
struct knob {
	struct device_attribute attr;
	size_t offset;
	unsigned int least;
	unsigned int most;
};

static unsigned int *knob_of(struct device *dev, struct device_attribute *attr)
{
	const struct knob *knob = container_of(attr, struct knob, attr);

	return (void *)to_vif(dev) + knob->offset;
}

static ssize_t knob_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(*knob_of(dev, attr)));
}

static ssize_t knob_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	const struct knob *knob = container_of(attr, struct knob, attr);
	unsigned int value;
	int err = kstrtouint(buf, 0, &value);

	if (err)
		return err;
	if (value < knob->least || value > knob->most)
		return -ERANGE;
	WRITE_ONCE(*knob_of(dev, attr), value);
	return count;
}

#define KNOB(_name, _field, _least, _most)				\
	static struct knob knob_##_name = {				\
		.attr = __ATTR(_name, 0644, knob_show, knob_store),	\
		.offset = offsetof(struct vif, _field),			\
		.least = _least,					\
		.most = _most,						\
	}

KNOB(antispoof, antispoof, VIF_ANTISPOOF_OFF, VIF_ANTISPOOF_IP);
/* One packet of the largest size must fit, or none ever would. */
KNOB(rx_queue_bytes, rx_queue_bytes, SZ_64K, SZ_64M);
KNOB(tx_map_min, tx_map_min, 0, VIF_MAP_NEVER);
KNOB(tx_pin_min, tx_pin_min, 0, VIF_MAP_NEVER);

static ssize_t rate_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(to_vif(dev)->credit.rate));
}

static ssize_t rate_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	u64 rate;
	int err = kstrtou64(buf, 0, &rate);

	if (err)
		return err;
	if (rate > CREDIT_MOST_RATE)
		return -ERANGE;
	vif_limit(to_vif(dev), rate, VIF_LIMIT_KEEP);
	return count;
}
static DEVICE_ATTR_RW(rate);

static ssize_t rate_interval_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(to_vif(dev)->credit.interval));
}

static ssize_t rate_interval_store(struct device *dev,
				   struct device_attribute *attr,
				   const char *buf, size_t count)
{
	unsigned int interval;
	int err = kstrtouint(buf, 0, &interval);

	if (err)
		return err;
	if (interval < CREDIT_LEAST_INTERVAL || interval > CREDIT_MOST_INTERVAL)
		return -ERANGE;
	vif_limit(to_vif(dev), VIF_LIMIT_KEEP, interval);
	return count;
}
static DEVICE_ATTR_RW(rate_interval);

static struct attribute *vif_attrs[] = {
	&dev_attr_card.attr,
	&dev_attr_uplink.attr,
	&dev_attr_mode.attr,
	&dev_attr_addresses.attr,
	&dev_attr_mac.attr,
	&dev_attr_vlan.attr,
	&dev_attr_queues.attr,
	&dev_attr_promiscuous.attr,
	&dev_attr_rate.attr,
	&dev_attr_rate_interval.attr,
	&knob_antispoof.attr.attr,
	&knob_rx_queue_bytes.attr.attr,
	&knob_tx_map_min.attr.attr,
	&knob_tx_pin_min.attr.attr,
	NULL
};

const struct attribute_group vif_attr_group = {
	.name = "blanket",
	.attrs = vif_attrs,
};
