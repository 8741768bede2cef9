// SPDX-License-Identifier: GPL-2.0-only
/*
 * What address mode reads and writes in a frame, pure. See addr_frame.h.
 *
 *	guest -> us	addr_frame_read(): what it claims, and where its MAC is
 *	us -> wire	addr_frame_leave(): NIC's MAC for the guest's, checksum
 *	wire -> us	addr_frame_to(): whose
 *	us -> guest	addr_frame_arrive(): guest's MAC for the NIC's
 *
 * A guest may send ARP, IPv4 and IPv6 from its own addresses, nothing else: a
 * VLAN tag of its own, or a protocol without addresses, would tell nobody whom
 * the answer is for. What makes a router or a DHCP server of it is refused as
 * well: it would be taken for another host's.
 */
#include <linux/errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>
#include <linux/udp.h>

#include "addr_frame.h"

#define AT_SOURCE	ETH_ALEN
#define AT_PROTO	(2 * ETH_ALEN)

/* ARP for IPv4 on Ethernet, RFC 826 */
#define ARP_OP		6
#define ARP_SENDER_MAC	8
#define ARP_SENDER_IP	14
#define ARP_TARGET_MAC	18
#define ARP_TARGET_IP	24
#define ARP_BYTES	28

#define IPV4_OFFSET	0x1fff
#define IPV6_OFFSET	0xfff8
#define IPV6_EXTENSION_BYTES 8

/* Neighbour discovery, RFC 4861 */
#define ND_ROUTER_SOLICITATION	133
#define ND_ROUTER_ADVERTISEMENT	134
#define ND_SOLICITATION		135
#define ND_ADVERTISEMENT	136
#define ND_REDIRECT		137
#define ND_TARGET		8
#define ND_OPT_SOURCE_MAC	1
#define ND_OPT_TARGET_MAC	2

/* Clients go by their own port, whichever the server's is. */
#define DHCP_SERVER		67
#define DHCP_CLIENT		68
#define DHCPV6_SERVER		547
#define DHCPV6_CLIENT		546

#define ICMP_ROUTER_ADVERTISEMENT 9	/* RFC 1256 */

/** struct view - as much of a frame as can be looked at */
struct view {
	const u8 *head;
	unsigned int head_len;
	u32 size;
	const u8 *mac;		/* the sender's */
};

static u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static void put16(u8 *at, u16 v)
{
	at[0] = v >> 8;
	at[1] = v & 0xff;
}

/* What the frame does not have is a lie; what the head lacks may be none. */
static int reach(const struct view *v, unsigned int end)
{
	if (end > v->size)
		return -EPROTO;
	return end <= v->head_len ? 0 : -ENODATA;
}

static bool is_zero(const u8 *at, unsigned int bytes)
{
	while (bytes--)
		if (*at++)
			return false;
	return true;
}

static void claim(struct addr_frame *f, const u8 *ipv6)
{
	memcpy(&f->claims[f->nr_claims++], ipv6, sizeof(struct in6_addr));
}

static void claim_ipv4(struct addr_frame *f, const u8 *ipv4)
{
	addr_from_ipv4(&f->claims[f->nr_claims++], ipv4);
}

/**
 * addr_from_ipv4() - an IPv4 address as the others are written
 * @ip:		set to ::ffff:a.b.c.d
 * @ipv4:	four bytes
 */
void addr_from_ipv4(struct in6_addr *ip, const u8 *ipv4)
{
	u8 *to = (u8 *)ip;

	memset(to, 0, 10);
	memset(to + 10, 0xff, 2);
	memcpy(to + 12, ipv4, 4);
}

/**
 * addr_link_local() - the link-local address that a MAC address stands for
 * @ip:		set to it (RFC 4291, appendix A)
 * @mac:	six bytes
 */
void addr_link_local(struct in6_addr *ip, const u8 *mac)
{
	const u8 bytes[16] = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	};

	memcpy(ip, bytes, sizeof(bytes));
}

static bool is_arp(const u8 *arp)
{
	return get16(arp) == ARPHRD_ETHER && get16(arp + 2) == ETH_P_IP &&
	       arp[4] == ETH_ALEN && arp[5] == 4;
}

static int read_arp(const struct view *v, struct addr_frame *f)
{
	const u8 *arp = v->head + ETH_HLEN;
	int err = reach(v, ETH_HLEN + ARP_BYTES);
	u16 op;

	if (err)
		return err;
	op = get16(arp + ARP_OP);
	if (!is_arp(arp) || (op != ARPOP_REQUEST && op != ARPOP_REPLY))
		return -EPERM;
	if (memcmp(arp + ARP_SENDER_MAC, v->mac, ETH_ALEN))
		return -EPERM;
	/* Who has no address yet asks whether it is free (RFC 5227). */
	if (op == ARPOP_REQUEST && is_zero(arp + ARP_SENDER_IP, 4))
		claim_ipv4(f, arp + ARP_TARGET_IP);
	else
		claim_ipv4(f, arp + ARP_SENDER_IP);
	f->mac_at = ETH_HLEN + ARP_SENDER_MAC;
	return 0;
}

/* What is behind a packet in its frame its receiver does not see. */
static struct view packet_of(const struct view *v, unsigned int len)
{
	struct view packet = *v;

	if (len < packet.size - ETH_HLEN)
		packet.size = ETH_HLEN + len;
	return packet;
}

static int read_udp(const struct view *v, unsigned int at, u16 server,
		    u16 client)
{
	int err = reach(v, at + 4);

	if (err)
		return err;
	return get16(v->head + at) == server ||
	       get16(v->head + at + 2) == client ? -EPERM : 0;
}

/* RFC 2131, 4.1: a client without an address asks from 0.0.0.0. */
static int read_ipv4_udp(const struct view *v, unsigned int at,
			 const u8 *source, struct addr_frame *f)
{
	int err = read_udp(v, at, DHCP_SERVER, DHCP_CLIENT);

	if (err)
		return err;
	f->asks = is_zero(source, 4) && get16(v->head + at) == DHCP_CLIENT &&
		  get16(v->head + at + 2) == DHCP_SERVER;
	return 0;
}

static int read_icmp(const struct view *v, unsigned int at)
{
	int err = reach(v, at + 1);

	if (err)
		return err;
	return v->head[at] == ICMP_REDIRECT ||
	       v->head[at] == ICMP_ROUTER_ADVERTISEMENT ? -EPERM : 0;
}

static int read_ipv4(const struct view *frame, struct addr_frame *f)
{
	const u8 *ip = frame->head + ETH_HLEN;
	int err = reach(frame, ETH_HLEN + sizeof(struct iphdr));
	struct view v;
	unsigned int len;

	if (err)
		return err;
	v = packet_of(frame, get16(ip + offsetof(struct iphdr, tot_len)));
	len = (ip[0] & 15) * 4;
	if (ip[0] >> 4 != 4 || len < sizeof(struct iphdr))
		return -EPROTO;
	claim_ipv4(f, ip + offsetof(struct iphdr, saddr));
	/* What it is, the first fragment says. */
	if (get16(ip + offsetof(struct iphdr, frag_off)) & IPV4_OFFSET)
		return 0;
	switch (ip[offsetof(struct iphdr, protocol)]) {
	case IPPROTO_ICMP:
		return read_icmp(&v, ETH_HLEN + len);
	case IPPROTO_UDP:
		return read_ipv4_udp(&v, ETH_HLEN + len,
				     ip + offsetof(struct iphdr, saddr), f);
	}
	return 0;
}

/* The sender's MAC address, in the one option that may have it. */
static int read_nd_options(const struct view *v, unsigned int at,
			   unsigned int end, struct addr_frame *f)
{
	while (at < end) {
		const u8 *option = v->head + at;
		unsigned int len;
		int err = reach(v, at + 8);

		if (err)
			return err;
		len = option[1] * 8;
		if (!len || len > end - at)
			return -EPROTO;
		if (option[0] == ND_OPT_SOURCE_MAC ||
		    option[0] == ND_OPT_TARGET_MAC) {
			if (len != 8 || f->mac_at ||
			    memcmp(option + 2, v->mac, ETH_ALEN))
				return -EPERM;
			f->mac_at = at + 2;
		}
		at += len;
	}
	return 0;
}

static int read_nd(const struct view *v, unsigned int at, u8 type,
		   struct addr_frame *f)
{
	const u8 *ip = v->head + ETH_HLEN;
	unsigned int end = ETH_HLEN + sizeof(struct ipv6hdr) +
			   get16(ip + offsetof(struct ipv6hdr, payload_len));
	unsigned int options = at + ND_TARGET;
	int err;

	if (type != ND_ROUTER_SOLICITATION)
		options += sizeof(struct in6_addr);
	if (end > v->size || options > end)
		return -EPROTO;
	err = reach(v, options);
	if (err)
		return err;
	/* Without claims it has no address yet, and asks for this. */
	if (type == ND_ADVERTISEMENT ||
	    (type == ND_SOLICITATION && !f->nr_claims))
		claim(f, v->head + at + ND_TARGET);
	err = read_nd_options(v, options, end, f);
	if (!err && f->mac_at)
		f->csum_at = at + offsetof(struct icmp6hdr, icmp6_cksum);
	return err;
}

static int read_icmpv6(const struct view *v, unsigned int at, bool plain,
		       struct addr_frame *f)
{
	int err = reach(v, at + 1);
	u8 type;

	if (err)
		return err;
	type = v->head[at];
	switch (type) {
	case ND_ROUTER_ADVERTISEMENT:
	case ND_REDIRECT:
		return -EPERM;
	case ND_ROUTER_SOLICITATION:
	case ND_SOLICITATION:
	case ND_ADVERTISEMENT:
		/* Nobody who is honest puts anything in between. */
		return plain ? read_nd(v, at, type, f) : -EPERM;
	}
	return 0;
}

static int read_upper(const struct view *v, u8 next, unsigned int at,
		      bool plain, struct addr_frame *f)
{
	switch (next) {
	case IPPROTO_ICMPV6:
		return read_icmpv6(v, at, plain, f);
	case IPPROTO_UDP:
		return read_udp(v, at, DHCPV6_SERVER, DHCPV6_CLIENT);
	}
	return 0;
}

static int read_ipv6(const struct view *frame, struct addr_frame *f)
{
	unsigned int at = ETH_HLEN + sizeof(struct ipv6hdr);
	const u8 *ip = frame->head + ETH_HLEN;
	const u8 *from = ip + offsetof(struct ipv6hdr, saddr);
	int err = reach(frame, at);
	bool plain = true;
	struct view v;
	u8 next;

	if (err)
		return err;
	v = packet_of(frame, sizeof(struct ipv6hdr) +
		      get16(ip + offsetof(struct ipv6hdr, payload_len)));
	if (ip[0] >> 4 != 6)
		return -EPROTO;
	if (!is_zero(from, sizeof(struct in6_addr)))
		claim(f, from);
	next = ip[offsetof(struct ipv6hdr, nexthdr)];
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT) {
		bool fragment = next == IPPROTO_FRAGMENT;

		plain = false;
		err = reach(&v, at + IPV6_EXTENSION_BYTES);
		if (err)
			return err;
		/* What it is, the first one says. */
		if (fragment && get16(v.head + at + 2) & IPV6_OFFSET)
			goto known;
		next = v.head[at];
		at += fragment ? IPV6_EXTENSION_BYTES :
				 (v.head[at + 1] + 1) * 8;
	}
	err = read_upper(&v, next, at, plain, f);
	if (err)
		return err;
known:
	return f->nr_claims ? 0 : -EPERM;
}

/**
 * addr_frame_read() - what does a guest's frame say of its sender?
 * @head:	the frame from its Ethernet header on, in private memory
 * @head_len:	bytes of it that are there
 * @size:	bytes of the frame
 * @mac:	the guest's MAC address
 * @f:		filled in: at least one claim, all to be checked by the caller
 *
 * Return: 0; -EPROTO if the frame is cut short or malformed; -EPERM for what no
 * guest may send; -ENODATA if @head is too short to tell: ask again with
 * ADDR_HEAD_BYTES, and refuse what wants more even then.
 */
int addr_frame_read(const u8 *head, unsigned int head_len, u32 size,
		    const u8 *mac, struct addr_frame *f)
{
	const struct view v = { head, head_len, size, mac };
	int err = reach(&v, ETH_HLEN);

	f->nr_claims = 0;
	f->asks = false;
	f->mac_at = 0;
	f->csum_at = 0;
	if (err)
		return err;
	if (memcmp(head + AT_SOURCE, mac, ETH_ALEN))
		return -EPERM;
	switch (get16(head + AT_PROTO)) {
	case ETH_P_IP:
		return read_ipv4(&v, f);
	case ETH_P_IPV6:
		return read_ipv6(&v, f);
	case ETH_P_ARP:
		return read_arp(&v, f);
	}
	return -EPERM;
}

/* One's complement of the sum with @is in the place of @was (RFC 1624). */
static u16 sum_replace(u16 csum, const u8 *was, const u8 *is)
{
	u32 sum = csum ^ 0xffff;
	unsigned int i;

	for (i = 0; i < ETH_ALEN; i += 2)
		sum += (get16(was + i) ^ 0xffff) + get16(is + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum;
}

/**
 * addr_frame_leave() - make the NIC's a frame that goes out to the wire
 * @head:	what addr_frame_read() has read
 * @f:		what it found
 * @nic:	the NIC's MAC address
 */
void addr_frame_leave(u8 *head, const struct addr_frame *f, const u8 *nic)
{
	u8 *csum = head + f->csum_at;
	u8 *mac = head + f->mac_at;

	if (f->csum_at)
		put16(csum, sum_replace(get16(csum), mac, nic));
	if (f->mac_at)
		memcpy(mac, nic, ETH_ALEN);
	memcpy(head + AT_SOURCE, nic, ETH_ALEN);
}

/**
 * addr_frame_to() - whom is a frame for that has the NIC's MAC address?
 * @packet:	what is behind the Ethernet header
 * @len:	bytes of it, ADDR_TO_BYTES if it is that long
 * @proto:	Ethernet type
 * @to:		set to the IP address, IPv4 as ::ffff:a.b.c.d
 *
 * Return: false if that cannot be told.
 */
bool addr_frame_to(const u8 *packet, unsigned int len, u16 proto,
		   struct in6_addr *to)
{
	switch (proto) {
	case ETH_P_IP:
		if (len < sizeof(struct iphdr))
			return false;
		addr_from_ipv4(to, packet + offsetof(struct iphdr, daddr));
		return true;
	case ETH_P_IPV6:
		if (len < sizeof(struct ipv6hdr))
			return false;
		memcpy(to, packet + offsetof(struct ipv6hdr, daddr),
		       sizeof(*to));
		return true;
	case ETH_P_ARP:
		if (len < ARP_BYTES || !is_arp(packet))
			return false;
		addr_from_ipv4(to, packet + ARP_TARGET_IP);
		return true;
	}
	return false;
}

/**
 * addr_frame_arrive() - make a guest's a frame that came for the NIC's address
 * @head:	the frame from its Ethernet header on
 * @len:	bytes that may be written, ADDR_ARRIVE_BYTES if it has them
 * @nic:	the NIC's MAC address
 * @mac:	the guest's
 */
void addr_frame_arrive(u8 *head, unsigned int len, const u8 *nic,
		       const u8 *mac)
{
	u8 *target = head + ETH_HLEN + ARP_TARGET_MAC;

	if (get16(head + AT_PROTO) == ETH_P_ARP && len >= ADDR_ARRIVE_BYTES &&
	    !memcmp(target, nic, ETH_ALEN))
		memcpy(target, mac, ETH_ALEN);
	memcpy(head, mac, ETH_ALEN);
}
