/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a guest wants its packets spread over its queues, pure: what it asks for
 * on its control ring, and the hash that comes of it.
 *
 *	request --netif_ctrl_handle()--> struct netif_hash
 *	packet --netif_flow_parse()--> struct netif_flow
 *	                   netif_hash() --> value --netif_hash_queue()--> queue
 *
 * Source of the protocol: <xen/interface/io/netif.h>. The hash is Toeplitz's,
 * as in Microsoft's receive side scaling.
 */
#ifndef _BLANKET_HASH_H
#define _BLANKET_HASH_H

#include <linux/types.h>
#include <xen/interface/io/netif.h>

#define NETIF_HASH_KEY_BYTES	40u
#define NETIF_HASH_MAP_ENTRIES	128u
/* IPv6's addresses and TCP's ports */
#define NETIF_FLOW_BYTES	36u
#define NETIF_FLOW_NIBBLES	(NETIF_FLOW_BYTES * 2)
/* An IPv4 header with all options it can have, and TCP's ports. */
#define NETIF_FLOW_HEADERS	64u
/* Most that a control request refers to in the guest's memory. */
#define NETIF_CTRL_DATA		(NETIF_HASH_MAP_ENTRIES * 4)

/**
 * struct netif_flow - what of a packet is hashed
 * @bytes:	addresses and ports, as they are on the wire
 * @len:	bytes; 0: there is nothing to be hashed
 * @type:	_XEN_NETIF_CTRL_HASH_TYPE_*, with @len
 */
struct netif_flow {
	u8 bytes[NETIF_FLOW_BYTES];
	u8 len;
	u8 type;
};

/**
 * struct netif_hash - what a guest has asked for
 * @toeplitz:	an algorithm is chosen
 * @types:	what is to be hashed, bits XEN_NETIF_CTRL_HASH_TYPE_*
 * @nr_map:	entries of @map in use; 0: hash modulo the number of queues
 * @map:	queue of each hash modulo @nr_map
 * @nibble:	what four bits of a flow, at each place, do to the hash: it comes
 *		of the key, which need not be kept
 */
struct netif_hash {
	bool toeplitz;
	u8 types;
	u8 nr_map;
	u8 map[NETIF_HASH_MAP_ENTRIES];
	u32 nibble[NETIF_FLOW_NIBBLES][16];
};

/** netif_hash_wanted() - is there anything to be hashed? */
static inline bool netif_hash_wanted(const struct netif_hash *hash)
{
	return hash->toeplitz && hash->types;
}

/**
 * netif_hash() - hash a flow
 * @hash:	with a key
 * @flow:	with something in it
 *
 * Return: the hash.
 */
static inline u32 netif_hash(const struct netif_hash *hash,
			     const struct netif_flow *flow)
{
	u32 value = 0;
	unsigned int i;

	for (i = 0; i < flow->len; i++)
		value ^= hash->nibble[2 * i][flow->bytes[i] >> 4] ^
			 hash->nibble[2 * i + 1][flow->bytes[i] & 15];
	return value;
}

/**
 * netif_hash_queue() - which queue does a packet go to?
 * @hash:	what the guest wants
 * @value:	the packet's hash, 0 if it has none
 * @nr_queues:	how many it has, not 0
 *
 * Return: its number.
 */
static inline unsigned int netif_hash_queue(const struct netif_hash *hash,
					    u32 value, unsigned int nr_queues)
{
	return hash->nr_map ? hash->map[value % hash->nr_map] :
			      value % nr_queues;
}

void netif_flow_parse(struct netif_flow *flow, const u8 *ip, unsigned int len,
		      unsigned int types);
unsigned int netif_ctrl_wants(const struct xen_netif_ctrl_request *req);
void netif_ctrl_handle(struct netif_hash *hash, unsigned int nr_queues,
		       const struct xen_netif_ctrl_request *req, const u8 *data,
		       struct xen_netif_ctrl_response *rsp);

#endif /* _BLANKET_HASH_H */
