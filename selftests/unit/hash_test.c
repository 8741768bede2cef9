// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/hash.c: what a guest may ask for on its control ring, and that its
 * packets hash as it will find they do. Known hashes are those that Microsoft
 * publishes for receive side scaling ("Verifying the RSS Hash Calculation").
 */
#include <linux/kernel.h>

#include "../../kmod/net/hash.h"
#include "../../kmod/net/hash.c"
#include "ktap.h"

#define T4	XEN_NETIF_CTRL_HASH_TYPE_IPV4
#define T4_TCP	XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP
#define T6	XEN_NETIF_CTRL_HASH_TYPE_IPV6
#define T6_TCP	XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP

#define OKAY	XEN_NETIF_CTRL_STATUS_SUCCESS
#define CANNOT	XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED
#define WRONG	XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER
#define LONG	XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW

#define QUEUES	4

static const u8 key[NETIF_HASH_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static struct netif_hash hash;
static struct netif_flow flow;
static struct xen_netif_ctrl_response rsp;

static u32 ask(u16 type, u32 a, u32 b, u32 c, const void *data)
{
	const struct xen_netif_ctrl_request req = {
		.id = 4711, .type = type, .data = { a, b, c },
	};

	memset(&rsp, 0xa5, sizeof(rsp));
	netif_ctrl_handle(&hash, QUEUES, &req, data, &rsp);
	EXPECT_EQ(rsp.id, 4711);
	EXPECT_EQ(rsp.type, type);
	return rsp.status;
}

static u32 wants(u16 type, u32 nr)
{
	const struct xen_netif_ctrl_request req = {
		.type = type, .data = { 9, nr, 0 },
	};

	return netif_ctrl_wants(&req);
}

static u32 algorithm(u32 value)
{
	return ask(XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, value, 0, 0, NULL);
}

static u32 flags(u32 value)
{
	return ask(XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, value, 0, 0, NULL);
}

static u32 set_hash_key(const void *data, u32 len)
{
	return ask(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 9, len, 0, data);
}

static u32 map_size(u32 nr)
{
	return ask(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, nr, 0, 0, NULL);
}

static u32 map(const u32 *entries, u32 nr, u32 first)
{
	return ask(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 9, nr, first, entries);
}

/* A guest that has chosen all. */
static void begin(void)
{
	memset(&hash, 0, sizeof(hash));
	EXPECT_EQ(algorithm(XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ), OKAY);
	EXPECT_EQ(flags(T4 | T4_TCP | T6 | T6_TCP), OKAY);
	EXPECT_EQ(set_hash_key(key, sizeof(key)), OKAY);
}

/* --- packets ------------------------------------------------------------ */

static u8 packet[NETIF_FLOW_HEADERS];

static void ports(unsigned int at, u16 src, u16 dst)
{
	packet[at] = src >> 8;
	packet[at + 1] = src;
	packet[at + 2] = dst >> 8;
	packet[at + 3] = dst;
}

/* Words as host order numbers: 0x42095bbf is 66.9.149.187's kin. */
static void ip4(u32 src, u16 sport, u32 dst, u16 dport, unsigned int words)
{
	unsigned int i;

	memset(packet, 0xee, sizeof(packet));
	packet[0] = 0x40 | words;
	packet[6] = 0x40;	/* do not fragment */
	packet[7] = 0;
	packet[9] = 6;
	for (i = 0; i < 4; i++) {
		packet[12 + i] = src >> (24 - 8 * i);
		packet[16 + i] = dst >> (24 - 8 * i);
	}
	ports(words * 4, sport, dport);
}

static u32 hashed(unsigned int len, unsigned int types)
{
	memset(&flow, 0xa5, sizeof(flow));
	netif_flow_parse(&flow, packet, len, types);
	return flow.len ? netif_hash(&hash, &flow) : 0;
}

static const struct {
	u32 src, dst;
	u16 sport, dport;
	u32 addresses, with_ports;
} known4[] = {
	{ 0x420995bb, 0xa18e6450, 2794, 1766, 0x323e8fc2, 0x51ccc178 },
	{ 0xc75c6f02, 0x41458c53, 14230, 4739, 0xd718262a, 0xc626b0ea },
	{ 0x1813c65f, 0x0c16cfb8, 12898, 38024, 0xd2d0a5de, 0x5c2b394a },
	{ 0x261bcd1e, 0xd18ea306, 48228, 2217, 0x82989176, 0xafc7327f },
	{ 0x9927a3bf, 0xcabc7f02, 44251, 1303, 0x5d1809c5, 0x10e828a2 },
};

TEST(known_hashes_of_ipv4)
{
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(known4); i++) {
		ip4(known4[i].src, known4[i].sport, known4[i].dst,
		    known4[i].dport, 5);
		EXPECT_EQ(hashed(24, T4), known4[i].addresses);
		EXPECT_EQ(flow.type, _XEN_NETIF_CTRL_HASH_TYPE_IPV4);
		EXPECT_EQ(flow.len, 8);
		EXPECT_EQ(hashed(24, T4 | T4_TCP), known4[i].with_ports);
		EXPECT_EQ(flow.type, _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
		EXPECT_EQ(flow.len, 12);
	}
}

static const struct {
	u8 src[16], dst[16];
	u16 sport, dport;
	u32 addresses, with_ports;
} known6[] = {
	{ { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, [15] = 7 },
	  { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, [15] = 1 },
	  2794, 1766, 0x2cc18cd5, 0x40207d3d },
	{ { 0x3f, 0xfe, 0x05, 0x01, 0x00, 0x08, 0, 0,
	    0x02, 0x60, 0x97, 0xff, 0xfe, 0x40, 0xef, 0xab },
	  { 0xff, 0x02, [15] = 1 },
	  14230, 4739, 0x0f0c461c, 0xdde51bbf },
};

static void ip6(unsigned int i)
{
	memset(packet, 0xee, sizeof(packet));
	packet[0] = 0x60;
	packet[6] = 6;
	memcpy(packet + 8, known6[i].src, 16);
	memcpy(packet + 24, known6[i].dst, 16);
	ports(40, known6[i].sport, known6[i].dport);
}

TEST(known_hashes_of_ipv6)
{
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(known6); i++) {
		ip6(i);
		EXPECT_EQ(hashed(44, T6), known6[i].addresses);
		EXPECT_EQ(flow.type, _XEN_NETIF_CTRL_HASH_TYPE_IPV6);
		EXPECT_EQ(flow.len, 32);
		EXPECT_EQ(hashed(44, T6 | T6_TCP), known6[i].with_ports);
		EXPECT_EQ(flow.type, _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP);
		EXPECT_EQ(flow.len, 36);
	}
}

TEST(only_what_is_wanted)
{
	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	EXPECT_EQ(hashed(24, T4_TCP), 0x51ccc178);
	EXPECT_EQ(hashed(24, T6 | T6_TCP), 0);
	packet[9] = 17;
	EXPECT_EQ(hashed(24, T4_TCP), 0);
	EXPECT_EQ(hashed(24, T4 | T4_TCP), 0x323e8fc2);
	ip6(0);
	EXPECT_EQ(hashed(44, T6_TCP), 0x40207d3d);
	EXPECT_EQ(hashed(44, T4 | T4_TCP), 0);
	packet[6] = 17;
	EXPECT_EQ(hashed(44, T6_TCP), 0);
	EXPECT_EQ(hashed(44, T6 | T6_TCP), 0x2cc18cd5);
}

TEST(options_are_skipped)
{
	unsigned int words;

	begin();
	for (words = 5; words < 16; words++) {
		ip4(0x420995bb, 2794, 0xa18e6450, 1766, words);
		EXPECT_EQ(hashed(sizeof(packet), T4 | T4_TCP), 0x51ccc178);
		EXPECT_EQ(hashed(words * 4 + 4, T4 | T4_TCP), 0x51ccc178);
		/* Without all of the ports it is hashed by its addresses. */
		EXPECT_EQ(hashed(words * 4 + 3, T4 | T4_TCP), 0x323e8fc2);
	}
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	packet[0] = 0x44;
	EXPECT_EQ(hashed(sizeof(packet), T4 | T4_TCP), 0);
}

/* What comes after the first fragment has no ports. */
TEST(fragments_stay_together)
{
	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	packet[6] = 0x20;	/* more follow */
	EXPECT_EQ(hashed(24, T4 | T4_TCP), 0x323e8fc2);
	packet[6] = 0;
	packet[7] = 1;
	EXPECT_EQ(hashed(24, T4 | T4_TCP), 0x323e8fc2);
	packet[6] = 0x1f;
	packet[7] = 0;
	EXPECT_EQ(hashed(24, T4 | T4_TCP), 0x323e8fc2);
	/* The reserved bit and "do not" are none. */
	packet[6] = 0xc0;
	EXPECT_EQ(hashed(24, T4 | T4_TCP), 0x51ccc178);
}

TEST(too_short)
{
	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	EXPECT_EQ(hashed(19, T4 | T4_TCP), 0);
	EXPECT_EQ(hashed(20, T4 | T4_TCP), 0x323e8fc2);
	EXPECT_EQ(hashed(0, T4 | T4_TCP), 0);
	ip6(0);
	EXPECT_EQ(hashed(39, T6 | T6_TCP), 0);
	EXPECT_EQ(hashed(40, T6 | T6_TCP), 0x2cc18cd5);
	EXPECT_EQ(hashed(43, T6 | T6_TCP), 0x2cc18cd5);
	EXPECT_EQ(hashed(44, T6 | T6_TCP), 0x40207d3d);
}

TEST(no_ip)
{
	begin();
	memset(packet, 0, sizeof(packet));
	EXPECT_EQ(hashed(sizeof(packet), T4 | T6), 0);
	packet[0] = 0x50;
	EXPECT_EQ(hashed(sizeof(packet), T4 | T6), 0);
}

/* --- requests ----------------------------------------------------------- */

TEST(nothing_is_wanted_at_first)
{
	memset(&hash, 0, sizeof(hash));
	EXPECT(!netif_hash_wanted(&hash));
	EXPECT_EQ(algorithm(XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ), OKAY);
	EXPECT(!netif_hash_wanted(&hash));
	EXPECT_EQ(flags(T4), OKAY);
	EXPECT(netif_hash_wanted(&hash));
	EXPECT_EQ(flags(0), OKAY);
	EXPECT(!netif_hash_wanted(&hash));
	EXPECT_EQ(flags(T6), OKAY);
	EXPECT_EQ(algorithm(XEN_NETIF_CTRL_HASH_ALGORITHM_NONE), OKAY);
	EXPECT(!netif_hash_wanted(&hash));
}

TEST(unknown_algorithm)
{
	begin();
	EXPECT_EQ(algorithm(2), WRONG);
	EXPECT_EQ(algorithm(U32_MAX), WRONG);
	EXPECT(netif_hash_wanted(&hash));
}

TEST(flags_need_an_algorithm)
{
	memset(&hash, 0, sizeof(hash));
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS, 0, 0, 0, NULL), CANNOT);
	EXPECT_EQ(flags(T4), WRONG);
	EXPECT_EQ(algorithm(XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ), OKAY);
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS, 0, 0, 0, NULL), OKAY);
	EXPECT_EQ(rsp.data, T4 | T4_TCP | T6 | T6_TCP);
	EXPECT_EQ(flags(16), WRONG);
	EXPECT_EQ(flags(T4 | 1u << 31), WRONG);
	EXPECT(!netif_hash_wanted(&hash));
	EXPECT_EQ(flags(rsp.data | T4_TCP), OKAY);
	EXPECT_EQ(rsp.data, 0);
	EXPECT(hash.types == T4_TCP);
}

/* The order of requests is the guest's to choose. */
TEST(one_request_leaves_the_others)
{
	const u32 entries[] = { 1, 2 };

	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	EXPECT_EQ(map_size(2), OKAY);
	EXPECT_EQ(map(entries, 2, 0), OKAY);
	EXPECT_EQ(flags(T4_TCP), OKAY);
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE, 0, 0, 0, NULL),
		  OKAY);
	EXPECT_EQ(algorithm(XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ), OKAY);
	EXPECT_EQ(hashed(24, T4_TCP), 0x51ccc178);
	EXPECT_EQ(netif_hash_queue(&hash, 1, QUEUES), 2);
}

TEST(short_key_ends_in_zeros)
{
	u8 padded[NETIF_HASH_KEY_BYTES] = { };
	u32 value;

	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	memcpy(padded, key, 10);
	EXPECT_EQ(set_hash_key(padded, sizeof(padded)), OKAY);
	value = hashed(24, T4_TCP);
	EXPECT(value && value != 0x51ccc178);
	EXPECT_EQ(set_hash_key(key, sizeof(key)), OKAY);
	EXPECT_EQ(rsp.data, 0);
	/* What lies behind a short key is not of it. */
	EXPECT_EQ(set_hash_key(key, 10), OKAY);
	EXPECT_EQ(hashed(24, T4_TCP), value);
	EXPECT_EQ(set_hash_key(NULL, 0), OKAY);
	EXPECT_EQ(hashed(24, T4_TCP), 0);
}

TEST(key_refused)
{
	begin();
	ip4(0x420995bb, 2794, 0xa18e6450, 1766, 5);
	EXPECT_EQ(set_hash_key(NULL, 41), LONG);
	EXPECT_EQ(set_hash_key(NULL, U32_MAX), LONG);
	EXPECT_EQ(set_hash_key(NULL, 40), WRONG);
	EXPECT_EQ(hashed(24, T4_TCP), 0x51ccc178);
}

TEST(queues_by_remainder)
{
	begin();
	EXPECT_EQ(netif_hash_queue(&hash, 0x51ccc178, 3), 0x51ccc178 % 3);
	EXPECT_EQ(netif_hash_queue(&hash, 7, 4), 3);
	EXPECT_EQ(netif_hash_queue(&hash, 7, 1), 0);
}

TEST(queues_by_map)
{
	const u32 first[] = { 3, 1, 2 }, second[] = { 2, 0 };

	begin();
	EXPECT_EQ(map_size(5), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 6, QUEUES), 0);
	EXPECT_EQ(map(first, 3, 0), OKAY);
	EXPECT_EQ(map(second, 2, 3), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 0, QUEUES), 3);
	EXPECT_EQ(netif_hash_queue(&hash, 6, QUEUES), 1);
	EXPECT_EQ(netif_hash_queue(&hash, 8, QUEUES), 2);
	EXPECT_EQ(netif_hash_queue(&hash, 9, QUEUES), 0);
	/* Part of it anew. */
	EXPECT_EQ(map(first, 1, 4), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 9, QUEUES), 3);
	EXPECT_EQ(netif_hash_queue(&hash, 6, QUEUES), 1);
	/* A new size is a new map. */
	EXPECT_EQ(map_size(2), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 0, QUEUES), 0);
	EXPECT_EQ(map_size(0), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 7, QUEUES), 3);
}

TEST(largest_map)
{
	u32 entries[NETIF_HASH_MAP_ENTRIES];
	unsigned int i;

	begin();
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE, 0, 0, 0, NULL),
		  OKAY);
	EXPECT_EQ(rsp.data, NETIF_HASH_MAP_ENTRIES);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		entries[i] = i % QUEUES;
	EXPECT_EQ(map_size(129), WRONG);
	EXPECT_EQ(map_size(U32_MAX), WRONG);
	EXPECT_EQ(map_size(128), OKAY);
	EXPECT_EQ(map(entries, 128, 0), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 127, QUEUES), 3);
	EXPECT_EQ(netif_hash_queue(&hash, 128, QUEUES), 0);
	EXPECT_EQ(map(entries, 129, 0), LONG);
	EXPECT_EQ(map(entries, U32_MAX, 0), LONG);
}

TEST(map_refused)
{
	const u32 good[] = { 1, 1, 1 }, bad[] = { 3, 2, QUEUES };

	begin();
	EXPECT_EQ(map(good, 1, 0), WRONG);
	EXPECT_EQ(map_size(3), OKAY);
	EXPECT_EQ(map(good, 3, 0), OKAY);
	EXPECT_EQ(map(good, 3, 1), WRONG);
	EXPECT_EQ(map(good, 1, 3), WRONG);
	EXPECT_EQ(map(good, 1, 4), WRONG);
	EXPECT_EQ(map(good, 1, U32_MAX), WRONG);
	EXPECT_EQ(map(NULL, 1, 0), WRONG);
	EXPECT_EQ(map(NULL, 0, 3), OKAY);
	EXPECT_EQ(map(NULL, 0, 4), WRONG);
	/* A queue that is not there: nothing is changed. */
	EXPECT_EQ(map(bad, 3, 0), WRONG);
	EXPECT_EQ(netif_hash_queue(&hash, 0, QUEUES), 1);
	EXPECT_EQ(map(bad, 2, 0), OKAY);
	EXPECT_EQ(netif_hash_queue(&hash, 0, QUEUES), 3);
}

TEST(unknown_request)
{
	begin();
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_INVALID, 0, 0, 0, NULL), CANNOT);
	EXPECT_EQ(ask(XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM + 1, 0, 0, 0, NULL),
		  CANNOT);
	EXPECT_EQ(rsp.data, 0);
}

TEST(a_card_spreads_packets_itself)
{
	const struct xen_netif_ctrl_request req = {
		.id = 3, .type = XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM,
		.data = { XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ },
	};

	memset(&hash, 0, sizeof(hash));
	netif_ctrl_handle(&hash, 0, &req, NULL, &rsp);
	EXPECT_EQ(rsp.id, 3);
	EXPECT_EQ(rsp.type, req.type);
	EXPECT_EQ(rsp.status, CANNOT);
	EXPECT(!hash.toeplitz);
}

TEST(what_is_read_of_the_guest)
{
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 40), 40);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 41), 0);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 0), 0);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 128), 512);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 129), 0);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 1u << 30), 0);
	EXPECT_EQ(wants(XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, 40), 0);
}

KTAP_MAIN()
