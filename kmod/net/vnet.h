/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between netif's offloads and virtio's, pure. No kernel types beyond the
 * ABIs', no I/O, no allocation, so that the same file is linked into the
 * module, the unit test and the fuzzer.
 *
 * Sources: <xen/interface/io/netif.h>; OASIS virtio 1.2, section 5.1.6, whose
 * header has little-endian fields. struct virtio_net_hdr_mrg_rxbuf is the same
 * twelve bytes under older names.
 *
 * Neither the guest nor the host is trusted. Both results, -EPROTO and
 * -EOPNOTSUPP, leave a packet to the caller: it is a lie, or it is beyond what
 * can be said on the other side and wants the network stack.
 */
#ifndef _BLANKET_VNET_H
#define _BLANKET_VNET_H

#include <linux/errno.h>
#include <linux/types.h>
#include <linux/virtio_net.h>

#include "netif.h"

/* So much of a packet shows its headers: all but IPv6's longest. */
#define VNET_HEAD_BYTES		256u
/* Smaller segments are refused, as in tx_packet.c: 48 less a timestamp. */
#define VNET_GSO_MIN		36u

/**
 * struct vnet_device - what the host does with a packet we send
 * @csum:	VIRTIO_NET_F_CSUM
 * @tso4:	VIRTIO_NET_F_HOST_TSO4
 * @tso6:	VIRTIO_NET_F_HOST_TSO6
 * @ecn:	VIRTIO_NET_F_HOST_ECN; without it, segments with CWR go as others
 */
struct vnet_device {
	bool csum;
	bool tso4;
	bool tso6;
	bool ecn;
};

/**
 * struct vnet_guest - what a guest takes
 * @csum4:	blank checksums in IPv4: no "feature-no-csum-offload"
 * @csum6:	in IPv6: "feature-ipv6-csum-offload"
 * @tso4:	"feature-gso-tcpv4"; without @csum4 it means nothing
 * @tso6:	"feature-gso-tcpv6"; without @csum6 it means nothing
 */
struct vnet_guest {
	bool csum4;
	bool csum6;
	bool tso4;
	bool tso6;
};

int vnet_from_netif(const struct netif_tx_packet *pkt, u8 *head,
		    unsigned int head_len, const struct vnet_device *dev,
		    struct virtio_net_hdr_v1 *hdr);
int vnet_to_netif(const struct virtio_net_hdr_v1 *hdr, const u8 *head,
		  unsigned int head_len, u32 len,
		  const struct vnet_guest *guest, struct netif_rx_packet *pkt);

#endif /* _BLANKET_VNET_H */
