// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/blk/blkif.c: requests of both layouts, and every way of writing them
 * wrongly. Each check of the parser has a test here that fails without it;
 * `make mutants` proves that.
 */
#include <linux/kernel.h>

#include "../../kmod/blk/blkif.c"
#include "ktap.h"

#define READ	BLKIF_OP_READ
#define WRITE	BLKIF_OP_WRITE
#define FLUSH	BLKIF_OP_FLUSH_DISKCACHE
#define DISCARD	BLKIF_OP_DISCARD
#define OKAY	BLKIF_RSP_OKAY
#define ERROR	BLKIF_RSP_ERROR
#define NOTSUPP	BLKIF_RSP_EOPNOTSUPP

static struct blkif_disk disk;
static struct blkif_slot slot;
static struct blkif_req req;
/* exactly as many as promised, so that ASan sees one more */
static struct blkif_seg segs[BLKIF_MAX_SEGMENTS_PER_REQUEST];

static void fresh(u8 operation, u64 sector)
{
	disk = (struct blkif_disk){ .sectors = 10000, .block = 1 };
	memset(&slot, 0, sizeof(slot));
	slot.operation = operation;
	slot.id = 0x1122334455667788;
	slot.sector = sector;
}

static void segment(u8 first, u8 last)
{
	unsigned int i = slot.small++;

	slot.seg[i].gref = 300 + i;
	slot.seg[i].first_sect = first;
	slot.seg[i].last_sect = last;
}

static int parse(void)
{
	/* what an earlier request left behind must not matter */
	memset(&req, 0xa5, sizeof(req));
	memset(segs, 0xa5, sizeof(segs));
	return blkif_parse(&req, segs, &slot, &disk);
}

static int discard(u64 sector, u64 nr, u8 flags)
{
	fresh(DISCARD, sector);
	disk.discard = true;
	slot.small = flags;
	slot.nr_sectors = nr;
	return parse();
}

TEST(slot_sizes)
{
	EXPECT_EQ(blkif_slot_size(BLKIF_ABI_X86_32), 108);
	EXPECT_EQ(blkif_slot_size(BLKIF_ABI_X86_64), 112);
	EXPECT_EQ(blkif_slot_size(BLKIF_ABI_NATIVE),
		  sizeof(struct blkif_request));
}

TEST(ring_slots)
{
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_NATIVE, 4096),
		  __CONST_RING_SIZE(blkif, 4096));
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_NATIVE, 4 * 4096),
		  __CONST_RING_SIZE(blkif, 4 * 4096));
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_NATIVE, 16 * 4096),
		  __CONST_RING_SIZE(blkif, 16 * 4096));
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_X86_32, 4096), 32);
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_X86_32, 2 * 4096), 64);
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_X86_64, 16 * 4096), 512);
	/* to the byte: the header and two slots, or not quite two */
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_X86_64, 64 + 2 * 112), 2);
	EXPECT_EQ(blkif_ring_slots(BLKIF_ABI_X86_64, 64 + 2 * 112 - 1), 1);
}

TEST(header_is_what_the_abi_says)
{
	EXPECT_EQ(offsetof(struct blkif_sring, ring), BLKIF_RING_HEADER);
}

TEST(ring_overrun)
{
	EXPECT(!blkif_ring_overrun(0, 0, 32));
	EXPECT(!blkif_ring_overrun(32, 0, 32));
	EXPECT(blkif_ring_overrun(33, 0, 32));
	EXPECT(blkif_ring_overrun(0, 1, 32));
	EXPECT(!blkif_ring_overrun(10, U32_MAX - 21, 32));
	EXPECT(blkif_ring_overrun(11, U32_MAX - 21, 32));
}

TEST(copy_native)
{
	struct blkif_request shared;

	memset(&shared, 0, sizeof(shared));
	shared.operation = WRITE;
	shared.u.rw.nr_segments = 11;
	shared.u.rw.id = 42;
	shared.u.rw.sector_number = 0x123456789a;
	shared.u.rw.seg[0].gref = 5;
	shared.u.rw.seg[10].gref = 7;
	shared.u.rw.seg[10].first_sect = 1;
	shared.u.rw.seg[10].last_sect = 6;
	memset(&slot, 0xa5, sizeof(slot));
	blkif_slot_copy(&slot, &shared, BLKIF_ABI_NATIVE);
	EXPECT_EQ(slot.operation, WRITE);
	EXPECT_EQ(slot.small, 11);
	EXPECT_EQ(slot.pad, 0);
	EXPECT_EQ(slot.id, 42);
	EXPECT_EQ(slot.sector, 0x123456789a);
	EXPECT_EQ(slot.seg[0].gref, 5);
	EXPECT_EQ(slot.seg[10].gref, 7);
	EXPECT_EQ(slot.seg[10].first_sect, 1);
	EXPECT_EQ(slot.seg[10].last_sect, 6);
}

TEST(copy_native_discard_and_indirect)
{
	struct blkif_request shared;

	memset(&shared, 0, sizeof(shared));
	shared.operation = DISCARD;
	shared.u.discard.flag = BLKIF_DISCARD_SECURE;
	shared.u.discard.id = 43;
	shared.u.discard.sector_number = 44;
	shared.u.discard.nr_sectors = 45;
	blkif_slot_copy(&slot, &shared, BLKIF_ABI_NATIVE);
	EXPECT_EQ(slot.small, BLKIF_DISCARD_SECURE);
	EXPECT_EQ(slot.id, 43);
	EXPECT_EQ(slot.sector, 44);
	EXPECT_EQ(slot.nr_sectors, 45);

	memset(&shared, 0, sizeof(shared));
	shared.operation = BLKIF_OP_INDIRECT;
	shared.u.indirect.indirect_op = READ;
	shared.u.indirect.nr_segments = 200;
	shared.u.indirect.id = 46;
	shared.u.indirect.sector_number = 47;
	shared.u.indirect.indirect_grefs[0] = 48;
	blkif_slot_copy(&slot, &shared, BLKIF_ABI_NATIVE);
	EXPECT_EQ(slot.small, READ);
	EXPECT_EQ(slot.half, 200);
	EXPECT_EQ(slot.id, 46);
	EXPECT_EQ(slot.sector, 47);
	EXPECT_EQ(slot.gref[0], 48);
}

/* The last slot of a ring ends with the ring: nothing is read past it. */
TEST(copy_32_bit)
{
	static u8 shared[108];
	u64 id = 42, sector = 0x123456789a;
	u32 gref = 7;

	shared[0] = WRITE;
	shared[1] = 11;
	memcpy(shared + 4, &id, 8);
	memcpy(shared + 12, &sector, 8);
	memcpy(shared + 20 + 80, &gref, 4);
	shared[20 + 84] = 1;
	shared[20 + 85] = 6;
	memset(&slot, 0xa5, sizeof(slot));
	blkif_slot_copy(&slot, shared, BLKIF_ABI_X86_32);
	EXPECT_EQ(slot.operation, WRITE);
	EXPECT_EQ(slot.small, 11);
	EXPECT_EQ(slot.pad, 0);
	EXPECT_EQ(slot.id, 42);
	EXPECT_EQ(slot.sector, 0x123456789a);
	EXPECT_EQ(slot.seg[10].gref, 7);
	EXPECT_EQ(slot.seg[10].first_sect, 1);
	EXPECT_EQ(slot.seg[10].last_sect, 6);
}

TEST(copy_64_bit)
{
	static u8 shared[112];
	u64 id = 42;

	shared[0] = READ;
	memcpy(shared + 8, &id, 8);
	shared[24 + 85] = 6;
	blkif_slot_copy(&slot, shared, BLKIF_ABI_X86_64);
	EXPECT_EQ(slot.id, 42);
	EXPECT_EQ(slot.seg[10].last_sect, 6);
}

TEST(read)
{
	fresh(READ, 100);
	segment(0, 7);
	segment(3, 3);
	EXPECT_EQ(parse(), OKAY);
	EXPECT_EQ(req.id, 0x1122334455667788);
	EXPECT_EQ(req.operation, READ);
	EXPECT_EQ(req.sector, 100);
	EXPECT_EQ(req.nr_sectors, 9);
	EXPECT_EQ(req.nr_segs, 2);
	EXPECT(!req.indirect && !req.secure);
	EXPECT_EQ(segs[0].gref, 300);
	EXPECT_EQ(segs[0].first, 0);
	EXPECT_EQ(segs[0].nr, 8);
	EXPECT_EQ(segs[1].gref, 301);
	EXPECT_EQ(segs[1].first, 3);
	EXPECT_EQ(segs[1].nr, 1);
}

TEST(id_and_operation_survive_errors)
{
	fresh(WRITE, 0);
	EXPECT_EQ(parse(), ERROR);
	EXPECT_EQ(req.id, 0x1122334455667788);
	EXPECT_EQ(req.operation, WRITE);
	fresh(77, 0);
	EXPECT_EQ(parse(), NOTSUPP);
	EXPECT_EQ(req.id, 0x1122334455667788);
	EXPECT_EQ(req.operation, 77);
}

TEST(unknown_operations)
{
	int op;

	for (op = 0; op < 256; op++) {
		if (op == READ || op == WRITE || op == FLUSH || op == DISCARD ||
		    op == BLKIF_OP_INDIRECT)
			continue;
		fresh(op, 0);
		segment(0, 7);
		EXPECT_EQ(parse(), NOTSUPP);
	}
}

TEST(segment_count)
{
	int i;

	fresh(READ, 0);
	EXPECT_EQ(parse(), ERROR);
	fresh(WRITE, 0);
	EXPECT_EQ(parse(), ERROR);
	fresh(READ, 0);
	for (i = 0; i < 11; i++)
		segment(0, 7);
	EXPECT_EQ(parse(), OKAY);
	EXPECT_EQ(req.nr_sectors, 88);
	slot.small = 12;
	EXPECT_EQ(parse(), ERROR);
	slot.small = 255;
	EXPECT_EQ(parse(), ERROR);
}

TEST(segment_bounds)
{
	int first, last;

	for (first = 0; first < 256; first++) {
		for (last = 0; last < 256; last++) {
			bool good = first <= last && last < 8;

			fresh(WRITE, 0);
			segment(first, last);
			EXPECT_EQ(parse(), good ? OKAY : ERROR);
			if (!good)
				continue;
			EXPECT_EQ(segs[0].first, first);
			EXPECT_EQ(segs[0].nr, last - first + 1);
			EXPECT_EQ(req.nr_sectors, last - first + 1);
		}
	}
}

TEST(bad_segment_anywhere)
{
	int i;

	for (i = 0; i < 11; i++) {
		fresh(READ, 0);
		while (slot.small < 11)
			segment(0, 7);
		slot.seg[i].last_sect = 8;
		EXPECT_EQ(parse(), ERROR);
	}
}

TEST(end_of_the_disk)
{
	fresh(READ, 9992);
	segment(0, 7);
	EXPECT_EQ(parse(), OKAY);
	slot.sector = 9993;
	EXPECT_EQ(parse(), ERROR);
	slot.sector = 10000;
	EXPECT_EQ(parse(), ERROR);
	/* the sum would wrap */
	slot.sector = U64_MAX - 3;
	EXPECT_EQ(parse(), ERROR);
	slot.sector = U64_MAX;
	EXPECT_EQ(parse(), ERROR);
}

TEST(disk_smaller_than_the_request)
{
	fresh(READ, 0);
	segment(0, 7);
	disk.sectors = 8;
	EXPECT_EQ(parse(), OKAY);
	disk.sectors = 7;
	EXPECT_EQ(parse(), ERROR);
	disk.sectors = 0;
	EXPECT_EQ(parse(), ERROR);
}

TEST(logical_block)
{
	fresh(WRITE, 16);
	segment(0, 7);
	disk.block = 8;
	EXPECT_EQ(parse(), OKAY);
	slot.sector = 17;
	EXPECT_EQ(parse(), ERROR);
	slot.sector = 20;
	EXPECT_EQ(parse(), ERROR);
	/* each segment is whole blocks, though their sum would be as well */
	fresh(WRITE, 16);
	segment(0, 3);
	segment(4, 7);
	disk.block = 8;
	EXPECT_EQ(parse(), ERROR);
	disk.block = 4;
	EXPECT_EQ(parse(), OKAY);
}

TEST(read_only)
{
	fresh(READ, 0);
	segment(0, 7);
	disk.readonly = true;
	EXPECT_EQ(parse(), OKAY);
	slot.operation = WRITE;
	EXPECT_EQ(parse(), ERROR);
	slot.operation = FLUSH;
	EXPECT_EQ(parse(), ERROR);
	/* a flush without data changes nothing */
	slot.small = 0;
	EXPECT_EQ(parse(), OKAY);
}

TEST(flush)
{
	/* empty: the sector means nothing */
	fresh(FLUSH, U64_MAX);
	EXPECT_EQ(parse(), OKAY);
	EXPECT_EQ(req.operation, FLUSH);
	EXPECT_EQ(req.nr_segs, 0);
	EXPECT_EQ(req.nr_sectors, 0);
	/* with data, a write like any other */
	fresh(FLUSH, 9999);
	segment(0, 0);
	EXPECT_EQ(parse(), OKAY);
	EXPECT_EQ(req.nr_sectors, 1);
	slot.sector = 10000;
	EXPECT_EQ(parse(), ERROR);
}

TEST(discard)
{
	EXPECT_EQ(discard(100, 50, 0), OKAY);
	EXPECT_EQ(req.operation, DISCARD);
	EXPECT_EQ(req.sector, 100);
	EXPECT_EQ(req.nr_sectors, 50);
	EXPECT_EQ(req.nr_segs, 0);
	EXPECT(!req.secure);
	EXPECT_EQ(discard(0, 10000, 0), OKAY);
}

TEST(discard_out_of_range)
{
	EXPECT_EQ(discard(0, 10001, 0), ERROR);
	EXPECT_EQ(discard(1, 10000, 0), ERROR);
	EXPECT_EQ(discard(10001, 0, 0), ERROR);
	EXPECT_EQ(discard(0, U64_MAX, 0), ERROR);
	EXPECT_EQ(discard(5, U64_MAX - 4, 0), ERROR);
	EXPECT_EQ(discard(U64_MAX, 1, 0), ERROR);
}

TEST(discard_logical_block)
{
	EXPECT_EQ(discard(16, 24, 0), OKAY);
	disk.block = 8;
	EXPECT_EQ(parse(), OKAY);
	slot.nr_sectors = 25;
	EXPECT_EQ(parse(), ERROR);
	slot.nr_sectors = 24;
	slot.sector = 15;
	EXPECT_EQ(parse(), ERROR);
}

TEST(discard_not_offered)
{
	EXPECT_EQ(discard(0, 8, 0), OKAY);
	disk.discard = false;
	EXPECT_EQ(parse(), NOTSUPP);
	disk.discard = true;
	disk.readonly = true;
	EXPECT_EQ(parse(), ERROR);
}

TEST(discard_secure)
{
	EXPECT_EQ(discard(0, 8, BLKIF_DISCARD_SECURE), OKAY);
	EXPECT(!req.secure);
	disk.secure = true;
	EXPECT_EQ(parse(), OKAY);
	EXPECT(req.secure);
	slot.small = 0;
	EXPECT_EQ(parse(), OKAY);
	EXPECT(!req.secure);
	slot.small = 0xfe;
	EXPECT_EQ(parse(), OKAY);
	EXPECT(!req.secure);
}

static struct blkif_request_segment descriptors[BLKIF_MAX_SEGS];
static struct blkif_seg many[BLKIF_MAX_SEGS];

static int indirect(u8 operation, u16 nr)
{
	int i;

	fresh(BLKIF_OP_INDIRECT, 0);
	slot.small = operation;
	slot.half = nr;
	slot.gref[0] = 900;
	slot.gref[1] = 901;
	for (i = 0; i < BLKIF_MAX_SEGS; i++)
		descriptors[i] = (struct blkif_request_segment){
			.gref = i, .first_sect = 0, .last_sect = 7,
		};
	return parse();
}

TEST(indirect)
{
	EXPECT_EQ(indirect(WRITE, 512), OKAY);
	EXPECT_EQ(req.operation, WRITE);
	EXPECT_EQ(req.nr_segs, 512);
	EXPECT_EQ(req.descriptors, 900);
	EXPECT_EQ(req.nr_sectors, 0);
	EXPECT(req.indirect);
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), OKAY);
	EXPECT_EQ(req.nr_sectors, 4096);
	/* asked again, it does not add up */
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), OKAY);
	EXPECT_EQ(req.nr_sectors, 4096);
	EXPECT_EQ(many[511].gref, 511);
	EXPECT_EQ(many[511].nr, 8);
	EXPECT_EQ(indirect(READ, 1), OKAY);
	EXPECT_EQ(req.operation, READ);
}

TEST(indirect_count)
{
	EXPECT_EQ(indirect(READ, 0), ERROR);
	EXPECT_EQ(indirect(READ, 513), ERROR);
	EXPECT_EQ(indirect(READ, 65535), ERROR);
	EXPECT_EQ(req.operation, READ);
}

TEST(indirect_operations)
{
	int op;

	for (op = 0; op < 256; op++)
		EXPECT_EQ(indirect(op, 1),
			  op == READ || op == WRITE ? OKAY : ERROR);
}

TEST(indirect_read_only)
{
	indirect(READ, 1);
	disk.readonly = true;
	EXPECT_EQ(parse(), OKAY);
	slot.small = WRITE;
	EXPECT_EQ(parse(), ERROR);
}

TEST(indirect_bad_segment)
{
	EXPECT_EQ(indirect(READ, 512), OKAY);
	descriptors[511].last_sect = 8;
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), ERROR);
	descriptors[511].last_sect = 3;
	descriptors[511].first_sect = 4;
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), ERROR);
	/* one that is past the count does not matter */
	EXPECT_EQ(indirect(READ, 511), OKAY);
	descriptors[511].last_sect = 8;
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), OKAY);
}

TEST(indirect_end_of_the_disk)
{
	EXPECT_EQ(indirect(READ, 512), OKAY);
	req.sector = 10000 - 4096;
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), OKAY);
	req.sector++;
	EXPECT_EQ(blkif_parse_indirect(&req, many, descriptors, &disk), ERROR);
}

/* XSA-216: a response must not carry bytes of ours in its padding. */
TEST(response_writes_its_fields_only)
{
	struct blkif_response rsp;
	u8 raw[sizeof(rsp) + 8];
	unsigned int i;

	memset(raw, 0x5a, sizeof(raw));
	blkif_put_response(raw, 42, WRITE, BLKIF_RSP_ERROR);
	memcpy(&rsp, raw, sizeof(rsp));
	EXPECT_EQ(rsp.id, 42);
	EXPECT_EQ(rsp.operation, WRITE);
	EXPECT_EQ(rsp.status, BLKIF_RSP_ERROR);
	EXPECT_EQ(raw[9], 0x5a);
	for (i = 12; i < sizeof(raw); i++)
		EXPECT_EQ(raw[i], 0x5a);
}

KTAP_MAIN()
