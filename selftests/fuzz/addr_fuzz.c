// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/addr_frame.c against a hostile guest and a hostile wire: the input
 * is a frame, and its head has its very size, so that ASan sees a step beyond.
 * What is let through must be from whom it claims to be, to a reader that knows
 * nothing of addr_frame.c, and what is rewritten must be that and no more.
 *
 *	how[4]	the sender's address or the frame's; 1, 2: bytes beyond the head
 *	frame	up to ADDR_HEAD_BYTES
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/net/addr_frame.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static const u8 nic[ETH_ALEN] = { 0x52, 0x54, 0, 0xff, 1, 0xfe };

static bool claims(const struct addr_frame *f, const u8 *ip)
{
	unsigned int i;

	for (i = 0; i < f->nr_claims; i++)
		if (!memcmp(&f->claims[i], ip, 16))
			return true;
	return false;
}

static bool claims4(const struct addr_frame *f, const u8 *ip)
{
	u8 mapped[16] = { [10] = 0xff, [11] = 0xff, ip[0], ip[1], ip[2], ip[3] };

	return claims(f, mapped);
}

/* As a host would take it that skips the headers in front of ICMPv6. */
static void check_ipv6(const u8 *head, unsigned int len, const struct addr_frame *f)
{
	static const u8 none[16];
	unsigned int at = 54;
	u8 next = head[20];

	MUST(len >= 54 && head[14] >> 4 == 6);
	MUST(!memcmp(head + 22, none, 16) || claims(f, head + 22));
	while (at + 8 <= len && (!next || next == 43 || next == 44 || next == 60)) {
		bool fragment = next == 44;

		if (fragment && (head[at + 2] || head[at + 3] & 0xf8))
			return;
		next = head[at];
		at += fragment ? 8 : 8 + head[at + 1] * 8;
	}
	if (next == 17 && at + 2 <= len)
		MUST(head[at] != 2 || head[at + 1] != 0x23);
	if (next != 58)
		return;
	MUST(at < len && head[at] != 134 && head[at] != 137);
	if (head[at] == 136 || (head[at] == 135 && !memcmp(head + 22, none, 16)))
		MUST(at + 24 <= len && claims(f, head + at + 8));
}

static void check_read(const u8 *head, unsigned int len, const u8 *mac, const struct addr_frame *f)
{
	MUST(len >= 14 && !memcmp(head + 6, mac, 6));
	MUST(f->nr_claims == 1 || f->nr_claims == 2);
	switch (head[12] << 8 | head[13]) {
	case 0x0800:
		MUST(len >= 34 && head[14] >> 4 == 4 && claims4(f, head + 26));
		MUST(!f->mac_at && !f->csum_at);
		break;
	case 0x0806:
		MUST(len >= 42 && f->mac_at == 22 && !f->csum_at);
		MUST(claims4(f, head + 28) || (head[21] == 1 && claims4(f, head + 38)));
		break;
	case 0x86dd:
		check_ipv6(head, len, f);
		MUST(!f->mac_at == !f->csum_at);
		break;
	default:
		abort();
	}
	if (f->mac_at)
		MUST(f->mac_at + 6u <= len && !memcmp(head + f->mac_at, mac, 6));
}

/* Modulo 65535, as any sum of it */
static unsigned int sum_of(const u8 *head, unsigned int from, unsigned int len)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = from; i < len; i++)
		sum += i & 1 ? head[i] : head[i] << 8;
	return sum % 0xffff;
}

static void check_leave(u8 *head, unsigned int len, const struct addr_frame *f)
{
	u8 was[ADDR_HEAD_BYTES];

	memcpy(was, head, len);
	addr_frame_leave(head, f, nic);
	if (f->csum_at)
		MUST(sum_of(head, 54, len) == sum_of(was, 54, len));
	memcpy(was + 6, nic, 6);
	if (f->mac_at)
		memcpy(was + f->mac_at, nic, 6);
	if (f->csum_at)
		memcpy(was + f->csum_at, head + f->csum_at, 2);
	MUST(!memcmp(was, head, len));
}

static void check_arrival(u8 *head, unsigned int len, const u8 *mac)
{
	unsigned int bytes = min(len, ADDR_ARRIVE_BYTES);
	u8 was[ADDR_HEAD_BYTES];
	struct in6_addr to;
	u8 *packet;

	if (len < ETH_HLEN)
		return;
	memcpy(was, head, len);
	packet = malloc(min(len - ETH_HLEN, ADDR_TO_BYTES));
	memcpy(packet, head + ETH_HLEN, min(len - ETH_HLEN, ADDR_TO_BYTES));
	if (addr_frame_to(packet, min(len - ETH_HLEN, ADDR_TO_BYTES), head[12] << 8 | head[13], &to)) {
		const u8 *at = head + (head[12] == 0x86 ? 38 : head[13] ? 38 : 30);

		MUST(head[12] == 0x86 ? !memcmp(&to, at, 16) : !memcmp((u8 *)&to + 12, at, 4));
	}
	free(packet);
	addr_frame_arrive(head, bytes, nic, mac);
	memcpy(was, mac, 6);
	if (bytes >= 42 && head[12] == 8 && head[13] == 6 && !memcmp(was + 32, nic, 6))
		memcpy(was + 32, mac, 6);
	MUST(!memcmp(was, head, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static const u8 mac[ETH_ALEN] = { 0, 0x16, 0x3e, 0x77, 0, 0x0b };
	unsigned int head_len;
	struct addr_frame f;
	u8 how[4], *head;
	u32 size;
	int rc;

	if (len < sizeof(how))
		return 0;
	memcpy(how, in, sizeof(how));
	in += sizeof(how);
	len -= sizeof(how);
	head_len = min_t(unsigned int, len, ADDR_HEAD_BYTES);
	size = head_len + how[1] + how[2] * 256u;

	head = malloc(head_len);
	memcpy(head, in, head_len);
	if (how[0] & 1 && head_len >= ETH_HLEN)
		memcpy(head + ETH_ALEN, mac, ETH_ALEN);
	memset(&f, 0xa5, sizeof(f));
	rc = addr_frame_read(head, head_len, size, mac, &f);
	MUST(!rc || rc == -EPROTO || rc == -EPERM || rc == -ENODATA);
	MUST(rc != -ENODATA || size > head_len);
	if (!rc) {
		check_read(head, head_len, mac, &f);
		check_leave(head, head_len, &f);
	}
	check_arrival(head, head_len, mac);
	free(head);
	return 0;
}
