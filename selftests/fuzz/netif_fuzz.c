// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/netif.c against a hostile ring: the input is a sequence of slots,
 * 12 bytes each, parsed packet after packet as the backend does. Whatever the
 * guest wrote, a finished packet must keep the promises of netif.h.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/net/netif.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void check_complete(const struct netif_tx_packet *pkt, unsigned int fed)
{
	u32 sum = 0;
	int i;

	MUST(netif_tx_slots(pkt) == fed);
	MUST(pkt->nr_ids >= 1 && pkt->nr_ids < NETIF_TX_SLOTS_FATAL);
	MUST(pkt->nr_extras < XEN_NETIF_EXTRA_TYPE_MAX);
	MUST(pkt->nr_frags <= NETIF_TX_SLOTS_LEGAL);
	MUST(!pkt->drop == !pkt->why);
	if (pkt->mcast) {
		MUST(pkt->mcast == XEN_NETIF_EXTRA_TYPE_MCAST_ADD ||
		     pkt->mcast == XEN_NETIF_EXTRA_TYPE_MCAST_DEL);
		MUST(pkt->nr_extras && !pkt->nr_frags);
		return;
	}
	for (i = 0; i < pkt->nr_frags; i++) {
		MUST(pkt->frags[i].len);
		MUST(pkt->frags[i].offset + pkt->frags[i].len <= NETIF_SLOT_BYTES);
		sum += pkt->frags[i].len;
	}
	if (pkt->drop)
		return;
	MUST(sum == pkt->size);
	MUST(pkt->size >= NETIF_MIN_FRAME);
	MUST(!pkt->gso_size == (pkt->gso_type == XEN_NETIF_GSO_TYPE_NONE));
}

static void check_rx(const u8 *in)
{
	struct netif_rx_packet pkt = {
		.len = in[0] | in[1] << 8 | (in[2] & 1) << 16,
		.gso_size = in[3] | in[4] << 8,
		.gso_type = in[5],
		.csum_blank = in[6] & 1,
		.validated = in[6] & 2,
	};
	struct xen_netif_rx_response rsp;
	struct netif_rx_cursor cur;
	unsigned int i, n;
	u32 sum = 0;

	/* Pieces as long as the input's bytes say, none longer than a page. */
	if (pkt.len > NETIF_RX_SLOTS * NETIF_SLOT_BYTES)
		pkt.len = NETIF_RX_SLOTS * NETIF_SLOT_BYTES;
	n = netif_rx_data_slots(&pkt);
	netif_rx_begin(&pkt, &cur);
	for (i = 0; cur.left; i++) {
		unsigned int len = 1 + in[i % 7] * 16;

		if (len > cur.left)
			len = cur.left;
		len = netif_rx_place(&pkt, &cur, len);
		MUST(len && cur.slot < n && pkt.fill[cur.slot] <= NETIF_SLOT_BYTES);
	}
	for (i = 0; i < n; i++) {
		netif_rx_data(&pkt, i, i, true, &rsp);
		MUST(rsp.status > 0 && rsp.status <= (int)NETIF_SLOT_BYTES);
		MUST(!(rsp.flags & XEN_NETRXF_more_data) == (i == n - 1));
		sum += rsp.status;
	}
	MUST(sum == pkt.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct xen_netif_tx_request slot;
	struct netif_tx_packet pkt;
	unsigned int fed = 0;

	if (len >= 7)
		check_rx(in);
	netif_tx_begin(&pkt);
	for (; len >= sizeof(slot); in += sizeof(slot), len -= sizeof(slot)) {
		memcpy(&slot, in, sizeof(slot));
		fed++;
		switch (netif_tx_feed(&pkt, &slot)) {
		case NETIF_TX_MORE:
			MUST(fed < NETIF_TX_SLOTS_FATAL + XEN_NETIF_EXTRA_TYPE_MAX);
			break;
		case NETIF_TX_COMPLETE:
			check_complete(&pkt, fed);
			netif_tx_begin(&pkt);
			fed = 0;
			break;
		case NETIF_TX_FATAL:
			MUST(pkt.why);
			return 0;
		}
	}
	return 0;
}
