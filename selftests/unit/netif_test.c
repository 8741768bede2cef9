// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/netif.c: what a guest may write into its rings, and every way of
 * writing it wrongly. Each check of the parser has a test here that fails
 * without it; `make mutants` proves that.
 */
#include <linux/kernel.h>

#include "../../kmod/net/netif.c"
#include "ktap.h"

#define MORE	XEN_NETTXF_more_data
#define EXTRA	XEN_NETTXF_extra_info
#define CSUM	XEN_NETTXF_csum_blank
#define VALID	XEN_NETTXF_data_validated

static struct netif_tx_packet pkt;

static void begin(void)
{
	/* what an earlier packet left behind must not matter */
	memset(&pkt, 0xa5, sizeof(pkt));
	netif_tx_begin(&pkt);
}

static enum netif_tx_verdict data(u16 offset, u16 size, u16 flags)
{
	struct xen_netif_tx_request slot = {
		.gref = 1000 + pkt.nr_ids,
		.offset = offset,
		.flags = flags,
		.id = 50 + pkt.nr_ids,
		.size = size,
	};

	return netif_tx_feed(&pkt, &slot);
}

/* An extra overlays a request's first eight bytes; the rest is whatever. */
static enum netif_tx_verdict extra(u8 type, u8 flags, u16 size, u8 gso_type)
{
	struct xen_netif_extra_info info = { .type = type, .flags = flags };
	struct xen_netif_tx_request slot;

	info.u.gso.size = size;
	info.u.gso.type = gso_type;
	memset(&slot, 0xff, sizeof(slot));
	memcpy(&slot, &info, sizeof(info));
	return netif_tx_feed(&pkt, &slot);
}

static enum netif_tx_verdict gso(u16 size, u8 type)
{
	return extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, size, type);
}

#define EXPECT_FATAL(feed)						\
	do {								\
		EXPECT_EQ(feed, NETIF_TX_FATAL);			\
		EXPECT(pkt.why != NULL);				\
	} while (0)

/* The sum that every user of a packet relies on. */
static void expect_consistent(void)
{
	u32 sum = 0;
	int i;

	EXPECT(pkt.nr_frags <= NETIF_TX_SLOTS_LEGAL);
	EXPECT(pkt.nr_frags <= pkt.nr_ids);
	for (i = 0; i < pkt.nr_frags; i++) {
		EXPECT(pkt.frags[i].len > 0);
		EXPECT(pkt.frags[i].offset + pkt.frags[i].len <= 4096);
		sum += pkt.frags[i].len;
	}
	EXPECT_EQ(sum, pkt.size);
}

static void expect_good(void)
{
	EXPECT(!pkt.drop);
	EXPECT(!pkt.why);
	expect_consistent();
}

static void expect_drop(void)
{
	EXPECT(pkt.drop);
	EXPECT(pkt.why != NULL);
}

TEST(tx_begin_forgets)
{
	struct netif_tx_packet *p = &pkt;

	begin();
	EXPECT_EQ(p->size, 0);
	EXPECT_EQ(p->left, 0);
	EXPECT_EQ(p->nr_frags, 0);
	EXPECT_EQ(p->nr_ids, 0);
	EXPECT_EQ(p->nr_extras, 0);
	EXPECT_EQ(p->gso_size, 0);
	EXPECT_EQ(p->gso_type, XEN_NETIF_GSO_TYPE_NONE);
	EXPECT(!p->csum_blank && !p->validated && !p->drop);
	EXPECT(!p->expect_extra && !p->expect_data);
	EXPECT(!p->why);
	EXPECT_EQ(netif_tx_slots(p), 0);
}

TEST(tx_one_slot)
{
	begin();
	EXPECT_EQ(data(100, 60, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.size, 60);
	EXPECT_EQ(pkt.nr_frags, 1);
	EXPECT_EQ(pkt.frags[0].ref, 1000);
	EXPECT_EQ(pkt.frags[0].offset, 100);
	EXPECT_EQ(pkt.frags[0].len, 60);
	EXPECT_EQ(pkt.ids[0], 50);
	EXPECT_EQ(netif_tx_slots(&pkt), 1);
	EXPECT(!pkt.csum_blank && !pkt.validated);
	EXPECT_EQ(pkt.gso_size, 0);
}

TEST(tx_flags)
{
	begin();
	EXPECT_EQ(data(0, 60, CSUM), NETIF_TX_COMPLETE);
	EXPECT(pkt.csum_blank && !pkt.validated);
	begin();
	EXPECT_EQ(data(0, 60, VALID), NETIF_TX_COMPLETE);
	EXPECT(!pkt.csum_blank && pkt.validated);
}

TEST(tx_flags_of_later_slots_do_not_count)
{
	begin();
	EXPECT_EQ(data(0, 200, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 100, CSUM | VALID | EXTRA), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT(!pkt.csum_blank && !pkt.validated);
}

TEST(tx_unknown_flags_are_ignored)
{
	begin();
	EXPECT_EQ(data(0, 60, 0xfff0), NETIF_TX_COMPLETE);
	expect_good();
}

TEST(tx_first_piece_is_what_the_others_leave)
{
	begin();
	EXPECT_EQ(data(10, 9000, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 4096, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(96, 4000, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_frags, 3);
	EXPECT_EQ(pkt.frags[0].len, 904);
	EXPECT_EQ(pkt.frags[0].offset, 10);
	EXPECT_EQ(pkt.frags[1].len, 4096);
	EXPECT_EQ(pkt.frags[2].len, 4000);
	EXPECT_EQ(pkt.frags[2].ref, 1002);
	EXPECT_EQ(pkt.ids[2], 52);
	EXPECT_EQ(netif_tx_slots(&pkt), 3);
}

TEST(tx_frame_of_14_bytes_is_the_shortest)
{
	begin();
	EXPECT_EQ(data(0, 14, 0), NETIF_TX_COMPLETE);
	expect_good();
	begin();
	EXPECT_EQ(data(0, 13, 0), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(netif_tx_slots(&pkt), 1);
	begin();
	EXPECT_EQ(data(0, 0, 0), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(pkt.nr_frags, 0);
}

TEST(tx_largest_packet)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 65535, MORE), NETIF_TX_MORE);
	for (i = 0; i < 14; i++)
		EXPECT_EQ(data(0, 4096, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(1, 4095, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.size, 65535);
	EXPECT_EQ(pkt.frags[0].len, 4096);
}

TEST(tx_offset_at_the_end_of_the_page)
{
	/* nothing left in that page: only an empty piece may begin there */
	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(4096, 0, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_frags, 1);
	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(4096, 1, 0));
}

TEST(tx_offset_beyond_the_page)
{
	begin();
	EXPECT_FATAL(data(4097, 0, 0));
	begin();
	EXPECT_FATAL(data(65535, 60, 0));
	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(4097, 0, 0));
	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(65535, 20, 0));
}

TEST(tx_first_slot_crosses_its_page)
{
	begin();
	EXPECT_EQ(data(4036, 60, 0), NETIF_TX_COMPLETE);
	expect_good();
	begin();
	EXPECT_FATAL(data(4037, 60, 0));
	begin();
	EXPECT_EQ(data(0, 4096, 0), NETIF_TX_COMPLETE);
	expect_good();
	begin();
	EXPECT_FATAL(data(0, 4097, 0));
	begin();
	EXPECT_FATAL(data(0, 65535, 0));
}

/* Only when the last slot is there is the first's length known. */
TEST(tx_first_slot_of_several_crosses_its_page)
{
	begin();
	EXPECT_EQ(data(0, 4197, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 100, 0));
	begin();
	EXPECT_EQ(data(0, 4196, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 100, 0), NETIF_TX_COMPLETE);
	expect_good();
	begin();
	EXPECT_EQ(data(0, 4197, MORE | EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(gso(1000, XEN_NETIF_GSO_TYPE_TCPV4), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 100, 0));
}

TEST(tx_later_slot_crosses_its_page)
{
	begin();
	EXPECT_EQ(data(0, 6000, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(4000, 97, 0));
	begin();
	EXPECT_EQ(data(0, 4100, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(4000, 96, 0), NETIF_TX_COMPLETE);
	expect_good();
	begin();
	EXPECT_EQ(data(0, 9000, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 4097, 0));
}

TEST(tx_slots_exceed_the_packet)
{
	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 61, 0));
	begin();
	EXPECT_EQ(data(0, 200, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 100, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 101, MORE));
	/* a head whose fields are all small: the sum must not wrap */
	begin();
	EXPECT_EQ(data(0, 14, MORE), NETIF_TX_MORE);
	EXPECT_FATAL(data(0, 4096, 0));
}

TEST(tx_slots_may_leave_the_first_piece_empty)
{
	begin();
	EXPECT_EQ(data(0, 100, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(8, 100, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_frags, 1);
	EXPECT_EQ(pkt.frags[0].ref, 1001);
	EXPECT_EQ(pkt.frags[0].offset, 8);
	EXPECT_EQ(pkt.frags[0].len, 100);
	EXPECT_EQ(netif_tx_slots(&pkt), 2);
}

TEST(tx_empty_pieces_vanish_in_order)
{
	begin();
	EXPECT_EQ(data(0, 300, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 0, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 100, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 0, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 50, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_frags, 3);
	EXPECT_EQ(pkt.frags[0].len, 150);
	EXPECT_EQ(pkt.frags[1].ref, 1002);
	EXPECT_EQ(pkt.frags[2].ref, 1004);
	EXPECT_EQ(pkt.nr_ids, 5);
}

static enum netif_tx_verdict feed_slots(int n, u16 each)
{
	enum netif_tx_verdict v;
	int i;

	begin();
	v = data(0, n * each, n > 1 ? MORE : 0);
	for (i = 1; i < n && v == NETIF_TX_MORE; i++)
		v = data(0, each, i < n - 1 ? MORE : 0);
	return v;
}

TEST(tx_18_slots_are_legal)
{
	EXPECT_EQ(feed_slots(18, 100), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_frags, 18);
	EXPECT_EQ(pkt.nr_ids, 18);
}

/* An old Linux front end really sends 19: answer all, send none. */
TEST(tx_19_slots_are_dropped)
{
	int i;

	EXPECT_EQ(feed_slots(19, 100), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(pkt.nr_ids, 19);
	EXPECT_EQ(netif_tx_slots(&pkt), 19);
	for (i = 0; i < 19; i++)
		EXPECT_EQ(pkt.ids[i], 50 + i);
	EXPECT(pkt.nr_frags <= NETIF_TX_SLOTS_LEGAL);
}

/* XSA-432: many slots for a head so short that the copy covers them all. */
TEST(tx_19_slots_of_a_tiny_packet)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 60, MORE), NETIF_TX_MORE);
	for (i = 1; i < 18; i++)
		EXPECT_EQ(data(0, 1, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 1, 0), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(pkt.nr_ids, 19);
}

/* XSA-448: nothing but empty pieces. */
TEST(tx_all_pieces_empty)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 0, MORE), NETIF_TX_MORE);
	for (i = 1; i < 17; i++)
		EXPECT_EQ(data(0, 0, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 0, 0), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(pkt.nr_ids, 18);
	EXPECT_EQ(pkt.nr_frags, 0);
	EXPECT_EQ(pkt.size, 0);
}

TEST(tx_20_slots_are_fatal)
{
	EXPECT_EQ(feed_slots(20, 100), NETIF_TX_FATAL);
	EXPECT(pkt.why != NULL);
	EXPECT(pkt.nr_ids <= NETIF_TX_SLOTS_FATAL);
}

/* The twentieth is fatal whether or not it claims to be the last. */
TEST(tx_endless_packet)
{
	EXPECT_EQ(feed_slots(40, 100), NETIF_TX_FATAL);
	EXPECT(pkt.nr_ids <= NETIF_TX_SLOTS_FATAL);
}

TEST(tx_extras_do_not_count_as_slots_of_data)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 1800, MORE | EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(gso(1448, XEN_NETIF_GSO_TYPE_TCPV4), NETIF_TX_MORE);
	for (i = 1; i < 17; i++)
		EXPECT_EQ(data(0, 100, MORE), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 100, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(netif_tx_slots(&pkt), 19);
}

TEST(tx_gso)
{
	begin();
	EXPECT_EQ(data(0, 3000, CSUM | VALID | EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(gso(1448, XEN_NETIF_GSO_TYPE_TCPV4), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.gso_size, 1448);
	EXPECT_EQ(pkt.gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
	EXPECT_EQ(pkt.nr_extras, 1);
	EXPECT_EQ(pkt.nr_ids, 1);
	EXPECT_EQ(netif_tx_slots(&pkt), 2);
	begin();
	EXPECT_EQ(data(0, 3000, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(gso(1, XEN_NETIF_GSO_TYPE_TCPV6), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.gso_type, XEN_NETIF_GSO_TYPE_TCPV6);
}

TEST(tx_gso_size_zero)
{
	begin();
	EXPECT_EQ(data(0, 3000, EXTRA), NETIF_TX_MORE);
	EXPECT_FATAL(gso(0, XEN_NETIF_GSO_TYPE_TCPV4));
}

TEST(tx_gso_type)
{
	int type;

	for (type = 0; type < 256; type++) {
		begin();
		EXPECT_EQ(data(0, 3000, EXTRA), NETIF_TX_MORE);
		if (type == XEN_NETIF_GSO_TYPE_TCPV4 ||
		    type == XEN_NETIF_GSO_TYPE_TCPV6)
			EXPECT_EQ(gso(1000, type), NETIF_TX_COMPLETE);
		else
			EXPECT_FATAL(gso(1000, type));
	}
}

TEST(tx_extra_type_out_of_range)
{
	int type;

	for (type = 0; type < 256; type++) {
		if (type && type < XEN_NETIF_EXTRA_TYPE_MAX)
			continue;
		begin();
		EXPECT_EQ(data(0, 60, EXTRA), NETIF_TX_MORE);
		EXPECT_FATAL(extra(type, 0, 1000, 1));
	}
}

TEST(tx_extra_of_the_other_way)
{
	begin();
	EXPECT_EQ(data(0, 60, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_XDP, 0, 0, 0), NETIF_TX_COMPLETE);
	expect_drop();
	EXPECT_EQ(netif_tx_slots(&pkt), 2);
	EXPECT_EQ(pkt.gso_size, 0);
	EXPECT_EQ(pkt.mcast, 0);
}

static enum netif_tx_verdict mcast(u8 type, u8 flags, u8 last)
{
	struct xen_netif_extra_info info = {
		.type = type, .flags = flags,
		.u.mcast.addr = { 1, 0, 0x5e, 0, 0, last },
	};
	struct xen_netif_tx_request slot;

	memset(&slot, 0xff, sizeof(slot));
	memcpy(&slot, &info, sizeof(info));
	return netif_tx_feed(&pkt, &slot);
}

static void expect_mcast(u8 type, u8 last)
{
	const u8 addr[6] = { 1, 0, 0x5e, 0, 0, last };

	EXPECT(!pkt.drop);
	EXPECT(!pkt.why);
	EXPECT_EQ(pkt.mcast, type);
	EXPECT(!memcmp(pkt.mcast_addr, addr, sizeof(addr)));
	EXPECT_EQ(pkt.nr_frags, 0);
	EXPECT_EQ(netif_tx_slots(&pkt), 2);
}

/* Nothing of a dummy's first slot matters, whatever it is said to hold. */
TEST(tx_mcast)
{
	begin();
	EXPECT_EQ(data(0, 0, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(mcast(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0, 1),
		  NETIF_TX_COMPLETE);
	expect_mcast(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 1);
	begin();
	EXPECT_EQ(data(4000, 9000, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(mcast(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 0, 251),
		  NETIF_TX_COMPLETE);
	expect_mcast(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 251);
}

TEST(tx_mcast_is_for_one_packet)
{
	begin();
	EXPECT_EQ(data(0, 0, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(mcast(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0, 1),
		  NETIF_TX_COMPLETE);
	begin();
	EXPECT_EQ(data(0, 60, 0), NETIF_TX_COMPLETE);
	EXPECT_EQ(pkt.mcast, 0);
	expect_good();
}

TEST(tx_mcast_twice)
{
	begin();
	EXPECT_EQ(data(0, 0, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(mcast(XEN_NETIF_EXTRA_TYPE_MCAST_ADD,
			XEN_NETIF_EXTRA_FLAG_MORE, 1), NETIF_TX_MORE);
	EXPECT_EQ(mcast(XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 0, 2),
		  NETIF_TX_COMPLETE);
	EXPECT(pkt.drop);
	EXPECT(pkt.why != NULL);
	EXPECT(pkt.mcast != 0);
	EXPECT_EQ(pkt.nr_frags, 0);
	EXPECT_EQ(netif_tx_slots(&pkt), 3);
}

TEST(tx_extra_hash_is_harmless)
{
	begin();
	EXPECT_EQ(data(0, 60, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH, 0, 0, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.gso_size, 0);
}

TEST(tx_extras_chain)
{
	begin();
	EXPECT_EQ(data(0, 3000, EXTRA | MORE), NETIF_TX_MORE);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH, XEN_NETIF_EXTRA_FLAG_MORE,
			0, 0), NETIF_TX_MORE);
	EXPECT_EQ(gso(1000, XEN_NETIF_GSO_TYPE_TCPV4), NETIF_TX_MORE);
	EXPECT_EQ(data(0, 1000, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.nr_extras, 2);
	EXPECT_EQ(pkt.gso_size, 1000);
	EXPECT_EQ(netif_tx_slots(&pkt), 4);
}

/* A ring full of extras must end, at the number of kinds there are. */
TEST(tx_endless_extras)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 60, EXTRA), NETIF_TX_MORE);
	for (i = 1; i < XEN_NETIF_EXTRA_TYPE_MAX; i++)
		EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH,
				XEN_NETIF_EXTRA_FLAG_MORE, 0, 0), NETIF_TX_MORE);
	EXPECT_FATAL(extra(XEN_NETIF_EXTRA_TYPE_HASH,
			   XEN_NETIF_EXTRA_FLAG_MORE, 0, 0));
}

TEST(tx_most_extras_that_end)
{
	int i;

	begin();
	EXPECT_EQ(data(0, 60, EXTRA), NETIF_TX_MORE);
	for (i = 1; i < XEN_NETIF_EXTRA_TYPE_MAX - 1; i++)
		EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH,
				XEN_NETIF_EXTRA_FLAG_MORE, 0, 0), NETIF_TX_MORE);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH, 0, 0, 0), NETIF_TX_COMPLETE);
	expect_good();
}

/* The first reason is the one that is told. */
TEST(tx_why_is_the_first_reason)
{
	const char *why;

	begin();
	EXPECT_EQ(data(0, 13, EXTRA), NETIF_TX_MORE);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_XDP, XEN_NETIF_EXTRA_FLAG_MORE,
			0, 0), NETIF_TX_MORE);
	why = pkt.why;
	EXPECT(why != NULL);
	EXPECT_EQ(extra(XEN_NETIF_EXTRA_TYPE_HASH, 0, 0, 0), NETIF_TX_COMPLETE);
	EXPECT(pkt.why == why);
}

/* The guest may rewrite the slot at any time: nothing may point into it. */
TEST(tx_slot_is_not_kept)
{
	struct xen_netif_tx_request slot = {
		.gref = 7, .offset = 4, .flags = MORE, .id = 9, .size = 200,
	};

	begin();
	EXPECT_EQ(netif_tx_feed(&pkt, &slot), NETIF_TX_MORE);
	memset(&slot, 0xff, sizeof(slot));
	EXPECT_EQ(data(0, 100, 0), NETIF_TX_COMPLETE);
	expect_good();
	EXPECT_EQ(pkt.frags[0].ref, 7);
	EXPECT_EQ(pkt.frags[0].offset, 4);
	EXPECT_EQ(pkt.ids[0], 9);
}

TEST(ring_overflow)
{
	EXPECT(!netif_ring_overflow(0, 0, 256));
	EXPECT(!netif_ring_overflow(256, 0, 256));
	EXPECT(netif_ring_overflow(257, 0, 256));
	EXPECT(netif_ring_overflow(0, 1, 256));
	EXPECT(!netif_ring_overflow(10, U32_MAX - 245, 256));
	EXPECT(netif_ring_overflow(11, U32_MAX - 245, 256));
}

TEST(rx_slot_counts)
{
	struct netif_rx_packet p = { .len = 60 };

	EXPECT_EQ(netif_rx_slots(&p), 1);
	p.len = 4096;
	EXPECT_EQ(netif_rx_data_slots(&p), 1);
	p.len = 4097;
	EXPECT_EQ(netif_rx_data_slots(&p), 2);
	p.gso_size = 1448;
	EXPECT_EQ(netif_rx_data_slots(&p), 2);
	EXPECT_EQ(netif_rx_slots(&p), 3);
	p.len = 65535 + 14;
	EXPECT_EQ(netif_rx_slots(&p), 18);
	EXPECT_EQ(netif_rx_data_slots(&p), NETIF_RX_SLOTS);
}

static struct netif_rx_packet laid;

/* Lay out a packet in pieces of these lengths; 0 ends them. */
static void lay_out(const unsigned int *pieces)
{
	struct netif_rx_cursor cur;
	unsigned int i, len;

	laid = (struct netif_rx_packet){};
	for (i = 0; pieces[i]; i++)
		laid.len += pieces[i];
	memset(laid.fill, 0xa5, sizeof(laid.fill));
	netif_rx_begin(&laid, &cur);
	for (i = 0; pieces[i]; i++)
		for (len = pieces[i]; len;)
			len -= netif_rx_place(&laid, &cur, len);
	EXPECT_EQ(cur.left, 0);
	EXPECT_EQ(cur.slot + 1, netif_rx_data_slots(&laid));
}

TEST(rx_pages_keep_together)
{
	lay_out((unsigned int []){ 4084, 326, 0 });
	EXPECT_EQ(laid.fill[0], 4084);
	EXPECT_EQ(laid.fill[1], 326);
	lay_out((unsigned int []){ 66, 4018, 4096, 1000, 0 });
	EXPECT_EQ(laid.fill[0], 4084);
	EXPECT_EQ(laid.fill[1], 4096);
	EXPECT_EQ(laid.fill[2], 1000);
	/* What fits is not put off. */
	lay_out((unsigned int []){ 66, 1000, 3030, 1, 0 });
	EXPECT_EQ(laid.fill[0], 4096);
	EXPECT_EQ(laid.fill[1], 1);
}

TEST(rx_cuts_cost_no_slot)
{
	/* 4084 + 4109 would be three. */
	lay_out((unsigned int []){ 4084, 4096, 12, 0 });
	EXPECT_EQ(laid.fill[0], 4096);
	EXPECT_EQ(laid.fill[1], 4096);
	lay_out((unsigned int []){ 4084, 4096, 11, 0 });
	EXPECT_EQ(laid.fill[0], 4096);
	EXPECT_EQ(laid.fill[1], 4095);
	/* A page's piece that is as long as a slot is not cut at all. */
	lay_out((unsigned int []){ 4095, 4096, 0 });
	EXPECT_EQ(laid.fill[0], 4095);
	EXPECT_EQ(laid.fill[1], 4096);
}

static struct xen_netif_rx_response rsp;

static void rx(const struct netif_rx_packet *p, unsigned int i, bool copied)
{
	memset(&rsp, 0xa5, sizeof(rsp));
	netif_rx_data(p, i, 77, copied, &rsp);
	EXPECT_EQ(rsp.id, 77);
	EXPECT_EQ(rsp.offset, p->headroom);
}

TEST(rx_one_slot)
{
	struct netif_rx_packet p = { .len = 60, .fill = { 60 } };

	rx(&p, 0, true);
	EXPECT_EQ(rsp.status, 60);
	EXPECT_EQ(rsp.flags, 0);
	p.len = 4096;
	p.fill[0] = 4096;
	rx(&p, 0, true);
	EXPECT_EQ(rsp.status, 4096);
	EXPECT_EQ(rsp.flags, 0);
}

TEST(rx_several_slots)
{
	struct netif_rx_packet p = {
		.len = 8193, .csum_blank = true, .fill = { 4084, 4096, 13 },
	};

	rx(&p, 0, true);
	EXPECT_EQ(rsp.status, 4084);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_more_data | XEN_NETRXF_csum_blank |
			     XEN_NETRXF_data_validated);
	rx(&p, 1, true);
	EXPECT_EQ(rsp.status, 4096);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_more_data);
	rx(&p, 2, true);
	EXPECT_EQ(rsp.status, 13);
	EXPECT_EQ(rsp.flags, 0);
}

TEST(rx_checksum_flags)
{
	struct netif_rx_packet p = { .len = 60, .validated = true };

	rx(&p, 0, true);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_data_validated);
	p.csum_blank = true;
	p.validated = false;
	rx(&p, 0, true);
	EXPECT_EQ(rsp.flags,
		  XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated);
}

TEST(rx_failed_copy)
{
	struct netif_rx_packet p = { .len = 5000 };

	rx(&p, 0, false);
	EXPECT_EQ(rsp.status, XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_more_data);
	rx(&p, 1, false);
	EXPECT_EQ(rsp.status, XEN_NETIF_RSP_ERROR);
	EXPECT_EQ(rsp.flags, 0);
}

TEST(rx_gso)
{
	struct netif_rx_packet p = {
		.len = 6000, .gso_size = 1448, .csum_blank = true,
		.gso_type = XEN_NETIF_GSO_TYPE_TCPV6,
	};
	struct xen_netif_extra_info info;

	rx(&p, 0, true);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_more_data | XEN_NETRXF_csum_blank |
			     XEN_NETRXF_data_validated | XEN_NETRXF_extra_info);
	rx(&p, 1, true);
	EXPECT_EQ(rsp.flags, 0);
	EXPECT_EQ(netif_rx_extras(&p), 1);
	memset(&info, 0xa5, sizeof(info));
	netif_rx_extra(&p, 0, &info);
	EXPECT_EQ(info.type, XEN_NETIF_EXTRA_TYPE_GSO);
	EXPECT_EQ(info.flags, 0);
	EXPECT_EQ(info.u.gso.size, 1448);
	EXPECT_EQ(info.u.gso.type, XEN_NETIF_GSO_TYPE_TCPV6);
	EXPECT_EQ(info.u.gso.pad, 0);
	EXPECT_EQ(info.u.gso.features, 0);
}

static struct xen_netif_extra_info rx_extra(const struct netif_rx_packet *p,
					    unsigned int i)
{
	struct xen_netif_extra_info info;

	memset(&info, 0xa5, sizeof(info));
	netif_rx_extra(p, i, &info);
	EXPECT_EQ(info.flags, i + 1 < netif_rx_extras(p) ?
			      XEN_NETIF_EXTRA_FLAG_MORE : 0);
	return info;
}

TEST(rx_headroom)
{
	struct netif_rx_packet p = {
		.len = 1514, .headroom = 256, .fill = { 1514 },
	};
	struct xen_netif_extra_info info;

	EXPECT_EQ(netif_rx_room(0), 4096);
	EXPECT_EQ(netif_rx_room(256), 3840);
	EXPECT_EQ(netif_rx_extras(&p), 1);
	EXPECT_EQ(netif_rx_slots(&p), 2);
	rx(&p, 0, true);
	EXPECT_EQ(rsp.status, 1514);
	EXPECT_EQ(rsp.offset, 256);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_extra_info);
	info = rx_extra(&p, 0);
	EXPECT_EQ(info.type, XEN_NETIF_EXTRA_TYPE_XDP);
	EXPECT_EQ(info.u.xdp.headroom, 256);
	EXPECT_EQ(info.u.xdp.pad[0], 0);
	EXPECT_EQ(info.u.xdp.pad[1], 0);
}

static void expect_hash(const struct xen_netif_extra_info *info)
{
	EXPECT_EQ(info->type, XEN_NETIF_EXTRA_TYPE_HASH);
	EXPECT_EQ(info->u.hash.type, _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP);
	EXPECT_EQ(info->u.hash.algorithm,
		  XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ);
	EXPECT_EQ(info->u.hash.value[0], 0x78);
	EXPECT_EQ(info->u.hash.value[1], 0x56);
	EXPECT_EQ(info->u.hash.value[2], 0x34);
	EXPECT_EQ(info->u.hash.value[3], 0x12);
}

TEST(rx_hash)
{
	struct netif_rx_packet p = {
		.len = 60, .hashed = true, .hash = 0x12345678,
		.hash_type = _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP,
	};
	struct xen_netif_extra_info info;

	EXPECT_EQ(netif_rx_slots(&p), 2);
	rx(&p, 0, true);
	EXPECT_EQ(rsp.flags, XEN_NETRXF_extra_info);
	info = rx_extra(&p, 0);
	expect_hash(&info);
}

TEST(rx_all_extras)
{
	struct netif_rx_packet p = {
		.len = 3000, .gso_size = 1448, .headroom = 300, .hashed = true,
		.gso_type = XEN_NETIF_GSO_TYPE_TCPV4, .hash = 0x12345678,
		.hash_type = _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP,
	};
	struct xen_netif_extra_info info;

	EXPECT_EQ(netif_rx_extras(&p), 3);
	EXPECT_EQ(netif_rx_slots(&p), 4);
	info = rx_extra(&p, 0);
	EXPECT_EQ(info.type, XEN_NETIF_EXTRA_TYPE_GSO);
	EXPECT_EQ(info.u.gso.size, 1448);
	info = rx_extra(&p, 1);
	EXPECT_EQ(info.type, XEN_NETIF_EXTRA_TYPE_XDP);
	EXPECT_EQ(info.u.xdp.headroom, 300);
	info = rx_extra(&p, 2);
	expect_hash(&info);
	p.gso_size = 0;
	info = rx_extra(&p, 0);
	EXPECT_EQ(info.type, XEN_NETIF_EXTRA_TYPE_XDP);
	info = rx_extra(&p, 1);
	expect_hash(&info);
}

KTAP_MAIN()
