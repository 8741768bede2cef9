/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small frames that come back from the device to be sent again.
 *
 * For a small packet most of the price is the skb itself: to allocate it, to
 * clear it, to free it. So the queue keeps a reference to what it gave a
 * device; once the device has dropped its own, the frame gets the next packet.
 *
 * A driver that lets the same skb be sent over and over (IFF_TX_SKB_SHARING,
 * made for pktgen) leaves it as it was; no other driver gets such a frame.
 */
#ifndef _BLANKET_TX_FRAMES_H
#define _BLANKET_TX_FRAMES_H

#include <linux/netdevice.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>

/* As many as a ring has requests; a power of two. */
#define TX_FRAMES 256
/* Size of the head of a frame that is kept. */
#define TX_FRAME_HEAD SZ_512
/* Most bytes of a packet in it. */
#define TX_FRAME_BYTES (SKB_WITH_OVERHEAD(TX_FRAME_HEAD) - NET_SKB_PAD)

/**
 * struct tx_frames - frames given to the device, its queue's NAPI's
 * @ring:	they, in the order they were sent
 * @first:	the one sent longest ago
 * @nr:		how many
 */
struct tx_frames {
	struct sk_buff *ring[TX_FRAMES];
	unsigned int first;
	unsigned int nr;
};

bool tx_frames_shareable(const struct net_device *dev);
struct sk_buff *tx_frames_take(struct tx_frames *frames);
bool tx_frames_keep(struct tx_frames *frames, struct sk_buff *skb);
void tx_frames_unkeep(struct tx_frames *frames);
void tx_frames_exit(struct tx_frames *frames);

#endif /* _BLANKET_TX_FRAMES_H */
