/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Promiscuous guests: those that an operator lets see what others on their
 * uplink send and receive. Multicast reaches them like everybody.
 */
#ifndef _BLANKET_MIRROR_H
#define _BLANKET_MIRROR_H

#include "uplink.h"

void mirror_copies(const struct uplink *ul, const struct vif *from,
		   const struct vif *to, struct sk_buff *skb,
		   unsigned int header);
int mirror_set(struct vif *vif, bool on);
void mirror_attach(struct uplink *ul, const struct vif *vif);
void mirror_detach(struct uplink *ul, const struct vif *vif);

/**
 * mirror() - show a unicast frame to the uplink's promiscuous guests
 * @ul:		the uplink
 * @from:	whose it is, NULL: none of the guests'
 * @to:		whom it is for, likewise
 * @skb:	the frame; what it says is not changed, pages of a guest's in it are
 *		copied if anybody is shown it
 * @header:	how far its Ethernet header lies before its data
 *
 * Context: softirq or BH disabled, under rcu_read_lock().
 */
static inline void mirror(const struct uplink *ul, const struct vif *from,
			  const struct vif *to, struct sk_buff *skb,
			  unsigned int header)
{
	if (unlikely(READ_ONCE(ul->nr_promiscuous)))
		mirror_copies(ul, from, to, skb, header);
}

#endif /* _BLANKET_MIRROR_H */
