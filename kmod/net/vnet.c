// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between netif's offloads and virtio's, pure. See vnet.h.
 *
 *	netif	the checksum is blank; whoever wants to know where, parses
 *	virtio	it is at csum_start + csum_offset, take our word for it
 *
 * so the headers are parsed either way, and with the same verdicts as
 * skb_checksum_setup() has, which is what Linux's front ends go by too:
 *
 *	Ethernet | IPv4 with options        | TCP or UDP
 *	         | IPv6, extension headers  |
 *
 * Only what no sender of IP writes is refused here and not there: a version
 * that is not the Ethernet type's, an IPv4 header shorter than its least.
 */
#include <linux/compiler.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/virtio_byteorder.h>

#include "vnet.h"

/* More fragments, or an offset: it is one. */
#define IPV4_FRAGMENT	0x3fff
#define IPV6_FRAGMENT	0xfff9
#define IPV6_FRAGMENT_BYTES 8
/* The bytes of struct tcphdr that it has as bit fields. */
#define TCP_DOFF	12
#define TCP_FLAGS	13
#define TCP_CWR		0x80

/** struct view - as much of a packet as can be looked at */
struct view {
	const u8 *head;
	unsigned int head_len;
	u32 size;
};

/** struct transport - the TCP or UDP header */
struct transport {
	unsigned int start;
	unsigned int csum;	/* offset of its checksum */
	u8 proto;
	bool v6;
};

/* What leads on in the head: the host may still be writing there. */
static u8 get8(const u8 *at)
{
	return READ_ONCE(*at);
}

static u16 get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

static u16 from_le(__virtio16 v)
{
	return __virtio16_to_cpu(true, v);
}

static __virtio16 to_le(u16 v)
{
	return __cpu_to_virtio16(true, v);
}

/* What the packet does not have is a lie; what the head lacks may be none. */
static int reach(const struct view *v, unsigned int end)
{
	if (end <= v->head_len)
		return 0;
	return end <= v->size ? -EOPNOTSUPP : -EPROTO;
}

static int find_behind_ipv4(const struct view *v, struct transport *t)
{
	const u8 *ip = v->head + ETH_HLEN;
	int err = reach(v, ETH_HLEN + sizeof(struct iphdr));
	unsigned int len;
	u8 first;

	if (err)
		return err;
	first = get8(ip);
	len = (first & 15) * 4;
	if (first >> 4 != 4 || len < sizeof(struct iphdr))
		return -EPROTO;
	if (get16(ip + offsetof(struct iphdr, frag_off)) & IPV4_FRAGMENT)
		return -EPROTO;
	t->v6 = false;
	t->proto = get8(ip + offsetof(struct iphdr, protocol));
	t->start = ETH_HLEN + len;
	return 0;
}

static int find_behind_ipv6(const struct view *v, struct transport *t)
{
	unsigned int at = ETH_HLEN + sizeof(struct ipv6hdr), end;
	const u8 *ip = v->head + ETH_HLEN;
	int err = reach(v, at);
	u8 next;

	if (err)
		return err;
	if (get8(ip) >> 4 != 6)
		return -EPROTO;
	end = at + get16(ip + offsetof(struct ipv6hdr, payload_len));
	next = get8(ip + offsetof(struct ipv6hdr, nexthdr));
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_DSTOPTS) {
		err = reach(v, at + 2);
		if (err)
			return err;
		next = get8(v->head + at);
		at += (get8(v->head + at + 1) + 1) * 8;
	}
	if (at > end)
		return -EPROTO;
	if (next == IPPROTO_FRAGMENT) {
		err = reach(v, at + IPV6_FRAGMENT_BYTES);
		if (err)
			return err;
		if (get16(v->head + at + 2) & IPV6_FRAGMENT)
			return -EPROTO;
	}
	/* The stack knows what to do with a fragment that is the whole. */
	if (next == IPPROTO_FRAGMENT || next == IPPROTO_AH)
		return -EOPNOTSUPP;
	t->v6 = true;
	t->proto = next;
	t->start = at;
	return 0;
}

static int find_transport(const struct view *v, struct transport *t)
{
	int err = reach(v, ETH_HLEN);

	if (err)
		return err;
	switch (get16(v->head + offsetof(struct ethhdr, h_proto))) {
	case ETH_P_IP:
		err = find_behind_ipv4(v, t);
		break;
	case ETH_P_IPV6:
		err = find_behind_ipv6(v, t);
		break;
	default:
		return -EPROTO;
	}
	if (err)
		return err;
	switch (t->proto) {
	case IPPROTO_TCP:
		t->csum = offsetof(struct tcphdr, check);
		return reach(v, t->start + sizeof(struct tcphdr));
	case IPPROTO_UDP:
		t->csum = offsetof(struct udphdr, check);
		return reach(v, t->start + sizeof(struct udphdr));
	}
	return -EPROTO;
}

/* All headers of a packet that claims to be segments of TCP, or an error. */
static int segment_headers(const struct view *v, const struct transport *t,
			   bool v6)
{
	unsigned int len;
	int err;

	if (t->proto != IPPROTO_TCP || t->v6 != v6)
		return -EPROTO;
	len = (get8(v->head + t->start + TCP_DOFF) >> 4) * 4;
	if (len < sizeof(struct tcphdr))
		return -EPROTO;
	len += t->start;
	err = reach(v, len);
	return err ?: len;
}

static int set_gso(const struct netif_tx_packet *pkt, const struct view *v,
		   const struct transport *t, const struct vnet_device *dev,
		   struct virtio_net_hdr_v1 *hdr)
{
	bool v6 = pkt->gso_type == XEN_NETIF_GSO_TYPE_TCPV6;
	int len = segment_headers(v, t, v6);

	if (len < 0)
		return len;
	/* Nothing to cut: an ordinary packet. */
	if (pkt->size - len <= pkt->gso_size)
		return 0;
	if (pkt->gso_size < VNET_GSO_MIN)
		return -EPROTO;
	if (!(v6 ? dev->tso6 : dev->tso4))
		return -EOPNOTSUPP;
	hdr->gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	if (dev->ecn && get8(v->head + t->start + TCP_FLAGS) & TCP_CWR)
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	hdr->hdr_len = to_le(len);
	hdr->gso_size = to_le(pkt->gso_size);
	return 0;
}

/* Put the pseudo-header's sum where a device expects it, in TCP. */
static void put_pseudo_sum(u8 *head, const struct transport *t, u32 len)
{
	const u8 *ip = head + ETH_HLEN;
	const u8 *at = ip + offsetof(struct iphdr, saddr);
	const u8 *end = at + 2 * sizeof(__be32);
	u32 sum = IPPROTO_TCP + len;

	if (t->v6) {
		at = ip + offsetof(struct ipv6hdr, saddr);
		end = at + 2 * sizeof(struct in6_addr);
	}
	for (; at < end; at += 2)
		sum += get16(at);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	head[t->start + t->csum] = sum >> 8;
	head[t->start + t->csum + 1] = sum;
}

/**
 * vnet_from_netif() - tell the host what the guest wants done to a packet
 * @pkt:	the guest's, complete and not to be dropped
 * @head:	our private copy of its first bytes; gets the pseudo-header's
 *		sum if the guest wants segments cut and left it out
 * @head_len:	how many, at most its size; VNET_HEAD_BYTES will do
 * @dev:	what the host's device offers
 * @hdr:	filled in, all of it; means nothing on an error
 *
 * Context: any.
 * Return: 0; -EPROTO when the headers do not say what the slots claim;
 * -EOPNOTSUPP when the device cannot do it or the head does not show all
 * headers: the network stack can. On an error @head is as it was.
 */
int vnet_from_netif(const struct netif_tx_packet *pkt, u8 *head,
		    unsigned int head_len, const struct vnet_device *dev,
		    struct virtio_net_hdr_v1 *hdr)
{
	const struct view v = { head, head_len, pkt->size };
	struct transport t;
	int err;

	__builtin_memset(hdr, 0, sizeof(*hdr));
	if (!pkt->csum_blank && !pkt->gso_size)
		return 0;
	err = find_transport(&v, &t);
	if (!err && pkt->gso_size)
		err = set_gso(pkt, &v, &t, dev, hdr);
	if (err)
		return err;
	if (!dev->csum)
		return -EOPNOTSUPP;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = to_le(t.start);
	hdr->csum_offset = to_le(t.csum);
	/* Some front ends leave the flag, and the sum, out of GSO packets. */
	if (!pkt->csum_blank)
		put_pseudo_sum(head, &t, pkt->size - t.start);
	return 0;
}

/* The kind of segments a header speaks of, an error for other than TCP's. */
static int gso_type_of(const struct virtio_net_hdr_v1 *hdr)
{
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return XEN_NETIF_GSO_TYPE_NONE;
	/* A cut segment has a new checksum. */
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || !from_le(hdr->gso_size))
		return -EPROTO;
	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return XEN_NETIF_GSO_TYPE_TCPV4;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return XEN_NETIF_GSO_TYPE_TCPV6;
	}
	return -EPROTO;
}

/* A blank checksum where the guest will find it; segments, if @gso_type. */
static int check_blank(const struct virtio_net_hdr_v1 *hdr,
		       const struct view *v, const struct vnet_guest *guest,
		       int *gso_type)
{
	unsigned int start = from_le(hdr->csum_start);
	unsigned int offset = from_le(hdr->csum_offset);
	struct transport t;
	int len;

	if (start + offset + sizeof(__sum16) > v->size)
		return -EPROTO;
	if (find_transport(v, &t) || start != t.start || offset != t.csum)
		return -EOPNOTSUPP;
	if (*gso_type != XEN_NETIF_GSO_TYPE_NONE) {
		len = segment_headers(v, &t,
				      *gso_type == XEN_NETIF_GSO_TYPE_TCPV6);
		if (len < 0)
			return len;
		if (v->size - len <= from_le(hdr->gso_size))
			*gso_type = XEN_NETIF_GSO_TYPE_NONE;
		else if (!(t.v6 ? guest->tso6 : guest->tso4))
			return -EOPNOTSUPP;
	}
	return (t.v6 ? guest->csum6 : guest->csum4) ? 0 : -EOPNOTSUPP;
}

/**
 * vnet_to_netif() - tell the guest what the host says about a packet
 * @hdr:	our private copy of what the host wrote
 * @head:	the packet's first bytes, where the host may still be writing
 * @head_len:	how many, at most @len; VNET_HEAD_BYTES will do
 * @len:	bytes of the packet
 * @guest:	what the guest takes
 * @pkt:	filled in but for its &netif_rx_packet.fill; untouched on an error
 *
 * The guest is not told of VIRTIO_NET_HDR_GSO_ECN, for which netif has no
 * word. Whether it has buffers for so long a packet is for the caller to see.
 *
 * Context: any.
 * Return: 0; -EPROTO when the host has no business to say so; -EOPNOTSUPP when
 * the guest does not take the packet as it is, or would not find what is to be
 * done. After that a checksum to be filled in is within the packet.
 */
int vnet_to_netif(const struct virtio_net_hdr_v1 *hdr, const u8 *head,
		  unsigned int head_len, u32 len,
		  const struct vnet_guest *guest, struct netif_rx_packet *pkt)
{
	const struct view v = { head, head_len, len };
	bool blank = hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	int gso_type = gso_type_of(hdr);
	int err;

	if (gso_type < 0)
		return gso_type;
	if (len < NETIF_MIN_FRAME || len > NETIF_RX_SLOTS * NETIF_SLOT_BYTES)
		return -EPROTO;
	if (blank) {
		err = check_blank(hdr, &v, guest, &gso_type);
		if (err)
			return err;
	}
	pkt->len = len;
	pkt->csum_blank = blank;
	pkt->validated = hdr->flags & VIRTIO_NET_HDR_F_DATA_VALID;
	pkt->gso_type = gso_type;
	pkt->gso_size = gso_type == XEN_NETIF_GSO_TYPE_NONE ?
			0 : from_le(hdr->gso_size);
	return 0;
}
