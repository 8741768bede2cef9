// SPDX-License-Identifier: GPL-2.0-only
/* kmod/core/credit.h: what a guest may send, by a clock of the test's own. */
#include <linux/kernel.h>

#include "../../kmod/core/credit.h"
#include "ktap.h"

#define START 1000
#define SLOW 30000	/* bytes a second: 600 an interval */
#define INTERVAL CREDIT_LEAST_INTERVAL

static struct credit c;

static void begin(u64 rate, u64 interval)
{
	memset(&c, 0xa5, sizeof(c));
	credit_set(&c, rate, interval, START);
}

TEST(bucket_is_full_at_first)
{
	begin(SLOW, INTERVAL);
	EXPECT_EQ(credit_wait(&c, START), 0);
	credit_spend(&c, 599);
	EXPECT_EQ(credit_wait(&c, START), 0);
	credit_spend(&c, 1);
	EXPECT(credit_wait(&c, START) > 0);
}

TEST(wait_is_as_long_as_the_debt)
{
	begin(SLOW, INTERVAL);
	credit_spend(&c, 600 + 1500);
	/* 1500 bytes at 0.03 a microsecond, and then something more than none */
	EXPECT_EQ(credit_wait(&c, START), 50001);
	EXPECT_EQ(credit_wait(&c, START + 10000), 40001);
	EXPECT_EQ(credit_wait(&c, START + 50000), 1);
	EXPECT_EQ(credit_wait(&c, START + 50001), 0);
}

TEST(no_more_is_saved_than_an_interval_gives)
{
	begin(SLOW, INTERVAL);
	credit_spend(&c, 600);
	EXPECT_EQ(credit_wait(&c, START + 50 * INTERVAL), 0);
	EXPECT_EQ(c.left, 600ll * CREDIT_SECOND);
	credit_spend(&c, 601);
	EXPECT_EQ(credit_wait(&c, START + 50 * INTERVAL), 34);
}

TEST(bucket_fills_to_the_last_byte)
{
	begin(SLOW, INTERVAL);
	credit_spend(&c, 600);
	EXPECT_EQ(credit_wait(&c, START + INTERVAL - 1), 0);
	EXPECT_EQ(c.left, 600ll * CREDIT_SECOND - SLOW);
	EXPECT_EQ(credit_wait(&c, START + INTERVAL), 0);
	EXPECT_EQ(c.left, 600ll * CREDIT_SECOND);
	EXPECT_EQ(credit_wait(&c, START + INTERVAL + 1), 0);
	EXPECT_EQ(c.left, 600ll * CREDIT_SECOND);
}

TEST(part_of_a_byte_is_not_made_up)
{
	begin(SLOW, INTERVAL);
	credit_spend(&c, 1);
	EXPECT_EQ(credit_wait(&c, START + 33), 0);
	EXPECT_EQ(c.left, 599ll * CREDIT_SECOND + 33 * SLOW);
	EXPECT_EQ(credit_wait(&c, START + 34), 0);
	EXPECT_EQ(c.left, 600ll * CREDIT_SECOND);
}

/* However often one looks, a second gives what it should, to the byte. */
static u64 sent_in_a_second(u64 rate, u32 packet, u32 look_every)
{
	u64 now, sent = 0;

	begin(rate, INTERVAL);
	credit_spend(&c, rate * INTERVAL / CREDIT_SECOND);
	for (now = START; now <= START + CREDIT_SECOND; now += look_every)
		while (!credit_wait(&c, now)) {
			credit_spend(&c, packet);
			sent += packet;
		}
	return sent;
}

TEST(rate_holds_on_average)
{
	EXPECT_EQ(sent_in_a_second(1000000, 1000, 7), 1000000);
	EXPECT_EQ(sent_in_a_second(1000000, 1000, 4000), 1000000);
	EXPECT_EQ(sent_in_a_second(125000, 1, 1), 125000);
	/* less than a byte for each look; the last is a debt */
	EXPECT_EQ(sent_in_a_second(999, 1, 1), 1000);
}

TEST(packet_larger_than_the_bucket_passes)
{
	/* 65536 bytes a packet, ten bytes an interval: the last is a debt */
	EXPECT_EQ(sent_in_a_second(1000, 65536, 1000), 65536);
	EXPECT_EQ(sent_in_a_second(1000000, 65536, 1000), 16 * 65536);
}

TEST(long_silence_and_high_rate_fit)
{
	begin(~0ull, ~0ull);
	EXPECT_EQ(c.rate, CREDIT_MOST_RATE);
	EXPECT_EQ(c.interval, CREDIT_MOST_INTERVAL);
	EXPECT_EQ(credit_wait(&c, ~0ull), 0);
	EXPECT_EQ(c.left, (s64)(CREDIT_MOST_RATE * CREDIT_MOST_INTERVAL));
	begin(1, 0);
	EXPECT_EQ(c.interval, CREDIT_LEAST_INTERVAL);
	credit_spend(&c, 65536);
	EXPECT_EQ(credit_wait(&c, ~0ull), 0);
	EXPECT_EQ(c.left, CREDIT_LEAST_INTERVAL);
	begin(SLOW, CREDIT_LEAST_INTERVAL + 1);
	EXPECT_EQ(c.interval, CREDIT_LEAST_INTERVAL + 1);
	begin(CREDIT_MOST_RATE - 1, CREDIT_MOST_INTERVAL - 1);
	EXPECT_EQ(c.rate, CREDIT_MOST_RATE - 1);
	EXPECT_EQ(c.interval, CREDIT_MOST_INTERVAL - 1);
}

KTAP_MAIN()
