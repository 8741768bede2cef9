// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio disk: its configuration, and its life.
 *
 *	claimed --vblk_get()--> had --vblk_start()--> started
 *	        <--vblk_put()--     <--vblk_stop()--
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "blk_device.h"

#define QUEUES_MAX	16u
/* No logical block is larger: a guest's segments end at its pages. */
#define BLOCK_MAX	4096u
#define PHYSICAL_EXP_MAX 16
/* Xen's protocol, and Linux, count sectors with sign. */
#define SECTORS_MAX	(S64_MAX / VBLK_SECTOR)

static u64 blk_features(void)
{
	return BIT_ULL(VIRTIO_BLK_F_SIZE_MAX) | BIT_ULL(VIRTIO_BLK_F_SEG_MAX) |
	       BIT_ULL(VIRTIO_BLK_F_RO) | BIT_ULL(VIRTIO_BLK_F_BLK_SIZE) |
	       BIT_ULL(VIRTIO_BLK_F_TOPOLOGY) | BIT_ULL(VIRTIO_BLK_F_MQ) |
	       BIT_ULL(VIRTIO_BLK_F_FLUSH) | BIT_ULL(VIRTIO_BLK_F_CONFIG_WCE) |
	       BIT_ULL(VIRTIO_BLK_F_DISCARD) |
	       BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES) |
	       BIT_ULL(VIRTIO_BLK_F_SECURE_ERASE);
}

#define AT(field)	offsetof(struct virtio_blk_config, field)
#define END(field)	offsetofend(struct virtio_blk_config, field)

static u8 config8(const struct vpci *vpci, size_t offset)
{
	return ioread8(vpci->mdev.device + offset);
}

static u16 config16(const struct vpci *vpci, size_t offset)
{
	return ioread16(vpci->mdev.device + offset);
}

static u32 config32(const struct vpci *vpci, size_t offset)
{
	return ioread32(vpci->mdev.device + offset);
}

/* Is a field that a feature promises, up to @end, in the configuration? */
static bool reaches(const struct vpci *vpci, unsigned int bit, size_t end)
{
	return vpci_offers(vpci, bit) && vpci->mdev.device_len >= end;
}

/* Two halves: the generation says whether they belong together. */
static u64 read_capacity(struct vpci *vpci)
{
	unsigned int tries = 10;
	u32 before, low, high;

	do {
		before = vp_modern_generation(&vpci->mdev);
		low = config32(vpci, AT(capacity));
		high = config32(vpci, AT(capacity) + sizeof(low));
	} while (vp_modern_generation(&vpci->mdev) != before && --tries);
	return (u64)high << 32 | low;
}

static int check_capacity(struct vpci *vpci, u64 sectors)
{
	if (sectors && sectors <= SECTORS_MAX)
		return 0;
	dev_err(&vpci->pdev->dev, "the device's capacity of %llu sectors is not one of 1 to %llu: have the host give it a medium\n",
		sectors, SECTORS_MAX);
	return -EINVAL;
}

static int read_block(struct vpci *vpci, struct vblk_caps *caps)
{
	struct device *dev = &vpci->pdev->dev;
	u32 bytes = VBLK_SECTOR;
	u8 exp = 0;

	if (reaches(vpci, VIRTIO_BLK_F_BLK_SIZE, END(blk_size)))
		bytes = config32(vpci, AT(blk_size));
	if (bytes < VBLK_SECTOR || bytes > BLOCK_MAX ||
	    !is_power_of_2(bytes)) {
		dev_err(dev, "the device's blocks of %u bytes are not a power of two from %u to %u: give it back to virtio-pci and share it the ordinary way\n",
			bytes, VBLK_SECTOR, BLOCK_MAX);
		return -EINVAL;
	}
	if (reaches(vpci, VIRTIO_BLK_F_TOPOLOGY, END(physical_block_exp)))
		exp = config8(vpci, AT(physical_block_exp));
	if (exp > PHYSICAL_EXP_MAX) {
		dev_warn(dev, "2^%u blocks in a physical block: taken for one\n",
			 exp);
		exp = 0;
	}
	caps->block = bytes / VBLK_SECTOR;
	caps->physical_block = caps->block << exp;
	return 0;
}

static int read_segs(struct vpci *vpci, struct vblk_caps *caps)
{
	struct device *dev = &vpci->pdev->dev;
	u32 segs = 1;

	caps->seg_bytes = PAGE_SIZE;
	if (reaches(vpci, VIRTIO_BLK_F_SIZE_MAX, END(size_max)))
		caps->seg_bytes = config32(vpci, AT(size_max));
	if (reaches(vpci, VIRTIO_BLK_F_SEG_MAX, END(seg_max)))
		segs = config32(vpci, AT(seg_max));
	if (caps->seg_bytes < VBLK_SECTOR) {
		dev_err(dev, "the device takes pieces of up to %u bytes, less than a sector: give it back to virtio-pci and share it the ordinary way\n",
			caps->seg_bytes);
		return -EINVAL;
	}
	/* QEMU of old said 0 where it meant any number */
	caps->segs = clamp(segs, 1u, (u32)VBLK_SEGS);
	caps->seg_bytes = round_down(min_t(u32, caps->seg_bytes, PAGE_SIZE),
				     VBLK_SECTOR);
	/* A page, which is the least that is asked for, has to fit. */
	if (DIV_ROUND_UP(PAGE_SIZE, caps->seg_bytes) > caps->segs) {
		dev_err(dev, "the device takes %u pieces of up to %u bytes, less than a page: give it back to virtio-pci and share it the ordinary way\n",
			caps->segs, caps->seg_bytes);
		return -EINVAL;
	}
	return 0;
}

/* Whole blocks; a limit below one is no offer. */
static u32 in_blocks(struct vpci *vpci, const struct vblk_caps *caps,
		     u32 sectors, const char *what)
{
	u32 most = round_down(sectors, caps->block);

	if (!most)
		dev_warn(&vpci->pdev->dev, "the device would %s up to %u sectors, less than a block: not offered\n",
			 what, sectors);
	return most;
}

static void read_ranges(struct vpci *vpci, struct vblk_caps *caps)
{
	u32 most, align = 0;

	if (reaches(vpci, VIRTIO_BLK_F_DISCARD, END(discard_sector_alignment))) {
		most = config32(vpci, AT(max_discard_sectors));
		caps->discard = in_blocks(vpci, caps, most, "discard");
		align = config32(vpci, AT(discard_sector_alignment));
	}
	if (!align || align > caps->discard || align % caps->block)
		align = caps->block;
	caps->discard_alignment = align;
	if (reaches(vpci, VIRTIO_BLK_F_WRITE_ZEROES,
		    END(max_write_zeroes_seg))) {
		most = config32(vpci, AT(max_write_zeroes_sectors));
		caps->write_zeroes = in_blocks(vpci, caps, most, "zero");
	}
	if (reaches(vpci, VIRTIO_BLK_F_SECURE_ERASE,
		    END(secure_erase_sector_alignment))) {
		most = config32(vpci, AT(max_secure_erase_sectors));
		caps->secure_erase = in_blocks(vpci, caps, most, "erase");
	}
}

static unsigned int read_queues(struct vpci *vpci)
{
	unsigned int nr = 1;

	if (reaches(vpci, VIRTIO_BLK_F_MQ, END(num_queues)))
		nr = config16(vpci, AT(num_queues));
	return clamp(nr, 1u, QUEUES_MAX);
}

static int read_caps(struct vpci *vpci, struct vblk_caps *caps)
{
	int err;

	if (!vpci->mdev.device ||
	    vpci->mdev.device_len < END(capacity)) {
		dev_err(&vpci->pdev->dev, "the device's configuration has %zu bytes only\n",
			vpci->mdev.device_len);
		return -EINVAL;
	}
	caps->sectors = read_capacity(vpci);
	err = check_capacity(vpci, caps->sectors) ?: read_block(vpci, caps) ?:
	      read_segs(vpci, caps);
	if (err)
		return err;
	read_ranges(vpci, caps);
	caps->queues = read_queues(vpci);
	caps->readonly = vpci_offers(vpci, VIRTIO_BLK_F_RO);
	caps->flush = vpci_offers(vpci, VIRTIO_BLK_F_FLUSH);
	return 0;
}

static void config_work(struct work_struct *work)
{
	struct vblk *blk = container_of(work, struct vblk, dev.config_work);
	u64 sectors;

	if (vpci_needs_reset(blk->dev.vpci))
		vblk_break(blk, "the device wants to be reset");
	if (READ_ONCE(blk->dev.broken)) {
		blk->ops->broken(blk->dev.client);
		return;
	}
	sectors = read_capacity(blk->dev.vpci);
	if (sectors == blk->caps.sectors ||
	    check_capacity(blk->dev.vpci, sectors))
		return;
	WRITE_ONCE(blk->caps.sectors, sectors);
	blk->ops->resized(blk->dev.client);
}

/**
 * vblk_break() - the disk works no more, until it is stopped
 * @blk:	the disk, started
 * @why:	static text
 *
 * Context: any.
 */
void vblk_break(struct vblk *blk, const char *why)
{
	vdevice_break(&blk->dev, why);
}
EXPORT_SYMBOL_GPL(vblk_break);

/**
 * vblk_broken() - does the disk work no more?
 * @blk:	the disk
 *
 * Return: true if it broke since it was started.
 */
bool vblk_broken(const struct vblk *blk)
{
	return READ_ONCE(blk->dev.broken);
}
EXPORT_SYMBOL_GPL(vblk_broken);

/**
 * vblk_get() - have a disk to oneself
 * @name:	its PCI name, as 0000:00:05.0
 * @user:	who wants it, for sysfs; not empty
 * @ops:	what to tell whom
 * @client:	given to @ops
 *
 * Context: process.
 * Return: the disk, or an ERR_PTR(): -ENODEV if no disk that was given to
 * this driver has the name, -EBUSY if somebody has it.
 */
struct vblk *vblk_get(const char *name, const char *user,
		      const struct vblk_client_ops *ops, void *client)
{
	struct vdevice *dev = vdevice_get(&blk_kind, name, user, ops->gone,
					  client);

	if (IS_ERR(dev))
		return ERR_CAST(dev);
	to_vblk(dev)->ops = ops;
	return to_vblk(dev);
}
EXPORT_SYMBOL_GPL(vblk_get);

/**
 * vblk_put() - let go of a disk
 * @blk:	the disk, stopped; gone for the caller
 *
 * Context: process.
 */
void vblk_put(struct vblk *blk)
{
	vdevice_put(&blk->dev);
}
EXPORT_SYMBOL_GPL(vblk_put);

/**
 * vblk_caps() - what a disk can do
 * @blk:	the disk
 * @caps:	filled in
 */
void vblk_caps(struct vblk *blk, struct vblk_caps *caps)
{
	*caps = blk->caps;
}
EXPORT_SYMBOL_GPL(vblk_caps);

/**
 * vblk_sectors() - a disk's size now
 * @blk:	the disk
 *
 * Context: any.
 * Return: sectors.
 */
u64 vblk_sectors(const struct vblk *blk)
{
	return READ_ONCE(blk->caps.sectors);
}
EXPORT_SYMBOL_GPL(vblk_sectors);

static void stop(struct vblk *blk)
{
	vdevice_halt(&blk->dev);
	blk_queues_detach(blk);
	blk_queues_destroy(blk);
}

static int start(struct vblk *blk, unsigned int queues)
{
	struct vpci *vpci = blk->dev.vpci;
	int err;

	blk->dev.broken = NULL;
	err = vpci_negotiate(vpci, vdevice_ring_features() | blk_features());
	if (err)
		return err;
	err = blk_queues_create(blk, queues);
	if (err)
		goto reset;
	err = vdevice_run(&blk->dev);
	if (err)
		goto destroy;
	/* the size may have changed before there were interrupts */
	schedule_work(&blk->dev.config_work);
	return 0;

destroy:
	vpci_reset(vpci);
	blk_queues_destroy(blk);
	return err;
reset:
	vpci_reset(vpci);
	return err;
}

/**
 * vblk_start() - set up queues and let the device begin
 * @blk:	the disk
 * @queues:	how many, 1 to &struct vblk_caps.queues
 *
 * There is no event before vblk_arm() asks for one.
 *
 * Context: process.
 * Return: 0 or an error, which was logged.
 */
int vblk_start(struct vblk *blk, unsigned int queues)
{
	int err = -EINVAL;

	mutex_lock(&blk->dev.lock);
	if (!blk->nr_queues && queues && queues <= blk->caps.queues)
		err = start(blk, queues);
	mutex_unlock(&blk->dev.lock);
	return err;
}
EXPORT_SYMBOL_GPL(vblk_start);

/**
 * vblk_stop() - stop the device and take everything back
 * @blk:	the disk; no one of the client's is at its queues any more
 *
 * Ends events, then hands back what was not done through reclaim, with the
 * device reset. Does nothing if the disk was not started.
 *
 * Context: process.
 */
void vblk_stop(struct vblk *blk)
{
	mutex_lock(&blk->dev.lock);
	if (blk->nr_queues)
		stop(blk);
	mutex_unlock(&blk->dev.lock);
}
EXPORT_SYMBOL_GPL(vblk_stop);

static int probe(struct vpci *vpci)
{
	struct vblk *blk;
	int err;

	blk = kzalloc(sizeof(*blk), GFP_KERNEL);
	if (!blk)
		return -ENOMEM;
	err = read_caps(vpci, &blk->caps);
	if (err) {
		kfree(blk);
		return err;
	}
	vdevice_add(&blk->dev, &blk_kind, vpci, config_work);
	dev_info(&vpci->pdev->dev, "disk of %llu sectors%s, %u queue(s), to be passed through\n",
		 blk->caps.sectors, blk->caps.readonly ? ", read-only" : "",
		 blk->caps.queues);
	return 0;
}

static void remove(struct vdevice *dev)
{
	kfree(to_vblk(dev));
}

static unsigned int nr_queues(struct vdevice *dev)
{
	return to_vblk(dev)->caps.queues;
}

const struct vdevice_kind blk_kind = {
	.id = VIRTIO_ID_BLOCK,
	.name = "disk",
	.probe = probe,
	.remove = remove,
	.own_attrs = blk_attrs,
	.queues = blk_queues_show,
	.nr_queues = nr_queues,
	.mq_feature = VIRTIO_BLK_F_MQ,
	.mq_offset = AT(num_queues),
	.mq_most = QUEUES_MAX,
};
