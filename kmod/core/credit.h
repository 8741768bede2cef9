/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a guest may send, or ask of a disk: a token bucket, pure.
 *
 * Credit grows with time, up to what one interval gives, and a packet may go
 * while there is any. It may cost more than there was: the debt is waited for
 * after it, so that packets larger than the bucket pass, too, and the rate
 * holds on average. A disk's requests are counted in bytes, and in requests.
 */
#ifndef _BLANKET_CREDIT_H
#define _BLANKET_CREDIT_H

#include <linux/types.h>

#define CREDIT_SECOND 1000000u	/* microseconds */
/* 1 Tb/s: what is counted with fits, and nobody has more */
#define CREDIT_MOST_RATE 137438953472ull
/* With less, more would come than fits while a slow clock ticks twice. */
#define CREDIT_LEAST_INTERVAL 20000u
#define CREDIT_MOST_INTERVAL CREDIT_SECOND
/* as xl has it */
#define CREDIT_INTERVAL 50000u

/**
 * struct credit - what a guest has left
 * @rate:	bytes a second, at most CREDIT_MOST_RATE; 0: no limit
 * @interval:	microseconds that credit gathers for
 * @at:		when it was last counted, in microseconds
 * @left:	in millionths of a byte, so that no rounding adds up; a debt is
 *		negative
 */
struct credit {
	u64 rate;
	u32 interval;
	u64 at;
	s64 left;
};

/**
 * credit_set() - begin anew with a full bucket
 * @c:		the bucket
 * @rate:	bytes a second, cut to CREDIT_MOST_RATE; 0: no limit
 * @interval:	microseconds, moved into what is allowed
 * @now:	microseconds of a clock that never goes back
 */
static inline void credit_set(struct credit *c, u64 rate, u64 interval, u64 now)
{
	if (rate > CREDIT_MOST_RATE)
		rate = CREDIT_MOST_RATE;
	if (interval < CREDIT_LEAST_INTERVAL)
		interval = CREDIT_LEAST_INTERVAL;
	if (interval > CREDIT_MOST_INTERVAL)
		interval = CREDIT_MOST_INTERVAL;
	c->rate = rate;
	c->interval = interval;
	c->at = now;
	c->left = rate * interval;
}

/**
 * credit_wait() - may a packet go?
 * @c:		the bucket, with a limit
 * @now:	microseconds
 *
 * Return: 0 if it may, else for how many microseconds it may not.
 */
static inline u64 credit_wait(struct credit *c, u64 now)
{
	s64 full = c->rate * c->interval;
	u64 passed = now - c->at;

	/* Divided, as the product of a long time would not fit. */
	if (passed > (u64)(full - c->left) / c->rate)
		c->left = full;
	else
		c->left += passed * c->rate;
	c->at = now;
	return c->left > 0 ? 0 : (u64)-c->left / c->rate + 1;
}

/** credit_spend() - take a packet of @bytes from bucket @c, which has a limit */
static inline void credit_spend(struct credit *c, u32 bytes)
{
	c->left -= (s64)bytes * CREDIT_SECOND;
}

#endif /* _BLANKET_CREDIT_H */
