// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and checking block requests of a guest that may lie. Nothing here
 * looks twice at memory the guest can write (XSA-155).
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#include "blkif.h"

#define SLOT_SIZE_32	108
#define SLOT_SIZE_64	112

/* The layouts differ only in where what follows the head begins. */
#define HEAD_SIZE	4
#define BODY_32		4
#define BODY_64		8
#define BODY_SIZE	(SLOT_SIZE_32 - BODY_32)

static_assert(sizeof(struct blkif_slot) == SLOT_SIZE_64);
static_assert(offsetof(struct blkif_slot, id) == BODY_64);
static_assert(sizeof(struct blkif_request_segment) * BLKIF_MAX_SEGS <=
	      BLKIF_PAGE_SIZE);

static bool is_32(enum blkif_abi abi)
{
	if (abi == BLKIF_ABI_NATIVE)
		return offsetof(struct blkif_request, u.rw.id) == BODY_32;
	return abi == BLKIF_ABI_X86_32;
}

/**
 * blkif_slot_size() - distance between slots of a ring
 * @abi:	the guest's layout
 *
 * Return: bytes.
 */
unsigned int blkif_slot_size(enum blkif_abi abi)
{
	return is_32(abi) ? SLOT_SIZE_32 : SLOT_SIZE_64;
}

/**
 * blkif_ring_slots() - slots in a ring
 * @abi:	the guest's layout
 * @bytes:	size of the ring, at least one page
 *
 * Return: a power of two.
 */
unsigned int blkif_ring_slots(enum blkif_abi abi, unsigned int bytes)
{
	unsigned int room = (bytes - BLKIF_RING_HEADER) / blkif_slot_size(abi);
	unsigned int slots = 1;

	while (slots * 2 <= room)
		slots *= 2;
	return slots;
}

/**
 * blkif_slot_copy() - take a request out of the ring
 * @slot:	private memory
 * @shared:	the slot in the ring; read once, not to be looked at again
 * @abi:	the guest's layout
 */
void blkif_slot_copy(struct blkif_slot *slot, const void *shared,
		     enum blkif_abi abi)
{
	void *private = slot;

	memcpy(private, shared, HEAD_SIZE);
	slot->pad = 0;
	memcpy(private + BODY_64, shared + (is_32(abi) ? BODY_32 : BODY_64),
	       BODY_SIZE);
}

static int check_range(const struct blkif_req *req,
		       const struct blkif_disk *disk)
{
	if (req->nr_sectors > disk->sectors ||
	    req->sector > disk->sectors - req->nr_sectors)
		return BLKIF_RSP_ERROR;
	if ((req->sector | req->nr_sectors) & (disk->block - 1))
		return BLKIF_RSP_ERROR;
	return BLKIF_RSP_OKAY;
}

static int parse_segs(struct blkif_req *req, struct blkif_seg *segs,
		      const struct blkif_request_segment *from,
		      const struct blkif_disk *disk)
{
	unsigned int i;

	req->nr_sectors = 0;
	for (i = 0; i < req->nr_segs; i++) {
		u8 first = from[i].first_sect, last = from[i].last_sect;

		if (last >= BLKIF_PAGE_SECTORS || first > last)
			return BLKIF_RSP_ERROR;
		segs[i] = (struct blkif_seg){
			.gref = from[i].gref,
			.first = first,
			.nr = last - first + 1,
		};
		if (segs[i].nr & (disk->block - 1))
			return BLKIF_RSP_ERROR;
		req->nr_sectors += segs[i].nr;
	}
	return check_range(req, disk);
}

static int parse_direct(struct blkif_req *req, struct blkif_seg *segs,
			const struct blkif_slot *slot,
			const struct blkif_disk *disk)
{
	req->nr_segs = slot->small;
	if (!req->nr_segs)	/* a flush need not carry data, and need not name a sector */
		return req->operation == BLKIF_OP_FLUSH_DISKCACHE ?
			BLKIF_RSP_OKAY : BLKIF_RSP_ERROR;
	if (req->nr_segs > BLKIF_MAX_SEGMENTS_PER_REQUEST)
		return BLKIF_RSP_ERROR;
	if (disk->readonly && req->operation != BLKIF_OP_READ)
		return BLKIF_RSP_ERROR;
	return parse_segs(req, segs, slot->seg, disk);
}

static int parse_indirect(struct blkif_req *req, const struct blkif_slot *slot,
			  const struct blkif_disk *disk)
{
	req->operation = slot->small;	/* which the response echoes */
	req->indirect = true;
	req->nr_segs = slot->half;
	req->descriptors = slot->gref[0];
	if (req->operation != BLKIF_OP_READ && req->operation != BLKIF_OP_WRITE)
		return BLKIF_RSP_ERROR;
	if (!req->nr_segs || req->nr_segs > BLKIF_MAX_SEGS)
		return BLKIF_RSP_ERROR;
	if (disk->readonly && req->operation != BLKIF_OP_READ)
		return BLKIF_RSP_ERROR;
	return BLKIF_RSP_OKAY;
}

static int parse_discard(struct blkif_req *req, const struct blkif_slot *slot,
			 const struct blkif_disk *disk)
{
	req->nr_sectors = slot->nr_sectors;
	req->secure = disk->secure && slot->small & BLKIF_DISCARD_SECURE;
	if (!disk->discard)
		return BLKIF_RSP_EOPNOTSUPP;
	if (disk->readonly)
		return BLKIF_RSP_ERROR;
	return check_range(req, disk);
}

/**
 * blkif_parse() - read and check one request
 * @req:	filled in; @id and @operation are valid whatever is returned
 * @segs:	room for BLKIF_MAX_SEGMENTS_PER_REQUEST, filled in unless the
 *		request is indirect
 * @slot:	private copy of the request
 * @disk:	what to check against
 *
 * Return: BLKIF_RSP_OKAY, or the status to answer with.
 */
int blkif_parse(struct blkif_req *req, struct blkif_seg *segs,
		const struct blkif_slot *slot, const struct blkif_disk *disk)
{
	*req = (struct blkif_req){
		.id = slot->id,
		.sector = slot->sector,
		.operation = slot->operation,
	};

	switch (slot->operation) {
	case BLKIF_OP_READ:
	case BLKIF_OP_WRITE:
	case BLKIF_OP_FLUSH_DISKCACHE:
		return parse_direct(req, segs, slot, disk);
	case BLKIF_OP_INDIRECT:
		return parse_indirect(req, slot, disk);
	case BLKIF_OP_DISCARD:
		return parse_discard(req, slot, disk);
	default:
		return BLKIF_RSP_EOPNOTSUPP;
	}
}

/**
 * blkif_parse_indirect() - read and check the segments of an indirect request
 * @req:	what blkif_parse() found valid; its nr_sectors is filled in
 * @segs:	room for @req->nr_segs, filled in
 * @descriptors: private copy of as many descriptors
 * @disk:	what to check against
 *
 * Return: BLKIF_RSP_OKAY, or the status to answer with.
 */
int blkif_parse_indirect(struct blkif_req *req, struct blkif_seg *segs,
			 const struct blkif_request_segment *descriptors,
			 const struct blkif_disk *disk)
{
	return parse_segs(req, segs, descriptors, disk);
}

/**
 * blkif_put_response() - write a response, and nothing but its fields
 * @shared:	the slot in the ring
 * @id:		of the request
 * @operation:	of the request
 * @status:	BLKIF_RSP_*
 *
 * All layouts agree on the offsets, though not on the alignment. The padding
 * is left as the guest wrote it: no byte of ours leaks (XSA-216).
 */
void blkif_put_response(void *shared, u64 id, u8 operation, s16 status)
{
	memcpy(shared + offsetof(struct blkif_response, id), &id, sizeof(id));
	memcpy(shared + offsetof(struct blkif_response, operation), &operation,
	       sizeof(operation));
	memcpy(shared + offsetof(struct blkif_response, status), &status,
	       sizeof(status));
}
