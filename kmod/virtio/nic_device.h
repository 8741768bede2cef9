/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio network card from the inside.
 *
 * Locks: nics_lock guards the list of cards, and each card's client and ops;
 * vnic.lock guards its queues as a whole (start, stop, control, sysfs). Not
 * nested. The queues' contents belong to the client.
 */
#ifndef _BLANKET_VIRTIO_NIC_DEVICE_H
#define _BLANKET_VIRTIO_NIC_DEVICE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "nic.h"
#include "pci.h"

#define VNIC_USER_LEN 32

/**
 * struct vnic_ctrl - the control queue
 * @q:		the queue
 * @block:	command, argument and answer
 * @block_addr:	bus address of that
 */
struct vnic_ctrl {
	struct vqueue q;
	void *block;
	dma_addr_t block_addr;
};

/**
 * struct vnic - a card
 * @vpci:	the device below
 * @node:	in the list of cards
 * @caps:	what it can do
 * @has_status:	it reports its link
 * @ops:	its client's
 * @client:	whose it is, with @ops
 * @user:	the client's name; empty: nobody's
 * @released:	the client has let go
 * @lock:	see above
 * @queues:	pairs of queues while started
 * @nr_queues:	how many
 * @irqs:	all their queues, in the order of interrupts
 * @ctrl:	while started, if it has one
 * @config_work: the configuration has changed, or the card broke
 * @link:	as the client was told
 * @broken:	why it works no more, static text
 * @past_kicks:	of queues that are no more
 * @past_interrupts: the same
 */
struct vnic {
	struct vpci *vpci;
	struct list_head node;
	struct vnic_caps caps;
	bool has_status;

	const struct vnic_client_ops *ops;
	void *client;
	char user[VNIC_USER_LEN];
	struct completion released;

	struct mutex lock;	/* the queues as a whole */
	struct vnic_queue *queues;
	unsigned int nr_queues;
	struct vqueue **irqs;
	struct vnic_ctrl ctrl;
	struct work_struct config_work;
	bool link;
	const char *broken;
	u64 past_kicks;
	u64 past_interrupts;
};

/* nic.c */
int nic_probe(struct vpci *vpci);
void nic_remove(struct vnic *nic);
void nic_user(struct vnic *nic, char *user);

/* nic_queue.c */
int nic_queues_create(struct vnic *nic, unsigned int pairs);
void nic_queues_post(struct vnic *nic);
void nic_queues_detach(struct vnic *nic);
void nic_queues_destroy(struct vnic *nic);

/* nic_ctrl.c */
int nic_ctrl_create(struct vnic *nic);
void nic_ctrl_destroy(struct vnic *nic);
int nic_ctrl_pairs(struct vnic *nic, unsigned int pairs);
int nic_ctrl_rx_mode(struct vnic *nic, bool promisc, bool allmulti);

/* nic_sysfs.c */
extern const struct attribute_group *nic_groups[];

#endif /* _BLANKET_VIRTIO_NIC_DEVICE_H */
