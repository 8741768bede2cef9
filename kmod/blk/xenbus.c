// SPDX-License-Identifier: GPL-2.0-only
/*
 * The xenbus driver: which devices are ours, and their states.
 *
 *	probe                            InitWait
 *	   |  hotplug script writes physical-device: open the block device;
 *	   |  or blanket/device in sysfs: have the virtio disk
 *	   |  front end Initialised or Connected
 *	   v  both: map rings, describe the disk
 *	                                 Connected
 *	   |  front end Closing, or the virtio disk is gone, and all is refused
 *	   |                             Closing
 *	   |  front end Closed: wait for I/O, unmap rings
 *	   v                             Closed
 *	   |  front end Initialising: again
 *	   `--------------------------   InitWait
 *
 * A driver may also be unbound while connected: everything taken is answered
 * first, so that whoever is bound next finds the ring where we left it.
 */
#include <linux/blkdev.h>
#include <linux/slab.h>

#include "../compat/xenbus.h"
#include "../core/backend.h"
#include "../virtio/peek.h"
#include "conn.h"
#include "direct.h"
#include "vbd.h"
#include "xenbus.h"

#define SCRIPT		"block-blanket"

#define TICK		HZ

/*
 * Ends the connection, if there is one; false if that takes longer. A front
 * end that is done has an answer to all it asks until then.
 */
static bool disconnect(struct bblk_vbd *vbd, bool done)
{
	struct bblk_conn *conn = vbd->conn;
	unsigned int i;

	lockdep_assert_held(&vbd->lock);
	if (!conn)
		return true;
	if (!bblk_conn_close(conn, done)) {
		dev_warn(&vbd->dev->dev, "%u requests are still with the device below; closing goes on\n",
			 bblk_conn_inflight(conn));
		return false;
	}
	for (i = 0; i < conn->nr_open; i++)
		bblk_stats_add(&vbd->past, &conn->rings[i].stats);
	bblk_conn_put(conn);
	vbd->conn = NULL;
	return true;
}

/* Goes Connected once both sides are there. */
static void connect(struct bblk_vbd *vbd)
{
	struct xenbus_device *dev = vbd->dev;
	struct bblk_conn *conn;

	lockdep_assert_held(&vbd->lock);
	if ((!vbd->open && !vbd->direct) || dev->state == XenbusStateConnected)
		return;
	if (!disconnect(vbd, false)) {
		blanket_dev_fail(dev, -EBUSY,
				 "the previous connection's I/O is still with the device below");
		return;
	}
	if (bblk_conn_lingers(dev)) {
		if (!vbd->waits)
			dev_warn(&dev->dev, "an earlier connection's I/O is still with the device below; connects when that has ended\n");
		vbd->waits = true;
		schedule_delayed_work(&vbd->tick, TICK);
		return;
	}
	vbd->waits = false;
	if (bblk_vbd_sync(vbd))
		return;
	conn = bblk_conn_open(vbd);
	if (IS_ERR(conn))
		return;
	vbd->conn = conn;
	if (bblk_vbd_publish(vbd)) {
		disconnect(vbd, false);
		return;
	}
	xenbus_switch_state(dev, XenbusStateConnected);
	schedule_delayed_work(&vbd->tick, TICK);
}

/* The front end is Closed; true if the device is to be forgotten. */
static bool closed(struct bblk_vbd *vbd)
{
	struct xenbus_device *dev = vbd->dev;
	bool online = xenbus_dev_is_online(dev);

	if (!disconnect(vbd, true))
		return false;
	if (!online) /* scripts may want the device as soon as we are Closed */
		bblk_vbd_close(vbd);
	xenbus_switch_state(dev, XenbusStateClosed);
	return !online;
}

/* A front end may be there already. */
static void connect_if_asked(struct bblk_vbd *vbd)
{
	enum xenbus_state state = compat_otherend_state(vbd->dev);

	vbd->waits = false;
	if (state == XenbusStateInitialised || state == XenbusStateConnected)
		connect(vbd);
}

static void on_tick(struct work_struct *work)
{
	struct bblk_vbd *vbd = container_of(to_delayed_work(work),
					    struct bblk_vbd, tick);
	struct xenbus_device *dev = vbd->dev;

	mutex_lock(&vbd->lock);
	if (vbd->waits) {
		if (bblk_conn_lingers(dev))
			schedule_delayed_work(&vbd->tick, TICK);
		else
			connect_if_asked(vbd);
	} else if (dev->state == XenbusStateConnected) {
		bblk_vbd_resize(vbd);
	} else if (vbd->conn && completion_done(&vbd->conn->closed) &&
		   compat_otherend_state(dev) == XenbusStateClosed) {
		closed(vbd); /* late; the tool stack will forget the device */
	}
	if (vbd->conn)
		schedule_delayed_work(&vbd->tick, TICK);
	mutex_unlock(&vbd->lock);
}

static void frontend_changed(struct xenbus_device *dev,
			     enum xenbus_state state)
{
	struct bblk_vbd *vbd = dev_get_drvdata(&dev->dev);
	bool forget = false;

	mutex_lock(&vbd->lock);
	switch (state) {
	case XenbusStateInitialising:
		if (dev->state == XenbusStateClosed)
			xenbus_switch_state(dev, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		connect(vbd);
		break;
	case XenbusStateClosing:
		xenbus_switch_state(dev, XenbusStateClosing);
		break;
	case XenbusStateClosed:
		forget = closed(vbd);
		break;
	case XenbusStateUnknown:
		disconnect(vbd, false);
		forget = true;
		break;
	default:
		blanket_dev_fail(dev, -EINVAL, "front end in state %d", state);
	}
	mutex_unlock(&vbd->lock);
	if (forget)
		device_unregister(&dev->dev);
}

/* A front end that has looked already stays with fewer. */
static int offer_queues(struct xenbus_device *dev, unsigned int nr)
{
	return xenbus_printf(XBT_NIL, dev->nodename, "multi-queue-max-queues",
			     "%u", nr);
}

/* There is something below now, and perhaps someone above. */
static void settled(struct bblk_vbd *vbd)
{
	struct xenbus_device *dev = vbd->dev;

	if (offer_queues(dev, bblk_vbd_queues(vbd)))
		dev_warn(&dev->dev, "cannot offer %u queues in xenstore\n",
			 bblk_vbd_queues(vbd));
	connect_if_asked(vbd);
}

static char *read_mode(struct xenbus_device *dev)
{
	char *mode = xenbus_read(XBT_NIL, dev->nodename, "mode", NULL);

	if (IS_ERR(mode))
		blanket_dev_fail(dev, PTR_ERR(mode), "reading %s/mode",
				 dev->nodename);
	return mode;
}

static void on_physical_device(struct xenbus_watch *watch, const char *path,
			       const char *token)
{
	struct bblk_vbd *vbd = container_of(watch, struct bblk_vbd, watch);
	struct xenbus_device *dev = vbd->dev;
	unsigned int major, minor;
	char *mode;
	int err;

	err = xenbus_scanf(XBT_NIL, dev->nodename, "physical-device", "%x:%x",
			   &major, &minor);
	if (XENBUS_EXIST_ERR(err))
		return; /* the script has not come to it yet */
	if (err != 2) {
		blanket_dev_fail(dev, err < 0 ? err : -EINVAL,
				 "%s/physical-device: not MAJOR:MINOR in hex",
				 dev->nodename);
		return;
	}
	mode = read_mode(dev);
	if (IS_ERR(mode))
		return;

	mutex_lock(&vbd->lock);
	if (vbd->open || vbd->direct) {
		if (vbd->devt != MKDEV(major, minor))
			dev_warn(&dev->dev, "physical-device changes from %x:%x to %x:%x; ignored, detach the disk first\n",
				 MAJOR(vbd->devt), MINOR(vbd->devt), major,
				 minor);
	} else if (!bblk_vbd_open(vbd, MKDEV(major, minor), mode)) {
		settled(vbd);
	}
	mutex_unlock(&vbd->lock);
	kfree(mode);
}

/**
 * bblk_xenbus_attach() - give a vbd a virtio disk to itself
 * @vbd:	the vbd
 * @name:	PCI address of a device that blanket_virtio is bound to
 *
 * Context: process context.
 * Return: 0; -EEXIST if the vbd has a device below already, or an error as
 * for direct_attach().
 */
int bblk_xenbus_attach(struct bblk_vbd *vbd, const char *name)
{
	char *mode = read_mode(vbd->dev);
	int err = -EEXIST;

	if (IS_ERR(mode))
		return PTR_ERR(mode);
	mutex_lock(&vbd->lock);
	if (!vbd->open && !vbd->direct) {
		strscpy(vbd->mode, mode, sizeof(vbd->mode));
		err = direct_attach(vbd, name);
		if (!err)
			settled(vbd);
	}
	mutex_unlock(&vbd->lock);
	kfree(mode);
	return err;
}

/* The virtio disk is being taken away, or broke. */
static void on_lost(struct work_struct *work)
{
	struct bblk_vbd *vbd = container_of(work, struct bblk_vbd, lost);
	struct xenbus_device *dev = vbd->dev;

	mutex_lock(&vbd->lock);
	if (vbd->direct) {
		dev_warn(&dev->dev, "disk %s is %s: the guest is without it until it is attached anew\n",
			 vbd->direct->name, vblk_broken(vbd->direct->blk) ?
			 "broken" : "taken away");
		if (vbd->conn)
			bblk_conn_lose(vbd->conn);
		direct_detach(vbd);
		if (dev->state == XenbusStateConnected)
			xenbus_switch_state(dev, XenbusStateClosing);
	}
	mutex_unlock(&vbd->lock);
}

/* A front end that runs looks before the disk is attached. */
static unsigned int first_queues(struct xenbus_device *dev)
{
	char *target = xenbus_read(XBT_NIL, dev->nodename, "params", NULL);
	unsigned int nr = bblk_max_queues;

	if (IS_ERR(target))
		return nr;
	if (direct_is_name(target))
		nr = min(nr, vpeek_queues(target) ?: 1);
	kfree(target);
	return nr;
}

static int offer(struct xenbus_device *dev)
{
	int err;

	err = xenbus_printf(XBT_NIL, dev->nodename,
			    "feature-max-indirect-segments", "%u",
			    READ_ONCE(bblk_max_segments));
	if (!err)
		err = offer_queues(dev, first_queues(dev));
	if (!err)
		err = xenbus_printf(XBT_NIL, dev->nodename,
				    "max-ring-page-order", "%u",
				    bblk_max_ring_page_order);
	if (err)
		blanket_dev_fail(dev, err, "writing features to %s",
				 dev->nodename);
	return err;
}

static int probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct bblk_vbd *vbd;
	int err;

	if (!blanket_backend_is_ours(dev, SCRIPT))
		return -ENODEV;
	vbd = kzalloc(sizeof(*vbd), GFP_KERNEL);
	if (!vbd)
		return -ENOMEM;
	vbd->dev = dev;
	vbd->copy_max = bblk_copy_max;
	vbd->pin_min = bblk_pin_min;
	vbd->poll_us = bblk_poll_us;
	bblk_limit_init(&vbd->limit);
	INIT_WORK(&vbd->lost, on_lost);
	mutex_init(&vbd->lock);
	INIT_DEFERRABLE_WORK(&vbd->tick, on_tick);
	dev_set_drvdata(&dev->dev, vbd);

	err = offer(dev);
	if (err)
		goto free;
	/* Before the watch, which may go on to Connected at once. */
	xenbus_switch_state(dev, XenbusStateInitWait);
	err = xenbus_watch_pathfmt(dev, &vbd->watch, NULL, on_physical_device,
				   "%s/%s", dev->nodename, "physical-device");
	if (err)
		goto free;
	return 0;

free:
	dev_set_drvdata(&dev->dev, NULL);
	kfree(vbd);
	return err;
}

static void remove(struct xenbus_device *dev)
{
	struct bblk_vbd *vbd = dev_get_drvdata(&dev->dev);

	unregister_xenbus_watch(&vbd->watch);
	kfree(vbd->watch.node);
	cancel_delayed_work_sync(&vbd->tick);
	mutex_lock(&vbd->lock);
	if (!disconnect(vbd, false))
		bblk_conn_put(vbd->conn);
	bblk_vbd_close(vbd);
	mutex_unlock(&vbd->lock);
	cancel_work_sync(&vbd->lost);
	cancel_delayed_work_sync(&vbd->tick); /* a new size came late */
	dev_set_drvdata(&dev->dev, NULL);
	kfree(vbd);
}

/* Context: reclaim; whoever holds the lock may be waiting for memory. */
static void reclaim_memory(struct xenbus_device *dev)
{
	struct bblk_vbd *vbd = dev_get_drvdata(&dev->dev);
	unsigned int i;

	if (!vbd || !mutex_trylock(&vbd->lock))
		return;
	if (vbd->conn && !vbd->conn->stopping)
		for (i = 0; i < vbd->conn->nr_open; i++)
			vbd->conn->server->squeeze(&vbd->conn->rings[i]);
	mutex_unlock(&vbd->lock);
}

static const struct xenbus_device_id ids[] = {
	{ "vbd" },
	{ "" }
};

static struct xenbus_driver driver = {
	.name = "blanket_blk",
	.ids = ids,
	.probe = probe,
	.remove = remove,
	.otherend_changed = frontend_changed,
	.reclaim_memory = reclaim_memory,
	.allow_rebind = true,
	.driver.dev_groups = bblk_sysfs_groups,
};

/** bblk_xenbus_register() - start to serve devices */
int bblk_xenbus_register(void)
{
	return xenbus_register_backend(&driver);
}

/** bblk_xenbus_unregister() - give up all devices */
void bblk_xenbus_unregister(void)
{
	xenbus_unregister_driver(&driver);
}
