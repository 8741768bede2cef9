// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/vnet.c: netif's offloads as virtio's and back, with packets of
 * vnet_packets.h, and a device that does what the header says:
 *
 *	build -> vnet_from_netif() -> the device's sum -> does it check out?
 *
 * Past the head the memory is poisoned under ASan, and full of ones without.
 */
#include <linux/kernel.h>
#include <sanitizer/asan_interface.h>

#include "../../kmod/net/vnet.c"
#include "ktap.h"
#include "vnet_packets.h"

#define CSUM		1
#define VALID		2
#define TSO4		1
#define TSO6		4
#define ECN		0x80

/* --- what is called ----------------------------------------------------- */

static const struct vnet_device able = { true, true, true, true };
static const struct vnet_guest taker = { true, true, true, true };

static struct vnet_device dev;
static struct vnet_guest guest;
static struct netif_tx_packet out;
static struct netif_rx_packet in;
static struct virtio_net_hdr_v1 hdr;

static u8 arena[64 + MAX_FRAME + 64] __attribute__((aligned(8)));
static u8 *const head = arena + 64;

static void show(unsigned int bytes)
{
	memset(arena, 0xff, sizeof(arena));
	memcpy(head, frame, bytes);
	ASAN_POISON_MEMORY_REGION(arena, 64);
	ASAN_POISON_MEMORY_REGION(head + bytes, sizeof(arena) - 64 - bytes);
}

static void unshow(void)
{
	ASAN_UNPOISON_MEMORY_REGION(arena, sizeof(arena));
}

static unsigned int head_len(void)
{
	return size < 256 ? size : 256;
}

static void begin_out(bool blank)
{
	memset(&out, 0, sizeof(out));
	out.csum_blank = blank;
	dev = able;
}

/* Only the checksum may change, and only where it was not there. */
static int from_of(unsigned int bytes)
{
	int rc;

	out.size = size;
	memset(&hdr, 0xa5, sizeof(hdr));
	show(bytes);
	rc = vnet_from_netif(&out, head, bytes, &dev, &hdr);
	unshow();
	if (!rc && out.gso_size && !out.csum_blank) {
		frame[l4 + field] = head[l4 + field];
		frame[l4 + field + 1] = head[l4 + field + 1];
	}
	EXPECT(!memcmp(head, frame, bytes));
	for (unsigned int i = bytes; i < bytes + 64; i++)
		EXPECT_EQ(head[i], 0xff);
	return rc;
}

static int from(void)
{
	return from_of(head_len());
}

static void expect_hdr(u8 flags, u8 type, u16 len, u16 gso, u16 start, u16 offset)
{
	const u8 should[12] = {
		flags, type, len & 255, len >> 8, gso & 255, gso >> 8,
		start & 255, start >> 8, offset & 255, offset >> 8,
	};

	EXPECT(!memcmp(&hdr, should, sizeof(should)));
}

static void set_hdr(u8 flags, u8 type, u16 gso, u16 start, u16 offset)
{
	const u8 raw[12] = {
		flags, type, 0x5a, 0xa5, gso & 255, gso >> 8,
		start & 255, start >> 8, offset & 255, offset >> 8, 1, 0,
	};

	memcpy(&hdr, raw, sizeof(raw));
	guest = taker;
}

/* On an error nothing is written. */
static int to_of(unsigned int bytes)
{
	struct netif_rx_packet was;
	int rc;

	memset(&in, 0xa5, sizeof(in));
	was = in;
	show(bytes);
	rc = vnet_to_netif(&hdr, head, bytes, size, &guest, &in);
	unshow();
	EXPECT(!memcmp(head, frame, bytes));
	EXPECT(!memcmp(in.fill, was.fill, sizeof(in.fill)));
	if (rc)
		EXPECT(!memcmp(&in, &was, sizeof(in)));
	else
		EXPECT_EQ(in.len, size);
	return rc;
}

static int to(void)
{
	return to_of(head_len());
}

static void expect_in(bool blank, bool validated, u16 gso, u8 type)
{
	EXPECT_EQ(in.csum_blank, blank);
	EXPECT_EQ(in.validated, validated);
	EXPECT_EQ(in.gso_size, gso);
	EXPECT_EQ(in.gso_type, type);
}

/* --- from netif: checksums ---------------------------------------------- */

TEST(header_is_what_the_spec_says)
{
	EXPECT_EQ(sizeof(struct virtio_net_hdr_v1), 12);
	EXPECT_EQ(sizeof(struct virtio_net_hdr_mrg_rxbuf), 12);
	EXPECT_EQ(VNET_HEAD_BYTES, 256);
	EXPECT_EQ(VNET_GSO_MIN, 48 - 12);
}

TEST(from_nothing_to_do)
{
	ethernet(0x0806);
	put_zeros(46);
	begin_out(false);
	memset(&dev, 0, sizeof(dev));
	EXPECT_EQ(from(), 0);
	expect_hdr(0, 0, 0, 0, 0, 0);
	/* the host is not told who vouches for a checksum */
	out.validated = true;
	EXPECT_EQ(from(), 0);
	expect_hdr(0, 0, 0, 0, 0, 0);
	size = 14;
	EXPECT_EQ(from(), 0);
	expect_hdr(0, 0, 0, 0, 0, 0);
	build(0, 100);
	EXPECT_EQ(from(), 0);
	expect_hdr(0, 0, 0, 0, 0, 0);
}

TEST(from_blank_checksum)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		begin_out(true);
		/* odd lengths, and more than the head shows */
		for (unsigned int data = 0; data < 1400; data += 131) {
			build(kind, data);
			EXPECT_EQ(from(), 0);
			expect_hdr(CSUM, 0, 0, 0, l4, field);
			EXPECT(!checks_out() || !data);
			device_sum(l4, field);
			EXPECT(checks_out());
		}
	}
}

TEST(from_device_without_checksums)
{
	build(0, 100);
	begin_out(true);
	dev.csum = false;
	EXPECT_EQ(from(), -EOPNOTSUPP);
	memset(&dev, 0, sizeof(dev));
	dev.csum = true;
	EXPECT_EQ(from(), 0);
	/* a lie is one whatever the device can do */
	dev.csum = false;
	frame[23] = 1;
	EXPECT_EQ(from(), -EPROTO);
}

/* The packet ends too early, or only what is seen of it does. */
TEST(from_headers_cut_short)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		unsigned int whole, i;

		build(kind, 20);
		whole = size;
		begin_out(true);
		for (i = 0; i < whole; i++) {
			size = i;
			EXPECT_EQ(from_of(i), i < least() ? -EPROTO : 0);
			size = whole;
			EXPECT_EQ(from_of(i), i < least() ? -EOPNOTSUPP : 0);
			size = least();
			EXPECT_EQ(from_of(i < size ? i : size),
				  i < least() ? -EOPNOTSUPP : 0);
		}
	}
}

TEST(from_other_protocols)
{
	const u16 types[] = { 0x0806, 0x8100, 0x88a8, 0x8847, 0x0004, 46,
			      0x0801, 0x0008, 0x86dc, 0xdd86, 0x0600 };
	unsigned int i;

	begin_out(true);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		build(0, 100);
		poke16(12, types[i]);
		EXPECT_EQ(from(), -EPROTO);
		build(6, 100);
		poke16(12, types[i]);
		EXPECT_EQ(from(), -EPROTO);
	}
	for (i = 0; i < 256; i++) {
		build(1, 100);
		frame[next_at] = i;
		EXPECT_EQ(from(), i == 6 || i == 17 ? 0 : -EPROTO);
	}
	/* of the extension headers, zeros are a hop-by-hop that never ends */
	for (i = 0; i < 256; i++) {
		ipv6();
		frame[next_at] = i;
		put_zeros(100);
		frame[15] = 0;
		poke16(18, 100);
		if (i == 0 || i == 43 || i == 60)
			EXPECT_EQ(from(), -EPROTO);
		else if (i == 44 || i == 51)
			EXPECT_EQ(from(), -EOPNOTSUPP);
		else
			EXPECT_EQ(from(), i == 6 || i == 17 ? 0 : -EPROTO);
	}
}

/* XSA-39's kind: the tag is where the headers should be. */
TEST(from_vlan_tags)
{
	begin_out(true);
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		build(kind, 100);
		memmove(frame + 16, frame + 12, size - 12);
		poke16(12, 0x8100);
		poke16(14, 5);
		size += 4;
		EXPECT_EQ(from(), -EPROTO);
	}
	ethernet(0x8100);
	for (unsigned int i = 0; i < 250; i++)
		put16(7), put16(0x8100);
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_ip_versions)
{
	begin_out(true);
	for (unsigned int v = 0; v < 16; v++) {
		build(0, 100);
		frame[14] = v << 4 | 5;
		EXPECT_EQ(from(), v == 4 ? 0 : -EPROTO);
		build(6, 100);
		frame[14] = v << 4;
		EXPECT_EQ(from(), v == 6 ? 0 : -EPROTO);
	}
}

TEST(from_ipv4_header_lengths)
{
	begin_out(true);
	for (unsigned int words = 0; words < 16; words++) {
		ipv4(words > 5 ? words * 4 - 20 : 0);
		frame[14] = 0x40 | words;
		udp();
		finish(0);
		EXPECT_EQ(from(), words < 5 ? -EPROTO : 0);
		if (words >= 5)
			expect_hdr(CSUM, 0, 0, 0, 14 + words * 4, 6);
	}
	/* and one that reaches beyond the packet */
	build(0, 6);
	frame[14] = 0x4f;
	EXPECT_EQ(size, 14 + 20 + 32 + 6);
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_ipv4_fragments)
{
	begin_out(true);
	for (unsigned int bit = 0; bit < 16; bit++) {
		build(0, 1000);
		poke16(20, 1 << bit);
		EXPECT_EQ(from(), bit < 14 ? -EPROTO : 0);
	}
}

TEST(from_ipv6_fragments)
{
	begin_out(true);
	for (unsigned int bit = 0; bit < 16; bit++) {
		ipv6();
		extension(0, 1);
		extension(44, 1);
		poke16(size - 6, 1 << bit);
		tcp(5, 0x10);
		finish(100);
		EXPECT_EQ(from(), bit == 1 || bit == 2 ? -EOPNOTSUPP : -EPROTO);
	}
	/* what the fragment's header says must be there */
	ipv6();
	extension(44, 1);
	finish(0);
	for (unsigned int i = 55; i <= size; i++)
		EXPECT_EQ(from_of(i), -EOPNOTSUPP);
	poke16(56, 0xfff9);
	EXPECT_EQ(from(), -EPROTO);
	EXPECT_EQ(from_of(61), -EOPNOTSUPP);
	poke16(56, 0);
	poke16(18, 8);
	for (size = 55; size < 62; size++)
		EXPECT_EQ(from(), -EPROTO);
	EXPECT_EQ(from(), -EOPNOTSUPP);
}

/* Headers count up to IPv6's own length and not one byte beyond. */
TEST(from_ipv6_payload_length)
{
	begin_out(true);
	build(6, 100);
	poke16(18, 0);
	EXPECT_EQ(from(), 0);
	build(12, 100);
	poke16(18, 64);
	EXPECT_EQ(from(), 0);
	poke16(18, 63);
	EXPECT_EQ(from(), -EPROTO);
	poke16(18, 0);
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_ipv6_endless_chain)
{
	ipv6();
	put_zeros(1000);
	frame[next_at] = 0;
	proto = 0;
	poke16(18, 1000);
	begin_out(true);
	EXPECT_EQ(from(), -EOPNOTSUPP);
	size = 254;
	EXPECT_EQ(from(), -EPROTO);
	/* one that leaps out of the head, and one out of the packet */
	size = 1000;
	frame[55] = 100;
	EXPECT_EQ(from(), -EOPNOTSUPP);
	frame[55] = 255;
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_ipv6_headers_of_many_sizes)
{
	begin_out(true);
	for (unsigned int units = 1; units < 40; units++) {
		ipv6();
		extension(60, units);
		udp();
		finish(500);
		EXPECT_EQ(from(), least() <= 256 ? 0 : -EOPNOTSUPP);
		if (least() <= 256)
			expect_hdr(CSUM, 0, 0, 0, 54 + units * 8, 6);
	}
}

/* --- from netif: segments ----------------------------------------------- */

static void begin_gso(bool blank, u16 gso, u8 type)
{
	begin_out(blank);
	out.gso_size = gso;
	out.gso_type = type;
}

TEST(from_gso)
{
	for (unsigned int kind = 0; kind < KINDS; kind += 2) {
		bool v6 = kind >= FIRST_V6;

		begin_gso(true, 1448, v6 ? 2 : 1);
		build(kind, 3000);
		EXPECT_EQ(from(), 0);
		expect_hdr(CSUM, v6 ? TSO6 : TSO4, l4 + 32, 1448, l4, 16);
		/* the device needs this one, not the other */
		memset(&dev, 0, sizeof(dev));
		dev.csum = true;
		dev.tso4 = !v6;
		dev.tso6 = v6;
		EXPECT_EQ(from(), 0);
		dev = able;
		if (v6)
			dev.tso6 = false;
		else
			dev.tso4 = false;
		EXPECT_EQ(from(), -EOPNOTSUPP);
		dev = able;
		dev.csum = false;
		EXPECT_EQ(from(), -EOPNOTSUPP);
	}
}

TEST(from_gso_largest)
{
	begin_gso(true, 65535, 1);
	ipv4(0);
	tcp(5, 0x10);
	finish(MAX_FRAME - size);
	EXPECT_EQ(size, 65535);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, 0, 0, 0, 34, 16);
	out.gso_size = 1460;
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, TSO4, 54, 1460, 34, 16);
	device_sum(34, 16);
	EXPECT(checks_out());
}

TEST(from_gso_nothing_to_cut)
{
	begin_gso(true, 1448, 1);
	/* no segments: it takes no more than a checksum */
	memset(&dev, 0, sizeof(dev));
	dev.csum = true;
	build(0, 1448);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, 0, 0, 0, 34, 16);
	build(0, 0);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, 0, 0, 0, 34, 16);
	build(0, 1449);
	EXPECT_EQ(from(), -EOPNOTSUPP);
	dev.tso4 = true;
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, TSO4, 66, 1448, 34, 16);
}

TEST(from_gso_crumbs)
{
	begin_gso(true, 36, 1);
	build(0, 37);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, TSO4, 66, 36, 34, 16);
	out.gso_size = 35;
	EXPECT_EQ(from(), -EPROTO);
	memset(&dev, 0, sizeof(dev));
	EXPECT_EQ(from(), -EPROTO);
	dev = able;
	build(0, 36);
	EXPECT_EQ(from(), -EPROTO);
	build(0, 35);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, 0, 0, 0, 34, 16);
	out.gso_size = 1;
	build(0, 1);
	EXPECT_EQ(from(), 0);
	build(0, 2);
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_gso_of_another_kind)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		bool v6 = kind >= FIRST_V6;

		/* the other version, and no TCP; whether there is much to cut */
		for (unsigned int data = 0; data < 4000; data += 3000) {
			build(kind, data);
			begin_gso(true, 1448, v6 ? 1 : 2);
			EXPECT_EQ(from(), -EPROTO);
			out.gso_type = v6 ? 2 : 1;
			EXPECT_EQ(from(), kind & 1 ? -EPROTO : 0);
			out.csum_blank = false;
			EXPECT_EQ(from(), kind & 1 ? -EPROTO : 0);
		}
	}
	ethernet(0x0806);
	put_zeros(2000);
	EXPECT_EQ(from(), -EPROTO);
	out.csum_blank = true;
	EXPECT_EQ(from(), -EPROTO);
}

TEST(from_gso_tcp_header_lengths)
{
	begin_gso(true, 100, 1);
	for (unsigned int words = 0; words < 16; words++) {
		ipv4(0);
		tcp(words > 5 ? words : 5, 0x10);
		frame[l4 + 12] = words << 4 | 15;
		finish(500);
		EXPECT_EQ(from(), words < 5 ? -EPROTO : 0);
		if (words < 5)
			continue;
		expect_hdr(CSUM, TSO4, 34 + words * 4, 100, 34, 16);
		/* the packet, or the head, ends before it */
		EXPECT_EQ(from_of(34 + words * 4 - 1), -EOPNOTSUPP);
		EXPECT_EQ(from_of(34 + words * 4), 0);
		size = 34 + words * 4;
		EXPECT_EQ(from(), 0);
		expect_hdr(CSUM, 0, 0, 0, 34, 16);
		size--;
		EXPECT_EQ(from(), -EPROTO);
	}
}

TEST(from_gso_congestion)
{
	for (unsigned int flags = 0; flags < 256; flags++) {
		bool cwr = flags & 0x80;

		begin_gso(true, 1000, 1);
		ipv4(0);
		tcp(5, flags);
		finish(2000);
		EXPECT_EQ(from(), 0);
		expect_hdr(CSUM, cwr ? TSO4 | ECN : TSO4, 54, 1000, 34, 16);
		dev.ecn = false;
		EXPECT_EQ(from(), 0);
		expect_hdr(CSUM, TSO4, 54, 1000, 34, 16);
		begin_gso(true, 1000, 2);
		ipv6();
		tcp(5, flags);
		finish(2000);
		EXPECT_EQ(from(), 0);
		expect_hdr(CSUM, cwr ? TSO6 | ECN : TSO6, 74, 1000, 54, 16);
	}
	/* all the same where nothing is cut */
	begin_gso(true, 1000, 1);
	ipv4(0);
	tcp(5, 0x90);
	finish(500);
	EXPECT_EQ(from(), 0);
	expect_hdr(CSUM, 0, 0, 0, 34, 16);
	out.gso_size = 0;
	EXPECT_EQ(from(), 0);
}

/* The guest left the flag out: the sum in the field is anything. */
TEST(from_gso_without_the_flag)
{
	for (unsigned int kind = 0; kind < KINDS; kind += 2) {
		for (unsigned int data = 100; data < 9000; data += 777) {
			begin_gso(false, 1448, kind >= FIRST_V6 ? 2 : 1);
			out.validated = data & 1;
			build(kind, data);
			poke16(l4 + 16, 0xdead);
			EXPECT_EQ(from(), 0);
			if (data > 1448)
				expect_hdr(CSUM, kind >= FIRST_V6 ? TSO6 : TSO4,
					   l4 + 32, 1448, l4, 16);
			else
				expect_hdr(CSUM, 0, 0, 0, l4, 16);
			EXPECT_EQ(slow_mod(frame + l4 + 16, 2), pseudo_mod());
			device_sum(l4, 16);
			EXPECT(checks_out());
		}
	}
	/* nothing is written with an error */
	build(0, 3000);
	poke16(l4 + 16, 0xdead);
	begin_gso(false, 1448, 1);
	dev.csum = false;
	EXPECT_EQ(from(), -EOPNOTSUPP);
	begin_gso(false, 1448, 1);
	dev.tso4 = false;
	EXPECT_EQ(from(), -EOPNOTSUPP);
	begin_gso(false, 20, 1);
	EXPECT_EQ(from(), -EPROTO);
}

/* All carries there can be. */
TEST(from_gso_sums)
{
	for (unsigned int kind = 0; kind < KINDS; kind += 6) {
		unsigned int addresses, v;

		build(kind, 100);
		begin_gso(false, 1448, kind >= FIRST_V6 ? 2 : 1);
		addresses = kind >= FIRST_V6 ? 22 : 26;
		memset(frame + addresses, 0xff, kind >= FIRST_V6 ? 32 : 8);
		for (v = 0; v < 65536; v++) {
			poke16(addresses + 2, v);
			out.size = size;
			memcpy(head, frame, size);
			vnet_from_netif(&out, head, head_len(), &dev, &hdr);
			if (slow_mod(head + l4 + 16, 2) != pseudo_mod())
				break;
		}
		EXPECT_EQ(v, 65536);
	}
}

/* --- to netif ----------------------------------------------------------- */

TEST(to_nothing_said)
{
	ethernet(0x0806);
	put_zeros(46);
	set_hdr(0, 0, 0, 0, 0);
	memset(&guest, 0, sizeof(guest));
	EXPECT_EQ(to(), 0);
	expect_in(false, false, 0, 0);
	/* fields that nothing speaks of mean nothing */
	set_hdr(0, 0, 1448, 0xffff, 0xffff);
	EXPECT_EQ(to(), 0);
	expect_in(false, false, 0, 0);
	set_hdr(VALID, 0, 0, 0, 0);
	EXPECT_EQ(to(), 0);
	expect_in(false, true, 0, 0);
	/* flags of features that nobody negotiated */
	set_hdr(0xfc, 0, 0, 3, 4);
	EXPECT_EQ(to(), 0);
	expect_in(false, false, 0, 0);
}

TEST(to_lengths)
{
	set_hdr(0, 0, 0, 0, 0);
	ethernet(0x0806);
	EXPECT_EQ(to(), 0);
	for (size = 0; size < 14; size++)
		EXPECT_EQ(to(), -EPROTO);
	size = 17 * 4096;
	EXPECT_EQ(to(), 0);
	size++;
	EXPECT_EQ(to(), -EPROTO);
	size = U32_MAX;
	EXPECT_EQ(to(), -EPROTO);
}

TEST(to_blank_checksum)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		bool v6 = kind >= FIRST_V6;

		build(kind, 100);
		set_hdr(CSUM, 0, 0, l4, field);
		EXPECT_EQ(to(), 0);
		expect_in(true, false, 0, 0);
		set_hdr(CSUM | VALID, 0, 777, l4, field);
		EXPECT_EQ(to(), 0);
		expect_in(true, true, 0, 0);
		/* this version is what counts, and no segments */
		guest.csum4 = !v6;
		guest.csum6 = v6;
		guest.tso4 = false;
		guest.tso6 = false;
		EXPECT_EQ(to(), 0);
		guest = taker;
		if (v6)
			guest.csum6 = false;
		else
			guest.csum4 = false;
		EXPECT_EQ(to(), -EOPNOTSUPP);
	}
}

/* Where the guest does not look: somebody else must fill it in. */
TEST(to_checksum_elsewhere)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		build(kind, 100);
		for (unsigned int at = 0; at < size; at++) {
			bool inside = at + field + 2 <= size;

			set_hdr(CSUM, 0, 0, at, field);
			EXPECT_EQ(to(), at == l4 ? 0 :
				  inside ? -EOPNOTSUPP : -EPROTO);
			inside = l4 + at + 2 <= size;
			set_hdr(CSUM, 0, 0, l4, at);
			EXPECT_EQ(to(), at == field ? 0 :
				  inside ? -EOPNOTSUPP : -EPROTO);
			/* the right field, found the wrong way */
			set_hdr(CSUM, 0, 0, l4 - at, field + at);
			if (at && at <= l4)
				EXPECT_EQ(to(), -EOPNOTSUPP);
		}
		set_hdr(CSUM, 0, 0, 0xffff, 0xffff);
		EXPECT_EQ(to(), -EPROTO);
	}
}

TEST(to_checksum_nobody_finds)
{
	build(0, 100);
	set_hdr(CSUM, 0, 0, l4, field);
	poke16(12, 0x8100);
	EXPECT_EQ(to(), -EOPNOTSUPP);
	build(0, 100);
	poke16(20, 0x2000);
	EXPECT_EQ(to(), -EOPNOTSUPP);
	build(0, 100);
	frame[23] = 132;
	EXPECT_EQ(to(), -EOPNOTSUPP);
	build(0, 100);
	frame[14] = 0x46;
	EXPECT_EQ(to(), -EOPNOTSUPP);
	/* a tunnel's inner checksum */
	ipv4(0);
	udp();
	put_zeros(8);
	finish(100);
	set_hdr(CSUM, 0, 0, size - 60, 16);
	EXPECT_EQ(to(), -EOPNOTSUPP);
	/* what is said is right, and too little of it can be seen */
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		build(kind, 100);
		set_hdr(CSUM, 0, 0, l4, field);
		for (unsigned int i = 0; i < size; i++)
			EXPECT_EQ(to_of(i), i < least() ? -EOPNOTSUPP : 0);
	}
	/* the whole packet is too short */
	build(0, 0);
	set_hdr(CSUM, 0, 0, l4, field);
	size = l4 + 17;
	EXPECT_EQ(to(), -EPROTO);
	size = l4 + 18;
	EXPECT_EQ(to(), -EOPNOTSUPP);
	size = l4 + 20;
	EXPECT_EQ(to(), 0);
}

TEST(to_gso)
{
	for (unsigned int kind = 0; kind < KINDS; kind += 2) {
		bool v6 = kind >= FIRST_V6;
		u8 type = v6 ? TSO6 : TSO4;

		build(kind, 3000);
		set_hdr(CSUM, type, 1448, l4, 16);
		EXPECT_EQ(to(), 0);
		expect_in(true, false, 1448, v6 ? 2 : 1);
		set_hdr(CSUM | VALID, type | ECN, 1448, l4, 16);
		EXPECT_EQ(to(), 0);
		expect_in(true, true, 1448, v6 ? 2 : 1);
		/* this version's flags, both, and no others */
		guest.tso4 = !v6;
		guest.csum4 = !v6;
		guest.tso6 = v6;
		guest.csum6 = v6;
		EXPECT_EQ(to(), 0);
		guest = taker;
		*(v6 ? &guest.tso6 : &guest.tso4) = false;
		EXPECT_EQ(to(), -EOPNOTSUPP);
		guest = taker;
		*(v6 ? &guest.csum6 : &guest.csum4) = false;
		EXPECT_EQ(to(), -EOPNOTSUPP);
	}
}

TEST(to_gso_types)
{
	for (unsigned int type = 0; type < 256; type++) {
		build(0, 3000);
		set_hdr(CSUM, type, 1448, l4, 16);
		if (!type)
			EXPECT_EQ(to(), 0);
		else
			EXPECT_EQ(to(), (type & 0x7f) == TSO4 ? 0 : -EPROTO);
		build(6, 3000);
		set_hdr(CSUM, type, 1448, l4, 16);
		if (!type)
			EXPECT_EQ(to(), 0);
		else
			EXPECT_EQ(to(), (type & 0x7f) == TSO6 ? 0 : -EPROTO);
		/* whatever the rest of it says */
		set_hdr(0, type, 1448, l4, 16);
		EXPECT_EQ(to(), type ? -EPROTO : 0);
		set_hdr(VALID, type, 1448, l4, 16);
		EXPECT_EQ(to(), type ? -EPROTO : 0);
		set_hdr(CSUM, type, 0, l4, 16);
		EXPECT_EQ(to(), type ? -EPROTO : 0);
		build(1, 3000);
		set_hdr(CSUM, type, 1448, l4, 6);
		EXPECT_EQ(to(), type ? -EPROTO : 0);
	}
}

TEST(to_gso_nothing_to_cut)
{
	build(0, 1448);
	set_hdr(CSUM, TSO4, 1448, l4, 16);
	guest.tso4 = false;
	EXPECT_EQ(to(), 0);
	expect_in(true, false, 0, 0);
	set_hdr(CSUM, TSO4, 1447, l4, 16);
	EXPECT_EQ(to(), 0);
	expect_in(true, false, 1447, 1);
	guest.tso4 = false;
	EXPECT_EQ(to(), -EOPNOTSUPP);
	/* and still a checksum */
	set_hdr(CSUM, TSO4, 1448, l4, 16);
	guest.csum4 = false;
	EXPECT_EQ(to(), -EOPNOTSUPP);
}

TEST(to_gso_headers)
{
	for (unsigned int words = 0; words < 16; words++) {
		ipv4(0);
		tcp(words > 5 ? words : 5, 0x10);
		frame[l4 + 12] = words << 4;
		finish(500);
		set_hdr(CSUM, TSO4, 100, l4, 16);
		EXPECT_EQ(to(), words < 5 ? -EPROTO : 0);
		if (words < 5)
			continue;
		EXPECT_EQ(to_of(34 + words * 4 - 1), -EOPNOTSUPP);
		EXPECT_EQ(to_of(34 + words * 4), 0);
		if (words > 5) {
			size = 34 + words * 4 - 1;
			EXPECT_EQ(to(), -EPROTO);
		}
	}
	/* a trunk's segments: no lie, but nothing that the guest sees through */
	build(0, 3000);
	poke16(12, 0x8100);
	set_hdr(CSUM, TSO4, 100, l4, 16);
	EXPECT_EQ(to(), -EOPNOTSUPP);
}

/* A guest's packet that a host hands to another guest. */
TEST(there_and_back)
{
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		for (unsigned int gso = 0; gso < 3000; gso += 1448) {
			build(kind, 4000);
			begin_gso(true, gso, !gso ? 0 : kind >= FIRST_V6 ? 2 : 1);
			if (gso && kind & 1)
				continue;
			EXPECT_EQ(from(), 0);
			guest = taker;
			EXPECT_EQ(to(), 0);
			expect_in(true, false, gso, out.gso_type);
		}
	}
}

KTAP_MAIN()
