/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk's front end.
 *
 *	xvdc	a file of dom0's, writable; its first and last sectors are
 *		marked once and must stay as they are
 *	xvdd	read-only
 */
#ifndef _HOSTILE_DISK_H
#define _HOSTILE_DISK_H

#include "cases.h"
#include "front.h"

#include <xen/xen.h>
#include <xen/io/blkif.h>

#define ENTRIES		32u
#define DATA_PAGES	16

#define RACE_MS		700

/* Well inside the disk, for what may be written. */
#define PLACE		1000u
#define NOBODYS_REF	0x00fffff0u

/** struct disk - the disk and what we count of it */
struct disk {
	struct front front;
	struct page ring_page;
	blkif_sring_t *ring;
	uint32_t prod, cons;
	unsigned int okay, bad;		/* of the case */
	int status;			/* the last one */
	uint64_t id;			/* and whose it was */
	struct page data[DATA_PAGES];	/* 0: written, 1: read, 2: marks, ... */
	struct page list;		/* indirect segments */
	uint64_t sectors;
	bool found;
	bool marked;
	bool clean;			/* what does not change is in xenstore */
	bool open;			/* connected, and all is well */
};

extern struct disk writable, read_only;

blkif_request_t *disk_put(struct disk *b, uint8_t operation, uint8_t nr, uint64_t sector);
void disk_put_one(struct disk *b, uint8_t operation, uint64_t sector, uint32_t ref,
		  uint8_t first, uint8_t last);
void disk_put_indirect(struct disk *b, uint8_t operation, uint16_t nr, uint64_t sector, uint32_t ref);
void disk_push(struct disk *b);
void disk_collect(struct disk *b);
bool disk_answered(struct disk *b);
const char *disk_round_trip(struct disk *b);

void disk_offer(struct disk *b);
const char *disk_connect_bare(struct disk *b);
const char *disk_connect(struct disk *b);
const char *disk_begin(struct disk *b);
const char *disk_end(struct disk *b, const char *why);
void disk_close(struct disk *b);

const char *disk_good_requests(const struct hostile_case *self);

#endif /* _HOSTILE_DISK_H */
