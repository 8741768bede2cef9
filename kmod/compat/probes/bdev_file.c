// SPDX-License-Identifier: GPL-2.0-only
/* A block device is opened as a file: 6.1 has not, 6.12 has */
#include <linux/blkdev.h>
struct file *probe(dev_t devt);
struct file *probe(dev_t devt)
{
	return bdev_file_open_by_dev(devt, BLK_OPEN_READ, NULL, NULL);
}
