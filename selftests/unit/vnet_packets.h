/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets built field by field, so that a test knows where everything is, and
 * their checksums, summed the slow way, modulo 65535.
 */
#ifndef _VNET_PACKETS_H
#define _VNET_PACKETS_H

#include <linux/types.h>

#define MAX_FRAME	65535

static u8 frame[MAX_FRAME + 1];
static unsigned int size;	/* of the frame */
static unsigned int next_at;	/* where the last header names the next */
static unsigned int l3, l4;	/* where IP, and what it carries, begin */
static unsigned int proto, field;	/* TCP or UDP, and its checksum in it */

static void put8(unsigned int v)
{
	frame[size++] = v;
}

static void put16(unsigned int v)
{
	put8(v >> 8 & 255);
	put8(v & 255);
}

static void poke16(unsigned int at, unsigned int v)
{
	frame[at] = v >> 8 & 255;
	frame[at + 1] = v & 255;
}

static void put_zeros(unsigned int n)
{
	while (n--)
		put8(0);
}

static void ethernet(unsigned int type)
{
	static const u8 macs[] = { 0x00, 0x16, 0x3e, 0x77, 0, 2, 0x00, 0x16,
				   0x3e, 0x77, 0, 1 };

	memset(frame, 0xff, sizeof(frame));
	size = 0;
	for (unsigned int i = 0; i < sizeof(macs); i++)
		put8(macs[i]);
	put16(type);
	l3 = size;
}

static void ipv4(unsigned int options)
{
	ethernet(0x0800);
	put8(0x40 | (20 + options) / 4);
	put8(0);
	put16(0);	/* length: finish() */
	put16(0x1234);
	put16(0x4000);	/* don't fragment */
	put8(64);
	next_at = size;
	put8(0);
	put16(0);
	put16(0x0a4d); put16(0x000b);
	put16(0x0a4d); put16(0xfe01);
	while (options--)
		put8(1);
	l4 = size;
}

static void ipv6(void)
{
	ethernet(0x86dd);
	put16(0x6000); put16(0);
	put16(0);	/* length: finish() */
	next_at = size;
	put8(0);
	put8(64);
	put16(0xfd77); put_zeros(12); put16(0x000b);
	put16(0xfd77); put_zeros(10); put16(0xffee); put16(0x0001);
	l4 = size;
}

/* A header between IPv6's and TCP's, of @units * 8 bytes */
static void extension(u8 type, unsigned int units)
{
	frame[next_at] = type;
	next_at = size;
	put8(0);
	put8(units - 1);
	put_zeros(units * 8 - 2);
	l4 = size;
}

static void tcp(unsigned int words, u8 flags)
{
	frame[next_at] = proto = 6;
	field = 16;
	put16(40000); put16(80);
	put16(1); put16(2); put16(3); put16(4);
	put8(words << 4);
	put8(flags);
	put16(1000);
	put16(0);
	put16(0);
	while (words-- > 5)
		put16(0x0101), put16(0x0101);
}

static void udp(void)
{
	frame[next_at] = proto = 17;
	field = 6;
	put16(40000); put16(53);
	put16(0);
	put16(0);
}

static unsigned int slow_mod(const u8 *at, unsigned int n)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum = (sum + at[i] * (i & 1 ? 1 : 256)) % 65535;
	return sum;
}

static unsigned int pseudo_mod(void)
{
	u8 pseudo[40] = { 0 };
	unsigned int len = size - l4;

	if (frame[12] == 0x08) {
		memcpy(pseudo, frame + l3 + 12, 8);
		pseudo[9] = proto;
		pseudo[10] = len >> 8;
		pseudo[11] = len & 255;
		return slow_mod(pseudo, 12);
	}
	memcpy(pseudo, frame + l3 + 8, 32);
	pseudo[34] = len >> 8;
	pseudo[35] = len & 255;
	pseudo[39] = proto;
	return slow_mod(pseudo, 40);
}

/* Data behind the headers, lengths, the sum a sender leaves in the field. */
static void finish(unsigned int data)
{
	/* behind UDP, what would do for the rest of TCP's header */
	for (unsigned int i = 0; i < data; i++)
		put8((i * 7 + i / 256 + 0x50) & 255);
	if (frame[12] == 0x08)
		poke16(l3 + 2, size - l3);
	else
		poke16(l3 + 4, size - l3 - 40);
	if (proto == 17)
		poke16(l4 + 4, size - l4);
	poke16(l4 + field, pseudo_mod());
}

static bool checks_out(void)
{
	return (pseudo_mod() + slow_mod(frame + l4, size - l4)) % 65535 == 0;
}

/* What a device does with NEEDS_CSUM */
static void device_sum(unsigned int start, unsigned int offset)
{
	poke16(start + offset, 65535 - slow_mod(frame + start, size - start));
}

/* The kinds of packets there are. The last is one whose headers take most. */
#define KINDS		14
#define FIRST_V6	6

static void build(unsigned int kind, unsigned int data)
{
	switch (kind / 2) {
	case 0:
		ipv4(0);
		break;
	case 1:
		ipv4(4);
		break;
	case 2:
		ipv4(40);
		break;
	case 3:
		ipv6();
		break;
	case 4:
		ipv6();
		extension(0, 1);
		break;
	case 5:
		ipv6();
		extension(43, 5);
		break;
	case 6:
		ipv6();
		extension(0, 2);
		extension(60, 1);
		extension(43, 3);
		extension(60, 2);
		break;
	}
	if (kind & 1)
		udp();
	else
		tcp(8, 0x10);
	finish(data);
}

static unsigned int least(void)
{
	return l4 + (proto == 6 ? 20 : 8);
}

#endif /* _VNET_PACKETS_H */
