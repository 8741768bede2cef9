/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's request cut to what a virtio disk takes, pure: no I/O, no
 * allocation, no shared memory. Builds in the kernel and in user space.
 *
 *	cut_begin()
 *	cut_next() ...	pieces that may go to the device now
 *	cut_done() ...	what became of each, in any order
 *	cut_over()	then its status is the request's
 *
 *	read, write	a piece for each so many segments
 *	flush		a flush
 *	 with data	a flush | the data as for a write | a flush
 *	discard		a piece for each so many sectors
 *
 * At a | what came before has to be done. A flush with data is so both to a
 * front end that means "flush, then write" and to one that means "write, and
 * through the cache". When a piece has failed no more are handed out.
 */
#ifndef _BLANKET_BLK_CUT_H
#define _BLANKET_BLK_CUT_H

#include <linux/types.h>
#include <linux/virtio_blk.h>

#include "blkif.h"

/**
 * struct cut_limits - what the device takes
 * @segs:	most of a guest's segments in a request, at least 1
 * @discard:	most sectors to discard at once, 0: none
 * @discard_alignment: where to cut, in sectors, at least 1
 * @secure_erase: most sectors to erase at once, 0: none
 * @flush:	it knows how to flush
 */
struct cut_limits {
	u32 segs;
	u32 discard;
	u32 discard_alignment;
	u32 secure_erase;
	bool flush;
};

/** enum cut_stage - what is to be handed out next */
enum cut_stage {
	CUT_OVER,
	CUT_FLUSH_BEFORE,
	CUT_SEGS,
	CUT_RANGE,
	CUT_FLUSH_AFTER,
};

/**
 * struct cut - how far a request has come
 * @sector:	where the next piece begins
 * @left:	sectors of a range still to come
 * @seg:	first segment of the next piece
 * @pending:	pieces handed out and not done
 * @status:	BLKIF_RSP_*, the worst so far
 * @stage:	what comes next
 * @barrier:	but not before all pieces are done
 */
struct cut {
	u64 sector;
	u64 left;
	u16 seg;
	u16 pending;
	s16 status;
	u8 stage;
	bool barrier;
};

/**
 * struct cut_piece - one request to the device
 * @type:	VIRTIO_BLK_T_*
 * @sector:	where it begins
 * @nr_sectors:	of a range; else 0
 * @seg:	first segment of the guest's
 * @nr_segs:	how many
 */
struct cut_piece {
	u32 type;
	u32 nr_sectors;
	u64 sector;
	u16 seg;
	u16 nr_segs;
};

int cut_begin(struct cut *cut, const struct blkif_req *req,
	      const struct cut_limits *limits);
bool cut_next(struct cut *cut, const struct blkif_req *req,
	      const struct blkif_seg *segs, const struct cut_limits *limits,
	      struct cut_piece *piece);
void cut_done(struct cut *cut, const struct blkif_req *req, u8 status);

/**
 * cut_over() - is nothing to come, and nothing with the device?
 * @cut:	the request
 *
 * Return: true if its status is final.
 */
static inline bool cut_over(const struct cut *cut)
{
	return cut->stage == CUT_OVER && !cut->pending;
}

#endif /* _BLANKET_BLK_CUT_H */
