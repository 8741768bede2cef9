/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passthrough: a guest has a host's network card to itself, and its rings are
 * coupled to the card's virtqueues with no skb between.
 *
 *	guest's TX ring --direct_tx.c--> virtqueue    headers copied, payload
 *			<--                           from the guest's pages
 *	guest's RX ring <--direct_rx.c-- virtqueue    copied by Xen
 *
 * The card's address is the guest's. Nothing passes vifX.Y: who wants tcpdump,
 * nft or tc there, or dom0 and other guests on the same card, wants an uplink.
 */
#ifndef _BLANKET_DIRECT_H
#define _BLANKET_DIRECT_H

#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "vif.h"

/* direct.c */
int direct_attach(struct vif *vif, const char *card);
bool direct_detach(struct vif *vif);
int direct_start(struct vif *vif, struct vif_conn *conn);
void direct_stop(struct vif *vif);
struct vnic_queue *direct_queue(const struct vif *vif, unsigned int index);
void direct_card_gone(struct work_struct *work);

/* direct_tx.c */
int direct_tx_init(struct vif_queue *q);
unsigned int direct_tx_waiting(const struct vif_queue *q);
void direct_tx_reclaim(struct vif_queue *q, void *cookie);
void direct_tx_exit(struct vif_queue *q);
int direct_tx_poll(struct napi_struct *napi, int budget);

/* direct_rx.c */
int direct_rx_init(struct vif_queue *q);
void direct_rx_exit(struct vif_queue *q);
int direct_rx_poll(struct napi_struct *napi, int budget);

#endif /* _BLANKET_DIRECT_H */
