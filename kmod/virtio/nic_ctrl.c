// SPDX-License-Identifier: GPL-2.0-only
/* A network card's control queue: one command at a time, and its answer. */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/virtio_config.h>

#include "nic_device.h"

#define CTRL_RING_MAX	16
#define CTRL_TIMEOUT_MS	1000

/**
 * struct ctrl_block - what is shared with the device
 * @hdr:	the command
 * @arg:	its argument
 * @ack:	the device's answer
 */
struct ctrl_block {
	struct virtio_net_ctrl_hdr hdr;
	union {
		u8 on;
		__virtio16 pairs;
	} arg;
	u8 ack;
};

/**
 * nic_ctrl_create() - set up the control queue, if the card has one
 * @nic:	the card, features agreed on
 *
 * Return: 0 or an error.
 */
int nic_ctrl_create(struct vnic *nic)
{
	struct device *dev = &nic->dev.vpci->pdev->dev;
	struct vnic_ctrl *ctrl = &nic->ctrl;
	u16 index = 2;

	if (!vpci_has(nic->dev.vpci, VIRTIO_NET_F_CTRL_VQ))
		return 0;
	/* behind all pairs there could be */
	if (vpci_has(nic->dev.vpci, VIRTIO_NET_F_MQ))
		index = 2 * ioread16(nic->dev.vpci->mdev.device +
			offsetof(struct virtio_net_config, max_virtqueue_pairs));
	ctrl->block = dma_alloc_coherent(dev, sizeof(struct ctrl_block),
					 &ctrl->block_addr, GFP_KERNEL);
	if (!ctrl->block)
		return -ENOMEM;
	return vqueue_create(&ctrl->q, nic->dev.vpci, index, CTRL_RING_MAX, 0);
}

/**
 * nic_ctrl_destroy() - free the control queue
 * @nic:	the card, reset
 */
void nic_ctrl_destroy(struct vnic *nic)
{
	struct vnic_ctrl *ctrl = &nic->ctrl;

	vqueue_destroy(&ctrl->q);
	if (ctrl->block)
		dma_free_coherent(&nic->dev.vpci->pdev->dev,
				  sizeof(struct ctrl_block), ctrl->block,
				  ctrl->block_addr);
	memset(ctrl, 0, sizeof(*ctrl));
}

/* Command and @len bytes of argument are in the block. */
static int send_command(struct vnic *nic, u8 class, u8 cmd, u32 len)
{
	struct vnic_ctrl *ctrl = &nic->ctrl;
	struct device *dev = &nic->dev.vpci->pdev->dev;
	struct ctrl_block *block = ctrl->block;
	struct vring_seg segs[3] = {
		{ ctrl->block_addr + offsetof(struct ctrl_block, hdr),
		  sizeof(block->hdr) },
		{ ctrl->block_addr + offsetof(struct ctrl_block, arg), len },
		{ ctrl->block_addr + offsetof(struct ctrl_block, ack),
		  sizeof(block->ack) },
	};
	unsigned int ms;
	void *cookie;
	u8 ack;
	int err;

	lockdep_assert_held(&nic->dev.lock);
	if (nic->dev.broken)
		return -EIO;
	block->hdr.class = class;
	block->hdr.cmd = cmd;
	block->ack = VIRTIO_NET_ERR;
	err = vring_add(&ctrl->q.vr, segs, 2, 1, block);
	if (err)
		return err;
	vqueue_kick(&ctrl->q);
	for (ms = 0; ms < CTRL_TIMEOUT_MS; ms++) {
		u32 written;

		if (vring_get(&ctrl->q.vr, &cookie, &written)) {
			ack = READ_ONCE(block->ack);
			if (written && ack == VIRTIO_NET_OK)
				return 0;
			dev_err(dev, "control command %u.%u refused: %u\n",
				class, cmd, ack);
			return -EIO;
		}
		if (ctrl->q.vr.broken)
			break;
		usleep_range(500, 1500);
	}
	/* the block is the device's until it is reset */
	vnic_break(nic, ctrl->q.vr.broken ?: "a control command was not answered");
	return -ETIMEDOUT;
}

/**
 * nic_ctrl_pairs() - how many pairs of queues the device is to use
 * @nic:	the card, running, with VIRTIO_NET_F_MQ
 * @pairs:	so many
 *
 * Return: 0 or an error.
 */
int nic_ctrl_pairs(struct vnic *nic, unsigned int pairs)
{
	struct ctrl_block *block = nic->ctrl.block;

	if (nic->dev.broken)
		return -EIO;
	block->arg.pairs = __cpu_to_virtio16(true, pairs);
	return send_command(nic, VIRTIO_NET_CTRL_MQ,
			    VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
			    sizeof(block->arg.pairs));
}

/**
 * nic_ctrl_rx_mode() - which packets the device receives beside its own
 * @nic:	the card, running, with VIRTIO_NET_F_CTRL_RX
 * @promisc:	all
 * @allmulti:	all multicast
 *
 * Return: 0 or an error.
 */
int nic_ctrl_rx_mode(struct vnic *nic, bool promisc, bool allmulti)
{
	struct ctrl_block *block = nic->ctrl.block;
	int err;

	if (nic->dev.broken)
		return -EIO;
	block->arg.on = promisc;
	err = send_command(nic, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC,
			   sizeof(block->arg.on));
	if (err)
		return err;
	block->arg.on = allmulti;
	return send_command(nic, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI,
			    sizeof(block->arg.on));
}
