/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual disk: one backend device, and what is below it. */
#ifndef _BLANKET_BLK_VBD_H
#define _BLANKET_BLK_VBD_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "../compat/bdev.h"
#include "blkif.h"
#include "limit.h"
#include "stats.h"

struct bblk_conn;
struct direct_disk;

/**
 * struct bblk_traits - what is below a disk
 * @sectors:	its size in sectors of 512 bytes
 * @block:	logical block, in bytes
 * @physical_block: physical block, in bytes
 * @cache:	it has a cache, and flushes it
 * @readonly:	it takes no writes
 * @discard:	it discards
 * @discard_granularity: in bytes
 * @discard_alignment: in bytes
 * @secure:	it discards for good
 * @removable:	what it holds may be taken out
 */
struct bblk_traits {
	u64 sectors;
	unsigned int block;
	unsigned int physical_block;
	bool cache;
	bool readonly;
	bool discard;
	unsigned int discard_granularity;
	unsigned int discard_alignment;
	bool secure;
	bool removable;
};

/**
 * struct bblk_vbd - a virtual disk
 * @dev:	its backend device
 * @watch:	on physical-device, which the hotplug script writes
 * @lock:	guards all that follows, and state changes of @dev
 * @open:	the open block device, or NULL
 * @devt:	its number
 * @direct:	the virtio disk instead, or NULL
 * @lost:	that is being taken away, or broke
 * @mode:	the tool stack's: "r", "w" or "w!"
 * @sectors:	the size the front end was told
 * @copy_max:	largest request that is copied, in bytes
 * @pin_min:	smallest request whose data stays in the guest's own pages, in
 *		bytes, with @direct
 * @poll_us:	longest wait for more before sleeping, with @direct
 * @limit:	what its guest may ask a second, with @direct; has a lock of its own
 * @conn:	the connection to the front end, or NULL
 * @past:	counters of earlier connections
 * @waits:	for an earlier connection's end, to connect then
 * @tick:	looks for a new size, or for the end of a slow close, each
 *		second there is a connection
 */
struct bblk_vbd {
	struct xenbus_device *dev;
	struct xenbus_watch watch;
	struct mutex lock; /* all below, and the state of dev */
	struct open_bdev *open;
	dev_t devt;
	struct direct_disk *direct;
	struct work_struct lost;
	char mode[4];
	u64 sectors;
	unsigned int copy_max;
	unsigned int pin_min;
	unsigned int poll_us;
	struct bblk_limit limit;
	struct bblk_conn *conn;
	struct bblk_stats past;
	bool waits;
	struct delayed_work tick;
};

int bblk_vbd_open(struct bblk_vbd *vbd, dev_t devt, const char *mode);
void bblk_vbd_close(struct bblk_vbd *vbd);
void bblk_vbd_setup(void);
bool bblk_vbd_writable(const struct bblk_vbd *vbd);
unsigned int bblk_vbd_queues(const struct bblk_vbd *vbd);
void bblk_vbd_disk(const struct bblk_vbd *vbd, struct blkif_disk *disk);
int bblk_vbd_sync(const struct bblk_vbd *vbd);
int bblk_vbd_publish(struct bblk_vbd *vbd);
void bblk_vbd_resize(struct bblk_vbd *vbd);

extern unsigned int bblk_copy_max;
extern unsigned int bblk_pin_min;
extern unsigned int bblk_poll_us;

/* More than a request can have. */
#define BBLK_PIN_NEVER	SZ_4M
/* A pass holds its CPU for as long. */
#define BBLK_POLL_MAX	500

#endif /* _BLANKET_BLK_VBD_H */
