/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest transmit: from the guest's ring to vif_forward(). */
#ifndef _BLANKET_TX_H
#define _BLANKET_TX_H

#include <linux/interrupt.h>

#include "netif.h"
#include "vif.h"

/* Most copy operations one packet can need: its pieces, and our pages. */
#define TX_PACKET_COPIES (2 * NETIF_TX_SLOTS_LEGAL + 2)

struct tx_mapped;

/** struct vif_tx_slot - a packet between being read and being forwarded */
struct vif_tx_slot {
	struct netif_tx_packet pkt;
	struct sk_buff *skb;
	unsigned int first_copy;
	unsigned int nr_copies;
	struct tx_mapped *mapped;	/* NULL: all of it is copied */
	unsigned int first_map;
	unsigned int nr_maps;
};

/* tx.c */
int vif_tx_init(struct vif_queue *q);
void vif_tx_start(struct vif_queue *q);
void vif_tx_quiesce(struct vif_queue *q);
void vif_tx_stop(struct vif_queue *q, unsigned long end);
void vif_tx_exit(struct vif_queue *q);
irqreturn_t vif_tx_interrupt(int irq, void *queue);
void vif_tx_retry(struct vif_tx *tx);
void vif_tx_age_standing(struct vif_tx *tx);
void vif_tx_outlive(void);
void vif_tx_outlived(void);
void vif_tx_wait(void);

/* tx_packet.c */
bool tx_packet_gather(struct vif_tx *tx, struct vif_tx_slot *slot);
int tx_packet_finish(struct vif *vif, struct vif_tx_slot *slot);

#endif /* _BLANKET_TX_H */
