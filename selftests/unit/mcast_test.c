// SPDX-License-Identifier: GPL-2.0-only
/* kmod/net/mcast.h: the multicast addresses that a guest listens to. */
#include <linux/kernel.h>

#include "../../kmod/net/mcast.h"
#include "ktap.h"

static struct mcast_list list;

static const u8 *group(u8 number)
{
	static u8 addr[6];

	memcpy(addr, (const u8 []){ 1, 0, 0x5e, 0, 0, number }, sizeof(addr));
	return addr;
}

static int add(u8 number)
{
	return mcast_list_add(&list, group(number));
}

static void begin(void)
{
	memset(&list, 0, sizeof(list));
}

TEST(none_at_first)
{
	begin();
	EXPECT(!mcast_list_has(&list, group(1)));
}

TEST(added_and_removed)
{
	begin();
	EXPECT_EQ(add(1), 0);
	EXPECT_EQ(add(2), 0);
	EXPECT(mcast_list_has(&list, group(1)));
	EXPECT(mcast_list_has(&list, group(2)));
	EXPECT(!mcast_list_has(&list, group(3)));
	mcast_list_del(&list, group(1));
	EXPECT(!mcast_list_has(&list, group(1)));
	EXPECT(mcast_list_has(&list, group(2)));
	mcast_list_del(&list, group(1));
	EXPECT(mcast_list_has(&list, group(2)));
}

/* Each byte counts, in its place. */
TEST(all_of_an_address)
{
	const u8 addr[6] = { 0x33, 0x12, 0x34, 0x56, 0x78, 0x9a };
	unsigned int i;

	begin();
	EXPECT_EQ(mcast_list_add(&list, addr), 0);
	EXPECT_EQ(list.addr[0], 0x33123456789aull);
	for (i = 0; i < 6; i++) {
		u8 other[6];

		memcpy(other, addr, sizeof(other));
		other[i] ^= 4;
		EXPECT(!mcast_list_has(&list, other));
	}
}

TEST(added_twice_is_there_once)
{
	begin();
	EXPECT_EQ(add(1), 0);
	EXPECT_EQ(add(1), 0);
	EXPECT_EQ(list.addr[1], 0);
	mcast_list_del(&list, group(1));
	EXPECT(!mcast_list_has(&list, group(1)));
}

TEST(full)
{
	int i;

	begin();
	for (i = 0; i < MCAST_MAX; i++)
		EXPECT_EQ(add(i), 0);
	EXPECT_EQ(add(MCAST_MAX), -ENOSPC);
	EXPECT_EQ(add(MCAST_MAX - 1), 0);
	EXPECT(!mcast_list_has(&list, group(MCAST_MAX)));
	mcast_list_del(&list, group(7));
	EXPECT_EQ(add(MCAST_MAX), 0);
	EXPECT(mcast_list_has(&list, group(MCAST_MAX)));
	EXPECT_EQ(add(7), -ENOSPC);
}

TEST(only_multicast)
{
	const u8 unicast[6] = { 0, 1, 0x5e, 0, 0, 1 }, none[6] = { };

	begin();
	EXPECT_EQ(mcast_list_add(&list, unicast), -EINVAL);
	EXPECT_EQ(mcast_list_add(&list, none), -EINVAL);
	EXPECT(!mcast_list_has(&list, unicast));
	/* To take back what never was does no harm. */
	mcast_list_del(&list, none);
	EXPECT_EQ(add(1), 0);
	EXPECT(mcast_list_has(&list, group(1)));
}

TEST(cleared)
{
	begin();
	EXPECT_EQ(add(1), 0);
	EXPECT_EQ(add(2), 0);
	mcast_list_clear(&list);
	EXPECT(!mcast_list_has(&list, group(1)));
	EXPECT(!mcast_list_has(&list, group(2)));
}

KTAP_MAIN()
