// SPDX-License-Identifier: GPL-2.0-only
/*
 * blanket_blk: the blkif backend ("vbd") for disks with script=block-blanket.
 *
 *	xenbus.c   whose device, which state
 *	   |
 *	vbd.c      the device below ---------- stats.c  sysfs
 *	   |
 *	conn.c     one front end's rings
 *	   |
 *	ring.c     one ring ------------------ blkif.c  its protocol, pure
 *	   |
 *	   +--- through the block layer        +--- through a virtqueue
 *	   |                                   |
 *	thread.c   one thread, one pass      direct.c       a vbd's virtio disk
 *	io.c       one request               direct_ring.c  one tasklet, one pass
 *	                                     direct_data.c  a request's data
 *	                                     cut.c          requests cut, pure
 *	                                     limit.h        how many a second
 *	pages.c    pages to copy through       |
 *	persist.c  pages of the guest's that   |
 *	           stay mapped                 |
 *	                                     blanket_virtio
 */
#include <linux/module.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "conn.h"
#include "ring.h"
#include "vbd.h"
#include "xenbus.h"

static int set_copy_max(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0,
				     BLKIF_MAX_SEGS * BLKIF_PAGE_SIZE);
}

static const struct kernel_param_ops copy_max_ops = {
	.set = set_copy_max,
	.get = param_get_uint,
};

module_param_cb(copy_max, &copy_max_ops, &bblk_copy_max, 0644);
MODULE_PARM_DESC(copy_max, "Largest request, in bytes, that is copied rather than mapped; new disks start with it");
static int set_poll_us(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0, BBLK_POLL_MAX);
}

static const struct kernel_param_ops poll_us_ops = {
	.set = set_poll_us,
	.get = param_get_uint,
};

module_param_cb(poll_us, &poll_us_ops, &bblk_poll_us, 0644);
MODULE_PARM_DESC(poll_us, "Longest time, in microseconds, that a passed-through disk's queue waits for more before it sleeps; new disks start with it");
static int set_pin_min(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0, BBLK_PIN_NEVER);
}

static const struct kernel_param_ops pin_min_ops = {
	.set = set_pin_min,
	.get = param_get_uint,
};

module_param_cb(pin_min, &pin_min_ops, &bblk_pin_min, 0644);
MODULE_PARM_DESC(pin_min, "Smallest request, in bytes, whose data a passed-through disk reads or writes in the guest's own pages rather than in ours, to be copied; new disks start with it");

static int set_persistent_pages(const char *value,
				const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0, 65536);
}

static const struct kernel_param_ops persistent_pages_ops = {
	.set = set_persistent_pages,
	.get = param_get_uint,
};

module_param_cb(persistent_pages, &persistent_pages_ops,
		&bblk_persistent_pages, 0644);
MODULE_PARM_DESC(persistent_pages, "Most pages of a guest that each queue keeps mapped, having the guest use the same ones again and again and copy there (for new connections but of passed-through disks; 0: none)");

static int set_max_segments(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param,
				     BLKIF_MAX_SEGMENTS_PER_REQUEST,
				     BLKIF_MAX_SEGS);
}

static const struct kernel_param_ops max_segments_ops = {
	.set = set_max_segments,
	.get = param_get_uint,
};

module_param_cb(max_segments, &max_segments_ops, &bblk_max_segments, 0644);
MODULE_PARM_DESC(max_segments, "Most pages in a request that new disks offer their front ends");
module_param_named(max_buffer_pages, bblk_max_buffer_pages, uint, 0644);
MODULE_PARM_DESC(max_buffer_pages, "Most pages a queue copies through at a time, mapping what is beyond, and most free pages it keeps of each kind");
module_param_named(max_queues, bblk_max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues, "Most queues of a disk; 0 for as many as there are CPUs");
static int set_order(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 0,
				     XENBUS_MAX_RING_GRANT_ORDER);
}

static const struct kernel_param_ops order_ops = {
	.set = set_order,
	.get = param_get_uint,
};

module_param_cb(max_ring_page_order, &order_ops, &bblk_max_ring_page_order,
		0444);
MODULE_PARM_DESC(max_ring_page_order, "Largest ring, in powers of two of pages");

static int __init bblk_init(void)
{
	int err;

	if (!xen_domain()) {
		pr_err("blanket_blk: this kernel does not run on Xen; boot the blanket's Xen first\n");
		return -ENODEV;
	}
	bblk_vbd_setup();
	err = bblk_conn_setup();
	if (err)
		return err;
	err = bblk_xenbus_register();
	if (err)
		bblk_conn_cleanup();
	return err;
}

static void __exit bblk_exit(void)
{
	bblk_xenbus_unregister();
	bblk_conn_cleanup();
}

module_init(bblk_init);
module_exit(bblk_exit);

MODULE_DESCRIPTION("Xen-Blanket: block backend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vbd");
/* Drivers are asked in the order they came; the stock one takes any disk. */
MODULE_SOFTDEP("post: xen-blkback");
