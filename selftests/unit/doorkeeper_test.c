// SPDX-License-Identifier: GPL-2.0-only
/* kmod/core/doorkeeper.h: frames that come again are let in, whatever the key. */
#include <linux/kernel.h>

#include "../../kmod/core/doorkeeper.h"
#include "ktap.h"

#define BITS 11
#define CELLS (1u << BITS)
#define FRAMES 64
#define FIRST 0x1f3a5

static struct doorkeeper dk;
static u32 cells[CELLS];

static void begin(u32 random)
{
	memset(cells, 0, sizeof(cells));
	doorkeeper_init(&dk, cells, BITS, random);
}

/* How many of neighbouring frames, @stride apart and used in turns, are let in. */
static unsigned int admitted(u32 random, u32 stride, unsigned int rounds)
{
	bool in[FRAMES] = {};
	unsigned int nr = 0;

	begin(random);
	while (rounds--) {
		for (u32 i = 0; i < FRAMES; i++) {
			if (!in[i])
				in[i] = doorkeeper_admit(&dk, FIRST + i * stride);
		}
	}
	for (unsigned int i = 0; i < FRAMES; i++)
		nr += in[i];
	return nr;
}

TEST(second_time_is_enough)
{
	begin(12345);
	EXPECT(!doorkeeper_admit(&dk, FIRST));
	EXPECT(doorkeeper_admit(&dk, FIRST));
	EXPECT(doorkeeper_admit(&dk, FIRST));
	EXPECT(!doorkeeper_admit(&dk, FIRST + 1));
}

TEST(forgotten_is_as_never_seen)
{
	begin(12345);
	EXPECT(!doorkeeper_admit(&dk, FIRST));
	doorkeeper_forget(&dk, FIRST);
	EXPECT(!doorkeeper_admit(&dk, FIRST));
	EXPECT(doorkeeper_admit(&dk, FIRST));
}

TEST(what_comes_once_stays_out)
{
	begin(777);
	for (u32 frame = 1; frame <= 1 << 20; frame++)
		if (doorkeeper_admit(&dk, frame))
			EXPECT_EQ(frame, 0);
}

TEST(cells_full_of_old_frames_do_not_keep_others_out)
{
	begin(4242);
	for (u32 i = 0; i < CELLS; i++)
		cells[i] = 0xfff00000 + i;
	for (u32 frame = FIRST; frame < FIRST + FRAMES; frame++) {
		unsigned int times = 1;

		while (!doorkeeper_admit(&dk, frame))
			times++;
		EXPECT(times < 24);
	}
}

/*
 * With key 0x40000001 frames four apart met, and with it and others like it
 * none of a disk's pages was ever mapped.
 */
TEST(no_key_keeps_neighbours_out)
{
	static const u32 strides[] = { 1, 3, 4, 16, 512 };
	u32 random = 1;

	for (unsigned int n = 0; n < 5000; n++) {
		for (unsigned int s = 0; s < ARRAY_SIZE(strides); s++)
			EXPECT_EQ(admitted(random, strides[s], 64), FRAMES);
		random = n < 31 ? 1u << n : random * 1664525 + 1013904223;
	}
	EXPECT_EQ(admitted(0x40000001, 1, 64), FRAMES);
}

/* Some meet by chance, as the cells are not many more. */
TEST(most_neighbours_are_let_in_at_once)
{
	u32 random = 99;
	unsigned int most = 0;

	for (unsigned int n = 0; n < 1000; n++) {
		most += admitted(random, 1, 2) >= FRAMES - 6;
		random = random * 1664525 + 1013904223;
	}
	EXPECT(most >= 980);
}

/* Of two that meet, either stays about as often. */
TEST(coin_is_fair)
{
	unsigned int stayed = 0;

	begin(31337);
	for (u32 n = 0; n < 10000; n++)
		stayed += doorkeeper_toss(&dk);
	EXPECT(stayed > 4800 && stayed < 5200);
}

KTAP_MAIN()
