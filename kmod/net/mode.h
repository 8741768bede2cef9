/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How guests share an uplink's link layer.
 *
 * MAC mode puts each guest's own address on the wire. Clouds that drop
 * foreign addresses need another mode (guests told apart by IP behind the
 * NIC's own MAC, or NAT): a mode is one const struct, one file.
 */
#ifndef _BLANKET_MODE_H
#define _BLANKET_MODE_H

#include <linux/skbuff.h>

struct uplink;
struct vif;

/**
 * struct uplink_mode - operations of a mode
 * @name:	shown in sysfs
 * @admit:	may @skb, a frame of @vif's guest, go on? It may rewrite the
 *		header, which is in our private memory. Data points at the
 *		Ethernet header. Optional: everything may.
 * @find:	the guest that a unicast frame received from the wire, or sent
 *		by dom0, is for; NULL when it is nobody's. Data points at the
 *		Ethernet header.
 *
 * Context of all: softirq or BH disabled, under rcu_read_lock().
 */
struct uplink_mode {
	const char *name;
	bool (*admit)(const struct uplink *ul, struct vif *vif,
		      struct sk_buff *skb);
	struct vif *(*find)(const struct uplink *ul, const struct sk_buff *skb);
};

extern const struct uplink_mode uplink_mode_mac;

static inline bool uplink_mode_admit(const struct uplink_mode *mode,
				     const struct uplink *ul, struct vif *vif,
				     struct sk_buff *skb)
{
	return !mode->admit || mode->admit(ul, vif, skb);
}

static inline struct vif *uplink_mode_find(const struct uplink_mode *mode,
					   const struct uplink *ul,
					   const struct sk_buff *skb)
{
	return mode->find ? mode->find(ul, skb) : NULL;
}

#endif /* _BLANKET_MODE_H */
