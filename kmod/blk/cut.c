// SPDX-License-Identifier: GPL-2.0-only
/* A guest's request cut to what a virtio disk takes. See cut.h. */
#include <linux/types.h>

#include "cut.h"

/**
 * cut_begin() - look at a request
 * @cut:	filled in
 * @req:	the request, valid, not an empty discard
 * @limits:	the device's
 *
 * Return: BLKIF_RSP_OKAY, or the status to answer with: the device cannot.
 */
int cut_begin(struct cut *cut, const struct blkif_req *req,
	      const struct cut_limits *limits)
{
	*cut = (struct cut){
		.sector = req->sector,
		.status = BLKIF_RSP_OKAY,
		.stage = CUT_SEGS,
	};
	switch (req->operation) {
	case BLKIF_OP_FLUSH_DISKCACHE:
		cut->stage = CUT_FLUSH_BEFORE;
		return limits->flush ? BLKIF_RSP_OKAY : BLKIF_RSP_EOPNOTSUPP;
	case BLKIF_OP_DISCARD:
		cut->stage = CUT_RANGE;
		cut->left = req->nr_sectors;
		return (req->secure ? limits->secure_erase : limits->discard) ?
		       BLKIF_RSP_OKAY : BLKIF_RSP_EOPNOTSUPP;
	default:
		return BLKIF_RSP_OKAY;
	}
}

static void next_segs(struct cut *cut, const struct blkif_req *req,
		      const struct blkif_seg *segs,
		      const struct cut_limits *limits, struct cut_piece *piece)
{
	u32 nr = req->nr_segs - cut->seg;

	if (nr > limits->segs)
		nr = limits->segs;
	piece->type = req->operation == BLKIF_OP_READ ? VIRTIO_BLK_T_IN :
							VIRTIO_BLK_T_OUT;
	piece->sector = cut->sector;
	piece->seg = cut->seg;
	piece->nr_segs = nr;
	while (nr--)
		cut->sector += segs[cut->seg++].nr;
	if (cut->seg < req->nr_segs)
		return;
	cut->stage = CUT_OVER;
	if (req->operation == BLKIF_OP_FLUSH_DISKCACHE) {
		cut->stage = CUT_FLUSH_AFTER;
		cut->barrier = true;
	}
}

static void next_range(struct cut *cut, const struct blkif_req *req,
		       const struct cut_limits *limits,
		       struct cut_piece *piece)
{
	u32 most = req->secure ? limits->secure_erase : limits->discard;

	piece->type = req->secure ? VIRTIO_BLK_T_SECURE_ERASE :
				    VIRTIO_BLK_T_DISCARD;
	piece->sector = cut->sector;
	if (cut->left > most) {
		u32 beyond = (cut->sector + most) % limits->discard_alignment;

		/* Neighbours meet where the device likes it. */
		piece->nr_sectors = beyond < most ? most - beyond : most;
	} else {
		piece->nr_sectors = cut->left;
		cut->stage = CUT_OVER;
	}
	cut->sector += piece->nr_sectors;
	cut->left -= piece->nr_sectors;
}

/**
 * cut_next() - the next piece for the device
 * @cut:	the request
 * @req:	the same
 * @segs:	its segments
 * @limits:	the device's
 * @piece:	filled in
 *
 * Return: true if there is one that may go now; it counts as with the device.
 */
bool cut_next(struct cut *cut, const struct blkif_req *req,
	      const struct blkif_seg *segs, const struct cut_limits *limits,
	      struct cut_piece *piece)
{
	if (cut->barrier && cut->pending)
		return false;
	cut->barrier = false;
	*piece = (struct cut_piece){ .type = VIRTIO_BLK_T_FLUSH };
	switch (cut->stage) {
	case CUT_FLUSH_BEFORE:
		cut->stage = CUT_OVER;
		if (req->nr_segs) {
			cut->stage = CUT_SEGS;
			cut->barrier = true;
		}
		break;
	case CUT_SEGS:
		next_segs(cut, req, segs, limits, piece);
		break;
	case CUT_RANGE:
		next_range(cut, req, limits, piece);
		break;
	case CUT_FLUSH_AFTER:
		cut->stage = CUT_OVER;
		break;
	default:
		return false;
	}
	cut->pending++;
	return true;
}

/* What does the device's answer mean to the guest? */
static s16 status_of(const struct blkif_req *req, u8 status)
{
	bool data = req->operation == BLKIF_OP_READ ||
		    req->operation == BLKIF_OP_WRITE;

	if (status == VIRTIO_BLK_S_OK)
		return BLKIF_RSP_OKAY;
	/* Nobody can do without reading and writing. */
	if (status == VIRTIO_BLK_S_UNSUPP && !data)
		return BLKIF_RSP_EOPNOTSUPP;
	return BLKIF_RSP_ERROR;
}

/**
 * cut_done() - the device is done with a piece
 * @cut:	the request
 * @req:	the same
 * @status:	VIRTIO_BLK_S_*; what is none counts as an error
 */
void cut_done(struct cut *cut, const struct blkif_req *req, u8 status)
{
	s16 worst = status_of(req, status);

	cut->pending--;
	if (worst == BLKIF_RSP_OKAY)
		return;
	cut->stage = CUT_OVER;
	if (cut->status != BLKIF_RSP_ERROR)
		cut->status = worst;
}
