/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far side of the ring under test: a device written from the text of virtio
 * 1.2, and the world the two share. Included by vring_test.c, after vring.h.
 */
#ifndef _VRING_DEVICE_H
#define _VRING_DEVICE_H

#include <stdlib.h>

#include "ktap.h"

#define TABLES_ADDR	0x123456780000ull
#define TABLE_LEN	4
#define MAX_SEGS	8

enum { FREE, ADDED, TAKEN, DONE };

/* A buffer, as the driver's user and then the device know it */
struct posted {
	struct vring_seg segs[MAX_SEGS];
	unsigned int nr_out, nr_in;
	u32 writable, written;
	int state;
	u16 descs;	/* the device's: descriptors of the ring it takes */
	u32 id;		/* the device's: how it is given back */
	u64 awaited;	/* the last enabling that found it outstanding */
};

/* An entry that the device wrote, but the driver does not see yet */
struct late {
	void *area;
	size_t id_at, len_at;
	u32 id, len;
};

/* The device. Counters never wrap: the model cannot be off by a lap. */
struct device {
	u64 popped, pushed;		/* buffers */
	u64 avail_at, used_at;		/* packed: descriptors */
	bool asleep;
	u64 wake_at;			/* of popped; packed: of avail_at */
	u64 signalled, signalled_at;	/* pushed and used_at at the last check */
};

static struct world {
	struct vring_layout l;
	struct vring_drv vr;
	struct device dev;
	struct posted *posted, **order, **held;
	struct late *late;
	unsigned int nr_held, nr_late;
	unsigned int wmbs, mbs;
	u64 added, published, got;		/* buffers */
	u64 added_descs, published_descs;
	u64 checked, checked_descs;		/* at the last kick_needed() */
	unsigned int room;
	bool in_driver, racing;
	/* interrupts */
	bool armed, irq;
	u64 armed_at, armed_for;
	u64 enabling, awaited;	/* which one; how many that it found are left */
} w;

static u64 seed;

static u32 rnd(u32 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 20) % below;
}

static void *shared(size_t bytes)
{
	void *p = aligned_alloc(16, (bytes + 15) & ~15ul);

	memset(p, 0xa5, bytes);
	return p;
}

/* Areas of the very size, so that ASan sees a step beyond. */
static void world_init(bool packed, unsigned int size, bool event_idx,
		       bool indirect)
{
	struct vring_bytes bytes;

	vring_bytes(packed, size, &bytes);
	memset(&w, 0, sizeof(w));
	memset(&w.vr, 0xa5, sizeof(w.vr));
	w.l.size = size;
	w.l.packed = packed;
	w.l.event_idx = event_idx;
	w.l.desc = shared(bytes.desc);
	w.l.driver = malloc(bytes.driver);
	memset(w.l.driver, 0xa5, bytes.driver);
	w.l.device = malloc(bytes.device);
	memset(w.l.device, 0xa5, bytes.device);
	w.l.private = malloc(bytes.private);
	memset(w.l.private, 0xa5, bytes.private);
	if (indirect) {
		w.l.tables = shared(size * TABLE_LEN * 16ul);
		w.l.tables_addr = TABLES_ADDR;
		w.l.table_len = TABLE_LEN;
	}
	w.posted = calloc(size, sizeof(*w.posted));
	w.order = calloc(size, sizeof(*w.order));
	w.held = calloc(size, sizeof(*w.held));
	w.late = calloc(size, sizeof(*w.late));
	w.room = size;
	EXPECT_EQ(vring_init(&w.vr, &w.l), 0);
	EXPECT_EQ(vring_room(&w.vr), size);
	EXPECT(!w.vr.broken);
}

static void world_free(void)
{
	free(w.l.desc);
	free(w.l.driver);
	free(w.l.device);
	free(w.l.private);
	free(w.l.tables);
	free(w.posted);
	free(w.order);
	free(w.held);
	free(w.late);
}

/* ---- the device: offsets and bits as in the text, sections 2.7 and 2.8 ---- */

static u16 rd16(const void *area, size_t at)
{
	const volatile u8 *p = (const volatile u8 *)area + at;

	return p[0] | p[1] << 8;
}

static u32 rd32(const void *area, size_t at)
{
	return rd16(area, at) | (u32)rd16(area, at + 2) << 16;
}

static u64 rd64(const void *area, size_t at)
{
	return rd32(area, at) | (u64)rd32(area, at + 4) << 32;
}

static void wr16(void *area, size_t at, u16 v)
{
	volatile u8 *p = (volatile u8 *)area + at;

	p[0] = v;
	p[1] = v >> 8;
}

static void wr32(void *area, size_t at, u32 v)
{
	wr16(area, at, v);
	wr16(area, at + 2, v >> 16);
}

/* a lap's wrap counter: 1 in the first */
static bool lap(u64 at)
{
	return !(at / w.l.size % 2);
}

static u64 dev_visible(void)
{
	if (!w.l.packed)
		return (u16)(rd16(w.l.driver, 2) - w.dev.popped);
	/* in a packed ring one at a time can be told */
	u16 flags = rd16(w.l.desc, w.dev.avail_at % w.l.size * 16 + 14);

	return (flags >> 7 & 1) == lap(w.dev.avail_at) &&
	       (flags >> 15 & 1) != lap(w.dev.avail_at);
}

static void seen_seg(struct posted *seen, u64 addr, u32 len, bool write)
{
	unsigned int n = seen->nr_out + seen->nr_in;

	EXPECT(n < MAX_SEGS);
	if (n >= MAX_SEGS)
		return;
	seen->segs[n].addr = addr;
	seen->segs[n].len = len;
	/* "writable elements after all readable ones" */
	EXPECT(write || !seen->nr_in);
	seen->nr_out += !write;
	seen->nr_in += write;
}

static void dev_table(struct posted *seen, u64 addr, u32 len)
{
	u64 off = addr - TABLES_ADDR;
	unsigned int i, at = 0;

	EXPECT(w.l.tables && len % 16 == 0 && len >= 32);
	EXPECT(off % (TABLE_LEN * 16) == 0 && off < w.l.size * TABLE_LEN * 16ul);
	EXPECT(len <= TABLE_LEN * 16);
	if (ktap_failed)
		return;
	for (i = 0; i < len / 16; i++) {
		const void *table = (const u8 *)w.l.tables + off;
		u16 flags = rd16(table, at * 16 + (w.l.packed ? 14 : 12));

		seen_seg(seen, rd64(table, at * 16), rd32(table, at * 16 + 8),
			 flags & 2);
		if (w.l.packed) {
			EXPECT_EQ(flags & ~2, 0);
			at++;
			continue;
		}
		EXPECT_EQ(flags & ~3, 0);
		EXPECT_EQ(flags & 1, i + 1 < len / 16);
		at = rd16(table, at * 16 + 14);
		EXPECT(flags & 1 ? at < TABLE_LEN : !at);
		if (ktap_failed)
			return;
	}
}

static void dev_split_chain(struct posted *seen)
{
	u16 at = rd16(w.l.driver, 4 + w.dev.popped % w.l.size * 2);
	u16 flags;

	seen->id = at;
	do {
		EXPECT(at < w.l.size && seen->descs < w.l.size);
		if (ktap_failed)
			return;
		flags = rd16(w.l.desc, at * 16 + 12);
		seen->descs++;
		if (flags & 4) {
			EXPECT_EQ(flags, 4);
			dev_table(seen, rd64(w.l.desc, at * 16),
				  rd32(w.l.desc, at * 16 + 8));
		} else {
			EXPECT_EQ(flags & ~3, 0);
			seen_seg(seen, rd64(w.l.desc, at * 16),
				 rd32(w.l.desc, at * 16 + 8), flags & 2);
		}
		at = rd16(w.l.desc, at * 16 + 14);
		/* nothing left over from an earlier chain */
		EXPECT(flags & 1 || !at);
	} while (flags & 1 && !ktap_failed);
}

static void dev_packed_chain(struct posted *seen)
{
	u16 flags;

	do {
		size_t at = w.dev.avail_at % w.l.size * 16;

		flags = rd16(w.l.desc, at + 14);
		EXPECT_EQ(flags >> 7 & 1, lap(w.dev.avail_at));
		EXPECT_EQ(flags >> 15 & 1, !lap(w.dev.avail_at));
		seen->descs++;
		if (flags & 4) {
			EXPECT_EQ(flags & 0x7f7f, 4);
			dev_table(seen, rd64(w.l.desc, at), rd32(w.l.desc, at + 8));
		} else {
			EXPECT_EQ(flags & 0x7f7c, 0);
			seen_seg(seen, rd64(w.l.desc, at), rd32(w.l.desc, at + 8),
				 flags & 2);
		}
		seen->id = rd16(w.l.desc, at + 12);
		w.dev.avail_at++;
	} while (flags & 1 && !ktap_failed);
}

/* Takes the next buffer: is it what was added, and in the same order? */
static bool dev_pop(void)
{
	struct posted seen = { .state = FREE }, *p;
	unsigned int i, nr;
	bool table;

	if (!dev_visible())
		return false;
	EXPECT(w.dev.popped < w.published);
	if (ktap_failed)
		return false;
	if (w.l.packed)
		dev_packed_chain(&seen);
	else
		dev_split_chain(&seen);
	p = w.order[w.dev.popped++ % w.l.size];
	nr = p->nr_out + p->nr_in;
	table = w.l.tables && nr > 1 && nr <= TABLE_LEN;
	EXPECT_EQ(p->state, ADDED);
	EXPECT_EQ(seen.nr_out, p->nr_out);
	EXPECT_EQ(seen.nr_in, p->nr_in);
	EXPECT_EQ(seen.descs, table ? 1 : nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(seen.segs[i].addr, p->segs[i].addr);
		EXPECT_EQ(seen.segs[i].len, p->segs[i].len);
	}
	p->descs = seen.descs;
	p->id = seen.id;
	p->state = TAKEN;
	w.held[w.nr_held++] = p;
	return true;
}

static void dev_write_entry(const struct late *late)
{
	if (w.l.packed)
		wr16(late->area, late->id_at, late->id);
	else
		wr32(late->area, late->id_at, late->id);
	wr32(late->area, late->len_at, late->len);
}

static void dev_write_used(u32 id, u32 len)
{
	size_t at = w.l.packed ? w.dev.used_at % w.l.size * 16 :
				 4 + w.dev.pushed % w.l.size * 8;
	struct late late = {
		.area = w.l.packed ? w.l.desc : w.l.device,
		.id_at = w.l.packed ? at + 12 : at,
		.len_at = w.l.packed ? at + 8 : at + 4,
		.id = ~0u,
		.len = ~0u,
	};

	dev_write_entry(&late);
	late.id = id;
	late.len = len;
	w.late[w.nr_late++] = late;
	if (w.l.packed)
		wr16(w.l.desc, at + 14, (lap(w.dev.used_at) ? 0x8080 : 0) |
					(len ? 2 : 0));
	else
		wr16(w.l.device, 2, w.dev.pushed + 1);
	w.dev.pushed++;
}

static void dev_push(void)
{
	unsigned int which;
	struct posted *p;

	EXPECT(w.nr_held);
	if (!w.nr_held)
		return;
	which = rnd(w.nr_held);
	p = w.held[which];
	w.held[which] = w.held[--w.nr_held];
	p->written = p->writable ? rnd(p->writable) + 1 : 0;
	p->state = DONE;
	if (p->awaited && p->awaited == w.enabling)
		w.awaited--;
	dev_write_used(p->id, p->written);
	w.dev.used_at += p->descs;
}

/* Does what was used since the last look call for an interrupt? */
static bool dev_interrupt_wanted(void)
{
	u64 from = w.dev.signalled, i;

	if (w.dev.signalled == w.dev.pushed)
		return false;
	if (!w.l.packed) {
		w.dev.signalled = w.dev.pushed;
		if (!w.l.event_idx)
			return !(rd16(w.l.driver, 0) & 1);
		EXPECT_EQ(rd16(w.l.driver, 0), 0);
		for (i = from; i < w.dev.pushed; i++)
			if ((u16)i == rd16(w.l.driver, 4 + w.l.size * 2))
				return true;
		return false;
	}
	u16 off_wrap = rd16(w.l.driver, 0), flags = rd16(w.l.driver, 2);

	from = w.dev.signalled_at;
	w.dev.signalled = w.dev.pushed;
	w.dev.signalled_at = w.dev.used_at;
	if (flags != 2) {
		EXPECT(flags < 2);
		/* "if EVENT_IDX was negotiated" it is the driver's choice */
		return flags == 0;
	}
	EXPECT(w.l.event_idx);
	EXPECT((off_wrap & 0x7fff) < w.l.size);
	for (i = from; i < w.dev.used_at; i++)
		if (i % w.l.size == (off_wrap & 0x7fff) && lap(i) == off_wrap >> 15)
			return true;
	return false;
}

static void dev_interrupt(void)
{
	u64 done;

	if (!dev_interrupt_wanted())
		return;
	/* armed_for of them since armed_at, or a lap of the index later */
	done = w.dev.pushed - w.armed_at;
	if (!w.irq && !w.armed)
		EXPECT(!w.l.packed && w.l.event_idx && done >= 65536);
	if (!w.irq && w.armed && !w.l.packed && w.l.event_idx)
		EXPECT(done >= w.armed_for);
	w.irq = true;
}

/* Is there what it would be woken for? */
static bool dev_overslept(void)
{
	return (w.l.packed ? w.published_descs : w.published) > w.dev.wake_at;
}

/* With event indices it may choose to sleep through a few. */
static void dev_sleep(bool sleep)
{
	u64 *at = w.l.packed ? &w.dev.avail_at : &w.dev.popped;

	w.dev.asleep = sleep;
	w.dev.wake_at = *at + (w.l.event_idx ? rnd(min(w.l.size, 4)) : 0);
	if (!w.l.packed) {
		/* ignored with event indices, so anything */
		wr16(w.l.device, 0, w.l.event_idx ? rnd(2) : !sleep);
		if (w.l.event_idx && sleep)
			wr16(w.l.device, 4 + w.l.size * 8, w.dev.wake_at);
	} else if (!sleep) {
		wr16(w.l.device, 2, 1);
	} else if (w.l.event_idx) {
		wr16(w.l.device, 0, w.dev.wake_at % w.l.size |
				    lap(w.dev.wake_at) << 15);
		/* the other bits are reserved */
		wr16(w.l.device, 2, 2 | rnd(0x4000) << 2);
	} else {
		wr16(w.l.device, 2, 0);
	}
	/* looks again, as it has to */
	if (sleep && dev_overslept())
		dev_sleep(false);
}

/* Some of what an awake device does */
static void dev_step(unsigned int mood)
{
	unsigned int n = rnd(8) ? rnd(4) : rnd(w.l.size + 1);

	/* it may always have a look */
	if (!w.dev.asleep || !rnd(8)) {
		for (; n && dev_pop(); n--)
			;
		if (w.dev.asleep || !rnd(4))
			dev_sleep(rnd(4));
	}
	for (n = rnd(4) ? rnd(mood + 2) : rnd(w.l.size + 1); n && w.nr_held; n--) {
		dev_push();
		if (rnd(2))
			dev_interrupt();
	}
	dev_interrupt();
}

#endif /* _VRING_DEVICE_H */
