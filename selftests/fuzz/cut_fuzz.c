// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/blk/cut.c against any request and any device: the input is what is
 * asked, what the device takes, and what it answers in which order. Every
 * sector of a request that ends well went to the device once, in pieces that
 * it takes, and a flush with data has one before and one behind it all.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/blk/cut.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

/* Pieces of a range that are looked at: it may be cut without end. */
#define PIECES_MAX	4096

struct input {
	u8 operation;
	u8 flags;
	u8 nr_segs;
	u8 segs;
	u64 sector;
	u32 nr_sectors;
	u32 most;
	u32 align;
	u8 answers[64];
} __attribute__((packed));

struct seen {
	u64 sectors;
	u64 next;
	unsigned int segs;
	unsigned int flushes;
};

static void see(const struct cut_piece *piece, const struct blkif_req *req,
		const struct blkif_seg *segs, const struct cut_limits *limits,
		struct seen *seen)
{
	unsigned int i;

	if (piece->type == VIRTIO_BLK_T_FLUSH) {
		MUST(req->operation == BLKIF_OP_FLUSH_DISKCACHE);
		MUST(!seen->segs || seen->segs == req->nr_segs);
		seen->flushes++;
		return;
	}
	MUST(piece->sector == seen->next);
	if (req->operation == BLKIF_OP_DISCARD) {
		u32 most = req->secure ? limits->secure_erase : limits->discard;

		MUST(piece->nr_sectors && piece->nr_sectors <= most);
		seen->sectors += piece->nr_sectors;
	} else {
		MUST(piece->nr_segs && piece->nr_segs <= limits->segs);
		MUST(piece->seg == seen->segs);
		MUST(piece->seg + piece->nr_segs <= req->nr_segs);
		MUST(req->operation != BLKIF_OP_FLUSH_DISKCACHE || seen->flushes == 1);
		for (i = 0; i < piece->nr_segs; i++)
			seen->sectors += segs[piece->seg + i].nr;
		seen->segs += piece->nr_segs;
	}
	seen->next = req->sector + seen->sectors;
}

static void run(const struct input *in, const struct blkif_req *req, const struct blkif_seg *segs,
		const struct cut_limits *limits)
{
	unsigned int handed = 0, back = 0, bad = 0;
	struct seen seen = { .next = req->sector };
	struct cut_piece piece;
	struct cut cut;

	if (cut_begin(&cut, req, limits) != BLKIF_RSP_OKAY)
		return;
	MUST(!cut_over(&cut));
	while (!cut_over(&cut) && handed < PIECES_MAX) {
		u8 answer = in->answers[back % sizeof(in->answers)];

		/* Now and then the device answers first. */
		while ((!cut.pending || !(answer & 0x80)) && handed < PIECES_MAX &&
		       cut_next(&cut, req, segs, limits, &piece)) {
			MUST(!bad);
			see(&piece, req, segs, limits, &seen);
			handed++;
			answer += 0x40;
		}
		if (cut_over(&cut) || handed == PIECES_MAX)
			break;
		MUST(cut.pending && cut.pending == handed - back);
		answer = in->answers[back++ % sizeof(in->answers)] & 3;
		bad += answer != VIRTIO_BLK_S_OK;
		cut_done(&cut, req, answer);
		MUST(!bad == (cut.status == BLKIF_RSP_OKAY));
	}
	if (!cut_over(&cut) || bad)
		return;
	MUST(cut.status == BLKIF_RSP_OKAY && handed == back);
	MUST(seen.sectors == req->nr_sectors && seen.segs == req->nr_segs);
	if (req->operation == BLKIF_OP_FLUSH_DISKCACHE)
		MUST(seen.flushes == (req->nr_segs ? 2 : 1));
	MUST(!cut_next(&cut, req, segs, limits, &piece));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const u8 operations[] = {
		BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_OP_FLUSH_DISKCACHE, BLKIF_OP_DISCARD,
	};
	struct cut_limits limits;
	struct blkif_seg *segs;
	struct blkif_req req;
	struct input in = {};
	unsigned int i;

	memcpy(&in, bytes, min(len, sizeof(in)));
	limits = (struct cut_limits){
		.segs = 1 + in.segs,
		.discard = in.most,
		.discard_alignment = in.align ?: 1,
		.secure_erase = in.flags & 2 ? in.most / 3 : 0,
		.flush = in.flags & 4,
	};
	req = (struct blkif_req){
		.operation = operations[in.operation % 4],
		.sector = in.sector >> 1,
		.secure = in.flags & 1,
	};
	/* exactly as many as there are, so that ASan sees one more */
	if (req.operation != BLKIF_OP_DISCARD)
		req.nr_segs = req.operation == BLKIF_OP_FLUSH_DISKCACHE ? in.nr_segs : 1 + in.nr_segs;
	else
		req.nr_sectors = 1ULL + in.nr_sectors;
	segs = calloc(req.nr_segs, sizeof(*segs));
	for (i = 0; i < req.nr_segs; i++) {
		segs[i].nr = 1 + (in.answers[i % sizeof(in.answers)] & 7);
		req.nr_sectors += segs[i].nr;
	}
	run(&in, &req, segs, &limits);
	free(segs);
	return 0;
}
