// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a disk shows in /sys/bus/xen-backend/devices/vbd-DOMAIN-DEVICE:
 * mode, physical_device and statistics/ as every block backend has them
 * (xentop reads the latter), and blanket/ with our own figures and knobs.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include <xen/xenbus.h>

#include "conn.h"
#include "direct.h"
#include "stats.h"
#include "vbd.h"
#include "xenbus.h"

/**
 * bblk_stats_add() - add up counters
 * @sum:	is added to
 * @stats:	may be written meanwhile
 */
void bblk_stats_add(struct bblk_stats *sum, const struct bblk_stats *stats)
{
	const u64 *from = (const u64 *)stats;
	u64 *to = (u64 *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] += READ_ONCE(from[i]);
}

static struct bblk_vbd *to_vbd(struct device *dev)
{
	return dev_get_drvdata(dev);
}

struct counter {
	struct device_attribute attr;
	size_t offset;
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	const struct counter *counter = container_of(attr, struct counter, attr);
	struct bblk_vbd *vbd = to_vbd(dev);
	struct bblk_stats sum;
	unsigned int i;

	mutex_lock(&vbd->lock);
	sum = vbd->past;
	for (i = 0; vbd->conn && i < vbd->conn->nr_open; i++)
		bblk_stats_add(&sum, &vbd->conn->rings[i].stats);
	mutex_unlock(&vbd->lock);
	return sysfs_emit(buf, "%llu\n",
			  *(u64 *)((char *)&sum + counter->offset));
}

#define COUNTER(_name, _field)						\
	static struct counter counter_##_name = {			\
		.attr = __ATTR(_name, 0444, counter_show, NULL),	\
		.offset = offsetof(struct bblk_stats, _field),		\
	}

COUNTER(oo_req, oo_req);
COUNTER(rd_req, rd_req);
COUNTER(wr_req, wr_req);
COUNTER(f_req, f_req);
COUNTER(ds_req, ds_req);
COUNTER(rd_sect, rd_sect);
COUNTER(wr_sect, wr_sect);

static struct attribute *statistics_attrs[] = {
	&counter_oo_req.attr.attr,
	&counter_rd_req.attr.attr,
	&counter_wr_req.attr.attr,
	&counter_f_req.attr.attr,
	&counter_ds_req.attr.attr,
	&counter_rd_sect.attr.attr,
	&counter_wr_sect.attr.attr,
	NULL
};

static const struct attribute_group statistics_group = {
	.name = "statistics",
	.attrs = statistics_attrs,
};

COUNTER(bad_req, bad_req);
COUNTER(refused, refused);
COUNTER(copied, copied);
COUNTER(mapped, mapped);
COUNTER(held, held);
COUNTER(kicks, kicks);
COUNTER(events, events);
COUNTER(notifies, notifies);
COUNTER(polls_found, polls_found);
COUNTER(polls_vain, polls_vain);
COUNTER(persistent_hits, persistent_hits);
COUNTER(throttled, throttled);
COUNTER(map_calls, grant.map_calls);
COUNTER(map_pages, grant.map_pages);
COUNTER(unmap_calls, grant.unmap_calls);
COUNTER(unmap_pages, grant.unmap_pages);
COUNTER(copy_calls, grant.copy_calls);
COUNTER(copy_ops, grant.copy_ops);
COUNTER(copy_bytes, grant.copy_bytes);
COUNTER(grant_errors, grant.errors);
COUNTER(standing_hits, grant.standing_hits);
COUNTER(standing_bytes, grant.standing_bytes);
COUNTER(standing_misses, grant.standing_misses);
COUNTER(standing_maps, grant.standing_maps);
COUNTER(standing_unmaps, grant.standing_unmaps);
COUNTER(standing_refused, grant.standing_refused);
COUNTER(lean_ops, grant.lean_ops);
COUNTER(lean_retries, grant.lean_retries);
COUNTER(pin_calls, grant.pin_calls);
COUNTER(pin_pages, grant.pin_pages);
COUNTER(unpin_calls, grant.unpin_calls);

/* A knob of a disk's, and its connection's copy. */
struct knob {
	struct device_attribute attr;
	size_t vbd;
	size_t conn;
	unsigned int most;
};

static ssize_t knob_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	const struct knob *knob = container_of(attr, struct knob, attr);
	unsigned int *value = (void *)to_vbd(dev) + knob->vbd;

	return sysfs_emit(buf, "%u\n", READ_ONCE(*value));
}

static ssize_t knob_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	const struct knob *knob = container_of(attr, struct knob, attr);
	struct bblk_vbd *vbd = to_vbd(dev);
	unsigned int value;
	int err;

	err = kstrtouint(buf, 0, &value);
	if (err)
		return err;
	if (value > knob->most)
		return -ERANGE;
	mutex_lock(&vbd->lock);
	WRITE_ONCE(*(unsigned int *)((void *)vbd + knob->vbd), value);
	if (vbd->conn)
		WRITE_ONCE(*(unsigned int *)((void *)vbd->conn + knob->conn),
			   value);
	mutex_unlock(&vbd->lock);
	return len;
}

#define KNOB(_name, _vbd, _conn, _most)					\
	static struct knob knob_##_name = {				\
		.attr = __ATTR(_name, 0644, knob_show, knob_store),	\
		.vbd = offsetof(struct bblk_vbd, _vbd),			\
		.conn = offsetof(struct bblk_conn, _conn),		\
		.most = _most,						\
	}

KNOB(copy_max, copy_max, copy_max, BLKIF_MAX_SEGS * BLKIF_PAGE_SIZE);
KNOB(pin_min, pin_min, pin_min, BBLK_PIN_NEVER);
KNOB(poll_us, poll_us, poll_us, BBLK_POLL_MAX);

/* A limit, of a disk that the guest has to itself. */
struct rate {
	struct device_attribute attr;
	size_t bucket;
};

static struct credit *bucket_of(struct device *dev,
				struct device_attribute *attr)
{
	const struct rate *rate = container_of(attr, struct rate, attr);

	return (void *)&to_vbd(dev)->limit + rate->bucket;
}

static ssize_t rate_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(bucket_of(dev, attr)->rate));
}

static ssize_t rate_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	u64 rate;
	int err;

	err = kstrtou64(buf, 0, &rate);
	if (err)
		return err;
	if (rate > CREDIT_MOST_RATE)
		return -ERANGE;
	mutex_lock(&vbd->lock);
	if (rate && !vbd->direct)
		err = -EOPNOTSUPP;
	else
		bblk_limit_set(&vbd->limit, bucket_of(dev, attr), rate);
	mutex_unlock(&vbd->lock);
	return err ?: len;
}

#define RATE(_name, _bucket)						\
	static struct rate _name##_attr = {				\
		.attr = __ATTR(_name, 0644, rate_show, rate_store),	\
		.bucket = offsetof(struct bblk_limit, _bucket),		\
	}

RATE(rate_bytes, bytes);
RATE(rate_requests, requests);

static ssize_t device_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	ssize_t n;

	mutex_lock(&vbd->lock);
	n = sysfs_emit(buf, "%s\n", vbd->direct ? vbd->direct->name : "");
	mutex_unlock(&vbd->lock);
	return n;
}

static ssize_t device_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	char name[DIRECT_NAME_LEN];
	int err;

	if (strscpy(name, buf, sizeof(name)) < 0)
		return -ENODEV;
	err = bblk_xenbus_attach(to_vbd(dev), strim(name));
	return err ?: len;
}
static DEVICE_ATTR_RW(device);

static ssize_t inflight_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	unsigned int nr;

	mutex_lock(&vbd->lock);
	nr = vbd->conn ? bblk_conn_inflight(vbd->conn) : 0;
	mutex_unlock(&vbd->lock);
	return sysfs_emit(buf, "%u\n", nr);
}
static DEVICE_ATTR_RO(inflight);

static ssize_t queues_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	unsigned int nr;

	mutex_lock(&vbd->lock);
	nr = vbd->conn ? vbd->conn->nr_open : 0;
	mutex_unlock(&vbd->lock);
	return sysfs_emit(buf, "%u\n", nr);
}
static DEVICE_ATTR_RO(queues);

static struct attribute *blanket_attrs[] = {
	&counter_bad_req.attr.attr,
	&counter_refused.attr.attr,
	&counter_copied.attr.attr,
	&counter_mapped.attr.attr,
	&counter_held.attr.attr,
	&counter_kicks.attr.attr,
	&counter_events.attr.attr,
	&counter_notifies.attr.attr,
	&counter_polls_found.attr.attr,
	&counter_polls_vain.attr.attr,
	&counter_persistent_hits.attr.attr,
	&counter_throttled.attr.attr,
	&counter_map_calls.attr.attr,
	&counter_map_pages.attr.attr,
	&counter_unmap_calls.attr.attr,
	&counter_unmap_pages.attr.attr,
	&counter_copy_calls.attr.attr,
	&counter_copy_ops.attr.attr,
	&counter_copy_bytes.attr.attr,
	&counter_grant_errors.attr.attr,
	&counter_standing_hits.attr.attr,
	&counter_standing_bytes.attr.attr,
	&counter_standing_misses.attr.attr,
	&counter_standing_maps.attr.attr,
	&counter_standing_unmaps.attr.attr,
	&counter_standing_refused.attr.attr,
	&counter_lean_ops.attr.attr,
	&counter_lean_retries.attr.attr,
	&counter_pin_calls.attr.attr,
	&counter_pin_pages.attr.attr,
	&counter_unpin_calls.attr.attr,
	&knob_copy_max.attr.attr,
	&knob_pin_min.attr.attr,
	&dev_attr_device.attr,
	&knob_poll_us.attr.attr,
	&rate_bytes_attr.attr.attr,
	&rate_requests_attr.attr.attr,
	&dev_attr_inflight.attr,
	&dev_attr_queues.attr,
	NULL
};

static const struct attribute_group blanket_group = {
	.name = "blanket",
	.attrs = blanket_attrs,
};

static ssize_t mode_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	ssize_t len;

	mutex_lock(&vbd->lock);
	len = sysfs_emit(buf, "%s\n", vbd->mode);
	mutex_unlock(&vbd->lock);
	return len;
}
static DEVICE_ATTR_RO(mode);

static ssize_t physical_device_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	struct bblk_vbd *vbd = to_vbd(dev);
	dev_t devt;

	mutex_lock(&vbd->lock);
	devt = vbd->devt;
	mutex_unlock(&vbd->lock);
	return sysfs_emit(buf, "%x:%x\n", MAJOR(devt), MINOR(devt));
}
static DEVICE_ATTR_RO(physical_device);

static struct attribute *device_attrs[] = {
	&dev_attr_mode.attr,
	&dev_attr_physical_device.attr,
	NULL
};

static const struct attribute_group device_group = {
	.attrs = device_attrs,
};

const struct attribute_group *bblk_sysfs_groups[] = {
	&device_group,
	&statistics_group,
	&blanket_group,
	NULL
};
