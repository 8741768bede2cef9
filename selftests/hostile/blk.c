// SPDX-License-Identifier: GPL-2.0-only
/* Requests that say the wrong thing, or change while they are read. */
#include <string.h>

#include "disk.h"
#include "flipper.h"

/* To end each such case: were all answers errors, and does all go on? */
static const char *check_refused(struct disk *b)
{
	unsigned int nr = b->prod - b->cons;
	const char *why = NULL;

	disk_push(b);
	if (!disk_answered(b))
		why = "not all requests are answered";
	else if (b->bad != nr)
		why = "not all answers are errors";
	outcome = "refused";
	return disk_end(b, why);
}

/** struct bad - a request with one segment, or as many as @nr says */
struct bad {
	uint8_t operation;
	uint8_t nr;
	uint8_t first, last;
	uint64_t sector;	/* counted from the disk's end if @from_end */
	bool from_end;
	bool read_only;
	uint32_t ref;		/* 0: a good one */
};

static const char *bad_request(const struct hostile_case *self)
{
	const struct bad *bad = self->arg;
	struct disk *b = bad->read_only ? &read_only : &writable;
	const char *why = disk_begin(b);
	blkif_request_t *req;

	if (why)
		return why;
	req = disk_put(b, bad->operation, bad->nr, bad->sector + (bad->from_end ? b->sectors : 0));
	for (unsigned int i = 0; i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++)
		req->seg[i] = (struct blkif_request_segment){
			.gref = bad->ref ?: b->data[4].ref, .first_sect = bad->first, .last_sect = bad->last,
		};
	return check_refused(b);
}

/** struct discard - for a disk that offers it, or does not */
struct discard {
	uint64_t sector, nr;
	bool from_end;
	bool read_only;
};

static const char *bad_discard(const struct hostile_case *self)
{
	const struct discard *d = self->arg;
	struct disk *b = d->read_only ? &read_only : &writable;
	const char *why = disk_begin(b);
	blkif_request_discard_t *req;

	if (why)
		return why;
	req = (void *)disk_put(b, BLKIF_OP_DISCARD, 0, d->sector + (d->from_end ? b->sectors : 0));
	req->nr_sectors = d->nr;
	return check_refused(b);
}

/** struct list - an indirect request */
struct list {
	uint8_t operation;
	uint16_t nr;
	uint32_t ref;		/* 0: a good list */
	uint64_t sector;
	struct blkif_request_segment last;	/* its last segment, if not zero */
};

static const char *bad_list(const struct hostile_case *self)
{
	const struct list *list = self->arg;
	struct disk *b = &writable;
	const char *why = disk_begin(b);
	struct blkif_request_segment *segs = b->list.at;

	if (why)
		return why;
	for (unsigned int i = 0; i < PAGE_BYTES / sizeof(*segs); i++)
		segs[i] = (struct blkif_request_segment){
			.gref = b->data[4 + i % 8].ref, .first_sect = 0, .last_sect = 7,
		};
	if (list->last.gref || list->last.last_sect || list->last.first_sect) {
		segs[list->nr - 1] = list->last;
		if (!list->last.gref)
			segs[list->nr - 1].gref = b->data[4].ref;
	}
	disk_put_indirect(b, list->operation, list->nr, list->sector, list->ref ?: b->list.ref);
	return check_refused(b);
}

/* Grants that are not for the backend, or not for writing. */
enum wrong { FOREIGN, REVOKED, ONLY_READ };

static const char *wrong_grant(const struct hostile_case *self)
{
	const enum wrong *wrong = self->arg;
	struct disk *b = &writable;
	struct page page = {};
	const char *why = disk_begin(b);

	if (why)
		return why;
	page_get(&page, *wrong == FOREIGN ? own_domid() : b->front.domid, *wrong != ONLY_READ);
	if (*wrong == REVOKED)
		page_put(&page);
	disk_put_one(b, BLKIF_OP_READ, PLACE, page.ref, 0, 7);
	if (*wrong != ONLY_READ) {
		disk_put_one(b, BLKIF_OP_WRITE, PLACE, page.ref, 0, 7);
		disk_put_indirect(b, BLKIF_OP_WRITE, 8, PLACE, page.ref);
	}
	why = check_refused(b);
	page_put(&page);
	return why;
}

static const char *duplicate_ids(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		disk_put_one(b, i % 2 ? BLKIF_OP_READ : BLKIF_OP_WRITE, PLACE + i, b->data[4 + i % 8].ref, 0, 3);
		b->ring->ring[(b->prod - 1) % ENTRIES].req.id = 0xdeadbeefcafef00dull;
	}
	disk_push(b);
	if (!disk_answered(b) || b->bad || b->id != 0xdeadbeefcafef00dull)
		why = "requests with the same id are not all answered";
	outcome = "answered";
	return disk_end(b, why);
}

static const char *ring_of_bad(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	for (unsigned int i = 0; i < ENTRIES; i++)
		disk_put_one(b, i % 8, i % 3 ? PLACE : ~0ull, NOBODYS_REF + i, 0, i % 2 ? 7 : 200);
	/* what of it is a flush with bad data counts as well */
	return check_refused(b);
}

/* --- the ring's indexes ------------------------------------------------- */

static const char *check_stopped(struct disk *b)
{
	const char *why = NULL;

	if (!front_await(&b->front, CLOSING))
		why = "it is still served";
	outcome = "stopped";
	disk_close(b);
	return why;
}

static const char *producer(const struct hostile_case *self)
{
	const int *by = self->arg;
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	b->prod += *by;
	disk_push(b);
	return check_stopped(b);
}

static const char *scribbled_indexes(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	for (unsigned int i = 0; i < 50; i++) {
		b->ring->rsp_prod = dice();
		b->ring->req_event = dice();
		b->ring->rsp_event = dice();
		disk_put_one(b, BLKIF_OP_READ, PLACE, b->data[4].ref, 0, 7);
		b->ring->req_prod = b->prod;
		front_notify(&b->front);
		nap_ms(1);
	}
	disk_close(b);
	return NULL;
}

static const char *event_storm(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	for (unsigned int i = 0; i < 4000; i++)
		front_notify(&b->front);
	outcome = "answered";
	return disk_end(b, NULL);
}

/* --- what changes while it is read -------------------------------------- */

static void flip_segment(struct disk *b, struct blkif_request_segment *seg)
{
	seg->gref = dice() % 8 ? b->data[4 + dice() % 12].ref : NOBODYS_REF;
	seg->first_sect = dice() % 9;
	seg->last_sect = dice() % 16 ? dice() % 9 : dice();
}

/* Only reads, and writes far from the disk's ends, or beyond them. */
static void flip_request(struct disk *b)
{
	static const uint8_t operations[] = {
		BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_OP_INDIRECT, BLKIF_OP_FLUSH_DISKCACHE, 77, BLKIF_OP_INDIRECT,
	};
	blkif_request_t *req = &b->ring->ring[dice() % ENTRIES].req;
	blkif_request_indirect_t *list = (void *)req;

	req->operation = operations[dice() % 6];
	req->nr_segments = dice() % 13;
	req->sector_number = dice() % 8 ? PLACE + dice() % 1000 : -8ull + dice() % 16;
	/* never the marks */
	if (req->sector_number < 16)
		req->sector_number = PLACE;
	if (req->operation == BLKIF_OP_INDIRECT) {
		list->indirect_op = dice() % 3;
		list->nr_segments = dice() % 8 ? dice() % 64 : dice();
		list->indirect_grefs[0] = dice() % 8 ? b->list.ref : NOBODYS_REF;
	} else {
		flip_segment(b, &req->seg[dice() % BLKIF_MAX_SEGMENTS_PER_REQUEST]);
	}
}

static void flip(void *device)
{
	struct disk *b = device;

	flip_request(b);
	flip_segment(b, (struct blkif_request_segment *)b->list.at + dice() % 64);
}

static const char *requests_change(const struct hostile_case *self)
{
	uint64_t end = now_ms() + RACE_MS;
	struct disk *b = &writable;
	const char *why = disk_begin(b);
	struct flipper f;

	if (why)
		return why;
	flip_start(&f, b, flip);
	while (now_ms() < end) {
		disk_collect(b);
		b->prod = b->cons + ENTRIES;
		disk_push(b);
		front_sleep(&b->front, 2);
	}
	flip_stop(&f);
	if (!disk_answered(b))
		why = "not all requests are answered";
	return disk_end(b, why);
}

static const char *revoked_under_way(const struct hostile_case *self)
{
	struct disk *b = &writable;
	struct page pages[8];
	const char *why = disk_begin(b);

	if (why)
		return why;
	for (unsigned int round = 0; round < 4 && !why; round++) {
		for (unsigned int i = 0; i < 8; i++) {
			page_get(&pages[i], b->front.domid, true);
			disk_put_one(b, i % 2 ? BLKIF_OP_READ : BLKIF_OP_WRITE, PLACE + i * 8, pages[i].ref, 0, 7);
		}
		disk_push(b);
		for (unsigned int i = 0; i < 8; i++)
			page_put(&pages[i]);
		if (!disk_answered(b))
			why = "not all requests are answered";
	}
	return disk_end(b, why);
}

static const char *closed_under_way(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = NULL;

	for (unsigned int round = 0; round < 4 && !why; round++) {
		why = disk_begin(b);
		for (unsigned int i = 0; i < ENTRIES; i++)
			disk_put_one(b, i % 2 ? BLKIF_OP_READ : BLKIF_OP_WRITE, PLACE + i * 8, b->data[4].ref, 0, 7);
		disk_push(b);
		front_state(&b->front, round % 2 ? CLOSING : CLOSED);
		disk_close(b);
	}
	return why;
}

/* Connecting looks at the disk's ends. */
static const char *ends_unchanged(const struct hostile_case *self)
{
	outcome = "answered";
	return disk_connect(&writable);
}

#define BAD(name, ...) { "blk", name, bad_request, &(const struct bad){ __VA_ARGS__ } }
#define DISCARD(name, ...) { "blk", name, bad_discard, &(const struct discard){ __VA_ARGS__ } }
#define LIST(name, ...) { "blk", name, bad_list, &(const struct list){ __VA_ARGS__ } }

const struct hostile_case blk_cases[] = {
	{ "blk", "good_requests", disk_good_requests, NULL },
	BAD("unknown_operation", .operation = 200, .nr = 1, .last = 7, .sector = PLACE),
	BAD("reserved_operation", .operation = BLKIF_OP_RESERVED_1, .nr = 1, .last = 7, .sector = PLACE),
	BAD("barrier", .operation = BLKIF_OP_WRITE_BARRIER, .nr = 1, .last = 7, .sector = PLACE),
	BAD("read_of_0_segments", .operation = BLKIF_OP_READ, .sector = PLACE),
	BAD("write_of_0_segments", .operation = BLKIF_OP_WRITE, .sector = PLACE),
	BAD("segments_12", .operation = BLKIF_OP_READ, .nr = 12, .last = 7, .sector = PLACE),
	BAD("segments_255", .operation = BLKIF_OP_WRITE, .nr = 255, .last = 7, .sector = PLACE),
	BAD("flush_of_12_segments", .operation = BLKIF_OP_FLUSH_DISKCACHE, .nr = 12, .last = 7,
	    .sector = PLACE),
	BAD("first_after_last", .operation = BLKIF_OP_READ, .nr = 1, .first = 5, .last = 4, .sector = PLACE),
	BAD("last_sector_8", .operation = BLKIF_OP_WRITE, .nr = 1, .last = 8, .sector = PLACE),
	BAD("last_sector_255", .operation = BLKIF_OP_READ, .nr = 11, .last = 255, .sector = PLACE),
	BAD("first_sector_255", .operation = BLKIF_OP_READ, .nr = 1, .first = 255, .last = 7, .sector = PLACE),
	BAD("read_at_the_end", .operation = BLKIF_OP_READ, .nr = 1, .from_end = true),
	BAD("write_at_the_end", .operation = BLKIF_OP_WRITE, .nr = 1, .from_end = true),
	BAD("write_across_the_end", .operation = BLKIF_OP_WRITE, .nr = 1, .last = 7,
	    .from_end = true, .sector = -7ull),
	BAD("read_far_beyond_the_end", .operation = BLKIF_OP_READ, .nr = 1, .last = 7, .sector = 1ull << 55),
	BAD("sector_overflows", .operation = BLKIF_OP_WRITE, .nr = 11, .last = 7, .sector = -8ull),
	BAD("sector_overflows_to_0", .operation = BLKIF_OP_WRITE, .nr = 1, .last = 7, .sector = -1ull),
	BAD("sector_overflows_in_bytes", .operation = BLKIF_OP_WRITE, .nr = 1, .sector = 1ull << 55 | PLACE),
	BAD("read_bad_ref", .operation = BLKIF_OP_READ, .nr = 1, .last = 7, .sector = PLACE,
	    .ref = NOBODYS_REF),
	BAD("write_bad_ref", .operation = BLKIF_OP_WRITE, .nr = 1, .last = 7, .sector = PLACE,
	    .ref = NOBODYS_REF),
	BAD("write_11_bad_refs", .operation = BLKIF_OP_WRITE, .nr = 11, .last = 7,
	    .sector = PLACE, .ref = NOBODYS_REF),
	BAD("flush_bad_ref", .operation = BLKIF_OP_FLUSH_DISKCACHE, .nr = 1, .last = 7,
	    .sector = PLACE, .ref = NOBODYS_REF),
	BAD("write_to_a_read_only_disk", .operation = BLKIF_OP_WRITE, .nr = 1, .last = 7,
	    .sector = PLACE, .read_only = true),
	BAD("flush_data_to_a_read_only_disk", .operation = BLKIF_OP_FLUSH_DISKCACHE, .nr = 1, .sector = PLACE,
	    .read_only = true),
	DISCARD("discard_on_a_read_only_disk", .sector = PLACE, .nr = 8, .read_only = true),
	DISCARD("discard_beyond_the_end", .nr = 8, .from_end = true),
	DISCARD("discard_across_the_end", .sector = -7ull, .nr = 8, .from_end = true),
	DISCARD("discard_of_everything_and_more", .nr = -1ull),
	DISCARD("discard_overflows", .sector = -8ull, .nr = 16),
	LIST("indirect_0_segments", .operation = BLKIF_OP_READ, .sector = PLACE),
	LIST("indirect_513_segments", .operation = BLKIF_OP_READ, .nr = 513, .sector = PLACE),
	LIST("indirect_65535_segments", .operation = BLKIF_OP_WRITE, .nr = 65535, .sector = PLACE),
	LIST("indirect_indirect", .operation = BLKIF_OP_INDIRECT, .nr = 8, .sector = PLACE),
	LIST("indirect_flush", .operation = BLKIF_OP_FLUSH_DISKCACHE, .nr = 8, .sector = PLACE),
	LIST("indirect_operation_255", .operation = 255, .nr = 8, .sector = PLACE),
	LIST("indirect_bad_list_ref", .operation = BLKIF_OP_READ, .nr = 8, .sector = PLACE, .ref = NOBODYS_REF),
	LIST("indirect_bad_ref", .operation = BLKIF_OP_READ, .nr = 20, .sector = PLACE,
	     .last = { .gref = NOBODYS_REF, .last_sect = 7 }),
	LIST("indirect_write_bad_ref", .operation = BLKIF_OP_WRITE, .nr = 20, .sector = PLACE,
	     .last = { .gref = NOBODYS_REF, .last_sect = 7 }),
	LIST("indirect_first_after_last", .operation = BLKIF_OP_READ, .nr = 20,
	     .sector = PLACE, .last = { .first_sect = 3 }),
	LIST("indirect_last_sector_8", .operation = BLKIF_OP_WRITE, .nr = 20, .sector = PLACE,
	     .last = { .last_sect = 8 }),
	LIST("indirect_across_the_end", .operation = BLKIF_OP_WRITE, .nr = 256, .sector = 31000),
	LIST("indirect_overflows", .operation = BLKIF_OP_WRITE, .nr = 256, .sector = -8ull),
	{ "blk", "foreign_ref", wrong_grant, &(const enum wrong){ FOREIGN } },
	{ "blk", "revoked_ref", wrong_grant, &(const enum wrong){ REVOKED } },
	{ "blk", "read_into_a_read_only_page", wrong_grant, &(const enum wrong){ ONLY_READ } },
	{ "blk", "duplicate_ids", duplicate_ids, NULL },
	{ "blk", "ring_of_bad_requests", ring_of_bad, NULL },
	{ "blk", "producer_beyond_the_ring", producer, &(const int){ 5000 } },
	{ "blk", "producer_a_ring_ahead", producer, &(const int){ ENTRIES + 1 } },
	{ "blk", "producer_goes_back", producer, &(const int){ -2 } },
	{ "blk", "scribbled_indexes", scribbled_indexes, NULL },
	{ "blk", "event_storm", event_storm, NULL },
	{ "blk", "requests_change", requests_change, NULL },
	{ "blk", "revoked_under_way", revoked_under_way, NULL },
	{ "blk", "closed_under_way", closed_under_way, NULL },
	{ "blk", "ends_unchanged", ends_unchanged, NULL },
	{ }
};
