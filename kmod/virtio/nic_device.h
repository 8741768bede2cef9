/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio network card from the inside. */
#ifndef _BLANKET_VIRTIO_NIC_DEVICE_H
#define _BLANKET_VIRTIO_NIC_DEVICE_H

#include "device.h"
#include "nic.h"

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
 * @dev:	what it has in common with other devices
 * @caps:	what it can do
 * @has_status:	it reports its link
 * @ops:	its client's
 * @queues:	pairs of queues while started
 * @nr_queues:	how many
 * @ctrl:	while started, if it has one
 * @link:	as the client was told
 */
struct vnic {
	struct vdevice dev;
	struct vnic_caps caps;
	bool has_status;
	const struct vnic_client_ops *ops;
	struct vnic_queue *queues;
	unsigned int nr_queues;
	struct vnic_ctrl ctrl;
	bool link;
};

static inline struct vnic *to_vnic(struct vdevice *dev)
{
	return container_of(dev, struct vnic, dev);
}

/* nic_queue.c */
int nic_queues_create(struct vnic *nic, unsigned int pairs);
void nic_queues_post(struct vnic *nic);
void nic_queues_detach(struct vnic *nic);
void nic_queues_destroy(struct vnic *nic);
int nic_queues_show(struct vdevice *dev, char *buf);

/* nic_ctrl.c */
int nic_ctrl_create(struct vnic *nic);
void nic_ctrl_destroy(struct vnic *nic);
int nic_ctrl_pairs(struct vnic *nic, unsigned int pairs);
int nic_ctrl_rx_mode(struct vnic *nic, bool promisc, bool allmulti);

#endif /* _BLANKET_VIRTIO_NIC_DEVICE_H */
