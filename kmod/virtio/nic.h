/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio network card that one client has to itself, without skbs.
 *
 *	vnic_get()  vnic_start()   hot path below   vnic_stop()  vnic_put()
 *
 *	transmit	vnic_tx_header(), vnic_tx_add() ..., vnic_tx_kick()
 *			vnic_tx_get() ...
 *	receive		vnic_rx_get(), vnic_rx_put_back() ..., vnic_rx_kick()
 *
 * Directions are the card's: transmit leads to the wire. Each direction of a
 * pair of queues belongs to one context at a time, which the client sees to;
 * an event may come while it is there.
 *
 * The device is not trusted. A value from it that cannot be breaks the card:
 * it is logged, no more comes from it, and there is no link.
 */
#ifndef _BLANKET_VIRTIO_NIC_H
#define _BLANKET_VIRTIO_NIC_H

#include <linux/cache.h>
#include <linux/if_ether.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/virtio_net.h>

#include "queue.h"

/* Pieces of a packet to transmit: its headers, and a GSO packet's pages */
#define VNIC_TX_SEGS	20
/* Buffers of a received packet: 64 KiB wherever they begin */
#define VNIC_RX_BUFS	18
/* One page a buffer: nothing in it straddles two machine frames */
#define VNIC_BUF_SIZE	4096u
/* What stands before a packet, either way */
#define VNIC_HDR	sizeof(struct virtio_net_hdr_mrg_rxbuf)
/* Packet headers beside it in a header cell; no cell crosses a page */
#define VNIC_TX_HEAD	(512 - VNIC_HDR)

struct vnic;

/**
 * struct vnic_client_ops - what a card tells its client
 * @tx_event:	the device has transmitted; hard interrupt
 * @rx_event:	the device has received; hard interrupt
 * @tx_reclaim:	vnic_stop() hands back what the device will not transmit
 * @link:	the link went up or down, down for ever if the card broke;
 *		process context, must not wait for who is in vnic_stop()
 * @gone:	the card is being taken away: call vnic_stop() and vnic_put()
 *		soon, from elsewhere, as a work item; must not wait
 *
 * The events are between vnic_start() and vnic_stop(), @gone between
 * vnic_get() and vnic_put().
 */
struct vnic_client_ops {
	void (*tx_event)(void *client, unsigned int pair);
	void (*rx_event)(void *client, unsigned int pair);
	void (*tx_reclaim)(void *client, unsigned int pair, void *cookie);
	void (*link)(void *client, bool up);
	void (*gone)(void *client);
};

/**
 * struct vnic_caps - what a card can do
 * @mac:	its address
 * @mtu:	largest packet without its link layer header
 * @pairs:	pairs of queues
 * @tx_csum:	fills in checksums on transmission
 * @tx_tso4:	cuts TCP over IPv4
 * @tx_tso6:	and over IPv6
 * @rx_csum:	may hand on packets whose checksum is blank or verified
 * @rx_tso4:	may hand on uncut or merged TCP over IPv4
 * @rx_tso6:	and over IPv6
 * @rx_filter:	vnic_set_rx_mode() works
 */
struct vnic_caps {
	u8 mac[ETH_ALEN];
	u16 mtu;
	unsigned int pairs;
	bool tx_csum;
	bool tx_tso4;
	bool tx_tso6;
	bool rx_csum;
	bool rx_tso4;
	bool rx_tso6;
	bool rx_filter;
};

/**
 * struct vnic_buf - a receive buffer of the card's, one page
 * @data:	where the CPU sees it
 * @addr:	where the device does
 * @page:	its page
 */
struct vnic_buf {
	void *data;
	dma_addr_t addr;
	struct page *page;
};

/**
 * struct vnic_rx_frag - a piece of a received packet
 * @buf:	in which buffer
 * @offset:	where there
 * @len:	bytes
 */
struct vnic_rx_frag {
	struct vnic_buf *buf;
	u16 offset;
	u16 len;
};

/**
 * struct vnic_packet - a received packet
 * @hdr:	private copy of what the device says of it; but for num_buffers
 *		it was not checked
 * @len:	bytes, link layer header included
 * @nr:		pieces
 * @frags:	its pieces, none empty; the first has the link layer header
 */
struct vnic_packet {
	struct virtio_net_hdr_mrg_rxbuf hdr;
	u32 len;
	unsigned int nr;
	struct vnic_rx_frag frags[VNIC_RX_BUFS];
};

/**
 * struct vnic_tx_cell - where a packet's headers are put together
 * @hdr:	for the device
 * @head:	the packet's first bytes
 */
struct vnic_tx_cell {
	struct virtio_net_hdr_mrg_rxbuf hdr;
	u8 head[VNIC_TX_HEAD];
};

/**
 * struct vnic_queue - a pair of queues
 * @tx:		to transmit
 * @cells:	header cells, as many as @tx has descriptors
 * @cells_addr:	their bus address
 * @rx:		to receive
 * @rx_merge:	a packet may be in several buffers
 * @rx_sync:	the CPU sees a buffer only after dma_sync
 * @bufs:	receive buffers, as many as @rx has descriptors
 * @nic:	whose
 * @index:	number of the pair
 * @ops:	client's
 * @client:	client
 */
struct vnic_queue {
	struct vqueue tx ____cacheline_aligned;
	struct vnic_tx_cell *cells;
	dma_addr_t cells_addr;

	struct vqueue rx ____cacheline_aligned;
	bool rx_merge;
	bool rx_sync;
	struct vnic_buf *bufs;

	struct vnic *nic;
	unsigned int index;
	const struct vnic_client_ops *ops;
	void *client;
};

struct vnic *vnic_get(const char *name, const char *user,
		      const struct vnic_client_ops *ops, void *client);
void vnic_put(struct vnic *nic);
void vnic_caps(struct vnic *nic, struct vnic_caps *caps);
int vnic_start(struct vnic *nic, unsigned int pairs, u64 unwanted);
void vnic_stop(struct vnic *nic);
struct vnic_queue *vnic_queue(struct vnic *nic, unsigned int pair);
bool vnic_link(struct vnic *nic);
int vnic_set_rx_mode(struct vnic *nic, bool promisc, bool allmulti);
void vnic_break(struct vnic *nic, const char *why);

bool vnic_tx_arm(struct vnic_queue *q, unsigned int after);
void vnic_tx_disarm(struct vnic_queue *q);
bool vnic_rx_arm(struct vnic_queue *q);
void vnic_rx_disarm(struct vnic_queue *q);

/* out of line parts of what is below */
void vnic_rx_sync_cpu(struct vnic_queue *q, const struct vnic_buf *buf);
void vnic_rx_sync_device(struct vnic_queue *q, const struct vnic_buf *buf);
bool vnic_rx_get_more(struct vnic_queue *q, struct vnic_packet *packet);
bool vnic_rx_nothing(struct vnic_queue *q);
bool vnic_rx_bad(struct vnic_queue *q, const char *why);
bool vnic_tx_nothing(struct vnic_queue *q);

/**
 * vnic_tx_slots() - how many header cells there are
 * @q:		the queues
 *
 * Return: as many as packets can be with the device.
 */
static inline unsigned int vnic_tx_slots(const struct vnic_queue *q)
{
	return q->tx.vr.size;
}

/**
 * vnic_tx_header() - a header cell
 * @q:		the queues
 * @slot:	which, below vnic_tx_slots()
 *
 * Whose it is at a time is the client's business; between vnic_tx_add() and
 * vnic_tx_get() it is the device's.
 *
 * Return: the cell, in memory that the device reads.
 */
static inline struct vnic_tx_cell *vnic_tx_header(const struct vnic_queue *q,
						  unsigned int slot)
{
	return &q->cells[slot];
}

/**
 * vnic_tx_header_addr() - a header cell as the device sees it
 * @q:		the queues
 * @slot:	which, below vnic_tx_slots()
 *
 * Return: its bus address.
 */
static inline u64 vnic_tx_header_addr(const struct vnic_queue *q,
				      unsigned int slot)
{
	return q->cells_addr + slot * sizeof(struct vnic_tx_cell);
}

/**
 * vnic_tx_room() - how many packets fit
 * @q:		the queues
 *
 * Return: free descriptors. A packet takes one, or, if the device has no
 * indirect ones, as many as it has pieces.
 */
static inline unsigned int vnic_tx_room(const struct vnic_queue *q)
{
	return vring_room(&q->tx.vr);
}

/**
 * vnic_tx_add() - a packet to transmit, not yet visible to the device
 * @q:		the queues
 * @segs:	its pieces by bus address, the first beginning with the
 *		struct virtio_net_hdr_mrg_rxbuf
 * @nr:		how many, at most VNIC_TX_SEGS
 * @cookie:	what vnic_tx_get() gives back
 *
 * Return: 0, or -ENOSPC if it does not fit or the card is broken.
 */
static __always_inline int vnic_tx_add(struct vnic_queue *q,
				       const struct vring_seg *segs,
				       unsigned int nr, void *cookie)
{
	return vring_add(&q->tx.vr, segs, nr, 0, cookie);
}

/**
 * vnic_tx_kick() - let the device see what was added
 * @q:		the queues
 */
static __always_inline void vnic_tx_kick(struct vnic_queue *q)
{
	vqueue_kick(&q->tx);
}

/**
 * vnic_tx_get() - the next packet the device is done with
 * @q:		the queues
 * @cookie:	as given to vnic_tx_add()
 *
 * Return: true if there was one.
 */
static __always_inline bool vnic_tx_get(struct vnic_queue *q, void **cookie)
{
	u32 len;

	return likely(vring_get(&q->tx.vr, cookie, &len)) ||
	       vnic_tx_nothing(q);
}

/**
 * vnic_rx_get() - the next packet received
 * @q:		the queues
 * @packet:	what it is
 *
 * Its buffers are the client's until it gives each to vnic_rx_put_back().
 *
 * Return: true if there was one.
 */
static __always_inline bool vnic_rx_get(struct vnic_queue *q,
					struct vnic_packet *packet)
{
	const struct virtio_net_hdr_mrg_rxbuf *hdr;
	struct vnic_buf *buf;
	void *cookie;
	u32 len;

	if (!vring_get(&q->rx.vr, &cookie, &len))
		return vnic_rx_nothing(q);
	buf = cookie;
	if (unlikely(len < VNIC_HDR + ETH_HLEN))
		return vnic_rx_bad(q, "received less than a header");
	if (unlikely(q->rx_sync))
		vnic_rx_sync_cpu(q, buf);
	hdr = buf->data;
	packet->hdr = *hdr;
	barrier(); /* what is checked is the copy */
	packet->len = len - VNIC_HDR;
	packet->nr = 1;
	packet->frags[0].buf = buf;
	packet->frags[0].offset = VNIC_HDR;
	packet->frags[0].len = len - VNIC_HDR;
	if (likely(packet->hdr.num_buffers == __cpu_to_virtio16(true, 1)))
		return true;
	return vnic_rx_get_more(q, packet);
}

/**
 * vnic_rx_put_back() - a buffer may be received into again
 * @q:		the queues
 * @buf:	buffer that came with a packet of theirs
 */
static __always_inline void vnic_rx_put_back(struct vnic_queue *q,
					     struct vnic_buf *buf)
{
	if (unlikely(q->rx_sync))
		vnic_rx_sync_device(q, buf);
	/* there is room for each, unless the card is broken */
	vring_add_one(&q->rx.vr, buf->addr, VNIC_BUF_SIZE, true, buf);
}

/**
 * vnic_rx_kick() - let the device see what was put back
 * @q:		the queues
 */
static __always_inline void vnic_rx_kick(struct vnic_queue *q)
{
	vqueue_kick(&q->rx);
}

#endif /* _BLANKET_VIRTIO_NIC_H */
