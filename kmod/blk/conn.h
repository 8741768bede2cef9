/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection to one front end: its rings, from Initialised to Closed. */
#ifndef _BLANKET_BLK_CONN_H
#define _BLANKET_BLK_CONN_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "../compat/bdev.h"
#include "../compat/compiler.h"
#include "blkif.h"
#include "ring.h"

struct bblk_vbd;
struct direct_disk;

/**
 * struct bblk_conn - a connection to one front end
 * @ref:	one for the vbd, one for @close
 * @node:	in the list of all connections
 * @dev:	the backend device, referenced
 * @open:	the open block device, referenced, or NULL
 * @bdev:	the same
 * @disk:	what requests are checked against; @disk.sectors may grow
 * @direct:	the virtio disk instead, or NULL
 * @server:	how its rings are served; changes once, to be refused
 * @copy_max:	the vbd's knob
 * @pin_min:	likewise
 * @poll_us:	likewise
 * @persistent_pages: of the guest's, that each ring may keep mapped; 0: the front
 *		end wants none, or none were offered
 * @abi:	the guest's layout
 * @stopping:	no more requests are to be taken for the device
 * @stopped_at:	since then, in jiffies
 * @busy:	there were requests under way then
 * @refusing:	those are to be refused until the rings are unmapped
 * @closing:	@close is queued
 * @close:	ends the connection once nothing is in flight
 * @closed:	it has
 * @nr_rings:	how many rings
 * @nr_open:	how many of them have been opened
 * @rings:	the rings
 *
 * It outlives its vbd when the device below does not complete its I/O.
 */
struct bblk_conn {
	struct kref ref;
	struct list_head node;
	struct xenbus_device *dev;
	struct open_bdev *open;
	struct block_device *bdev;
	struct direct_disk *direct;
	const struct bblk_server *server;
	struct blkif_disk disk;
	unsigned int copy_max;
	unsigned int pin_min;
	unsigned int poll_us;
	unsigned int persistent_pages;
	enum blkif_abi abi;
	bool stopping;
	unsigned long stopped_at;
	bool busy;
	bool refusing;
	bool closing;
	struct work_struct close;
	struct completion closed;
	unsigned int nr_rings;
	unsigned int nr_open;
	struct bblk_ring rings[] __counted_by(nr_rings);
};

bool bblk_conn_lingers(const struct xenbus_device *dev);
struct bblk_conn *bblk_conn_open(struct bblk_vbd *vbd);
void bblk_conn_lose(struct bblk_conn *conn);
bool bblk_conn_close(struct bblk_conn *conn, bool refuse);
void bblk_conn_put(struct bblk_conn *conn);
unsigned int bblk_conn_inflight(const struct bblk_conn *conn);

int bblk_conn_setup(void);
void bblk_conn_cleanup(void);

extern unsigned int bblk_max_queues;
extern unsigned int bblk_persistent_pages;
extern unsigned int bblk_max_segments;
extern unsigned int bblk_max_ring_page_order;

#endif /* _BLANKET_BLK_CONN_H */
