// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/net/hash.c against a hostile control ring and any packet. The input is
 * requests of 14 bytes each, the last two saying which; the last of them may
 * read what is left as the guest's page, and that is also the packet.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/net/hash.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

#define QUEUES 3

static void check(const struct netif_hash *hash, const u8 *packet, size_t len)
{
	struct netif_flow flow;
	u32 value = 0;
	u8 *copy;

	/* Its very end, so that a byte too far is seen. */
	if (len > NETIF_FLOW_HEADERS)
		len = NETIF_FLOW_HEADERS;
	copy = malloc(len ?: 1);
	memcpy(copy, packet, len);
	netif_flow_parse(&flow, copy, len, hash->types);
	free(copy);
	if (flow.len) {
		MUST(flow.len <= NETIF_FLOW_BYTES);
		MUST(hash->types & 1u << flow.type);
		value = netif_hash(hash, &flow);
	}
	MUST(netif_hash_queue(hash, value, QUEUES) < QUEUES);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct netif_hash hash = { };

	while (len >= 14) {
		struct xen_netif_ctrl_request req = { .id = 5 };
		struct xen_netif_ctrl_response rsp;
		unsigned int wants;
		u8 *data = NULL;

		memcpy(req.data, in, sizeof(req.data));
		memcpy(&req.type, in + 12, sizeof(req.type));
		in += 14;
		len -= 14;
		wants = netif_ctrl_wants(&req);
		MUST(wants <= NETIF_CTRL_DATA);
		if (wants && wants <= len) {
			data = malloc(wants);
			memcpy(data, in, wants);
		}
		netif_ctrl_handle(&hash, QUEUES, &req, data, &rsp);
		free(data);
		MUST(rsp.id == 5 && rsp.type == req.type);
		MUST(rsp.status <= XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW);
		MUST(hash.nr_map <= NETIF_HASH_MAP_ENTRIES);
	}
	check(&hash, in, len);
	return 0;
}
