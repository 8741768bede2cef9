/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of a guest's frames are worth a mapping: those that come again, pure.
 *
 * Most pages are seen once only, and for these Xen's copy is cheaper. So a few
 * thousand frames that came lately are remembered, one a cell, and let in when
 * they come again.
 *
 *	frame -> cell: itself      admitted
 *	               nothing     remembered
 *	               another     remembered in its place, or not: a coin's toss
 *
 * A guest's pages are used in turns, and frames that meet in a cell come in
 * turns, too: if the latest always stayed, neither would ever be seen twice.
 */
#ifndef _BLANKET_DOORKEEPER_H
#define _BLANKET_DOORKEEPER_H

#include <linux/types.h>

#define DOORKEEPER_MIX 0x9e3779b1u	/* 2^32 over the golden ratio, as a prime */

/**
 * struct doorkeeper - frames that came once
 * @cells:	the frames, by hash; 0 for none
 * @bits:	logarithm of their number, at most 16
 * @key:	of the hash, odd: no guest can choose frames that meet
 * @coin:	what the next toss is made of, never 0
 */
struct doorkeeper {
	u32 *cells;
	unsigned int bits;
	u32 key;
	u32 coin;
};

/*
 * A guest's frames are often neighbours. One multiplication alone would let
 * whole rows of them meet with some keys; what comes between breaks them up.
 */
static inline u32 doorkeeper_hash(const struct doorkeeper *dk, u32 frame)
{
	u32 hash = frame * dk->key;

	hash ^= hash >> 16;
	return hash * DOORKEEPER_MIX >> (32 - dk->bits);
}

static inline u32 *doorkeeper_cell(const struct doorkeeper *dk, u32 frame)
{
	return &dk->cells[doorkeeper_hash(dk, frame)];
}

/* Marsaglia's xorshift: nobody gains by guessing it. */
static inline bool doorkeeper_toss(struct doorkeeper *dk)
{
	dk->coin ^= dk->coin << 13;
	dk->coin ^= dk->coin >> 17;
	dk->coin ^= dk->coin << 5;
	return dk->coin >> 31;
}

/**
 * doorkeeper_init() - nothing came yet
 * @dk:		the doorkeeper
 * @cells:	2^@bits zeroes; stay the caller's
 * @bits:	1 to 16
 * @random:	nothing a guest could know
 */
static inline void doorkeeper_init(struct doorkeeper *dk, u32 *cells,
				   unsigned int bits, u32 random)
{
	dk->cells = cells;
	dk->bits = bits;
	dk->key = random | 1;
	dk->coin = dk->key;
}

/**
 * doorkeeper_admit() - did a frame come before?
 * @dk:		the doorkeeper
 * @frame:	a guest's frame, not 0
 *
 * Return: true if it did, lately.
 */
static inline bool doorkeeper_admit(struct doorkeeper *dk, u32 frame)
{
	u32 *cell = doorkeeper_cell(dk, frame);

	if (*cell == frame)
		return true;
	if (!*cell || doorkeeper_toss(dk))
		*cell = frame;
	return false;
}

/** doorkeeper_forget() - as if @frame, which @dk has just admitted, never came */
static inline void doorkeeper_forget(struct doorkeeper *dk, u32 frame)
{
	*doorkeeper_cell(dk, frame) = 0;
}

#endif /* _BLANKET_DOORKEEPER_H */
