// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passthrough: a vbd and the virtio disk its guest has to itself.
 *
 *	attach -> [ start -> direct_ring.c -> stop ]* -> detach
 *
 * The disk is the vbd's from attach to detach; it runs while the front end is
 * connected.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "conn.h"
#include "direct.h"
#include "vbd.h"

/* --- what the disk tells us ---------------------------------------------- */

static void event(void *client, unsigned int queue)
{
	struct direct_disk *disk = client;

	direct_ring_event(disk->conn, queue);
}

static void reclaim(void *client, unsigned int queue, void *cookie)
{
	struct direct_disk *disk = client;

	direct_ring_reclaim(disk->conn, queue, cookie);
}

static void resized(void *client)
{
	struct direct_disk *disk = client;

	mod_delayed_work(system_wq, &disk->vbd->tick, 0);
}

static void lost(void *client)
{
	struct direct_disk *disk = client;

	schedule_work(&disk->vbd->lost);
}

static const struct vblk_client_ops client_ops = {
	.event		= event,
	.reclaim	= reclaim,
	.resized	= resized,
	.broken		= lost,
	.gone		= lost,
};

/* --- attached -------------------------------------------------------------- */

/**
 * direct_is_name() - does a target name a device rather than a block device?
 * @target:	what the tool stack calls it
 *
 * Return: true for 0000:00:05.0, and for virtio3.
 */
bool direct_is_name(const char *target)
{
	unsigned int domain, bus, slot, function;
	int n = 0;

	if (strstarts(target, "virtio"))
		return isdigit(target[strlen("virtio")]);
	return sscanf(target, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot,
		      &function, &n) == 4 && !target[n];
}

static void set_limits(struct direct_disk *disk)
{
	const struct vblk_caps *caps = &disk->caps;

	disk->limits = (struct cut_limits){
		.segs = caps->segs / DIV_ROUND_UP(BLKIF_PAGE_SIZE,
						  caps->seg_bytes),
		.discard = caps->discard,
		.discard_alignment = caps->discard_alignment,
		.secure_erase = caps->secure_erase,
		.flush = caps->flush,
	};
}

/**
 * direct_attach() - give a vbd a disk to itself
 * @vbd:	the vbd, with nothing below, its mode known
 * @name:	PCI address of a device that blanket_virtio is bound to
 *
 * Context: process context, vbd.lock held.
 * Return: 0; -ENODEV if there is no such disk, -EBUSY if another has it,
 * -EROFS if it takes no writes and the guest was promised it would.
 */
int direct_attach(struct bblk_vbd *vbd, const char *name)
{
	struct direct_disk *disk;
	int err;

	lockdep_assert_held(&vbd->lock);
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return -ENOMEM;
	disk->vbd = vbd;
	strscpy(disk->name, name, sizeof(disk->name));
	disk->blk = vblk_get(name, dev_name(&vbd->dev->dev), &client_ops,
			     disk);
	if (IS_ERR(disk->blk)) {
		err = PTR_ERR(disk->blk);
		kfree(disk);
		return err;
	}
	vblk_caps(disk->blk, &disk->caps);
	if (disk->caps.readonly && bblk_vbd_writable(vbd)) {
		vblk_put(disk->blk);
		kfree(disk);
		return -EROFS;
	}
	set_limits(disk);
	vbd->direct = disk;
	dev_info(&vbd->dev->dev, "disk %s to itself\n", name);
	return 0;
}

/**
 * direct_detach() - take the disk away again; not having one is fine
 * @vbd:	the vbd, without a connection
 *
 * Context: process context, vbd.lock held.
 */
void direct_detach(struct bblk_vbd *vbd)
{
	struct direct_disk *disk = vbd->direct;

	lockdep_assert_held(&vbd->lock);
	if (!disk)
		return;
	vbd->direct = NULL;
	vblk_put(disk->blk);
	kfree(disk);
}

/**
 * direct_traits() - what a disk is like
 * @disk:	the disk
 * @traits:	filled in
 */
void direct_traits(const struct direct_disk *disk, struct bblk_traits *traits)
{
	const struct vblk_caps *caps = &disk->caps;

	*traits = (struct bblk_traits){
		.sectors = vblk_sectors(disk->blk),
		.block = caps->block << BLKIF_SECTOR_SHIFT,
		.physical_block = caps->physical_block << BLKIF_SECTOR_SHIFT,
		.cache = caps->flush,
		.readonly = caps->readonly,
		.discard = caps->discard,
		.discard_granularity = caps->discard_alignment <<
				       BLKIF_SECTOR_SHIFT,
		.secure = caps->secure_erase,
	};
}

/* --- running ----------------------------------------------------------------- */

/**
 * direct_start() - let a connection's disk run
 * @conn:	whose rings are still to be opened
 *
 * Context: process context. A failure has been reported to the tool stack.
 * Return: 0 or a negative error.
 */
int direct_start(struct bblk_conn *conn)
{
	struct direct_disk *disk = conn->direct;
	int err;

	disk->conn = conn;
	err = vblk_start(disk->blk, conn->nr_rings);
	if (err)
		blanket_dev_fail(conn->dev, err, "starting disk %s with %u queues; see dmesg",
				 disk->name, conn->nr_rings);
	return err;
}

/**
 * direct_stop() - undo direct_start()
 * @conn:	its rings are stopped, their memory is still there
 *
 * What the device has not done by now is answered as an error.
 *
 * Context: process context.
 */
void direct_stop(struct bblk_conn *conn)
{
	unsigned int i;

	vblk_stop(conn->direct->blk);
	for (i = 0; i < conn->nr_open; i++)
		direct_ring_end(conn, i);
}
