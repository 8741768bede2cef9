// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/blk/blkif.c against a hostile ring: the input is the disk's traits,
 * one slot, and descriptors for an indirect request. What is found valid must
 * stay within the disk and within the guest's pages.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/blk/blkif.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

struct input {
	u32 sectors;
	u8 abi;
	u8 block;
	u8 traits;
	u8 slot[SLOT_SIZE_64];
	u8 descriptors[BLKIF_MAX_SEGS * sizeof(struct blkif_request_segment)];
} __attribute__((packed));

static void check_within(const struct blkif_req *req,
			 const struct blkif_disk *disk)
{
	MUST(req->nr_sectors <= disk->sectors);
	MUST(req->sector <= disk->sectors);
	MUST(req->sector + req->nr_sectors <= disk->sectors);
	MUST(!(req->sector % disk->block));
	MUST(!(req->nr_sectors % disk->block));
}

static void check_segs(const struct blkif_req *req, const struct blkif_seg *segs)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < req->nr_segs; i++) {
		MUST(segs[i].nr >= 1);
		MUST(segs[i].first + segs[i].nr <= BLKIF_PAGE_SECTORS);
		sum += segs[i].nr;
	}
	MUST(sum == req->nr_sectors);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct blkif_request_segment descriptors[BLKIF_MAX_SEGS];
	struct blkif_seg few[BLKIF_MAX_SEGMENTS_PER_REQUEST];
	struct blkif_seg many[BLKIF_MAX_SEGS];
	struct blkif_disk disk;
	struct blkif_slot slot;
	struct blkif_req req;
	struct input in = {};

	memcpy(&in, bytes, min(len, sizeof(in)));
	disk = (struct blkif_disk){
		.sectors = in.sectors,
		.block = 1u << (in.block & 3),
		.readonly = in.traits & 1,
		.discard = in.traits & 2,
		.secure = in.traits & 4,
	};
	blkif_slot_copy(&slot, in.slot, in.abi % 3);
	if (blkif_parse(&req, few, &slot, &disk) != BLKIF_RSP_OKAY) {
		MUST(req.id == slot.id);
		return 0;
	}
	MUST(!disk.readonly || req.operation == BLKIF_OP_READ ||
	     (req.operation == BLKIF_OP_FLUSH_DISKCACHE && !req.nr_segs));
	if (req.indirect) {
		MUST(req.operation == BLKIF_OP_READ ||
		     req.operation == BLKIF_OP_WRITE);
		MUST(req.nr_segs >= 1 && req.nr_segs <= BLKIF_MAX_SEGS);
		memcpy(descriptors, in.descriptors, sizeof(descriptors));
		if (blkif_parse_indirect(&req, many, descriptors, &disk) !=
		    BLKIF_RSP_OKAY)
			return 0;
		check_segs(&req, many);
	} else if (req.operation == BLKIF_OP_DISCARD) {
		MUST(disk.discard && !req.nr_segs);
	} else {
		MUST(req.nr_segs <= BLKIF_MAX_SEGMENTS_PER_REQUEST);
		check_segs(&req, few);
	}
	if (req.nr_segs || req.operation == BLKIF_OP_DISCARD)
		check_within(&req, &disk);
	return 0;
}
