/* SPDX-License-Identifier: GPL-2.0-only */
/* One request in flight: its pages, its bio, and how the two meet the guest. */
#ifndef _BLANKET_BLK_IO_H
#define _BLANKET_BLK_IO_H

#include <linux/bio.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <xen/grant_table.h>

#include "../core/grant.h"
#include "blkif.h"

struct bblk_thread;
struct persist_page;

/**
 * enum bblk_way - how a request's data travels
 * @BBLK_NONE:	it has none
 * @BBLK_COPY:	by grant copy, through pages of the ring's own
 * @BBLK_MAP:	the guest's pages are mapped and handed to the device
 */
enum bblk_way {
	BBLK_NONE,
	BBLK_COPY,
	BBLK_MAP,
};

/**
 * struct bblk_io - one request in flight
 * @node:	on one of its ring's lists, for the ring's thread
 * @done:	from the end of the bio to the ring's thread
 * @thread:	its ring's thread
 * @req:	the request
 * @way:	how its data travels
 * @status:	BLKIF_RSP_*
 * @first_op:	its first operation in the ring's current batch
 * @nr_ops:	how many of its pieces Xen is asked to copy in
 * @room:	entries in the four arrays
 * @segs:	the guest's side of each segment
 * @vecs:	our side of each segment
 * @handles:	of each mapped segment, to be unmapped, else INVALID_GRANT_HANDLE
 * @kept:	of each segment, the persistent page it is in, or NULL
 * @next_seg:	first segment that the device has not been given
 * @next:	first sector likewise, of data or of a discard
 * @discard_left: sectors still to be discarded
 * @bio:	must be last; private, and used again for what does not fit into one,
 *		so that no allocation can fail or wait between the ring and the
 *		device
 */
struct bblk_io {
	struct list_head node;
	struct llist_node done;
	struct bblk_thread *thread;
	struct blkif_req req;
	enum bblk_way way;
	s16 status;
	unsigned int first_op;
	unsigned int nr_ops;
	unsigned int room;
	struct blkif_seg *segs;
	struct bio_vec *vecs;
	grant_handle_t *handles;
	struct persist_page **kept;
	unsigned int next_seg;
	u64 next;
	u64 discard_left;
	struct bio bio;
};

int bblk_io_init(struct bblk_io *io, struct bblk_thread *thread);
void bblk_io_exit(struct bblk_io *io);
int bblk_io_reserve(struct bblk_io *io, unsigned int copy_max);
void bblk_io_release(struct bblk_io *io);

void bblk_io_gather_in(struct bblk_io *io);
int bblk_io_finish_in(struct bblk_io *io);
void bblk_io_submit(struct bblk_io *io);

bool bblk_io_resubmit(struct bblk_io *io);
bool bblk_io_busy_below(const struct bblk_io *io);
void bblk_io_gather_out(struct bblk_io *io);
void bblk_io_finish_out(struct bblk_io *io);

#endif /* _BLANKET_BLK_IO_H */
