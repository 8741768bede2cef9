// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/addr_frame.c: what frames say of their senders, and how they are
 * rewritten. Frames are built field by field; where a head ends the memory is
 * poisoned under ASan, and full of ones without.
 */
#include <linux/kernel.h>
#include <sanitizer/asan_interface.h>

#include "../../kmod/net/addr_frame.c"
#include "ktap.h"

#define FRAME_MAX	2048

static const u8 guest[] = { 0x00, 0x16, 0x3e, 0x77, 0x00, 0x0b };
static const u8 nic[] = { 0x52, 0x54, 0x00, 0xff, 0x01, 0xfe };
static const u8 peer[] = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee };

static const u8 ip_own[] = { 10, 77, 0, 11 };
static const u8 ip_peer[] = { 10, 77, 0, 1 };
static const u8 ip_none[4];
static const u8 mapped_own[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 77, 0, 11 };
static const u8 mapped_peer[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 77, 0, 1 };
static const u8 own6[] = { 0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b };
static const u8 peer6[] = { 0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
static const u8 none6[16];

static u8 frame[FRAME_MAX];
static unsigned int size;
static u8 arena[64 + FRAME_MAX];
static struct addr_frame f;

/* --- building --------------------------------------------------------------- */

static void put(const void *bytes, unsigned int n)
{
	memcpy(frame + size, bytes, n);
	size += n;
}

static void fill(unsigned int n)
{
	memset(frame + size, 0, n);
	size += n;
}

static void put8(unsigned int v)
{
	frame[size++] = v;
}

static void word(unsigned int v)
{
	put8(v >> 8 & 255);
	put8(v & 255);
}

static void ethernet(const u8 *to, const u8 *from, unsigned int type)
{
	memset(frame, 0xff, sizeof(frame));
	size = 0;
	put(to, 6);
	put(from, 6);
	word(type);
}

static void arp(unsigned int op, const u8 *sender, const u8 *target)
{
	ethernet(peer, guest, 0x0806);
	word(1);
	word(0x0800);
	put8(6);
	put8(4);
	word(op);
	put(guest, 6);
	put(sender, 4);
	put(peer, 6);
	put(target, 4);
}

static void ipv4(unsigned int proto, unsigned int options)
{
	ethernet(peer, guest, 0x0800);
	put8(0x40 | (20 + options) / 4);
	put8(0);
	word(20 + options + 8);
	word(7);
	word(0);
	put8(64);
	put8(proto);
	word(0);
	put(ip_own, 4);
	put(ip_peer, 4);
	while (options--)
		put8(1);
}

static void udp(unsigned int from, unsigned int to)
{
	word(from);
	word(to);
	word(8);
	word(0);
}

static void ipv6(const u8 *from, const u8 *to, unsigned int next)
{
	ethernet(peer, guest, 0x86dd);
	word(0x6000);
	word(0);
	word(0);	/* length: finish() */
	put8(next);
	put8(255);
	put(from, 16);
	put(to, 16);
}

/* The sum of the ICMPv6 message at @at and its pseudo header, the slow way. */
static unsigned int sum6(const u8 *head, unsigned int at, unsigned int end)
{
	unsigned long sum = 58 + end - at;
	unsigned int i;

	for (i = 22; i < 54; i++)
		sum += head[i] << (i & 1 ? 0 : 8);
	for (i = at; i < end; i++)
		sum += head[i] << (i & 1 ? 0 : 8);
	return sum % 0xffff;
}

static void finish(unsigned int icmp)
{
	unsigned int sum;

	frame[18] = (size - 54) >> 8;
	frame[19] = (size - 54) & 255;
	if (!icmp)
		return;
	frame[icmp + 2] = 0;
	frame[icmp + 3] = 0;
	sum = 0xffff - sum6(frame, icmp, size);
	frame[icmp + 2] = sum >> 8;
	frame[icmp + 3] = sum & 255;
}

static void nd_begin(const u8 *from, unsigned int type)
{
	ipv6(from, peer6, 58);
	put8(type);
	put8(0);
	word(0);
	fill(4);
}

static void option(unsigned int type, const u8 *mac)
{
	put8(type);
	put8(1);
	put(mac, 6);
}

static void nd(const u8 *from, unsigned int type, const u8 *target, unsigned int opt)
{
	nd_begin(from, type);
	if (target)
		put(target, 16);
	if (opt)
		option(opt, guest);
	finish(54);
}

/* --- reading ---------------------------------------------------------------- */

static int read_of(unsigned int bytes)
{
	u8 *head = arena + 64;
	int rc;

	memset(arena, 0xff, sizeof(arena));
	memcpy(head, frame, bytes);
	memset(&f, 0xa5, sizeof(f));
	ASAN_POISON_MEMORY_REGION(arena, 64);
	ASAN_POISON_MEMORY_REGION(head + bytes, FRAME_MAX - bytes);
	rc = addr_frame_read(head, bytes, size, guest, &f);
	ASAN_UNPOISON_MEMORY_REGION(arena, sizeof(arena));
	EXPECT(!memcmp(head, frame, bytes));
	return rc;
}

/* The length of a packet that has none yet. */
static void measure(void)
{
	if (frame[12] == 0x86 && frame[13] == 0xdd && size >= 54 &&
	    !frame[18] && !frame[19])
		finish(0);
}

static int reads(void)
{
	measure();
	return read_of(size < ADDR_HEAD_BYTES ? size : ADDR_HEAD_BYTES);
}

/* Whatever is cut off is missed, unless the frame ends there. */
static void expect_reach(unsigned int needs)
{
	unsigned int whole = size;

	measure();
	for (unsigned int n = 0; n < needs; n++) {
		size = whole;
		EXPECT_EQ(read_of(n), -ENODATA);
		size = n;
		EXPECT_EQ(read_of(n), -EPROTO);
	}
	size = whole;
	EXPECT_EQ(read_of(needs), 0);
}

static void expect_claims(const u8 *first, const u8 *second)
{
	EXPECT_EQ(f.nr_claims, second ? 2 : 1);
	EXPECT(!memcmp(&f.claims[0], first, 16));
	if (second)
		EXPECT(!memcmp(&f.claims[1], second, 16));
}

static void expect_at(unsigned int mac_at, unsigned int csum_at)
{
	EXPECT_EQ(f.mac_at, mac_at);
	EXPECT_EQ(f.csum_at, csum_at);
}

TEST(arp_request_claims_its_sender)
{
	arp(1, ip_own, ip_peer);
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped_own, NULL);
	expect_at(22, 0);
	expect_reach(42);
}

TEST(arp_reply_claims_its_sender)
{
	arp(2, ip_peer, ip_own);
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped_peer, NULL);
	expect_at(22, 0);
}

TEST(arp_probe_claims_what_it_asks_for)
{
	static const u8 nearly[] = { 0, 0, 0, 1 };
	static const u8 mapped[16] = { [10] = 0xff, [11] = 0xff };

	arp(1, ip_none, ip_own);
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped_own, NULL);
	arp(2, ip_none, ip_own);
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped, NULL);
	arp(1, nearly, ip_own);
	EXPECT_EQ(reads(), 0);
	EXPECT(memcmp(&f.claims[0], mapped_own, 16));
}

TEST(arp_from_another_mac_is_refused)
{
	for (unsigned int at = 22; at < 28; at++) {
		arp(1, ip_own, ip_peer);
		frame[at] ^= 1;
		EXPECT_EQ(reads(), -EPERM);
	}
}

TEST(arp_of_another_kind_is_refused)
{
	static const u8 at[] = { 15, 17, 18, 19 };

	for (unsigned int i = 0; i < sizeof(at); i++) {
		arp(1, ip_own, ip_peer);
		frame[at[i]] ^= 8;
		EXPECT_EQ(reads(), -EPERM);
	}
	for (unsigned int op = 0; op < 300; op++) {
		arp(op, ip_own, ip_peer);
		EXPECT_EQ(reads(), op == 1 || op == 2 ? 0 : -EPERM);
	}
}

TEST(source_mac_is_the_guests)
{
	for (unsigned int at = 6; at < 12; at++) {
		ipv4(6, 0);
		fill(20);
		EXPECT_EQ(reads(), 0);
		frame[at] ^= 0x80;
		EXPECT_EQ(reads(), -EPERM);
	}
}

TEST(other_protocols_are_refused)
{
	static const u16 types[] = { 0, 0x05dc, 0x8035, 0x8100, 0x88a8, 0x88b5, 0x8847, 0x0801 };

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		arp(1, ip_own, ip_peer);
		frame[12] = types[i] >> 8;
		frame[13] = types[i];
		EXPECT_EQ(reads(), -EPERM);
	}
}

TEST(ipv4_claims_its_source)
{
	ipv4(6, 0);
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped_own, NULL);
	expect_at(0, 0);
	expect_reach(34);
	ipv4(6, 40);
	EXPECT_EQ(read_of(34), 0);
}

TEST(ipv4_malformed)
{
	ipv4(6, 0);
	frame[14] = 0x44;
	EXPECT_EQ(reads(), -EPROTO);
	frame[14] = 0x65;
	EXPECT_EQ(reads(), -EPROTO);
	frame[14] = 0x45;
	EXPECT_EQ(reads(), 0);
}

TEST(dhcp_client_asks)
{
	ipv4(17, 0);
	udp(68, 67);
	EXPECT_EQ(reads(), 0);
	EXPECT(!f.asks);
	memset(frame + 26, 0, 4);
	EXPECT_EQ(reads(), 0);
	EXPECT(f.asks);
	EXPECT_EQ(f.nr_claims, 1);
	frame[35] = 69;
	EXPECT_EQ(reads(), 0);
	EXPECT(!f.asks);
	frame[35] = 68;
	frame[37] = 66;
	EXPECT_EQ(reads(), 0);
	EXPECT(!f.asks);
	/* with TCP nothing is asked for */
	frame[37] = 67;
	frame[23] = 6;
	EXPECT_EQ(reads(), 0);
	EXPECT(!f.asks);
}

TEST(dhcp_server_is_refused)
{
	for (unsigned int options = 0; options <= 40; options += 4) {
		ipv4(17, options);
		udp(67, 69);
		EXPECT_EQ(reads(), -EPERM);
		frame[34 + options] = 1;
		EXPECT_EQ(reads(), 0);
		expect_reach(34 + options + 4);
		/* a client looks at its own port alone */
		frame[34 + options + 3] = 68;
		EXPECT_EQ(reads(), -EPERM);
		frame[34 + options + 2] = 1;
		EXPECT_EQ(reads(), 0);
	}
	ipv4(6, 0);
	udp(67, 68);
	EXPECT_EQ(reads(), 0);
}

TEST(ipv4_routers_are_refused)
{
	for (unsigned int type = 0; type < 256; type++) {
		ipv4(1, 4);
		put8(type);
		fill(7);
		EXPECT_EQ(reads(), type == 5 || type == 9 ? -EPERM : 0);
	}
	ipv4(1, 0);
	put8(8);
	fill(7);
	expect_reach(35);
}

/* A receiver goes by the packet's length, not the frame's. */
TEST(nothing_is_read_behind_a_packet)
{
	ipv4(17, 0);
	udp(9, 9);
	frame[17] = 20 + 4;
	EXPECT_EQ(reads(), 0);
	frame[17] = 20 + 3;
	EXPECT_EQ(reads(), -EPROTO);
	ipv4(1, 0);
	put8(8);
	fill(7);
	frame[17] = 20;
	EXPECT_EQ(reads(), -EPROTO);

	ipv6(own6, peer6, 44);
	put8(60);
	fill(7);
	frame[56] = 0;
	frame[57] = 1;		/* the first of several */
	put8(58);
	put8(1);
	fill(14);
	put8(128);
	finish(0);
	EXPECT_EQ(reads(), 0);
	frame[19]--;
	EXPECT_EQ(reads(), -EPROTO);
	frame[19] = 16;
	EXPECT_EQ(reads(), -EPROTO);
}

TEST(fragments_of_ipv4)
{
	ipv4(17, 0);
	udp(67, 68);
	frame[20] = 0x20;	/* the first */
	EXPECT_EQ(reads(), -EPERM);
	frame[21] = 1;
	EXPECT_EQ(reads(), 0);
	frame[20] = 0x1f;
	frame[21] = 0;
	EXPECT_EQ(reads(), 0);
	expect_claims(mapped_own, NULL);
}

TEST(ipv6_claims_its_source)
{
	ipv6(own6, peer6, 6);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	expect_at(0, 0);
	expect_reach(54);
	frame[14] = 0x40;
	EXPECT_EQ(reads(), -EPROTO);
}

TEST(ipv6_from_nowhere_is_refused)
{
	ipv6(none6, peer6, 6);
	EXPECT_EQ(reads(), -EPERM);
	for (unsigned int i = 22; i < 38; i++) {
		ipv6(none6, peer6, 6);
		frame[i] = 1;
		EXPECT_EQ(reads(), 0);
	}
	/* listener reports as well */
	nd(none6, 143, NULL, 0);
	EXPECT_EQ(reads(), -EPERM);
	nd(none6, 133, NULL, 0);
	EXPECT_EQ(reads(), -EPERM);
}

TEST(dhcpv6_server_is_refused)
{
	ipv6(own6, peer6, 17);
	udp(547, 9);
	EXPECT_EQ(reads(), -EPERM);
	frame[55] = 0;
	EXPECT_EQ(reads(), 0);
	expect_reach(58);
	frame[56] = 546 >> 8;
	frame[57] = 546 & 255;
	EXPECT_EQ(reads(), -EPERM);
}

TEST(solicitation)
{
	nd(own6, 135, peer6, 1);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	expect_at(80, 56);
	expect_reach(86);
	nd(own6, 135, peer6, 0);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	expect_at(0, 0);
	expect_reach(78);
}

TEST(solicitation_from_nowhere_claims_its_target)
{
	nd(none6, 135, own6, 0);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
}

TEST(advertisement_claims_source_and_target)
{
	nd(own6, 136, peer6, 2);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, peer6);
	expect_at(80, 56);
	expect_reach(86);
	nd(none6, 136, peer6, 2);
	EXPECT_EQ(reads(), 0);
	expect_claims(peer6, NULL);
}

TEST(router_solicitation)
{
	nd(own6, 133, NULL, 1);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	expect_at(64, 56);
	expect_reach(70);
}

TEST(routers_are_refused)
{
	nd(own6, 134, NULL, 1);
	EXPECT_EQ(reads(), -EPERM);
	nd(own6, 137, peer6, 2);
	EXPECT_EQ(reads(), -EPERM);
	for (unsigned int type = 0; type < 256; type++) {
		nd(own6, type, own6, 0);
		EXPECT_EQ(reads(), type == 134 || type == 137 ? -EPERM :
				   type == 133 ? -EPROTO : 0);
	}
}

TEST(options_with_another_mac_are_refused)
{
	static const u8 types[] = { 1, 2 };

	for (unsigned int i = 0; i < sizeof(types); i++) {
		for (unsigned int at = 80; at < 86; at++) {
			nd(own6, 135, peer6, types[i]);
			EXPECT_EQ(reads(), 0);
			frame[at] ^= 4;
			EXPECT_EQ(reads(), -EPERM);
		}
	}
	nd(own6, 135, peer6, 3);
	frame[80] ^= 4;
	EXPECT_EQ(reads(), 0);
	expect_at(0, 0);
}

TEST(one_option_with_a_mac)
{
	nd_begin(own6, 135);
	put(peer6, 16);
	option(14, peer);
	option(1, guest);
	option(14, peer);
	finish(54);
	EXPECT_EQ(reads(), 0);
	expect_at(88, 56);
	expect_reach(102);
	frame[94] = 2;
	EXPECT_EQ(reads(), -EPERM);
	frame[78] = 2;
	frame[94] = 14;
	EXPECT_EQ(reads(), -EPERM);
}

TEST(option_lengths)
{
	nd(own6, 135, peer6, 1);
	frame[79] = 0;
	EXPECT_EQ(reads(), -EPROTO);
	frame[79] = 2;
	EXPECT_EQ(reads(), -EPROTO);
	nd_begin(own6, 135);
	put(peer6, 16);
	option(1, guest);
	fill(8);
	finish(54);
	frame[79] = 2;
	EXPECT_EQ(reads(), -EPERM);
	frame[78] = 14;
	EXPECT_EQ(reads(), 0);
	frame[79] = 3;
	EXPECT_EQ(reads(), -EPROTO);
}

TEST(payload_length)
{
	nd(own6, 135, peer6, 1);
	frame[19]++;
	EXPECT_EQ(reads(), -EPROTO);
	frame[19] -= 2;
	EXPECT_EQ(reads(), -EPROTO);
	/* what is behind the payload is none of it */
	frame[19] = 24;
	EXPECT_EQ(reads(), 0);
	expect_at(0, 0);
	frame[19] = 23;
	EXPECT_EQ(reads(), -EPROTO);
	/* an option that the frame ends in */
	nd(own6, 135, peer6, 14);
	frame[79] = 2;
	frame[19] += 8;
	EXPECT_EQ(reads(), -EPROTO);
}

TEST(other_icmpv6)
{
	nd(own6, 128, NULL, 0);
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	expect_at(0, 0);
	expect_reach(55);
}

TEST(options_beyond_the_head)
{
	nd_begin(own6, 135);
	put(peer6, 16);
	while (size < 254)
		option(14, peer);
	option(1, guest);
	finish(54);
	EXPECT_EQ(reads(), -ENODATA);
	EXPECT_EQ(read_of(size), 0);
}

/* extension LENGTH: one in front of what comes */
static void extension(unsigned int next, unsigned int length)
{
	put8(next);
	put8(length);
	fill(6 + length * 8);
}

TEST(nothing_is_hidden_behind_extensions)
{
	static const u8 kinds[] = { 0, 43, 60 };

	for (unsigned int i = 0; i < sizeof(kinds); i++) {
		for (unsigned int type = 132; type <= 138; type++) {
			ipv6(own6, peer6, kinds[i]);
			extension(58, i);
			put8(type);
			fill(31);
			finish(0);
			EXPECT_EQ(reads(), type == 132 || type == 138 ? 0 : -EPERM);
		}
		ipv6(own6, peer6, kinds[i]);
		extension(60, 1);
		extension(17, 0);
		udp(547, 1);
		EXPECT_EQ(reads(), -EPERM);
		frame[78] = 0;
		EXPECT_EQ(reads(), 0);
		expect_claims(own6, NULL);
		expect_reach(82);
	}
}

TEST(fragments_of_ipv6)
{
	ipv6(own6, peer6, 44);
	put8(58);
	fill(7);
	put8(136);
	fill(31);
	EXPECT_EQ(reads(), -EPERM);
	frame[57] = 1;		/* more */
	EXPECT_EQ(reads(), -EPERM);
	frame[57] = 8;
	EXPECT_EQ(reads(), 0);
	expect_claims(own6, NULL);
	frame[57] = 0;
	frame[56] = 0x80;
	EXPECT_EQ(reads(), 0);
	frame[56] = 0;
	/* it has no length, whatever is there */
	frame[55] = 1;
	EXPECT_EQ(reads(), -EPERM);
	/* too small to say what it is */
	size = 62;
	EXPECT_EQ(reads(), -EPROTO);
	size = 61;
	EXPECT_EQ(reads(), -EPROTO);
	/* without an address */
	ipv6(none6, peer6, 44);
	put8(58);
	put8(0);
	word(8);
	fill(4);
	EXPECT_EQ(reads(), -EPERM);
}

TEST(too_many_extensions)
{
	ipv6(own6, peer6, 60);
	while (size < 254)
		extension(60, 0);
	extension(58, 0);
	fill(8);
	EXPECT_EQ(reads(), -ENODATA);
	EXPECT_EQ(read_of(size), 0);
}

TEST(short_frames)
{
	arp(1, ip_own, ip_peer);
	for (unsigned int n = 0; n < 14; n++) {
		EXPECT_EQ(read_of(n), -ENODATA);
		size = n;
		EXPECT_EQ(read_of(n), -EPROTO);
		size = 42;
	}
}

/* --- on the way out --------------------------------------------------------- */

/* Only what has to change does. */
static void leaves(void)
{
	u8 was[FRAME_MAX];

	measure();
	memcpy(was, frame, sizeof(was));
	EXPECT_EQ(reads(), 0);
	addr_frame_leave(frame, &f, nic);
	EXPECT(!memcmp(frame + 6, nic, 6));
	memcpy(was + 6, nic, 6);
	if (f.mac_at)
		memcpy(was + f.mac_at, nic, 6);
	if (f.csum_at)
		memcpy(was + f.csum_at, frame + f.csum_at, 2);
	EXPECT(!memcmp(was, frame, sizeof(was)));
}

TEST(frames_leave_with_the_nics_mac)
{
	ipv4(6, 0);
	fill(30);
	leaves();
	ipv6(own6, peer6, 6);
	fill(30);
	leaves();
	arp(1, ip_own, ip_peer);
	leaves();
	EXPECT(!memcmp(frame + 22, nic, 6));
	EXPECT(!memcmp(frame + 32, peer, 6));
}

TEST(discovery_leaves_with_a_good_checksum)
{
	static const u8 types[] = { 133, 135, 136 };

	for (unsigned int i = 0; i < 1000; i++) {
		u8 type = types[i % 3];

		nd_begin(own6, type);
		if (type != 133)
			put(i & 1 ? own6 : peer6, 16);
		option(14, peer);
		frame[size - 1] = i;
		frame[size - 2] = i >> 8;
		option(type == 136 ? 2 : 1, guest);
		finish(54);
		EXPECT_EQ(sum6(frame, 54, size), 0);
		leaves();
		EXPECT(!memcmp(frame + size - 6, nic, 6));
		EXPECT_EQ(sum6(frame, 54, size), 0);
		/* one that was wrong stays so */
		frame[56] ^= 0x10;
		memcpy(frame + size - 6, guest, 6);
		memcpy(frame + 6, guest, 6);
		leaves();
		EXPECT(sum6(frame, 54, size));
	}
}

/* All carries there can be */
TEST(checksum_carries)
{
	static const u8 ones[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, zeros[6];
	u8 message[8];

	for (unsigned int was = 0; was < 0x10000; was++) {
		/* ~was is the sum of the rest, ones and zeros weigh the same */
		EXPECT_EQ(sum_replace(was, ones, zeros) % 0xffff, was % 0xffff);
		EXPECT_EQ(sum_replace(was, zeros, ones) % 0xffff, was % 0xffff);
		put16(message, sum_replace(was, guest, nic));
		EXPECT_EQ(sum_replace(get16(message), nic, guest) % 0xffff, was % 0xffff);
	}
}

/* --- on the way in ---------------------------------------------------------- */

static bool to_of(unsigned int len, struct in6_addr *to)
{
	u8 *head = arena + 64;
	bool known;

	memset(arena, 0xff, sizeof(arena));
	memcpy(head, frame + 14, len);
	ASAN_POISON_MEMORY_REGION(head + len, FRAME_MAX - len);
	known = addr_frame_to(head, len, get16(frame + 12), to);
	ASAN_UNPOISON_MEMORY_REGION(arena, sizeof(arena));
	return known;
}

static void expect_to(const u8 *ip, unsigned int needs)
{
	struct in6_addr to;

	EXPECT(to_of(needs, &to));
	EXPECT(!memcmp(&to, ip, 16));
	EXPECT(to_of(ADDR_TO_BYTES, &to));
	for (unsigned int n = 0; n < needs; n++)
		EXPECT(!to_of(n, &to));
}

TEST(whom_a_frame_is_for)
{
	struct in6_addr to;

	ipv4(6, 0);
	expect_to(mapped_peer, 20);
	ipv6(own6, peer6, 6);
	expect_to(peer6, 40);
	arp(1, ip_peer, ip_own);
	expect_to(mapped_own, 28);
	frame[17]++;
	EXPECT(!to_of(28, &to));
	ipv4(6, 0);
	frame[13] = 1;
	EXPECT(!to_of(40, &to));
}

static void arrives(unsigned int len, bool rewritten)
{
	u8 was[FRAME_MAX];

	memcpy(was, frame, sizeof(was));
	addr_frame_arrive(frame, len, nic, guest);
	memcpy(was, guest, 6);
	if (rewritten)
		memcpy(was + 32, guest, 6);
	EXPECT(!memcmp(was, frame, sizeof(was)));
}

TEST(frames_arrive_with_the_guests_mac)
{
	ipv4(6, 0);
	memcpy(frame + 32, nic, 6);
	arrives(42, false);
	arp(2, ip_peer, ip_own);
	arrives(42, false);
	arp(2, ip_peer, ip_own);
	memcpy(frame + 32, nic, 6);
	arrives(42, true);
	arp(2, ip_peer, ip_own);
	memcpy(frame + 32, nic, 6);
	arrives(41, false);
}

TEST(link_local_address)
{
	static const u8 should[] = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x16, 0x3e, 0xff, 0xfe, 0x77, 0, 0x0b };
	struct in6_addr ip;

	memset(&ip, 0xa5, sizeof(ip));
	addr_link_local(&ip, guest);
	EXPECT(!memcmp(&ip, should, 16));
}

KTAP_MAIN()
