// SPDX-License-Identifier: GPL-2.0-only
/* What is below a virtual disk, and what the front end is told. */
#include <linux/blkdev.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "../core/weights.h"
#include "conn.h"
#include "direct.h"
#include "vbd.h"

/* as blanket's weights have it, unless told */
#define BY_WEIGHT UINT_MAX

unsigned int bblk_copy_max = BY_WEIGHT;
unsigned int bblk_pin_min = BY_WEIGHT;
unsigned int bblk_poll_us;

/**
 * bblk_vbd_setup() - settle the knobs that nobody set
 *
 * Commonly all is copied: to map, flush and unmap a page costs more. Grants that
 * persist, the stock remedy, make the guest copy instead.
 *
 * Context: module init.
 */
void bblk_vbd_setup(void)
{
	if (bblk_copy_max == BY_WEIGHT)
		bblk_copy_max = min_t(unsigned int, blanket_map_from(),
				      BLKIF_MAX_SEGS * BLKIF_PAGE_SIZE);
	if (bblk_pin_min == BY_WEIGHT)
		bblk_pin_min = min_t(unsigned int, blanket_pin_from(),
				     BBLK_PIN_NEVER);
}

/** bblk_vbd_writable() - does the tool stack's mode allow writing? */
bool bblk_vbd_writable(const struct bblk_vbd *vbd)
{
	return strchr(vbd->mode, 'w');
}

/** bblk_vbd_queues() - how many queues the front end may have */
unsigned int bblk_vbd_queues(const struct bblk_vbd *vbd)
{
	if (vbd->direct)
		return min(bblk_max_queues, vbd->direct->caps.queues);
	return bblk_max_queues;
}

/**
 * bblk_vbd_open() - open the block device
 * @vbd:	without one
 * @devt:	its number
 * @mode:	"r", "w" or "w!"
 *
 * Who else may use the device is for the hotplug script to say.
 *
 * Context: process context, @vbd->lock held.
 * Return: 0 or an error, reported to the tool stack.
 */
int bblk_vbd_open(struct bblk_vbd *vbd, dev_t devt, const char *mode)
{
	struct open_bdev *open;

	lockdep_assert_held(&vbd->lock);
	strscpy(vbd->mode, mode, sizeof(vbd->mode));
	open = open_bdev_open(devt, bblk_vbd_writable(vbd));
	if (IS_ERR(open)) {
		blanket_dev_fail(vbd->dev, PTR_ERR(open),
				 "opening block device %u:%u with mode '%s'; is it there, and does it bear that mode?",
				 MAJOR(devt), MINOR(devt), vbd->mode);
		return PTR_ERR(open);
	}
	vbd->open = open;
	vbd->devt = devt;
	return 0;
}

/**
 * bblk_vbd_close() - let go of what is below, if anything, before returning
 * @vbd:	without a connection, but for one that lingers with a block device
 *
 * Context: process context, @vbd->lock held.
 */
void bblk_vbd_close(struct bblk_vbd *vbd)
{
	direct_detach(vbd);
	if (vbd->open)
		open_bdev_put(vbd->open);
	vbd->open = NULL;
}

static void bdev_traits(struct block_device *bdev, struct bblk_traits *traits)
{
	*traits = (struct bblk_traits){
		.sectors = bdev_nr_sectors(bdev),
		.block = bdev_logical_block_size(bdev),
		.physical_block = bdev_physical_block_size(bdev),
		.cache = bdev_write_cache(bdev),
		.discard = bdev_max_discard_sectors(bdev),
		.discard_granularity = bdev_discard_granularity(bdev),
		.discard_alignment = bdev_discard_alignment(bdev),
		.secure = bdev_max_secure_erase_sectors(bdev),
		.removable = bdev->bd_disk->flags & GENHD_FL_REMOVABLE,
	};
}

static void get_traits(const struct bblk_vbd *vbd, struct bblk_traits *traits)
{
	if (vbd->direct)
		direct_traits(vbd->direct, traits);
	else
		bdev_traits(open_bdev_of(vbd->open), traits);
}

/**
 * bblk_vbd_disk() - what requests are to be checked against
 * @vbd:	with a device below
 * @disk:	filled in
 */
void bblk_vbd_disk(const struct bblk_vbd *vbd, struct blkif_disk *disk)
{
	struct bblk_traits traits;

	get_traits(vbd, &traits);
	*disk = (struct blkif_disk){
		.sectors = traits.sectors,
		.block = traits.block >> BLKIF_SECTOR_SHIFT,
		.readonly = traits.readonly || !bblk_vbd_writable(vbd),
		.discard = traits.discard && bblk_vbd_writable(vbd) &&
			   xenbus_read_unsigned(vbd->dev->nodename,
						"discard-enable", 1),
		.secure = traits.secure,
	};
}

/**
 * bblk_vbd_sync() - forget what dom0's page cache holds of the device
 * @vbd:	with a device below
 *
 * The guest goes past that cache, and may have been preceded by pygrub. Of a
 * disk that is passed through there is none.
 *
 * Return: 0 or an error, reported to the tool stack.
 */
int bblk_vbd_sync(const struct bblk_vbd *vbd)
{
	int err;

	if (vbd->direct)
		return 0;
	err = sync_blockdev(open_bdev_of(vbd->open));
	if (err)
		blanket_dev_fail(vbd->dev, err,
				 "writing back what this domain cached of %u:%u",
				 MAJOR(vbd->devt), MINOR(vbd->devt));
	else
		invalidate_inode_pages2(open_bdev_mapping(vbd->open));
	return err;
}

/* xl's devtype=cdrom */
static bool is_cdrom(const struct bblk_vbd *vbd)
{
	char *type = xenbus_read(XBT_NIL, vbd->dev->nodename, "device-type",
				 NULL);
	bool is = !IS_ERR(type) && !strcmp(type, "cdrom");

	if (!IS_ERR(type))
		kfree(type);
	return is;
}

static int write_nodes(const struct bblk_vbd *vbd, struct xenbus_transaction xbt)
{
	const struct blkif_disk *disk = &vbd->conn->disk;
	struct bblk_traits traits;
	unsigned int i;
	int err = 0;

	get_traits(vbd, &traits);

	const struct {
		const char *name;
		u64 value;
	} nodes[] = {
		{ "sectors",		vbd->sectors },
		{ "sector-size",	traits.block },
		{ "physical-sector-size", traits.physical_block },
		{ "info",		(disk->readonly ? VDISK_READONLY : 0) |
					(traits.removable ? VDISK_REMOVABLE : 0) |
					(is_cdrom(vbd) ? VDISK_CDROM : 0) },
		{ "feature-flush-cache", traits.cache },
		{ "feature-barrier",	0 },
		{ "feature-persistent",	!!vbd->conn->persistent_pages },
		{ "feature-discard",	disk->discard },
		{ "discard-granularity", traits.discard_granularity },
		{ "discard-alignment",	traits.discard_alignment },
		{ "discard-secure",	disk->secure },
	};

	for (i = 0; !err && i < ARRAY_SIZE(nodes); i++) {
		if (!disk->discard && strstarts(nodes[i].name, "discard-"))
			continue;
		err = xenbus_printf(xbt, vbd->dev->nodename, nodes[i].name,
				    "%llu", nodes[i].value);
	}
	return err;
}

/* All or nothing, as a reader may look at any time. */
static int transact(struct bblk_vbd *vbd,
		    int (*write)(const struct bblk_vbd *vbd,
				 struct xenbus_transaction xbt))
{
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		err = write(vbd, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			break;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	return err;
}

/**
 * bblk_vbd_publish() - tell the front end what the disk is like
 * @vbd:	with a connection
 *
 * Context: process context, @vbd->lock held.
 * Return: 0 or an error, reported to the tool stack.
 */
int bblk_vbd_publish(struct bblk_vbd *vbd)
{
	struct bblk_traits traits;
	int err;

	lockdep_assert_held(&vbd->lock);
	get_traits(vbd, &traits);
	vbd->sectors = traits.sectors;
	err = transact(vbd, write_nodes);
	if (err)
		blanket_dev_fail(vbd->dev, err, "describing the disk in %s",
				 vbd->dev->nodename);
	return err;
}

/* A front end looks at the size anew when our state is written again. */
static int write_size(const struct bblk_vbd *vbd, struct xenbus_transaction xbt)
{
	int err = xenbus_printf(xbt, vbd->dev->nodename, "sectors", "%llu",
				vbd->sectors);

	if (!err)
		err = xenbus_printf(xbt, vbd->dev->nodename, "state", "%d",
				    vbd->dev->state);
	return err;
}

/**
 * bblk_vbd_resize() - tell the front end if the size has changed
 * @vbd:	connected
 *
 * Context: process context, @vbd->lock held.
 */
void bblk_vbd_resize(struct bblk_vbd *vbd)
{
	struct bblk_traits traits;
	int err;

	lockdep_assert_held(&vbd->lock);
	get_traits(vbd, &traits);
	if (traits.sectors == vbd->sectors)
		return;
	dev_info(&vbd->dev->dev, "size changes from %llu to %llu sectors\n",
		 vbd->sectors, traits.sectors);
	vbd->sectors = traits.sectors;
	err = transact(vbd, write_size);
	if (err)
		xenbus_dev_error(vbd->dev, err, "writing the new size");
}
