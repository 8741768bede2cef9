/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software GRO on an uplink: on while there is TCP to merge.
 *
 * GRO looks at every frame. Where the host hands on merged packets (virtio's
 * guest offloads) it still makes bulk TCP cheaper, and finds nothing in all
 * else. It is a feature of the device, so it follows what guests receive.
 */
#ifndef _BLANKET_UPLINK_GRO_H
#define _BLANKET_UPLINK_GRO_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

/* Frames between judgements, and which of them are looked at. */
#define UPLINK_GRO_FRAMES	512
#define UPLINK_GRO_SAMPLE	8

/**
 * struct uplink_gro - what is known of an uplink's traffic
 * @dev:	the uplink's device, NULL if its GRO is not ours to touch
 * @stopped:	we have turned it off
 * @frames:	for guests, since the last judgement; races cost accuracy only
 * @tcp:	of these looked at, TCP with payload
 * @changed:	when we last did something, in jiffies
 * @work:	does it
 */
struct uplink_gro {
	struct net_device *dev;
	bool stopped;
	unsigned int frames;
	unsigned int tcp;
	unsigned long changed;
	struct delayed_work work;
};

void uplink_gro_init(struct uplink_gro *gro, struct net_device *dev);
void uplink_gro_exit(struct uplink_gro *gro);
void uplink_gro_sample(struct uplink_gro *gro, const struct sk_buff *skb);

/**
 * uplink_gro_see() - a frame for a guest has come in
 * @gro:	the uplink's
 * @skb:	the frame; data points behind the Ethernet header
 *
 * Context: softirq.
 */
static inline void uplink_gro_see(struct uplink_gro *gro,
				  const struct sk_buff *skb)
{
	unsigned int frames = READ_ONCE(gro->frames) + 1;

	WRITE_ONCE(gro->frames, frames);
	if (unlikely(frames % UPLINK_GRO_SAMPLE == 0))
		uplink_gro_sample(gro, skb);
}

#endif /* _BLANKET_UPLINK_GRO_H */
