// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk in memory that erases for good (REQ_OP_SECURE_ERASE), which neither QEMU
 * nor another driver of the lab's has. A plain discard it only counts, so that the
 * two can be told apart: what was discarded can still be read.
 *
 *	/dev/erasing0	of SIZE, at most SECTORS_AT_ONCE discarded or erased at once
 *	erased		sectors so far
 *	discarded	likewise
 */
#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>

#define SIZE		(4u << 20)
#define SECTORS_AT_ONCE	512

static atomic_t erased, discarded;
module_param_named(erased, erased.counter, int, 0444);
MODULE_PARM_DESC(erased, "Sectors erased");
module_param_named(discarded, discarded.counter, int, 0444);
MODULE_PARM_DESC(discarded, "Sectors discarded");

static struct gendisk *disk;
static char *memory;

static void copy(struct bio *bio)
{
	char *at = memory + (bio->bi_iter.bi_sector << SECTOR_SHIFT);
	struct bvec_iter iter;
	struct bio_vec vec;

	bio_for_each_segment(vec, bio, iter) {
		if (op_is_write(bio_op(bio)))
			memcpy_from_bvec(at, &vec);
		else
			memcpy_to_bvec(&vec, at);
		at += vec.bv_len;
	}
}

static void erasing_submit(struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		copy(bio);
		break;
	case REQ_OP_DISCARD:
		atomic_add(bio_sectors(bio), &discarded);
		break;
	case REQ_OP_SECURE_ERASE:
		if (bio_sectors(bio) > SECTORS_AT_ONCE) {
			bio->bi_status = BLK_STS_IOERR;
			break;
		}
		memset(memory + (bio->bi_iter.bi_sector << SECTOR_SHIFT), 0,
		       bio->bi_iter.bi_size);
		atomic_add(bio_sectors(bio), &erased);
		break;
	default:
		bio->bi_status = BLK_STS_NOTSUPP;
	}
	bio_endio(bio);
}

static const struct block_device_operations erasing_fops = {
	.owner = THIS_MODULE,
	.submit_bio = erasing_submit,
};

static int __init erasing_init(void)
{
	struct queue_limits limits = {
		.max_hw_discard_sectors = SECTORS_AT_ONCE,
		.max_secure_erase_sectors = SECTORS_AT_ONCE,
	};
	int err = -ENOMEM;

	memory = vzalloc(SIZE);
	if (!memory)
		return err;
	disk = blk_alloc_disk(&limits, NUMA_NO_NODE);
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		goto free;
	}
	disk->fops = &erasing_fops;
	strscpy(disk->disk_name, "erasing0", sizeof(disk->disk_name));
	set_capacity(disk, SIZE >> SECTOR_SHIFT);
	err = add_disk(disk);
	if (!err)
		return 0;
	put_disk(disk);
free:
	vfree(memory);
	return err;
}

static void __exit erasing_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	vfree(memory);
}

module_init(erasing_init);
module_exit(erasing_exit);

MODULE_DESCRIPTION("Test: a disk that erases for good");
MODULE_LICENSE("GPL");
