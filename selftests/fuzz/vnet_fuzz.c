// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/vnet.c against a hostile guest and a hostile host: the input is what
 * was asked for, what the other side offers, and a packet's head. The head has
 * its very size, so that ASan sees a step beyond. What the guest is told must
 * be true of the packet, and what the host is told must come back as it went.
 *
 *	how[4]	direction, flags, offers; kind of segments; bytes beyond the head
 *	header	struct virtio_net_hdr_v1; from netif, its gso_size is the guest's
 *	head	up to VNET_HEAD_BYTES
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/net/vnet.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

#define MAX_SIZE	65535u

/* Is a TCP or UDP checksum at @start + @offset, as far as a glance can tell? */
static void check_place(const u8 *head, unsigned int head_len, unsigned int start,
			unsigned int offset)
{
	bool v6 = head[12] == 0x86 && head[13] == 0xdd;

	MUST(offset == 16 || offset == 6);
	MUST(head[14] >> 4 == (v6 ? 6 : 4));
	MUST(start + (offset == 16 ? 20 : 8) <= head_len);
	if (v6) {
		MUST(start >= 54 && (start - 54) % 8 == 0);
		MUST(start - 54 <= (unsigned int)(head[18] << 8 | head[19]));
		if (start == 54)
			MUST(head[20] == (offset == 16 ? 6 : 17));
		else
			MUST(head[20] == 0 || head[20] == 43 || head[20] == 60);
	} else {
		MUST(head[12] == 8 && head[13] == 0);
		MUST(start >= 34 && start == 14u + (head[14] & 15) * 4);
		MUST(head[23] == (offset == 16 ? 6 : 17));
		MUST(!(head[20] & 0x3f) && !head[21]);
	}
}

static void check_gso(const u8 *head, unsigned int head_len, u32 size, bool v6,
		      unsigned int start, unsigned int hdr_len, unsigned int gso)
{
	MUST(v6 == (head[12] == 0x86));
	MUST(hdr_len == start + (head[start + 12] >> 4) * 4);
	MUST(hdr_len >= start + 20 && hdr_len <= head_len);
	MUST(size > hdr_len + gso);
}

/* The pseudo-header's sum, modulo 65535 as any that is right */
static unsigned int pseudo_mod(const u8 *head, unsigned int len)
{
	bool v6 = head[12] == 0x86;
	unsigned int at, sum = 6 + len;

	for (at = v6 ? 22 : 26; at < (v6 ? 54 : 34); at++)
		sum += at & 1 ? head[at] : head[at] * 256;
	return sum % 65535;
}

static void from(const struct netif_tx_packet *pkt, u8 *head, const u8 *was,
		 unsigned int head_len, u8 offers)
{
	const struct vnet_guest taker = { true, true, true, true };
	const struct vnet_device dev = {
		offers & 1, offers & 2, offers & 4, offers & 8,
	};
	struct netif_rx_packet back;
	struct virtio_net_hdr_v1 hdr;
	unsigned int start, offset, gso;
	int rc;

	memset(&hdr, 0xa5, sizeof(hdr));
	rc = vnet_from_netif(pkt, head, head_len, &dev, &hdr);
	MUST(!rc || rc == -EPROTO || rc == -EOPNOTSUPP);
	start = from_le(hdr.csum_start);
	offset = from_le(hdr.csum_offset);
	gso = from_le(hdr.gso_size);
	if (!rc && pkt->gso_size && !pkt->csum_blank) {
		MUST(!memcmp(head, was, start + offset));
		MUST(!memcmp(head + start + offset + 2, was + start + offset + 2,
			     head_len - start - offset - 2));
		MUST((head[start + 16] << 8 | head[start + 17]) % 65535 ==
		     pseudo_mod(head, pkt->size - start));
	} else {
		MUST(!memcmp(head, was, head_len));
	}
	if (rc)
		return;
	MUST(hdr.flags == (pkt->csum_blank || pkt->gso_size));
	MUST(!from_le(hdr.num_buffers));
	if (hdr.flags) {
		MUST(dev.csum);
		check_place(head, head_len, start, offset);
	} else {
		MUST(!start && !offset && !hdr.gso_type);
	}
	if (hdr.gso_type) {
		bool v6 = pkt->gso_type == XEN_NETIF_GSO_TYPE_TCPV6;

		MUST((hdr.gso_type & 0x7f) == (v6 ? 4 : 1));
		MUST(v6 ? dev.tso6 : dev.tso4);
		MUST(!(hdr.gso_type & 0x80) ==
		     !(dev.ecn && head[start + 13] & 0x80));
		MUST(offset == 16 && gso == pkt->gso_size && gso >= 36);
		check_gso(head, head_len, pkt->size, v6, start,
			  from_le(hdr.hdr_len), gso);
	} else {
		MUST(!gso && !hdr.hdr_len);
		MUST(!pkt->gso_size ||
		     pkt->size <= start + (head[start + 12] >> 4) * 4 +
				  pkt->gso_size);
	}
	if (pkt->size < NETIF_MIN_FRAME)
		return;
	MUST(!vnet_to_netif(&hdr, head, head_len, pkt->size, &taker, &back));
	MUST(back.csum_blank == hdr.flags && back.gso_size == gso);
	MUST(!gso || back.gso_type == pkt->gso_type);
}

static void to(const struct virtio_net_hdr_v1 *hdr, const u8 *head,
	       unsigned int head_len, u32 size, u8 offers)
{
	const struct vnet_guest guest = {
		offers & 1, offers & 2, offers & 4, offers & 8,
	};
	unsigned int start = from_le(hdr->csum_start);
	unsigned int offset = from_le(hdr->csum_offset);
	struct netif_rx_packet pkt;
	bool v6;
	int rc;

	memset(&pkt, 0xa5, sizeof(pkt));
	rc = vnet_to_netif(hdr, head, head_len, size, &guest, &pkt);
	MUST(!rc || rc == -EPROTO || rc == -EOPNOTSUPP);
	if (rc == -EOPNOTSUPP)
		MUST(hdr->flags & 1 && start + offset + 2 <= size);
	if (rc) {
		MUST(pkt.len == 0xa5a5a5a5);
		return;
	}
	MUST(pkt.len == size && size >= NETIF_MIN_FRAME);
	MUST(pkt.csum_blank == (hdr->flags & 1));
	MUST(pkt.validated == !!(hdr->flags & 2));
	MUST(!pkt.gso_size == (pkt.gso_type == XEN_NETIF_GSO_TYPE_NONE));
	if (!pkt.csum_blank) {
		MUST(!pkt.gso_size && !hdr->gso_type);
		return;
	}
	check_place(head, head_len, start, offset);
	v6 = head[12] == 0x86;
	MUST(v6 ? guest.csum6 : guest.csum4);
	if (pkt.gso_size) {
		MUST(v6 ? guest.tso6 : guest.tso4);
		MUST(offset == 16 && pkt.gso_type == (v6 ? 2 : 1));
		MUST(pkt.gso_size == from_le(hdr->gso_size));
		check_gso(head, head_len, size, v6, start,
			  start + (head[start + 12] >> 4) * 4, pkt.gso_size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct netif_tx_packet pkt = { };
	struct virtio_net_hdr_v1 hdr;
	unsigned int head_len;
	u8 how[4], *head;
	u32 size;

	if (len < sizeof(how) + sizeof(hdr))
		return 0;
	memcpy(how, in, sizeof(how));
	in += sizeof(how);
	memcpy(&hdr, in, sizeof(hdr));
	in += sizeof(hdr);
	len -= sizeof(how) + sizeof(hdr);
	head_len = min_t(unsigned int, len, VNET_HEAD_BYTES);
	size = min(head_len + how[2] + how[3] * 256u, MAX_SIZE);

	head = malloc(head_len);
	memcpy(head, in, head_len);
	if (how[0] & 0x80) {
		pkt.size = size;
		pkt.csum_blank = how[0] & 0x40;
		pkt.validated = how[0] & 0x20;
		if (how[1] & 3) {
			pkt.gso_size = from_le(hdr.gso_size) ?: 1;
			pkt.gso_type = how[1] & 1 ? XEN_NETIF_GSO_TYPE_TCPV4 :
						    XEN_NETIF_GSO_TYPE_TCPV6;
		}
		from(&pkt, head, in, head_len, how[0]);
	} else {
		to(&hdr, head, head_len, size, how[0]);
		MUST(!memcmp(head, in, head_len));
	}
	free(head);
	return 0;
}
