// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection to one front end.
 *
 *	open	read what it wants from xenstore, map each ring, start threads
 *	close	no more requests are taken
 *	work	threads end when all is answered; unbind events; unmap rings
 *
 * The last step waits for the device, which may hang; then the connection
 * goes on by itself, and xenbus does not wait with it.
 */
#include <linux/blkdev.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/interface/io/protocols.h>

#include "conn.h"
#include "direct.h"
#include "vbd.h"

/* How long xenbus may wait for a device that does not complete its I/O. */
#define PATIENCE	(5 * HZ)

/* "ring-ref" and any number */
#define NAME_LEN	20

unsigned int bblk_max_queues;
unsigned int bblk_max_ring_page_order = XENBUS_MAX_RING_GRANT_ORDER;

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

/* Is there a connection of the same device that still owes answers? */
static bool lingers(const struct xenbus_device *dev)
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

static void close_work(struct work_struct *work)
{
	struct bblk_conn *conn = container_of(work, struct bblk_conn, close);
	unsigned int i;

	for (i = 0; i < conn->nr_open; i++)
		conn->server->stop(&conn->rings[i]);
	if (conn->direct)
		direct_stop(conn);
	synchronize_rcu(); /* bblk_thread_ended() may still be waking a thread */
	for (i = 0; i < conn->nr_open; i++)
		bblk_ring_close(&conn->rings[i]);
	if (conn->file)
		__fput_sync(conn->file);
	mutex_lock(&conns_lock);
	list_del(&conn->node);
	mutex_unlock(&conns_lock);
	put_device(&conn->dev->dev);
	complete_all(&conn->closed);
	bblk_conn_put(conn);
}

/**
 * bblk_conn_close() - end a connection
 * @conn:	the connection; may be called again
 *
 * Context: process context.
 * Return: true if nothing is left of it but memory; false if the device has
 * not completed everything yet, in which case closing goes on.
 */
bool bblk_conn_close(struct bblk_conn *conn)
{
	unsigned int i;

	if (!conn->stopping) {
		conn->stopped_at = jiffies;
		WRITE_ONCE(conn->stopping, true);
		for (i = 0; i < conn->nr_open; i++)
			conn->server->wake(&conn->rings[i]);
		queue_work(closers, &conn->close);
	}
	if (conn->direct) { /* which is reset when it takes too long */
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
	/* Unbound and bound again meanwhile: two would answer in one ring. */
	if (lingers(dev)) {
		blanket_dev_fail(dev, -EBUSY,
				 "an earlier connection's I/O is still with the device below; detach the disk, attach it again when that has ended");
		return ERR_PTR(-EBUSY);
	}
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
	if (vbd->file) {
		conn->file = get_file(vbd->file);
		conn->bdev = file_bdev(vbd->file);
		conn->server = &bblk_thread_server;
	} else {
		conn->direct = vbd->direct;
		conn->server = &direct_server;
	}
	conn->copy_max = vbd->copy_max;
	conn->pin_min = vbd->pin_min;
	conn->poll_us = vbd->poll_us;
	bblk_vbd_disk(vbd, &conn->disk);
	mutex_lock(&conns_lock);
	list_add(&conn->node, &conns);
	mutex_unlock(&conns_lock);

	err = conn->direct ? direct_start(conn) : 0;
	if (!err)
		err = open_rings(conn);
	if (err) {
		bblk_conn_close(conn);
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
