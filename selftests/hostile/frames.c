// SPDX-License-Identifier: GPL-2.0-only
/* See frames.h. */
#include <string.h>

#include "frames.h"

const uint8_t own_ip[4] = { 10, 77, 0, 47 };
const uint8_t peer_ip[4] = { 10, 77, 0, 1 };
static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };

static uint8_t *ethernet(const struct vif *n, uint8_t *at, const uint8_t to[6], uint16_t type)
{
	memcpy(at, to, 6);
	memcpy(at + 6, n->mac, 6);
	at[12] = type >> 8;
	at[13] = type;
	return at + 14;
}

static void be16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint16_t checksum(const uint8_t *at, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i++)
		sum += i % 2 ? at[i] : at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void arp(const struct vif *n, uint8_t *at)
{
	static const uint8_t head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	uint8_t *p = ethernet(n, at, broadcast, 0x0806);

	memset(p, 0, 46);
	memcpy(p, head, 8);
	memcpy(p + 8, n->mac, 6);
	memcpy(p + 14, own_ip, 4);
	memcpy(p + 24, peer_ip, 4);
}

static uint8_t *ipv4(const struct vif *n, uint8_t *at, unsigned int len, uint8_t protocol)
{
	uint8_t *p = ethernet(n, at, n->peer_mac, 0x0800);

	memset(p, 0, 20);
	p[0] = 0x45;
	be16(p + 2, len);
	p[8] = 64;
	p[9] = protocol;
	memcpy(p + 12, own_ip, 4);
	memcpy(p + 16, peer_ip, 4);
	be16(p + 10, checksum(p, 20));
	return p + 20;
}

void echo(const struct vif *n, uint8_t *at, unsigned int bytes)
{
	uint8_t *p = ipv4(n, at, 28 + bytes, 1);

	memset(p, 0, 8);
	p[0] = 8;
	be16(p + 4, 0xb1a7);
	for (unsigned int i = 0; i < bytes; i++)
		p[8 + i] = i * 7 + i / 256;
	be16(p + 2, checksum(p, 8 + bytes));
}

/* To a port nobody listens on. */
void tcp(const struct vif *n, uint8_t *at)
{
	uint8_t *p = ipv4(n, at, TCP_BYTES - 14, 6);

	memset(p, 0, TCP_BYTES - 34);
	be16(p, 40000);
	be16(p + 2, 9);
	p[12] = 5 << 4;
	p[13] = 0x10;
	be16(p + 14, 1000);
}

/* From there to a port nobody listens on, which is answered; 54 bytes. */
void tcp_knock(const struct vif *n, uint8_t *at, uint16_t port)
{
	uint8_t *p = ipv4(n, at, 40, 6), pseudo[32] = {};

	memset(p, 0, 20);
	be16(p, port);
	be16(p + 2, 9);
	p[12] = 5 << 4;
	p[13] = 0x10;
	memcpy(pseudo, own_ip, 4);
	memcpy(pseudo + 4, peer_ip, 4);
	pseudo[9] = 6;
	pseudo[11] = 20;
	memcpy(pseudo + 12, p, 20);
	be16(p + 16, checksum(pseudo, sizeof(pseudo)));
}

void udp(const struct vif *n, uint8_t *at)
{
	uint8_t *p = ipv4(n, at, TCP_BYTES - 14, 17);

	memset(p, 0, TCP_BYTES - 34);
	be16(p, 40000);
	be16(p + 2, 9);
	be16(p + 4, TCP_BYTES - 34);
}

void tcp_no_header(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	at[14 + 20 + 12] = 0;
}

void tcp_long_header(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	at[14 + 20 + 12] = 15 << 4;
}

void tcp_ihl_0(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	at[14] = 0x40;
}

void tcp_ihl_15(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	at[14] = 0x4f;
}

void tcp_fragment(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	at[14 + 6] = 0x20;
}

void tcp_huge(const struct vif *n, uint8_t *at)
{
	tcp(n, at);
	be16(at + 16, 65535 - 14);
	be16(at + 24, 0);
	be16(at + 24, checksum(at + 14, 20));
}

/* Extension headers that lead to the next without end. */
void ipv6_chain(const struct vif *n, uint8_t *at)
{
	uint8_t *p = ethernet(n, at, n->peer_mac, 0x86dd);

	memset(p, 0, PAGE_BYTES - 14);
	p[0] = 0x60;
	be16(p + 4, TCP_BYTES - 54);
	p[6] = 0;
	p[7] = 64;
	/* next header 0, length 0: hop by hop again */
}

void ipv6_fragment(const struct vif *n, uint8_t *at)
{
	ipv6_chain(n, at);
	at[14 + 6] = 44;
	at[14 + 40] = 6;
	at[14 + 40 + 3] = 1;
}

void vlans(const struct vif *n, uint8_t *at)
{
	uint8_t *p = ethernet(n, at, n->peer_mac, 0x8100);

	memset(p, 0, PAGE_BYTES - 14);
	for (unsigned int i = 0; i < 1000; i += 4)
		be16(p + i + 2, 0x8100);
}

void spoofed(const struct vif *n, uint8_t *at)
{
	arp(n, at);
	at[11] ^= 0x55;
}

void from_zero(const struct vif *n, uint8_t *at)
{
	arp(n, at);
	memset(at + 6, 0, 6);
}

void from_group(const struct vif *n, uint8_t *at)
{
	arp(n, at);
	memset(at + 6, 255, 6);
}
