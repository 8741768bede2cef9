/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netif protocol, pure: what a guest's slots mean and whether they may
 * mean it. No kernel types beyond the ABI's, no I/O, no allocation, so that
 * the same file is linked into the module, the unit test and the fuzzer.
 *
 * Source of the protocol: <xen/interface/io/netif.h>.
 */
#ifndef _BLANKET_NETIF_H
#define _BLANKET_NETIF_H

#include <linux/types.h>
#include <xen/interface/io/netif.h>

/* A slot describes at most one page of the ABI, whatever ours is. */
#define NETIF_SLOT_BYTES	4096u
/* What front ends since Linux 2.6.18 may use for one packet ... */
#define NETIF_TX_SLOTS_LEGAL	18u
/* ... and from where on a guest is taken to be hostile. */
#define NETIF_TX_SLOTS_FATAL	20u
/* What a guest may be sent: the stack's longest packet, an Ethernet header. */
#define NETIF_RX_SLOTS		17u
/* Most that a guest's XDP program may want before a packet. */
#define NETIF_HEADROOM_MAX	1024u
/* Shorter than an Ethernet header is no frame. */
#define NETIF_MIN_FRAME		14u

/** struct netif_tx_frag - a piece of a packet in the guest's memory */
struct netif_tx_frag {
	u32 ref;
	u16 offset;
	u16 len;
};

/**
 * enum netif_tx_verdict - what netif_tx_feed() thinks of the slots so far
 * @NETIF_TX_MORE:	the packet goes on in the next slot
 * @NETIF_TX_COMPLETE:	the packet is whole; see &netif_tx_packet.drop
 * @NETIF_TX_FATAL:	no honest front end writes this: stop serving the device
 */
enum netif_tx_verdict {
	NETIF_TX_MORE,
	NETIF_TX_COMPLETE,
	NETIF_TX_FATAL,
};

/**
 * struct netif_tx_packet - one packet a guest asks us to send
 * @frags:	its pieces in order, none of them empty once it is complete
 * @ids:	id of each data slot, one response is owed to each
 * @size:	bytes in all
 * @left:	bytes not yet claimed by slots after the first (parser's own)
 * @nr_frags:	pieces
 * @nr_ids:	data slots
 * @nr_extras:	extra slots; each is owed a null response
 * @gso_size:	bytes per segment, 0 for a packet that is not to be segmented
 * @gso_type:	XEN_NETIF_GSO_TYPE_*
 * @csum_blank:	the guest left the checksum to us
 * @validated:	the guest vouches for the checksum
 * @mcast:	XEN_NETIF_EXTRA_TYPE_MCAST_ADD or _DEL: no packet but a change of
 *		the multicast addresses that the guest listens to; else 0
 * @mcast_addr:	the address, with @mcast
 * @drop:	well-formed as slots go, but not a packet: answer with an error
 * @expect_extra: the next slot is an extra (parser's own)
 * @expect_data: a data slot is still to come (parser's own)
 * @why:	static text: why it is fatal or to be dropped, else NULL
 */
struct netif_tx_packet {
	struct netif_tx_frag frags[NETIF_TX_SLOTS_LEGAL];
	u16 ids[NETIF_TX_SLOTS_FATAL];
	u32 size;
	u32 left;
	u8 nr_frags;
	u8 nr_ids;
	u8 nr_extras;
	u16 gso_size;
	u8 gso_type;
	bool csum_blank;
	bool validated;
	u8 mcast;
	u8 mcast_addr[6];
	bool drop;
	bool expect_extra;
	bool expect_data;
	const char *why;
};

void netif_tx_begin(struct netif_tx_packet *pkt);
enum netif_tx_verdict
netif_tx_feed(struct netif_tx_packet *pkt,
	      const struct xen_netif_tx_request *slot);

/** netif_tx_slots() - ring slots that @pkt took */
static inline unsigned int netif_tx_slots(const struct netif_tx_packet *pkt)
{
	return pkt->nr_ids + pkt->nr_extras;
}

/**
 * netif_ring_overflow() - does a producer index claim more than a ring holds?
 * @req_prod:	the guest's producer index, read once
 * @rsp_prod:	our own response producer
 * @size:	entries of the ring, a power of two
 *
 * Return: true for a hostile or broken front end.
 */
static inline bool netif_ring_overflow(u32 req_prod, u32 rsp_prod, u32 size)
{
	return req_prod - rsp_prod > size;
}

/**
 * struct netif_rx_packet - one packet on its way into a guest
 * @len:	bytes
 * @gso_size:	bytes per segment or 0
 * @gso_type:	XEN_NETIF_GSO_TYPE_*, with @gso_size
 * @csum_blank:	its checksum is not filled in
 * @validated:	its checksum is known to be good
 * @headroom:	bytes left free before it for the guest's XDP program; such a
 *		packet fits one slot
 * @hashed:	@hash is valid, and the guest wants to know
 * @hash_type:	what of it was hashed, _XEN_NETIF_CTRL_HASH_TYPE_*
 * @hash:	its Toeplitz hash
 * @fill:	bytes in each data slot, in order; together @len
 */
struct netif_rx_packet {
	u32 len;
	u16 gso_size;
	u8 gso_type;
	bool csum_blank;
	bool validated;
	u16 headroom;
	bool hashed;
	u8 hash_type;
	u32 hash;
	u16 fill[NETIF_RX_SLOTS];
};

/** netif_rx_data_slots() - ring slots that carry @pkt's bytes */
static inline unsigned int
netif_rx_data_slots(const struct netif_rx_packet *pkt)
{
	return (pkt->len + NETIF_SLOT_BYTES - 1) / NETIF_SLOT_BYTES;
}

/**
 * struct netif_rx_cursor - how far a packet has been laid out in its slots
 * @slot:	the data slot that is being filled
 * @left:	bytes of the packet that have no place yet
 */
struct netif_rx_cursor {
	unsigned int slot;
	u32 left;
};

/** netif_rx_begin() - lay out @pkt anew */
static inline void netif_rx_begin(struct netif_rx_packet *pkt,
				  struct netif_rx_cursor *cur)
{
	pkt->fill[0] = 0;
	cur->slot = 0;
	cur->left = pkt->len;
}

/**
 * netif_rx_place() - where does a packet's next piece go?
 * @pkt:	the packet, of at most NETIF_RX_SLOTS slots
 * @cur:	from netif_rx_begin(); its slot is where the piece goes
 * @len:	bytes of the piece, which lie in one page
 *
 * What does not fit in what is left of a slot starts the next one, so that a
 * page is copied into one buffer, if the packet takes no more slots for it.
 *
 * Return: how many of the bytes go there, at the offset that
 * &netif_rx_packet.fill had; it is advanced.
 */
static inline unsigned int netif_rx_place(struct netif_rx_packet *pkt,
					  struct netif_rx_cursor *cur,
					  unsigned int len)
{
	u32 after = (cur->slot + 1) * NETIF_SLOT_BYTES + cur->left;
	unsigned int room = NETIF_SLOT_BYTES - pkt->fill[cur->slot];

	if (len > room) {
		if (!room || after <= netif_rx_data_slots(pkt) * NETIF_SLOT_BYTES) {
			pkt->fill[++cur->slot] = 0;
			room = NETIF_SLOT_BYTES;
		}
		if (len > room)
			len = room;
	}
	pkt->fill[cur->slot] += len;
	cur->left -= len;
	return len;
}

/** netif_rx_extras() - extra slots that follow @pkt's first */
static inline unsigned int netif_rx_extras(const struct netif_rx_packet *pkt)
{
	return (pkt->gso_size != 0) + (pkt->headroom != 0) + pkt->hashed;
}

/** netif_rx_slots() - ring slots @pkt takes, its extras included */
static inline unsigned int netif_rx_slots(const struct netif_rx_packet *pkt)
{
	return netif_rx_data_slots(pkt) + netif_rx_extras(pkt);
}

/**
 * netif_rx_room() - bytes of a packet that fit one slot
 * @headroom:	bytes the guest wants left free, at most NETIF_HEADROOM_MAX
 *
 * Return: bytes.
 */
static inline unsigned int netif_rx_room(unsigned int headroom)
{
	return NETIF_SLOT_BYTES - headroom;
}

void netif_rx_data(const struct netif_rx_packet *pkt, unsigned int i, u16 id,
		   bool copied, struct xen_netif_rx_response *rsp);
void netif_rx_extra(const struct netif_rx_packet *pkt, unsigned int i,
		    struct xen_netif_extra_info *extra);

#endif /* _BLANKET_NETIF_H */
