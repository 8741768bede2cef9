/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zero-copy transmit: a packet's payload stays in the guest's pages.
 *
 *	tx_map_gather()	each packet of a pass	name its pages
 *	tx_map_run()	once a pass		one map hypercall
 *	tx_map_attach()	each packet of a pass	its pages become skb frags
 *	   the frame is under way; whoever frees the skb tells us
 *	tx_map_reap()	once, a later pass	one unmap hypercall, responses
 *
 * A request is answered only once its pages are unmapped: front ends take a
 * grant still in use for a broken back end.
 */
#ifndef _BLANKET_TX_MAP_H
#define _BLANKET_TX_MAP_H

#include "tx.h"

int tx_map_setup(void);
void tx_map_cleanup(void);
int tx_map_init(struct vif_tx *tx);
void tx_map_detach(struct vif_tx *tx);
void tx_map_exit(struct vif_tx *tx);
bool tx_map_gather(struct vif_tx *tx, struct vif_tx_slot *slot,
		   unsigned int linear);
void tx_map_forget(struct vif_tx *tx, struct vif_tx_slot *slot);
void tx_map_run(struct vif_tx *tx);
bool tx_map_attach(struct vif_tx *tx, struct vif_tx_slot *slot, bool copied);
void tx_map_refuse(struct vif_tx_slot *slot);
unsigned int tx_map_reap(struct vif_tx *tx);
unsigned int tx_map_in_flight(const struct vif_tx *tx);

#endif /* _BLANKET_TX_MAP_H */
