// SPDX-License-Identifier: GPL-2.0-only
/* See disk.h. */
#include <string.h>

#include "disk.h"

#define VBD_DIR		"device/vbd/51744"
#define READ_ONLY_DIR	"device/vbd/51760"

#define ANSWER_MS	3000
#define SECTOR		512u

struct disk writable, read_only;

static void find(struct disk *b)
{
	if (b->found)
		return;
	front_find(&b->front, b == &writable ? VBD_DIR : READ_ONLY_DIR);
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		page_get(&b->data[i], b->front.domid, true);
	page_get(&b->list, b->front.domid, false);
	b->found = true;
}

/* --- the ring ----------------------------------------------------------- */

blkif_request_t *disk_put(struct disk *b, uint8_t operation, uint8_t nr, uint64_t sector)
{
	blkif_request_t *req = &b->ring->ring[b->prod % ENTRIES].req;

	memset(req, 0, sizeof(*req));
	req->operation = operation;
	req->nr_segments = nr;
	req->id = b->prod++;
	req->sector_number = sector;
	return req;
}

void disk_put_one(struct disk *b, uint8_t operation, uint64_t sector, uint32_t ref,
		  uint8_t first, uint8_t last)
{
	blkif_request_t *req = disk_put(b, operation, 1, sector);

	req->seg[0] = (struct blkif_request_segment){
		.gref = ref, .first_sect = first, .last_sect = last,
	};
}

void disk_put_indirect(struct disk *b, uint8_t operation, uint16_t nr, uint64_t sector, uint32_t ref)
{
	blkif_request_indirect_t *req = (void *)disk_put(b, BLKIF_OP_INDIRECT, operation, sector);

	req->nr_segments = nr;
	req->indirect_grefs[0] = ref;
}

void disk_push(struct disk *b)
{
	xen_wmb();
	b->ring->req_prod = b->prod;
	b->ring->rsp_event = b->cons + 1;
	xen_mb();
	front_notify(&b->front);
}

void disk_collect(struct disk *b)
{
	uint32_t prod = *(volatile uint32_t *)&b->ring->rsp_prod;

	xen_rmb();
	for (; b->cons != prod && prod - b->cons <= ENTRIES; b->cons++) {
		blkif_response_t *rsp = &b->ring->ring[b->cons % ENTRIES].rsp;

		b->status = rsp->status;
		b->id = rsp->id;
		b->okay += rsp->status == BLKIF_RSP_OKAY;
		b->bad += rsp->status != BLKIF_RSP_OKAY;
	}
}

/* Waits until all is answered. */
bool disk_answered(struct disk *b)
{
	uint64_t end = now_ms() + ANSWER_MS;

	for (;;) {
		disk_collect(b);
		if (b->cons == b->prod)
			return true;
		if (now_ms() > end)
			return false;
		b->ring->rsp_event = b->cons + 1;
		front_sleep(&b->front, 5);
	}
}

static bool one(struct disk *b, uint8_t operation, uint64_t sector, unsigned int page)
{
	disk_put_one(b, operation, sector, b->data[page].ref, 0, 0);
	disk_push(b);
	return disk_answered(b) && b->status == BLKIF_RSP_OKAY;
}

static void fill(struct disk *b, unsigned int page, uint32_t seed)
{
	uint32_t *at = b->data[page].at;

	for (unsigned int i = 0; i < SECTOR / 4; i++)
		at[i] = seed + i * 2654435761u;
}

static bool same(struct disk *b, unsigned int page, unsigned int other)
{
	return !memcmp(b->data[page].at, b->data[other].at, SECTOR);
}

/* What must not change: the disk's ends. */
static const char *check_marks(struct disk *b)
{
	const uint64_t places[] = { 0, b->sectors - 1 };

	for (unsigned int i = 0; i < 2; i++) {
		fill(b, 2, 77 + i);
		if (!b->marked && !one(b, BLKIF_OP_WRITE, places[i], 2))
			return "the disk cannot be written to";
		memset(b->data[3].at, 0, SECTOR);
		if (!one(b, BLKIF_OP_READ, places[i], 3))
			return "the disk cannot be read";
		if (!same(b, 2, 3))
			return "the disk's first or last sector has changed";
	}
	b->marked = true;
	return NULL;
}

/* A sector is written and read back. */
const char *disk_round_trip(struct disk *b)
{
	static uint32_t seed;

	if (b == &read_only)
		return one(b, BLKIF_OP_READ, 0, 0) ? NULL : "the disk cannot be read";
	fill(b, 0, ++seed * 1000);
	memset(b->data[1].at, 0, SECTOR);
	if (!one(b, BLKIF_OP_WRITE, PLACE, 0))
		return "a good sector is not written";
	if (!one(b, BLKIF_OP_READ, PLACE, 1))
		return "a good sector is not read";
	return same(b, 0, 1) ? NULL : "a sector comes back changed";
}

/* --- connections -------------------------------------------------------- */

void disk_offer(struct disk *b)
{
	static const char * const gone[] = {
		"multi-queue-num-queues", "ring-page-order", "ring-ref0", "ring-ref1", "queue-0", "queue-1",
	};
	const struct front *front = &b->front;

	find(b);
	b->open = false;
	if (front_backend_state(front) != INIT_WAIT)
		front_reset(&b->front);
	front_close_port(&b->front);
	page_put(&b->ring_page);
	page_get(&b->ring_page, front->domid, true);
	b->ring = b->ring_page.at;
	b->ring->req_event = b->ring->rsp_event = 1;
	b->prod = b->cons = 0;
	b->okay = b->bad = 0;
	front_open_port(&b->front);
	for (unsigned int i = 0; !b->clean && i < sizeof(gone) / sizeof(gone[0]); i++)
		front_remove(front, gone[i]);
	if (!b->clean)
		front_write(front, "protocol", "x86_64-abi");
	b->clean = true;
	/* Taken up where an operator has asked for it. */
	front_write(front, "feature-persistent", "1");
	front_write(front, "ring-ref", "%u", b->ring_page.ref);
	front_write(front, "event-channel", "%u", front->port);
}

const char *disk_connect_bare(struct disk *b)
{
	disk_offer(b);
	front_state(&b->front, INITIALISED);
	if (!front_await(&b->front, CONNECTED))
		return "the backend does not connect";
	front_state(&b->front, CONNECTED);
	b->sectors = front_backend_number(&b->front, "sectors");
	return b->sectors > PLACE ? NULL : "the disk is too small";
}

const char *disk_connect(struct disk *b)
{
	const char *why = disk_connect_bare(b) ?: disk_round_trip(b);

	if (!why && b == &writable)
		why = check_marks(b);
	b->open = !why;
	return why;
}

/* The connection of the case before, if it was left in order. */
const char *disk_begin(struct disk *b)
{
	const char *why = b->open ? NULL : disk_connect(b);

	b->okay = b->bad = 0;
	return why;
}

/* Leaves the connection to the next case if all is well. */
const char *disk_end(struct disk *b, const char *why)
{
	if (!why)
		why = disk_round_trip(b);
	if (why)
		disk_close(b);
	return why;
}

void disk_finish(void)
{
	if (writable.open)
		disk_close(&writable);
	if (read_only.open)
		disk_close(&read_only);
}

void disk_close(struct disk *b)
{
	b->open = false;
	front_reset(&b->front);
	front_close_port(&b->front);
	page_put(&b->ring_page);
}

/* All the good there is. For each group's start. */
const char *disk_good_requests(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);
	struct blkif_request_segment *segs;

	front_sleep(&b->front, 100);
	if (!why && !b->front.seen)
		why = "no event came";
	if (!why) {
		/* indirect, more segments than fit in a request */
		segs = b->list.at;
		for (unsigned int i = 0; i < 32; i++)
			segs[i] = (struct blkif_request_segment){
				.gref = b->data[i % DATA_PAGES].ref, .first_sect = 0, .last_sect = 7,
			};
		disk_put_indirect(b, BLKIF_OP_WRITE, 32, PLACE, b->list.ref);
		disk_put_indirect(b, BLKIF_OP_READ, 32, PLACE, b->list.ref);
		disk_put(b, BLKIF_OP_FLUSH_DISKCACHE, 0, 0);
		disk_push(b);
		if (!disk_answered(b) || b->bad)
			why = "good requests are answered with an error";
	}
	outcome = "answered";
	return disk_end(b, why);
}
