/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which multicast a guest listens to: all, unless it has asked for control
 * (xenstore's request-multicast-control); then what it has named on its
 * transmit ring. Broadcast it always gets.
 */
#ifndef _BLANKET_LISTEN_H
#define _BLANKET_LISTEN_H

#include <linux/etherdevice.h>

#include "vif.h"

/**
 * vif_listens() - does the guest want a frame?
 * @vif:	the vif
 * @dest:	the frame's destination address
 *
 * Context: any.
 * Return: false for multicast that it has not asked for.
 */
static inline bool vif_listens(const struct vif *vif, const u8 *dest)
{
	return likely(!READ_ONCE(vif->listens)) ||
	       !is_multicast_ether_addr(dest) ||
	       is_broadcast_ether_addr(dest) ||
	       mcast_list_has(&vif->mcast, dest);
}

void vif_listen_change(struct vif_queue *q, const struct netif_tx_packet *pkt);
void vif_listen_to_none(struct vif *vif);
void vif_listen_from_xenstore(struct vif *vif);

#endif /* _BLANKET_LISTEN_H */
