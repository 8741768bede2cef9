// SPDX-License-Identifier: GPL-2.0-only
/* How a guest wants its packets spread over its queues, pure. See hash.h. */
#include "hash.h"

#define ALL_TYPES (XEN_NETIF_CTRL_HASH_TYPE_IPV4 |			\
		   XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP |			\
		   XEN_NETIF_CTRL_HASH_TYPE_IPV6 |			\
		   XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

#define PROTO_TCP	6
#define PORTS_BYTES	4

/* --- what is hashed ----------------------------------------------------- */

/* The longest kind of flow that is wanted and that the packet has. */
static void take(struct netif_flow *flow, const u8 *addrs, unsigned int len,
		 const u8 *ports, unsigned int types, u8 type, u8 type_tcp)
{
	if (ports && types & 1u << type_tcp) {
		flow->type = type_tcp;
	} else if (types & 1u << type) {
		flow->type = type;
		ports = NULL;
	} else {
		return;
	}
	__builtin_memcpy(flow->bytes, addrs, len);
	if (ports) {
		__builtin_memcpy(flow->bytes + len, ports, PORTS_BYTES);
		len += PORTS_BYTES;
	}
	flow->len = len;
}

static void parse_ip4(struct netif_flow *flow, const u8 *ip, unsigned int len,
		      unsigned int types)
{
	unsigned int header = (ip[0] & 15) * 4;
	/* Only the first of its fragments has the ports; they stay together. */
	bool fragment = (ip[6] & 0x3f) | ip[7];
	const u8 *ports = NULL;

	if (header < 20)
		return;
	if (ip[9] == PROTO_TCP && !fragment && len >= header + PORTS_BYTES)
		ports = ip + header;
	take(flow, ip + 12, 8, ports, types, _XEN_NETIF_CTRL_HASH_TYPE_IPV4,
	     _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
}

static void parse_ip6(struct netif_flow *flow, const u8 *ip, unsigned int len,
		      unsigned int types)
{
	const u8 *ports = NULL;

	if (ip[6] == PROTO_TCP && len >= 40 + PORTS_BYTES)
		ports = ip + 40;
	take(flow, ip + 8, 32, ports, types, _XEN_NETIF_CTRL_HASH_TYPE_IPV6,
	     _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP);
}

/**
 * netif_flow_parse() - find what of a packet is to be hashed
 * @flow:	filled in; its length is 0 if there is nothing
 * @ip:		the packet from its IP header on
 * @len:	bytes of it that can be read; NETIF_FLOW_HEADERS are enough
 * @types:	what the guest wants hashed
 *
 * Context: any.
 */
void netif_flow_parse(struct netif_flow *flow, const u8 *ip, unsigned int len,
		      unsigned int types)
{
	flow->len = 0;
	if (len >= 20 && ip[0] >> 4 == 4)
		parse_ip4(flow, ip, len, types);
	else if (len >= 40 && ip[0] >> 4 == 6)
		parse_ip6(flow, ip, len, types);
}

/* --- what the guest asks for -------------------------------------------- */

static bool key_bit(const u8 *key, unsigned int len, unsigned int bit)
{
	return bit / 8 < len && key[bit / 8] >> (7 - bit % 8) & 1;
}

/* The 32 bits of the key that begin there. */
static u32 key_window(const u8 *key, unsigned int len, unsigned int bit)
{
	unsigned int i;
	u32 window = 0;

	for (i = 0; i < 32; i++)
		window = window << 1 | key_bit(key, len, bit + i);
	return window;
}

static void set_key(struct netif_hash *hash, const u8 *key, unsigned int len)
{
	unsigned int i, value, bit;

	for (i = 0; i < NETIF_FLOW_NIBBLES; i++) {
		u32 window[4];

		for (bit = 0; bit < 4; bit++)
			window[bit] = key_window(key, len, i * 4 + bit);
		for (value = 0; value < 16; value++) {
			hash->nibble[i][value] = 0;
			for (bit = 0; bit < 4; bit++)
				if (value & 8 >> bit)
					hash->nibble[i][value] ^= window[bit];
		}
	}
}

static u32 set_map_size(struct netif_hash *hash, u32 nr)
{
	if (nr > NETIF_HASH_MAP_ENTRIES)
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	__builtin_memset(hash->map, 0, sizeof(hash->map));
	hash->nr_map = nr;
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

static u32 entry(const u8 *data, unsigned int i)
{
	u32 value;

	__builtin_memcpy(&value, data + i * sizeof(value), sizeof(value));
	return value;
}

static u32 set_map(struct netif_hash *hash, unsigned int nr_queues,
		   const u8 *data, u32 nr, u32 first)
{
	u32 i;

	if (nr > NETIF_HASH_MAP_ENTRIES)
		return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
	if (first > hash->nr_map || nr > hash->nr_map - first || (nr && !data))
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	/* All of it or nothing. */
	for (i = 0; i < nr; i++)
		if (entry(data, i) >= nr_queues)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	for (i = 0; i < nr; i++)
		hash->map[first + i] = entry(data, i);
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

/**
 * netif_ctrl_wants() - how much of the guest's memory a request refers to
 * @req:	our private copy
 *
 * Return: bytes of the page that its first word grants, from its beginning on,
 * at most NETIF_CTRL_DATA; 0 if there are none, or too many.
 */
unsigned int netif_ctrl_wants(const struct xen_netif_ctrl_request *req)
{
	u32 nr = req->data[1];

	if (req->type == XEN_NETIF_CTRL_TYPE_SET_HASH_KEY)
		return nr <= NETIF_HASH_KEY_BYTES ? nr : 0;
	if (req->type == XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING)
		return nr <= NETIF_HASH_MAP_ENTRIES ? nr * sizeof(u32) : 0;
	return 0;
}

/**
 * netif_ctrl_handle() - do what a control request asks for
 * @hash:	what the guest wants so far
 * @nr_queues:	how many queues it has; 0: hashing is not for us to do
 * @req:	our private copy
 * @data:	netif_ctrl_wants() bytes of the guest's; NULL if there are none, or
 *		if they could not be read
 * @rsp:	the response
 *
 * Context: any.
 */
void netif_ctrl_handle(struct netif_hash *hash, unsigned int nr_queues,
		       const struct xen_netif_ctrl_request *req, const u8 *data,
		       struct xen_netif_ctrl_response *rsp)
{
	u32 value = req->data[0], status = XEN_NETIF_CTRL_STATUS_SUCCESS;

	rsp->id = req->id;
	rsp->type = req->type;
	rsp->data = 0;
	switch (nr_queues ? req->type : XEN_NETIF_CTRL_TYPE_INVALID) {
	case XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
		if (value == XEN_NETIF_CTRL_HASH_ALGORITHM_NONE ||
		    value == XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ)
			hash->toeplitz = value;
		else
			status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		break;
	case XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS:
		if (hash->toeplitz)
			rsp->data = ALL_TYPES;
		else
			status = XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
		break;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS:
		if (hash->toeplitz && !(value & ~ALL_TYPES))
			hash->types = value;
		else
			status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		break;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
		if (req->data[1] > NETIF_HASH_KEY_BYTES)
			status = XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
		else if (req->data[1] && !data)
			status = XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		else
			set_key(hash, data, req->data[1]);
		break;
	case XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE:
		rsp->data = NETIF_HASH_MAP_ENTRIES;
		break;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE:
		status = set_map_size(hash, value);
		break;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
		status = set_map(hash, nr_queues, data, req->data[1],
				 req->data[2]);
		break;
	default:
		status = XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
	}
	rsp->status = status;
}
