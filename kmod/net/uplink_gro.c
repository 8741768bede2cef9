// SPDX-License-Identifier: GPL-2.0-only
/* Software GRO on an uplink. See uplink_gro.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/rtnetlink.h>

#include "uplink_gro.h"

/* Of 64 frames looked at: fewer make it stop, more start again. */
#define STOP_BELOW	1
#define START_FROM	4
/* A change is announced to user space: not too often. */
#define CHANGE_JIFFIES	(HZ / 4)

static bool keep_gro;
module_param(keep_gro, bool, 0644);
MODULE_PARM_DESC(keep_gro,
		 "Leave uplinks' software GRO alone; else it is off while guests receive hardly any TCP, where the host merges too (for new uplinks)");

/* Acknowledgements alone are not merged. */
#define MERGEABLE_BYTES	256

/* Is it TCP with payload? */
static bool is_mergeable(const struct sk_buff *skb)
{
	u8 buffer;
	const u8 *next;

	if (skb->len < MERGEABLE_BYTES)
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		next = skb_header_pointer(skb, offsetof(struct iphdr, protocol),
					  sizeof(buffer), &buffer);
	else if (skb->protocol == htons(ETH_P_IPV6))
		next = skb_header_pointer(skb, offsetof(struct ipv6hdr, nexthdr),
					  sizeof(buffer), &buffer);
	else
		return false;
	return next && *next == IPPROTO_TCP;
}

static void set(struct uplink_gro *gro, bool on)
{
	struct net_device *dev = gro->dev;

	WRITE_ONCE(gro->stopped, !on);
	if (on)
		dev->wanted_features |= NETIF_F_GRO;
	else
		dev->wanted_features &= ~NETIF_F_GRO;
	netdev_update_features(dev);
}

/* Not waiting for RTNL: who holds it may be waiting for us. */
static void change(struct work_struct *work)
{
	struct uplink_gro *gro = container_of(work, struct uplink_gro,
					      work.work);

	if (!rtnl_trylock()) {
		schedule_delayed_work(&gro->work, 1);
		return;
	}
	set(gro, gro->stopped);
	rtnl_unlock();
}

/**
 * uplink_gro_sample() - look at a frame, judge when enough have been seen
 * @gro:	the uplink's
 * @skb:	the frame; data points behind the Ethernet header
 *
 * Context: softirq.
 */
void uplink_gro_sample(struct uplink_gro *gro, const struct sk_buff *skb)
{
	unsigned int tcp = READ_ONCE(gro->tcp) + is_mergeable(skb);
	bool stopped = READ_ONCE(gro->stopped);

	WRITE_ONCE(gro->tcp, tcp);
	if (READ_ONCE(gro->frames) < UPLINK_GRO_FRAMES)
		return;
	WRITE_ONCE(gro->frames, 0);
	WRITE_ONCE(gro->tcp, 0);
	if (!gro->dev || (stopped ? tcp < START_FROM : tcp >= STOP_BELOW) ||
	    time_before(jiffies, READ_ONCE(gro->changed) + CHANGE_JIFFIES))
		return;
	WRITE_ONCE(gro->changed, jiffies);
	schedule_delayed_work(&gro->work, 0);
}

/**
 * uplink_gro_init() - begin to follow a device's traffic
 * @gro:	zeroed
 * @dev:	the uplink's device
 *
 * Context: RTNL.
 */
void uplink_gro_init(struct uplink_gro *gro, struct net_device *dev)
{
	INIT_DELAYED_WORK(&gro->work, change);
	gro->changed = jiffies - CHANGE_JIFFIES;
	if (!READ_ONCE(keep_gro) && dev->features & NETIF_F_GRO_HW &&
	    dev->features & NETIF_F_GRO)
		gro->dev = dev;
}

/**
 * uplink_gro_exit() - leave the device as it was
 * @gro:	after uplink_gro_init(); nobody calls uplink_gro_see() any more
 *
 * Context: RTNL.
 */
void uplink_gro_exit(struct uplink_gro *gro)
{
	cancel_delayed_work_sync(&gro->work);
	if (gro->stopped && gro->dev->reg_state == NETREG_REGISTERED)
		set(gro, true);
}
