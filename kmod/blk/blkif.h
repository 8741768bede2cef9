/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blkif protocol, apart from all movement: no I/O, no allocation, no
 * shared memory but what blkif_slot_copy() reads and blkif_put_response()
 * writes. Builds in the kernel and in user space.
 *
 *	ring slot --blkif_slot_copy()--> struct blkif_slot, private
 *	    `--blkif_parse()--> struct blkif_req, struct blkif_seg[]
 *	descriptor page, private copy
 *	    `--blkif_parse_indirect()--> struct blkif_seg[]
 *	result --blkif_put_response()--> ring slot
 */
#ifndef _BLANKET_BLKIF_H
#define _BLANKET_BLKIF_H

#include <linux/types.h>
#include <xen/interface/io/blkif.h>

#define BLKIF_SECTOR_SHIFT	9
#define BLKIF_PAGE_SECTORS	8
#define BLKIF_PAGE_SIZE		(BLKIF_PAGE_SECTORS << BLKIF_SECTOR_SHIFT)

/* One page of descriptors. */
#define BLKIF_MAX_SEGS		512

/* Indexes and their padding, ahead of a ring's first slot. */
#define BLKIF_RING_HEADER	64

/**
 * enum blkif_abi - how a guest lays out its ring
 * @BLKIF_ABI_NATIVE:	as this machine does
 * @BLKIF_ABI_X86_32:	64-bit fields aligned to 4
 * @BLKIF_ABI_X86_64:	64-bit fields aligned to 8
 */
enum blkif_abi {
	BLKIF_ABI_NATIVE,
	BLKIF_ABI_X86_32,
	BLKIF_ABI_X86_64,
};

/**
 * struct blkif_slot - private copy of a request, in the 64-bit layout
 * @operation:	BLKIF_OP_*
 * @small:	segments (read, write, flush), flags (discard), operation
 *		(indirect)
 * @half:	segments (indirect)
 * @pad:	absent from the 32-bit layout
 * @id:		the guest's own
 * @sector:	first sector on the disk
 * @seg:	read, write, flush
 * @nr_sectors:	discard
 * @handle:	indirect, ignored
 * @pad2:	indirect, ignored
 * @gref:	indirect, pages of descriptors
 */
struct blkif_slot {
	u8 operation;
	u8 small;
	u16 half;
	u32 pad;
	u64 id;
	u64 sector;
	union {
		struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
		u64 nr_sectors;
		struct {
			u16 handle;
			u16 pad2;
			grant_ref_t gref[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
		};
	};
};

/**
 * struct blkif_seg - a run of sectors within one page of the guest
 * @gref:	grant of the page
 * @first:	first sector, 0 to 7
 * @nr:		how many, at least 1; @first + @nr <= 8
 */
struct blkif_seg {
	grant_ref_t gref;
	u8 first;
	u8 nr;
};

/**
 * struct blkif_req - a request that was found valid
 * @id:		to be echoed
 * @sector:	first sector on the disk
 * @nr_sectors:	how many; 0 for an empty flush or discard, and for an
 *		indirect request until blkif_parse_indirect()
 * @descriptors: grant of the page of descriptors, if @indirect
 * @nr_segs:	pages of data, 0 to BLKIF_MAX_SEGS
 * @operation:	to be echoed: read, write, flush or discard, never indirect
 * @indirect:	segments are still to come, from @descriptors
 * @secure:	discard so that nothing can be read back
 */
struct blkif_req {
	u64 id;
	u64 sector;
	u64 nr_sectors;
	grant_ref_t descriptors;
	u16 nr_segs;
	u8 operation;
	bool indirect;
	bool secure;
};

/**
 * struct blkif_disk - what requests are checked against
 * @sectors:	size in sectors of 512 bytes
 * @block:	logical block in sectors, a power of two
 * @readonly:	refuse whatever changes data
 * @discard:	discard is offered
 * @secure:	secure discard is offered
 */
struct blkif_disk {
	u64 sectors;
	u32 block;
	bool readonly;
	bool discard;
	bool secure;
};

unsigned int blkif_slot_size(enum blkif_abi abi);
unsigned int blkif_ring_slots(enum blkif_abi abi, unsigned int bytes);
void blkif_slot_copy(struct blkif_slot *slot, const void *shared,
		     enum blkif_abi abi);
int blkif_parse(struct blkif_req *req, struct blkif_seg *segs,
		const struct blkif_slot *slot, const struct blkif_disk *disk);
int blkif_parse_indirect(struct blkif_req *req, struct blkif_seg *segs,
			 const struct blkif_request_segment *descriptors,
			 const struct blkif_disk *disk);
void blkif_put_response(void *shared, u64 id, u8 operation, s16 status);

/**
 * blkif_ring_overrun() - does the front end claim more than a ring holds?
 * @req_prod:	its producer index
 * @rsp_prod:	responses produced so far
 * @slots:	slots in the ring
 *
 * Return: true if it does, and must not be served.
 */
static inline bool blkif_ring_overrun(u32 req_prod, u32 rsp_prod, u32 slots)
{
	return req_prod - rsp_prod > slots;
}

/**
 * blkif_is_nothing() - is there nothing to do?
 * @req:	a valid request
 *
 * Return: true for a discard of no sectors.
 */
static inline bool blkif_is_nothing(const struct blkif_req *req)
{
	return req->operation == BLKIF_OP_DISCARD && !req->nr_sectors;
}

#endif /* _BLANKET_BLKIF_H */
