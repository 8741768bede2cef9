/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How guests share an uplink.
 *
 * MAC mode puts each guest's own address on the wire. Clouds drop foreign
 * addresses; there address mode tells guests apart by IP address behind the
 * NIC's own MAC. Where the cloud gives no more IP addresses either, NAT mode
 * has dom0 route. A mode is one const struct, one file.
 */
#ifndef _BLANKET_MODE_H
#define _BLANKET_MODE_H

#include <linux/skbuff.h>

struct addr_frame;
struct uplink;
struct vif;

/**
 * struct uplink_mode - operations of a mode
 * @name:	as an operator writes it
 * @routed:	frames go to dom0's own stack by vifX.Y, and there is no uplink:
 *		@admit is all, and has none either
 * @attach:	@vif is about to use the uplink; 0 or a negative error.
 *		Context: RTNL.
 * @detach:	undo @attach. Context: RTNL; frames may still be under way.
 * @admit:	may @skb, a frame of @vif's guest, go on? Optional: everything
 *		may.
 * @find:	the guest that has the MAC address a unicast frame, from the
 *		wire or sent by dom0, is for; NULL when it is nobody's
 * @owner:	the guest that a frame for the NIC's own MAC address is for;
 *		NULL when it is dom0's. Optional: all are.
 * @enter:	rewrite such a frame for @vif's guest; false: drop it. There
 *		where @owner is.
 * @leave:	rewrite a frame of @vif's guest that goes out to the wire;
 *		false: drop it. Optional: it goes as it is.
 *
 * Context of the others: softirq or BH disabled, under rcu_read_lock(). Data
 * points at the Ethernet header, except for @find and @owner, which go by the
 * skb's header offsets; both offsets are set. A frame of a guest's has all
 * headers it is judged by in our private memory once @admit has seen it.
 */
struct uplink_mode {
	const char *name;
	bool routed;
	int (*attach)(struct uplink *ul, struct vif *vif);
	void (*detach)(struct uplink *ul, struct vif *vif);
	bool (*admit)(const struct uplink *ul, struct vif *vif,
		      struct sk_buff *skb);
	struct vif *(*find)(const struct uplink *ul, const struct sk_buff *skb);
	struct vif *(*owner)(const struct uplink *ul,
			     const struct sk_buff *skb);
	bool (*enter)(const struct uplink *ul, const struct vif *vif,
		      struct sk_buff *skb);
	bool (*leave)(const struct uplink *ul, const struct vif *vif,
		      struct sk_buff *skb);
};

extern const struct uplink_mode uplink_mode_mac;
extern const struct uplink_mode uplink_mode_addr;
extern const struct uplink_mode uplink_mode_nat;

const struct uplink_mode *uplink_mode_named(const char *name);
const struct uplink_mode *uplink_mode_preferred(void);
bool vif_has_claims(const struct vif *vif, const struct addr_frame *f);
bool vif_is_sender(const struct vif *vif, struct sk_buff *skb,
		   struct addr_frame *f);
struct vif *uplink_find_by_mac(const struct uplink *ul,
			       const struct sk_buff *skb);

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

static inline struct vif *uplink_mode_owner(const struct uplink_mode *mode,
					    const struct uplink *ul,
					    const struct sk_buff *skb)
{
	return unlikely(mode->owner) ? mode->owner(ul, skb) : NULL;
}

static inline bool uplink_mode_leave(const struct uplink_mode *mode,
				     const struct uplink *ul,
				     const struct vif *vif, struct sk_buff *skb)
{
	return likely(!mode->leave) || mode->leave(ul, vif, skb);
}

#endif /* _BLANKET_MODE_H */
