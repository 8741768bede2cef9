/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a guest may ask of a disk it has to itself, for all queues together: bytes
 * and requests a second. (Of a block device's I/O dom0's control groups are the limit.)
 * A queue without credit leaves requests in the guest's ring, and looks again when
 * there is some.
 */
#ifndef _BLANKET_BLK_LIMIT_H
#define _BLANKET_BLK_LIMIT_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "../core/credit.h"

/**
 * struct bblk_limit - what a disk's guest has left
 * @lock:	guards the buckets
 * @on:		one of them has a limit
 * @bytes:	read and written
 * @requests:	of all kinds, in the place of bytes
 */
struct bblk_limit {
	spinlock_t lock; /* all below */
	bool on;
	struct credit bytes;
	struct credit requests;
};

/** bblk_limit_init() - no limit */
static inline void bblk_limit_init(struct bblk_limit *limit)
{
	spin_lock_init(&limit->lock);
}

/**
 * bblk_limit_set() - a limit, from now on
 * @limit:	the disk's
 * @bucket:	which of its two
 * @rate:	a second; 0: none
 *
 * Context: process context.
 */
static inline void bblk_limit_set(struct bblk_limit *limit,
				  struct credit *bucket, u64 rate)
{
	spin_lock_bh(&limit->lock);
	credit_set(bucket, rate, CREDIT_INTERVAL, ktime_to_us(ktime_get()));
	WRITE_ONCE(limit->on, limit->bytes.rate || limit->requests.rate);
	spin_unlock_bh(&limit->lock);
}

/**
 * bblk_limit_wait() - may a request be taken?
 * @limit:	the disk's
 *
 * Context: a ring's pass, a tasklet.
 * Return: 0 if it may, else for how many jiffies it may not.
 */
static inline unsigned long bblk_limit_wait(struct bblk_limit *limit)
{
	u64 now, wait = 0;

	if (likely(!READ_ONCE(limit->on)))
		return 0;
	spin_lock(&limit->lock);
	now = ktime_to_us(ktime_get());
	if (limit->bytes.rate)
		wait = credit_wait(&limit->bytes, now);
	if (limit->requests.rate)
		wait = max(wait, credit_wait(&limit->requests, now));
	spin_unlock(&limit->lock);
	/* A rate of next to nothing is looked at again, it may be changed. */
	return wait ? usecs_to_jiffies(min_t(u64, wait, CREDIT_SECOND)) + 1 : 0;
}

/**
 * bblk_limit_spend() - count a request that was taken
 * @limit:	the disk's
 * @bytes:	to be read or written
 *
 * Context: a ring's pass, a tasklet.
 */
static inline void bblk_limit_spend(struct bblk_limit *limit, u32 bytes)
{
	if (likely(!READ_ONCE(limit->on)))
		return;
	spin_lock(&limit->lock);
	if (limit->bytes.rate)
		credit_spend(&limit->bytes, bytes);
	if (limit->requests.rate)
		credit_spend(&limit->requests, 1);
	spin_unlock(&limit->lock);
}

#endif /* _BLANKET_BLK_LIMIT_H */
