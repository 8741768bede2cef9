/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest receive: from vif_deliver() into the guest's ring. */
#ifndef _BLANKET_RX_H
#define _BLANKET_RX_H

#include <linux/interrupt.h>

#include "vif.h"

int vif_rx_init(struct vif_queue *q);
void vif_rx_start(struct vif_queue *q);
void vif_rx_stop(struct vif_queue *q);
void vif_rx_exit(struct vif_queue *q);
irqreturn_t vif_rx_interrupt(int irq, void *queue);
unsigned long vif_rx_expires(unsigned long since);

void vif_deliver(struct vif *vif, struct sk_buff *skb);
void vif_rx_enqueue(struct vif *vif, struct sk_buff *skb);

#endif /* _BLANKET_RX_H */
