/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ring counts. */
#ifndef _BLANKET_BLK_STATS_H
#define _BLANKET_BLK_STATS_H

#include <linux/types.h>

#include "../core/grant.h"

/**
 * struct bblk_stats - counters of a ring, or the sum of several
 * @oo_req:	times the ring had to wait for pages
 * @rd_req:	reads
 * @wr_req:	writes
 * @f_req:	flushes
 * @ds_req:	discards
 * @rd_sect:	sectors of 512 bytes read
 * @wr_sect:	sectors of 512 bytes written
 * @bad_req:	requests answered without I/O, being invalid or unsupported
 * @refused:	requests answered with an error for want of a device
 * @copied:	requests whose data was copied
 * @mapped:	requests whose data was mapped
 * @held:	times an unmap had to wait for a page still in use below
 * @kicks:	plugs flushed to the device below, or kicks of it
 * @events:	events from the guest
 * @notifies:	events to the guest
 * @polls_found: waits for more that found something
 * @polls_vain:	waits that did not
 * @persistent_hits: segments whose page was mapped already
 * @throttled:	times requests were left in the ring for want of credit
 * @grant:	what was asked of Xen
 *
 * Written by the ring's server alone, read by anyone; u64 throughout.
 */
struct bblk_stats {
	u64 oo_req;
	u64 rd_req;
	u64 wr_req;
	u64 f_req;
	u64 ds_req;
	u64 rd_sect;
	u64 wr_sect;
	u64 bad_req;
	u64 refused;
	u64 copied;
	u64 mapped;
	u64 held;
	u64 kicks;
	u64 events;
	u64 notifies;
	u64 polls_found;
	u64 polls_vain;
	u64 persistent_hits;
	u64 throttled;
	struct blanket_grant_stats grant;
};

void bblk_stats_add(struct bblk_stats *sum, const struct bblk_stats *stats);

extern const struct attribute_group *bblk_sysfs_groups[];

#endif /* _BLANKET_BLK_STATS_H */
