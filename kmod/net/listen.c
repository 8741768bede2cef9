// SPDX-License-Identifier: GPL-2.0-only
/* Which multicast a guest listens to. See listen.h. */
#include <xen/xenbus.h>

#include "listen.h"
#include "tx_ring.h"

/**
 * vif_listen_change() - a guest names an address, or takes it back
 * @q:		the queue that it said so on
 * @pkt:	how; is answered at once
 *
 * Context: the queue's TX NAPI.
 */
void vif_listen_change(struct vif_queue *q, const struct netif_tx_packet *pkt)
{
	struct vif *vif = q->vif;
	bool okay = !pkt->drop;

	if (okay) {
		spin_lock(&vif->mcast_lock);
		if (pkt->mcast == XEN_NETIF_EXTRA_TYPE_MCAST_ADD)
			okay = !mcast_list_add(&vif->mcast, pkt->mcast_addr);
		else
			mcast_list_del(&vif->mcast, pkt->mcast_addr);
		spin_unlock(&vif->mcast_lock);
	} else {
		q->tx.stats.malformed++;
		q->tx.stats.dropped++;
	}
	tx_ring_answer_packet(&q->tx, pkt, okay);
	/* The pass may have nothing else to answer, and was no idle one. */
	tx_ring_notify(q);
	WRITE_ONCE(q->tx.worked, true);
}

/**
 * vif_listen_to_none() - forget what a guest has named
 * @vif:	not connected
 *
 * Context: process context.
 */
void vif_listen_to_none(struct vif *vif)
{
	spin_lock_bh(&vif->mcast_lock);
	mcast_list_clear(&vif->mcast);
	spin_unlock_bh(&vif->mcast_lock);
}

/**
 * vif_listen_from_xenstore() - look whether a guest wants control
 * @vif:	the vif
 *
 * One that goes on where another served it before has named its addresses to
 * that one, and does not again: it hears all.
 *
 * Context: process context.
 */
void vif_listen_from_xenstore(struct vif *vif)
{
	bool wants = xenbus_read_unsigned(vif->xdev->otherend,
					  "request-multicast-control", 0);

	WRITE_ONCE(vif->listens, wants && !vif->resumed);
}
