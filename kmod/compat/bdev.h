/* SPDX-License-Identifier: GPL-2.0-only */
/* An open block device: a file on new kernels, a count on old ones. */
#ifndef _BLANKET_COMPAT_BDEV_H
#define _BLANKET_COMPAT_BDEV_H

#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/slab.h>

#include "have.h"

#ifdef HAVE_BDEV_FILE

/** struct open_bdev - never defined: a struct file by another name */
struct open_bdev;

/**
 * open_bdev_open() - open a block device
 * @devt:	its number
 * @writable:	for writing too
 *
 * Context: process.
 * Return: it, with a reference, or an ERR_PTR().
 */
static inline struct open_bdev *open_bdev_open(dev_t devt, bool writable)
{
	return (struct open_bdev *)
		bdev_file_open_by_dev(devt, writable ?
				      BLK_OPEN_READ | BLK_OPEN_WRITE :
				      BLK_OPEN_READ, NULL, NULL);
}

/** open_bdev_get() - take another reference */
static inline struct open_bdev *open_bdev_get(struct open_bdev *open)
{
	return (struct open_bdev *)get_file((struct file *)open);
}

/** open_bdev_put() - drop a reference; the last closes it before returning */
static inline void open_bdev_put(struct open_bdev *open)
{
	__fput_sync((struct file *)open);
}

/** open_bdev_of() - the device */
static inline struct block_device *open_bdev_of(struct open_bdev *open)
{
	return file_bdev((struct file *)open);
}

/** open_bdev_mapping() - its page cache */
static inline struct address_space *open_bdev_mapping(struct open_bdev *open)
{
	return ((struct file *)open)->f_mapping;
}

#else /* HAVE_BDEV_FILE */

struct open_bdev {
	struct kref ref;
	struct block_device *bdev;
	fmode_t mode;
};

static inline struct open_bdev *open_bdev_open(dev_t devt, bool writable)
{
	struct open_bdev *open = kzalloc(sizeof(*open), GFP_KERNEL);
	int err;

	if (!open)
		return ERR_PTR(-ENOMEM);
	kref_init(&open->ref);
	open->mode = writable ? FMODE_READ | FMODE_WRITE : FMODE_READ;
	open->bdev = blkdev_get_by_dev(devt, open->mode, NULL);
	if (!IS_ERR(open->bdev))
		return open;
	err = PTR_ERR(open->bdev);
	kfree(open);
	return ERR_PTR(err);
}

static inline struct open_bdev *open_bdev_get(struct open_bdev *open)
{
	kref_get(&open->ref);
	return open;
}

static inline void open_bdev_release(struct kref *ref)
{
	struct open_bdev *open = container_of(ref, struct open_bdev, ref);

	blkdev_put(open->bdev, open->mode);
	kfree(open);
}

static inline void open_bdev_put(struct open_bdev *open)
{
	kref_put(&open->ref, open_bdev_release);
}

static inline struct block_device *open_bdev_of(struct open_bdev *open)
{
	return open->bdev;
}

static inline struct address_space *open_bdev_mapping(struct open_bdev *open)
{
	return open->bdev->bd_inode->i_mapping;
}

#endif /* HAVE_BDEV_FILE */

#endif /* _BLANKET_COMPAT_BDEV_H */
