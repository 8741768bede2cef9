// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection to one front end.
 *
 *	open	read what it wants from xenstore, map each ring, start servers
 *	lose	no more requests are taken; servers end when all is answered;
 *		from now on all is refused
 *	close	no more requests are taken
 *	work	servers end when all is answered; what a front end that is done
 *		asks is refused until it is silent; unbind events; unmap rings
 *
 * The last step waits for the device, which may hang; then the connection
 * goes on by itself, and xenbus does not wait with it.
 */
#include <linux/blkdev.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/interface/io/protocols.h>

#include "../compat/xenbus.h"
#include "conn.h"
#include "direct.h"
#include "vbd.h"

/* How long xenbus may wait for a device that does not complete its I/O. */
#define PATIENCE	(5 * HZ)

/* A front end that has asked for nothing for so long is done asking, */
#define SILENCE_MS	100
/* or has had its time. */
#define SILENCE_MOST	(HZ / 2)

/* "ring-ref" and any number */
#define NAME_LEN	20

unsigned int bblk_max_queues;
unsigned int bblk_max_ring_page_order = XENBUS_MAX_RING_GRANT_ORDER;
unsigned int bblk_persistent_pages;
unsigned int bblk_max_segments = 256;

static struct workqueue_struct *closers;

/* All connections, also those that have outlived their vbd. */
static LIST_HEAD(conns);
static DEFINE_MUTEX(conns_lock);

static void free_conn(struct kref *ref)
{
	kfree(container_of(ref, struct bblk_conn, ref));
}

/** bblk_conn_put() - drop a reference */
void bblk_conn_put(struct bblk_conn *conn)
{
	kref_put(&conn->ref, free_conn);
}

/**
 * bblk_conn_lingers() - does an earlier connection of a device owe answers?
 * @dev:	which has been unbound and bound again since
 *
 * Context: process context.
 * Return: true if so: two would answer in one ring.
 */
bool bblk_conn_lingers(const struct xenbus_device *dev)
{
	const struct bblk_conn *conn;
	bool found = false;

	mutex_lock(&conns_lock);
	list_for_each_entry(conn, &conns, node) {
		found = conn->dev == dev;
		if (found)
			break;
	}
	mutex_unlock(&conns_lock);
	return found;
}

/* From now on the rings, which are idle, are served by refusing. */
static void refuse(struct bblk_conn *conn)
{
	const struct bblk_server *server = conn->server;
	unsigned int i;

	for (i = 0; i < conn->nr_open; i++)
		bblk_refusal_server.open(&conn->rings[i]);
	/* pairs with on_event(): the rings are ready for it */
	smp_store_release(&conn->server, &bblk_refusal_server);
	/* an event, or bblk_thread_ended(), may still be waking the former */
	for (i = 0; i < conn->nr_open; i++)
		synchronize_irq(conn->rings[i].irq);
	synchronize_rcu();
	for (i = 0; i < conn->nr_open; i++) {
		server->close(&conn->rings[i]);
		/* the guest may want its pages */
		blanket_copy_unstand(&conn->rings[i].copy);
		bblk_refusal_server.start(&conn->rings[i]);
	}
}

static bool is_refused(const struct bblk_conn *conn)
{
	return conn->server == &bblk_refusal_server;
}

/* Waits for what was taken. Nothing goes on with the device below any more. */
static void release(struct bblk_conn *conn)
{
	unsigned int i;

	if (is_refused(conn))
		return;
	for (i = 0; i < conn->nr_open; i++)
		conn->server->stop(&conn->rings[i]);
	if (conn->direct)
		direct_stop(conn);
	conn->direct = NULL;
	if (READ_ONCE(conn->refusing))
		refuse(conn);
}

static u64 refused(const struct bblk_conn *conn)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < conn->nr_open; i++)
		sum += READ_ONCE(conn->rings[i].stats.refused);
	return sum;
}

/*
 * Each answer may lead a front end that closes to its next request. One that
 * had nothing under way asks for nothing.
 */
static void await_silence(struct bblk_conn *conn)
{
	unsigned long end = jiffies + SILENCE_MOST;
	unsigned int i;
	u64 before;

	for (i = 0; i < conn->nr_open; i++)
		flush_work(&conn->rings[i].refusal);
	if (!conn->busy && !refused(conn))
		return;
	do {
		before = refused(conn);
		msleep(SILENCE_MS);
	} while (refused(conn) != before && time_before(jiffies, end));
}

static void close_work(struct work_struct *work)
{
	struct bblk_conn *conn = container_of(work, struct bblk_conn, close);
	unsigned int i;

	release(conn);
	if (is_refused(conn)) {
		if (READ_ONCE(conn->refusing))
			await_silence(conn);
		for (i = 0; i < conn->nr_open; i++)
			conn->server->stop(&conn->rings[i]);
	}
	synchronize_rcu(); /* bblk_thread_ended() may still be waking a thread */
	for (i = 0; i < conn->nr_open; i++)
		bblk_ring_close(&conn->rings[i]);
	if (conn->open)
		open_bdev_put(conn->open);
	mutex_lock(&conns_lock);
	list_del(&conn->node);
	mutex_unlock(&conns_lock);
	put_device(&conn->dev->dev);
	module_put(THIS_MODULE); /* whose exit waits for this work */
	complete_all(&conn->closed);
	bblk_conn_put(conn);
}

static void stop(struct bblk_conn *conn)
{
	unsigned int i;

	if (conn->stopping)
		return;
	conn->stopped_at = jiffies;
	conn->busy = bblk_conn_inflight(conn);
	WRITE_ONCE(conn->stopping, true);
	for (i = 0; i < conn->nr_open; i++)
		conn->server->wake(&conn->rings[i]);
}

/**
 * bblk_conn_lose() - go on without the virtio disk
 * @conn:	the connection, with one; not closed
 *
 * Context: process context, vbd.lock held. Waits for the disk, which is reset
 * when it takes too long.
 */
void bblk_conn_lose(struct bblk_conn *conn)
{
	stop(conn);
	WRITE_ONCE(conn->refusing, true);
	release(conn);
}

/**
 * bblk_conn_close() - end a connection
 * @conn:	the connection; may be called again
 * @refuse:	whether what the front end asks for from now on is to have an
 *		answer; else the ring is left as it is, for who comes after us.
 *		The last call counts.
 *
 * Context: process context.
 * Return: true if nothing is left of it but memory; false if the device has
 * not completed everything yet, in which case closing goes on.
 */
bool bblk_conn_close(struct bblk_conn *conn, bool refuse)
{
	bool ends = !conn->open; /* a virtio disk is reset if it takes too long */

	stop(conn);
	WRITE_ONCE(conn->refusing, refuse);
	if (!conn->closing) {
		WRITE_ONCE(conn->closing, true);
		/* Not even root gets rid of us while a device has its requests. */
		__module_get(THIS_MODULE);
		queue_work(closers, &conn->close);
	}
	if (ends) {
		wait_for_completion(&conn->closed);
		return true;
	}
	return wait_for_completion_timeout(&conn->closed, PATIENCE);
}

/** bblk_conn_inflight() - requests taken and not yet answered */
unsigned int bblk_conn_inflight(const struct bblk_conn *conn)
{
	unsigned int i, sum = 0;

	for (i = 0; i < conn->nr_open; i++)
		sum += READ_ONCE(conn->rings[i].inflight);
	return sum;
}

static int read_abi(struct xenbus_device *dev, enum blkif_abi *abi)
{
	char *name = xenbus_read(XBT_NIL, dev->otherend, "protocol", NULL);
	int err = 0;

	if (IS_ERR(name)) {
		*abi = BLKIF_ABI_X86_32; /* as it was before there was a choice */
		return 0;
	}
	if (!strcmp(name, XEN_IO_PROTO_ABI_NATIVE))
		*abi = BLKIF_ABI_NATIVE;
	else if (!strcmp(name, XEN_IO_PROTO_ABI_X86_32))
		*abi = BLKIF_ABI_X86_32;
	else if (!strcmp(name, XEN_IO_PROTO_ABI_X86_64))
		*abi = BLKIF_ABI_X86_64;
	else
		err = -EINVAL;
	if (err)
		blanket_dev_fail(dev, err,
				 "protocol '%*pE' of the front end: not one of %s, %s",
				 (int)strnlen(name, 32), name,
				 XEN_IO_PROTO_ABI_X86_32,
				 XEN_IO_PROTO_ABI_X86_64);
	kfree(name);
	return err;
}

/* How many pages a ring has, and whether their names carry a number. */
static int read_order(struct xenbus_device *dev, unsigned int *order,
		      bool *numbered)
{
	*numbered = xenbus_scanf(XBT_NIL, dev->otherend, "ring-page-order",
				 "%u", order) == 1;
	if (!*numbered)
		*order = 0;
	if (*order <= bblk_max_ring_page_order)
		return 0;
	blanket_dev_fail(dev, -EINVAL,
			 "ring-page-order %u of the front end: more than our max-ring-page-order %u",
			 *order, bblk_max_ring_page_order);
	return -EINVAL;
}

static int open_ring(struct bblk_conn *conn, unsigned int id, const char *dir,
		     unsigned int nr_refs, bool numbered)
{
	struct xenbus_device *dev = conn->dev;
	grant_ref_t refs[XENBUS_MAX_RING_GRANTS];
	char name[NAME_LEN] = "ring-ref";
	unsigned int i, port;

	if (xenbus_scanf(XBT_NIL, dir, "event-channel", "%u", &port) != 1) {
		blanket_dev_fail(dev, -EINVAL, "reading %s/event-channel", dir);
		return -EINVAL;
	}
	for (i = 0; i < nr_refs; i++) {
		if (numbered)
			snprintf(name, sizeof(name), "ring-ref%u", i);
		if (xenbus_scanf(XBT_NIL, dir, name, "%u", &refs[i]) != 1) {
			blanket_dev_fail(dev, -EINVAL, "reading %s/%s", dir, name);
			return -EINVAL;
		}
	}
	conn->nr_open = id + 1;
	return bblk_ring_open(&conn->rings[id], conn, id, refs, nr_refs, port);
}

static int open_rings(struct bblk_conn *conn)
{
	struct xenbus_device *dev = conn->dev;
	unsigned int i, order;
	bool numbered;
	int err;

	err = read_abi(dev, &conn->abi);
	if (!err)
		err = read_order(dev, &order, &numbered);
	for (i = 0; !err && i < conn->nr_rings; i++) {
		char *dir = conn->nr_rings == 1 ?
			kstrdup(dev->otherend, GFP_KERNEL) :
			kasprintf(GFP_KERNEL, "%s/queue-%u", dev->otherend, i);

		if (!dir) {
			blanket_dev_fail(dev, -ENOMEM, "naming queue %u", i);
			return -ENOMEM;
		}
		err = open_ring(conn, i, dir, 1 << order, numbered);
		kfree(dir);
	}
	return err;
}

/*
 * A front end that runs on while we come anew has looked at our offer once, when it
 * first connected: what it made of it then holds.
 */
static bool takes_persistent(const struct xenbus_device *dev)
{
	if (compat_otherend_state(dev) == XenbusStateConnected &&
	    !xenbus_read_unsigned(dev->nodename, "feature-persistent", 0))
		return false;
	return xenbus_read_unsigned(dev->otherend, "feature-persistent", 0);
}

/**
 * bblk_conn_open() - connect to the front end
 * @vbd:	with a device below; its front end has offered its rings
 *
 * Context: process context, @vbd->lock held. A failure has been reported to
 * the tool stack.
 * Return: the connection or an error.
 */
struct bblk_conn *bblk_conn_open(struct bblk_vbd *vbd)
{
	struct xenbus_device *dev = vbd->dev;
	struct bblk_conn *conn;
	unsigned int nr, most = bblk_vbd_queues(vbd);
	int err;

	lockdep_assert_held(&vbd->lock);
	nr = xenbus_read_unsigned(dev->otherend, "multi-queue-num-queues", 1);
	if (!nr || nr > most) {
		blanket_dev_fail(dev, -EINVAL,
				 "multi-queue-num-queues %u of the front end: not 1 to %u",
				 nr, most);
		return ERR_PTR(-EINVAL);
	}
	conn = kzalloc(struct_size(conn, rings, nr), GFP_KERNEL);
	if (!conn) {
		blanket_dev_fail(dev, -ENOMEM, "no memory for %u queues", nr);
		return ERR_PTR(-ENOMEM);
	}
	conn->nr_rings = nr;
	kref_init(&conn->ref);
	kref_get(&conn->ref); /* of the work */
	INIT_WORK(&conn->close, close_work);
	init_completion(&conn->closed);
	conn->dev = dev;
	get_device(&dev->dev);
	if (vbd->open) {
		conn->open = open_bdev_get(vbd->open);
		conn->bdev = open_bdev_of(vbd->open);
		conn->server = &bblk_thread_server;
	} else {
		conn->direct = vbd->direct;
		conn->server = &direct_server;
	}
	conn->copy_max = vbd->copy_max;
	conn->pin_min = vbd->pin_min;
	conn->poll_us = vbd->poll_us;
	if (!conn->direct && takes_persistent(dev))
		conn->persistent_pages = READ_ONCE(bblk_persistent_pages);
	bblk_vbd_disk(vbd, &conn->disk);
	mutex_lock(&conns_lock);
	list_add(&conn->node, &conns);
	mutex_unlock(&conns_lock);

	err = conn->direct ? direct_start(conn) : 0;
	if (!err)
		err = open_rings(conn);
	if (err) {
		bblk_conn_close(conn, false);
		bblk_conn_put(conn);
		return ERR_PTR(err);
	}
	return conn;
}

/** bblk_conn_setup() - before the first connection */
int bblk_conn_setup(void)
{
	if (!bblk_max_queues)
		bblk_max_queues = num_online_cpus();
	closers = alloc_workqueue("blanket_blk", WQ_UNBOUND, 0);
	return closers ? 0 : -ENOMEM;
}

/** bblk_conn_cleanup() - wait for the end of the last connection */
void bblk_conn_cleanup(void)
{
	destroy_workqueue(closers);
}
