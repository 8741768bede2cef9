// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/virtio/vring.c against a device written from the text of virtio 1.2,
 * sharing no code with it (vring_device.h): random programs of both sides, for
 * each layout and set of features. The device acts at the driver's full barriers
 * as well, which is where kicks and interrupts get lost; what it wrote is there
 * to read only after a read barrier.
 *
 *	driver	add ... add | publish  mb  kick? | enable  mb  pending?
 *	device	  pop, push    ^ acts here ^          acts here ^
 *
 * Then devices that break the protocol.
 */
#include <linux/kernel.h>
#include <stdlib.h>

static void at_wmb(void);
static void at_rmb(void);
static void at_mb(void);
#undef virt_wmb
#undef virt_rmb
#undef virt_mb
#define virt_wmb()	at_wmb()
#define virt_rmb()	at_rmb()
#define virt_mb()	at_mb()

#include "../../kmod/virtio/vring.h"
#include "../../kmod/virtio/vring.c"
#include "ktap.h"
#include "vring_device.h"

/* ---- the driver ---- */

/* Whatever was not published is not to be seen. */
static void at_wmb(void)
{
	u64 before = w.published - w.dev.popped;

	EXPECT_EQ(dev_visible(), w.l.packed ? before > 0 : before);
	w.wmbs++;
}

static void at_rmb(void)
{
	while (w.nr_late)
		dev_write_entry(&w.late[--w.nr_late]);
}

static void at_mb(void)
{
	w.mbs++;
	if (w.racing && w.in_driver && rnd(2))
		dev_step(2);
}

static struct posted *unused(void)
{
	unsigned int i, from = rnd(w.l.size);

	for (i = 0; i < w.l.size; i++)
		if (w.posted[(from + i) % w.l.size].state == FREE)
			return &w.posted[(from + i) % w.l.size];
	return NULL;
}

static int add(unsigned int nr_out, unsigned int nr_in)
{
	struct posted *p = unused(), dummy = { .state = FREE };
	unsigned int i, nr = nr_out + nr_in;
	bool table = w.l.tables && nr > 1 && nr <= TABLE_LEN;
	int want, rc;

	if (!p)
		p = &dummy;
	if (!nr || (!table && nr > w.l.size))
		want = -EINVAL;
	else
		want = w.room < (table ? 1 : nr) ? -ENOSPC : 0;
	p->nr_out = nr_out;
	p->nr_in = nr_in;
	p->writable = 0;
	for (i = 0; i < nr; i++) {
		p->segs[i].addr = (u64)rnd(~0u) << 20 | rnd(1 << 20);
		p->segs[i].len = rnd(8) ? 1 + rnd(70000) : rnd(1 << 28);
		if (i >= nr_out)
			p->writable += p->segs[i].len;
	}
	rc = vring_add(&w.vr, p->segs, nr_out, nr_in, p);
	EXPECT_EQ(rc, want);
	if (rc)
		return rc;
	EXPECT(p != &dummy);
	p->state = ADDED;
	w.order[w.added++ % w.l.size] = p;
	w.added_descs += table ? 1 : nr;
	w.room -= table ? 1 : nr;
	EXPECT_EQ(vring_room(&w.vr), w.room);
	return 0;
}

/* Was the place where the device sleeps among what it was given since? */
static bool kick_wanted(void)
{
	u16 event = rd16(w.l.device, w.l.packed ? 0 : 4 + w.l.size * 8);
	u64 i;

	if (!w.l.packed && !w.l.event_idx)
		return !(rd16(w.l.device, 0) & 1);
	if (!w.l.packed) {
		for (i = w.checked; i < w.published; i++)
			if ((u16)i == event)
				return true;
		return false;
	}
	if ((rd16(w.l.device, 2) & 3) != 2)
		return (rd16(w.l.device, 2) & 3) != 1;
	for (i = w.checked_descs; i < w.published_descs; i++)
		if (i % w.l.size == (event & 0x7fff) && lap(i) == event >> 15)
			return true;
	return false;
}

static void kick(void)
{
	bool needed;

	w.in_driver = true;
	w.mbs = 0;
	needed = vring_kick_needed(&w.vr);
	w.in_driver = false;
	EXPECT_EQ(w.mbs, 1);
	EXPECT_EQ(needed, kick_wanted());
	w.checked = w.published;
	w.checked_descs = w.published_descs;
	if (needed)
		dev_sleep(false);
	/* a kick lost */
	EXPECT(!w.dev.asleep || !dev_overslept());
}

static void publish(void)
{
	w.wmbs = 0;
	vring_publish(&w.vr);
	EXPECT_EQ(w.wmbs, 1);
	w.published = w.added;
	w.published_descs = w.added_descs;
}

static bool get(void)
{
	struct posted *p;
	void *cookie = NULL;
	bool table;
	u32 len = ~0u;

	EXPECT_EQ(vring_pending(&w.vr), w.got < w.dev.pushed);
	if (!vring_get(&w.vr, &cookie, &len)) {
		EXPECT_EQ(w.got, w.dev.pushed);
		EXPECT(!w.vr.broken);
		return false;
	}
	p = cookie;
	EXPECT(p >= w.posted && p < w.posted + w.l.size);
	if (ktap_failed)
		return false;
	EXPECT_EQ(p->state, DONE);
	EXPECT_EQ(len, p->written);
	p->state = FREE;
	w.got++;
	table = w.l.tables && p->nr_out + p->nr_in > 1 &&
		p->nr_out + p->nr_in <= TABLE_LEN;
	w.room += table ? 1 : p->nr_out + p->nr_in;
	EXPECT_EQ(vring_room(&w.vr), w.room);
	return true;
}

static void disable(void)
{
	vring_disable_events(&w.vr);
	w.armed = false;
	w.armed_at = w.got;
}

/* Wants an interrupt once n more are done; n = 0 is by the plain call. */
static void enable(unsigned int n)
{
	u64 outstanding = w.published - w.got;
	unsigned int i;
	bool there;

	w.armed = true;
	w.irq = false;
	w.armed_at = w.got;
	w.armed_for = w.l.event_idx && outstanding && n ? n : 1;
	w.enabling++;
	w.awaited = 0;
	for (i = 0; i < w.l.size; i++)
		if (w.posted[i].state == ADDED || w.posted[i].state == TAKEN) {
			w.posted[i].awaited = w.enabling;
			w.awaited++;
		}
	/* some of those may stay while others are done */
	if (!w.l.packed && w.armed_for > outstanding)
		w.armed_for = max_t(u64, outstanding, 1);
	if (!w.awaited)
		w.awaited = ~0ull;
	w.in_driver = true;
	w.mbs = 0;
	if (n)
		there = vring_enable_events_after(&w.vr, n);
	else
		there = vring_enable_events(&w.vr);
	w.in_driver = false;
	EXPECT_EQ(w.mbs, 1);
	if (w.l.packed)
		EXPECT_EQ(there, w.dev.pushed > w.got);
	else
		EXPECT_EQ(there, w.dev.pushed - w.got >= w.armed_for);
	if (there)
		disable();
}

static void expect_no_interrupt_lost(void)
{
	if (w.armed && !w.irq) {
		EXPECT(w.dev.pushed - w.armed_at < w.armed_for);
		EXPECT(w.awaited > 0);
	}
	if (w.irq) {
		disable();
		w.irq = false;
	}
}

/* Kicks are to be looked for before more than a ring is published. */
static bool may_add(void)
{
	return w.published == w.checked ||
	       w.added_descs - w.checked_descs + MAX_SEGS <= w.l.size;
}

static void drv_step(unsigned int mood)
{
	unsigned int n = rnd(8) ? rnd(4) : rnd(w.l.size + 1);
	unsigned int out, in;

	switch (rnd(mood ? 4 : 6)) {
	case 0:
		for (; n; n--)
			get();
		break;
	case 1:
		disable();
		if (!w.irq && rnd(2))
			break;
		publish();
		kick();
		enable(rnd(2) ? 0 : 1 + rnd(2 * w.l.size));
		break;
	default:
		for (; n && may_add(); n--) {
			out = rnd(3) ? rnd(2) : rnd(MAX_SEGS / 2 + 1);
			in = rnd(3) ? !out : rnd(MAX_SEGS / 2 + 1);
			add(out, in);
		}
		if (!rnd(3))
			break;
		publish();
		if (!rnd(4))
			break;
		kick();
	}
}

/* What all the above leads up to: nothing is lost once both come to rest. */
static void drain(void)
{
	publish();
	kick();
	dev_sleep(false);
	while (dev_pop())
		;
	while (w.nr_held)
		dev_push();
	dev_interrupt();
	expect_no_interrupt_lost();
	while (get())
		;
	EXPECT_EQ(w.got, w.added);
	EXPECT_EQ(vring_room(&w.vr), w.l.size);
	EXPECT(!w.vr.broken);
}

/* After a reset each outstanding buffer comes back once. */
static void detach(void)
{
	u64 n = 0;
	void *cookie;

	while (vring_detach(&w.vr, &cookie)) {
		struct posted *p = cookie;

		EXPECT(p->state != FREE);
		p->state = FREE;
		n++;
	}
	EXPECT_EQ(n, w.added - w.got);
}

static void program(bool packed, unsigned int size, unsigned int features,
		    unsigned int steps)
{
	unsigned int i, mood = 0;

	seed = 88172645463325252ull + size * 16 + packed * 8 + features;
	world_init(packed, size, features & 1, features & 2);
	w.racing = features & 4;
	for (i = 0; i < steps && !ktap_failed; i++) {
		if (i % 64 == 0)
			mood = rnd(4);
		drv_step(mood);
		if (ktap_failed)
			break;
		expect_no_interrupt_lost();
		dev_step(mood);
		expect_no_interrupt_lost();
		if (i % 1000 == 999)
			drain();
	}
	if (!ktap_failed && features & 4)
		drain();
	if (!ktap_failed)
		detach();
	if (ktap_failed)
		printf("# %s ring of %u, features %u, step %u\n",
		       packed ? "packed" : "split", size, features, i);
	world_free();
}

static void programs(bool packed, const unsigned int *sizes, unsigned int nr,
		     bool indirect)
{
	unsigned int i, f;

	for (i = 0; i < nr && !ktap_failed; i++)
		for (f = 0; f < 8 && !ktap_failed; f++)
			if (!(f & 2) == !indirect)
				program(packed, sizes[i], f, 4000);
}

static const unsigned int split_sizes[] = { 1, 2, 4, 8, 64, 512 };
static const unsigned int packed_sizes[] = { 1, 2, 3, 5, 8, 13, 100, 511 };

TEST(split)
{
	programs(false, split_sizes, ARRAY_SIZE(split_sizes), false);
}

TEST(split_indirect)
{
	programs(false, split_sizes, ARRAY_SIZE(split_sizes), true);
}

TEST(packed)
{
	programs(true, packed_sizes, ARRAY_SIZE(packed_sizes), false);
}

TEST(packed_indirect)
{
	programs(true, packed_sizes, ARRAY_SIZE(packed_sizes), true);
}

/* Indices past 65535, more than once */
TEST(index_wraps)
{
	program(false, 64, 5, 200000);
	EXPECT(w.added > 2 * 65536);
	program(true, 64, 5, 200000);
	EXPECT(w.added > 2 * 65536);
}

TEST(largest)
{
	program(false, VRING_MAX_SIZE, 5, 20);
	program(true, VRING_MAX_SIZE, 5, 20);
	program(true, VRING_MAX_SIZE - 1, 7, 20);
}

/* ---- what a ring is before anything happens ---- */

TEST(sizes)
{
	static const struct {
		bool packed;
		u16 size;
		int rc;
	} cases[] = {
		{ false, 0, -EINVAL }, { false, 1, 0 }, { false, 2, 0 },
		{ false, 3, -EINVAL }, { false, 6, -EINVAL }, { false, 256, 0 },
		{ false, 32768, 0 }, { false, 65535, -EINVAL },
		{ true, 0, -EINVAL }, { true, 1, 0 }, { true, 3, 0 },
		{ true, 32767, 0 }, { true, 32768, 0 }, { true, 32769, -EINVAL },
	};
	struct vring_bytes bytes;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vring_bytes(cases[i].packed, cases[i].size, &bytes);
		struct vring_layout l = {
			.packed = cases[i].packed,
			.size = cases[i].size,
			.desc = malloc(bytes.desc),
			.driver = malloc(bytes.driver),
			.device = malloc(bytes.device),
			.private = malloc(bytes.private),
		};

		EXPECT_EQ(vring_init(&w.vr, &l), cases[i].rc);
		free(l.desc);
		free(l.driver);
		free(l.device);
		free(l.private);
	}
	/* sections 2.7 and 2.8: the sizes as the text has them */
	vring_bytes(false, 256, &bytes);
	EXPECT_EQ(bytes.desc, 16 * 256);
	EXPECT_EQ(bytes.driver, 6 + 2 * 256);
	EXPECT_EQ(bytes.device, 6 + 8 * 256);
	EXPECT_EQ(bytes.private, 256 * (16 + 2 + 2));
	vring_bytes(true, 100, &bytes);
	EXPECT_EQ(bytes.desc, 16 * 100);
	EXPECT_EQ(bytes.driver, 4);
	EXPECT_EQ(bytes.device, 4);
	EXPECT_EQ(bytes.private, 100 * (16 + 2 + 2));
}

TEST(begins_quiet)
{
	unsigned int i;
	void *cookie;
	u32 len;

	for (i = 0; i < 4; i++) {
		world_init(i & 1, 8, i & 2, false);
		EXPECT(!vring_pending(&w.vr));
		EXPECT(!vring_get(&w.vr, &cookie, &len));
		EXPECT(!vring_detach(&w.vr, &cookie));
		EXPECT(!dev_visible());
		if (w.l.packed)
			EXPECT_EQ(rd16(w.l.driver, 2), 1);
		else
			EXPECT_EQ(rd16(w.l.driver, 0), !w.l.event_idx);
		/* nothing added, nothing to publish */
		publish();
		EXPECT(!dev_visible());
		add(1, 0);
		EXPECT(!dev_visible());
		publish();
		kick();
		EXPECT(dev_pop());
		dev_push();
		EXPECT(!dev_interrupt_wanted());
		world_free();
	}
}

/* An interrupt when the third of five is done, neither sooner nor later */
TEST(delayed)
{
	unsigned int packed, i;

	for (packed = 0; packed < 2; packed++) {
		world_init(packed, 4, true, false);
		/* so that in a packed ring the event is in the next lap */
		for (i = 0; i < 3; i++) {
			add(0, 1);
			publish();
			kick();
			dev_pop();
			dev_push();
			get();
		}
		dev_interrupt();
		for (i = 0; i < 4; i++)
			add(1, 0);
		publish();
		kick();
		enable(3);
		EXPECT(w.armed);
		for (i = 0; i < 4; i++) {
			EXPECT(dev_pop());
			dev_push();
			EXPECT_EQ(dev_interrupt_wanted(), i == 2);
		}
		world_free();
	}
}

/* ---- devices that break the protocol ---- */

/* Buffers that the device has; each takes @descs to read. */
static void given(bool packed, unsigned int nr, unsigned int descs)
{
	world_init(packed, 8, false, false);
	while (nr--)
		add(descs, 0);
	publish();
	kick();
	while (dev_pop())
		;
}

static void expect_broken(unsigned int outstanding, const char *why)
{
	struct vring_seg segs[2] = { { 1, 2 }, { 3, 4 } };
	void *cookie = NULL;
	unsigned int i;
	u32 len;

	EXPECT(!vring_get(&w.vr, &cookie, &len));
	EXPECT(w.vr.broken && strstr(w.vr.broken, why));
	EXPECT_EQ(vring_room(&w.vr), 0);
	EXPECT_EQ(vring_add(&w.vr, segs, 1, 0, NULL), -ENOSPC);
	EXPECT_EQ(vring_add(&w.vr, segs, 1, 1, NULL), -ENOSPC);
	/* whatever it says from now on, with good ids */
	for (i = 0; i < 8 && w.nr_held; i++) {
		if (w.l.packed)
			wr16(w.l.desc, i * 16 + 12, w.held[0]->id);
		else
			wr32(w.l.device, 4 + i * 8, w.held[0]->id);
	}
	for (i = 0; i < 65536; i++) {
		if (w.l.packed)
			wr16(w.l.desc, w.vr.last_used * 16 + 14, i);
		else
			wr16(w.l.device, 2, i);
		if (vring_pending(&w.vr) || vring_get(&w.vr, &cookie, &len) ||
		    vring_enable_events(&w.vr))
			break;
	}
	EXPECT_EQ(i, 65536);
	EXPECT(w.vr.broken);
	for (i = 0; vring_detach(&w.vr, &cookie); i++) {
		EXPECT(((struct posted *)cookie)->state == TAKEN);
		((struct posted *)cookie)->state = FREE;
	}
	EXPECT_EQ(i, outstanding);
	world_free();
}

TEST(id_out_of_range)
{
	static const u32 ids[] = { 8, 9, 255, 32768, 65535, 65536, ~0u };
	unsigned int packed, i;

	for (packed = 0; packed < 2; packed++)
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			if (packed && ids[i] > 65535)
				continue;
			given(packed, 3, 1);
			dev_write_used(ids[i], 0);
			expect_broken(3, "out of range");
		}
}

TEST(id_not_outstanding)
{
	unsigned int packed;

	for (packed = 0; packed < 2; packed++) {
		given(packed, 3, 1);
		dev_write_used(3, 0);
		expect_broken(3, "not outstanding");
		/* the middle of a chain is no buffer */
		given(packed, 1, 3);
		dev_write_used(1, 0);
		expect_broken(1, "not outstanding");
	}
	/* a packed ring's device can say so of an empty ring, too */
	given(true, 0, 0);
	dev_write_used(0, 0);
	expect_broken(0, "not outstanding");
}

TEST(id_twice)
{
	unsigned int packed;
	void *cookie;
	u32 len;

	for (packed = 0; packed < 2; packed++) {
		given(packed, 3, 1);
		dev_write_used(1, 0);
		w.dev.used_at++;
		dev_write_used(1, 0);
		EXPECT(vring_get(&w.vr, &cookie, &len));
		((struct posted *)cookie)->state = FREE;
		expect_broken(2, "not outstanding");
	}
}

TEST(index_beyond)
{
	static const u16 ahead[] = { 4, 8, 9, 4096, 32768, 65535 };
	unsigned int i, j;

	for (i = 0; i < 2 * ARRAY_SIZE(ahead); i++) {
		given(false, 3, 1);
		if (i & 1) {
			/* not from 0 on */
			while (w.nr_held)
				dev_push();
			while (get())
				;
			for (j = 0; j < 3; j++)
				add(0, 1);
			publish();
			kick();
			while (dev_pop())
				;
		}
		wr16(w.l.device, 2, w.dev.pushed + ahead[i / 2]);
		expect_broken(3, "index");
	}
}

TEST(length_too_large)
{
	static const u32 lens[] = { 0, 1, 299, 300, 301, 65536, ~0u };
	struct vring_seg segs[3] = { { 1, 1000 }, { 2, 100 }, { 3, 200 } };
	unsigned int packed, i;
	void *cookie;
	u32 len;

	for (packed = 0; packed < 2; packed++)
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			world_init(packed, 8, false, i & 1);
			EXPECT_EQ(vring_add(&w.vr, segs, 1, 2, &w), 0);
			EXPECT_EQ(vring_add(&w.vr, segs, 1, 0, &seed), 0);
			EXPECT_EQ(vring_add(&w.vr, segs, 0, 1, segs), 0);
			vring_publish(&w.vr);
			/* ids are taken from the first on */
			dev_write_used(0, lens[i]);
			EXPECT(vring_get(&w.vr, &cookie, &len));
			EXPECT(cookie == &w);
			EXPECT_EQ(len, lens[i] < 300 ? lens[i] : 300);
			w.dev.used_at += w.l.tables ? 1 : 3;
			dev_write_used(w.l.tables ? 1 : 3, lens[i]);
			EXPECT(vring_get(&w.vr, &cookie, &len));
			EXPECT(cookie == &seed);
			EXPECT_EQ(len, 0);
			w.dev.used_at++;
			dev_write_used(w.l.tables ? 2 : 4, lens[i]);
			EXPECT(vring_get(&w.vr, &cookie, &len));
			EXPECT(cookie == segs);
			EXPECT_EQ(len, lens[i] < 1000 ? lens[i] : 1000);
			EXPECT(!w.vr.broken);
			world_free();
		}
}

/* What it writes over the driver's own descriptors is not what we go by. */
TEST(descriptors_overwritten)
{
	unsigned int i;
	void *cookie;
	u32 len;

	given(false, 2, 3);
	memset(w.l.desc, 0xff, 8 * 16);
	memset((u8 *)w.l.driver + 4, 0xff, 8 * 2);
	dev_write_used(0, 0);
	dev_write_used(3, 0);
	for (i = 0; i < 2; i++)
		EXPECT(vring_get(&w.vr, &cookie, &len));
	EXPECT_EQ(vring_room(&w.vr), 8);
	EXPECT(!w.vr.broken);
	world_free();
}

KTAP_MAIN()
