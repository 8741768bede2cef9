/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual disk: one backend device, the block device below it. */
#ifndef _BLANKET_BLK_VBD_H
#define _BLANKET_BLK_VBD_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "blkif.h"
#include "stats.h"

struct bblk_conn;

/**
 * struct bblk_vbd - a virtual disk
 * @dev:	its backend device
 * @watch:	on physical-device, which the hotplug script writes
 * @lock:	guards all that follows, and state changes of @dev
 * @file:	the open block device, or NULL
 * @devt:	its number
 * @mode:	the tool stack's: "r", "w" or "w!"
 * @sectors:	the size the front end was told
 * @copy_max:	largest request that is copied, in bytes
 * @conn:	the connection to the front end, or NULL
 * @past:	counters of earlier connections
 * @tick:	looks for a new size, or for the end of a slow close, each
 *		second there is a connection
 */
struct bblk_vbd {
	struct xenbus_device *dev;
	struct xenbus_watch watch;
	struct mutex lock; /* all below, and the state of dev */
	struct file *file;
	dev_t devt;
	char mode[4];
	u64 sectors;
	unsigned int copy_max;
	struct bblk_conn *conn;
	struct bblk_stats past;
	struct delayed_work tick;
};

int bblk_vbd_open(struct bblk_vbd *vbd, dev_t devt, const char *mode);
void bblk_vbd_close(struct bblk_vbd *vbd);
void bblk_vbd_disk(const struct bblk_vbd *vbd, struct blkif_disk *disk);
int bblk_vbd_sync(const struct bblk_vbd *vbd);
int bblk_vbd_publish(struct bblk_vbd *vbd);
void bblk_vbd_resize(struct bblk_vbd *vbd);

extern unsigned int bblk_copy_max;

#endif /* _BLANKET_BLK_VBD_H */
