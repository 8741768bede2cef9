// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network card's queues and buffers.
 *
 * Receive buffers are allocated and mapped once, and go round: the ring holds
 * as many descriptors as there are buffers, so each always has its place.
 */
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "nic_device.h"

/* Descriptors, if the device has as many: 4 MiB of receive buffers a pair */
#define RX_RING_MAX 1024
/* as many as a guest's ring, and their tables are contiguous memory */
#define TX_RING_MAX 256

static void tx_event(struct vqueue *vq)
{
	struct vnic_queue *q = container_of(vq, struct vnic_queue, tx);

	q->ops->tx_event(q->client, q->index);
}

static void rx_event(struct vqueue *vq)
{
	struct vnic_queue *q = container_of(vq, struct vnic_queue, rx);

	q->ops->rx_event(q->client, q->index);
}

static int alloc_bufs(struct vnic_queue *q)
{
	struct device *dev = &q->nic->dev.vpci->pdev->dev;
	unsigned int i;

	q->bufs = kvcalloc(q->rx.vr.size, sizeof(*q->bufs), GFP_KERNEL);
	if (!q->bufs)
		return -ENOMEM;
	for (i = 0; i < q->rx.vr.size; i++) {
		struct vnic_buf *buf = &q->bufs[i];
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			return -ENOMEM;
		buf->addr = dma_map_page(dev, page, 0, VNIC_BUF_SIZE,
					 DMA_FROM_DEVICE);
		if (dma_mapping_error(dev, buf->addr)) {
			__free_page(page);
			return -ENOMEM;
		}
		buf->page = page;
		buf->data = page_address(page);
		if (dma_need_sync(dev, buf->addr))
			q->rx_sync = true;
	}
	return 0;
}

static void free_bufs(struct vnic_queue *q)
{
	struct device *dev = &q->nic->dev.vpci->pdev->dev;
	unsigned int i;

	for (i = 0; q->bufs && i < q->rx.vr.size; i++) {
		struct vnic_buf *buf = &q->bufs[i];

		if (!buf->page)
			break;
		dma_unmap_page(dev, buf->addr, VNIC_BUF_SIZE, DMA_FROM_DEVICE);
		__free_page(buf->page);
	}
	kvfree(q->bufs);
	q->bufs = NULL;
}

static size_t cells_bytes(const struct vnic_queue *q)
{
	return PAGE_ALIGN(vnic_tx_slots(q) * sizeof(struct vnic_tx_cell));
}

static int queue_create(struct vnic *nic, unsigned int index)
{
	struct vnic_queue *q = &nic->queues[index];
	struct device *dev = &nic->dev.vpci->pdev->dev;
	int err;

	BUILD_BUG_ON(VNIC_BUF_SIZE != PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct vnic_tx_cell) != VNIC_HDR + VNIC_TX_HEAD);
	/* Clients have Xen copy into cells, and Xen copies within a page. */
	BUILD_BUG_ON(PAGE_SIZE % sizeof(struct vnic_tx_cell));

	q->nic = nic;
	q->index = index;
	q->ops = nic->ops;
	q->client = nic->dev.client;
	q->rx_merge = vpci_has(nic->dev.vpci, VIRTIO_NET_F_MRG_RXBUF);
	q->rx.event = rx_event;
	q->tx.event = tx_event;
	snprintf(q->rx.name, sizeof(q->rx.name), "rx%u", index);
	snprintf(q->tx.name, sizeof(q->tx.name), "tx%u", index);
	err = vqueue_create(&q->rx, nic->dev.vpci, 2 * index, RX_RING_MAX, 0);
	if (err)
		return err;
	err = vqueue_create(&q->tx, nic->dev.vpci, 2 * index + 1, TX_RING_MAX,
			    VNIC_TX_SEGS);
	if (err)
		return err;
	q->cells = dma_alloc_coherent(dev, cells_bytes(q), &q->cells_addr,
				      GFP_KERNEL);
	if (!q->cells)
		return -ENOMEM;
	return alloc_bufs(q);
}

static void queue_destroy(struct vnic_queue *q)
{
	struct vnic *nic = q->nic;

	if (!nic)
		return;
	free_bufs(q);
	if (q->cells)
		dma_free_coherent(&nic->dev.vpci->pdev->dev, cells_bytes(q),
				  q->cells, q->cells_addr);
	vdevice_retire(&nic->dev, &q->tx);
	vdevice_retire(&nic->dev, &q->rx);
}

/**
 * nic_queues_create() - queues and their memory, still disabled
 * @nic:	the card, features agreed on
 * @pairs:	how many pairs
 *
 * Return: 0 or an error.
 */
int nic_queues_create(struct vnic *nic, unsigned int pairs)
{
	unsigned int i;
	int err;

	nic->queues = kvcalloc(pairs, sizeof(*nic->queues), GFP_KERNEL);
	nic->dev.irqs = kcalloc(2 * pairs, sizeof(*nic->dev.irqs), GFP_KERNEL);
	if (!nic->queues || !nic->dev.irqs) {
		err = -ENOMEM;
		goto destroy;
	}
	nic->nr_queues = pairs;
	for (i = 0; i < pairs; i++) {
		err = queue_create(nic, i);
		if (err)
			goto destroy;
		nic->dev.irqs[2 * i] = &nic->queues[i].rx;
		nic->dev.irqs[2 * i + 1] = &nic->queues[i].tx;
	}
	nic->dev.nr_irqs = 2 * pairs;
	return 0;

destroy:
	nic_queues_destroy(nic);
	return err;
}

/**
 * nic_queues_post() - give the device all receive buffers
 * @nic:	the card, ready to go
 */
void nic_queues_post(struct vnic *nic)
{
	unsigned int i, j;

	for (i = 0; i < nic->nr_queues; i++) {
		struct vnic_queue *q = &nic->queues[i];

		for (j = 0; j < q->rx.vr.size; j++)
			vnic_rx_put_back(q, &q->bufs[j]);
		vnic_rx_kick(q);
	}
}

/**
 * nic_queues_detach() - hand back what the device will not transmit
 * @nic:	the card, reset
 */
void nic_queues_detach(struct vnic *nic)
{
	unsigned int i;
	void *cookie;

	for (i = 0; i < nic->nr_queues; i++) {
		struct vnic_queue *q = &nic->queues[i];

		while (vring_detach(&q->tx.vr, &cookie))
			q->ops->tx_reclaim(q->client, i, cookie);
	}
}

/**
 * nic_queues_destroy() - free queues and buffers
 * @nic:	the card, reset
 */
void nic_queues_destroy(struct vnic *nic)
{
	unsigned int i;

	nic->dev.nr_irqs = 0;
	for (i = 0; i < nic->nr_queues; i++)
		queue_destroy(&nic->queues[i]);
	kvfree(nic->queues);
	kfree(nic->dev.irqs);
	nic->queues = NULL;
	nic->dev.irqs = NULL;
	nic->nr_queues = 0;
}

/**
 * nic_queues_show() - for sysfs
 * @dev:	the card
 * @buf:	a page
 *
 * Context: process, lock held.
 * Return: bytes.
 */
int nic_queues_show(struct vdevice *dev, char *buf)
{
	struct vnic *nic = to_vnic(dev);
	unsigned int i;
	int n = 0;

	for (i = 0; i < nic->nr_queues; i++) {
		const struct vnic_queue *q = &nic->queues[i];

		n += sysfs_emit_at(buf, n, "%u %s rx %u tx %u\n", i,
				   q->rx.vr.packed ? "packed" : "split",
				   q->rx.vr.size, q->tx.vr.size);
	}
	return n;
}

/**
 * vnic_queue() - a pair of queues
 * @nic:	the card, started
 * @pair:	which
 *
 * Return: the pair, valid until vnic_stop().
 */
struct vnic_queue *vnic_queue(struct vnic *nic, unsigned int pair)
{
	return &nic->queues[pair];
}
EXPORT_SYMBOL_GPL(vnic_queue);

/**
 * vnic_tx_arm() - ask for a tx_event
 * @q:		the queues
 * @after:	once so many more packets are transmitted, if the device can
 *		tell and there are as many
 *
 * Return: true if that is so already; then there may be no event.
 */
bool vnic_tx_arm(struct vnic_queue *q, unsigned int after)
{
	WRITE_ONCE(q->tx.armed, true);
	return vring_enable_events_after(&q->tx.vr, after);
}
EXPORT_SYMBOL_GPL(vnic_tx_arm);

/**
 * vnic_tx_disarm() - no tx_event is needed; some may still come
 * @q:		the queues
 */
void vnic_tx_disarm(struct vnic_queue *q)
{
	vring_disable_events(&q->tx.vr);
}
EXPORT_SYMBOL_GPL(vnic_tx_disarm);

/**
 * vnic_rx_arm() - ask for an rx_event
 * @q:		the queues
 *
 * Return: true if a packet is there already; then there may be no event.
 */
bool vnic_rx_arm(struct vnic_queue *q)
{
	WRITE_ONCE(q->rx.armed, true);
	return vring_enable_events(&q->rx.vr);
}
EXPORT_SYMBOL_GPL(vnic_rx_arm);

/**
 * vnic_rx_disarm() - no rx_event is needed; some may still come
 * @q:		the queues
 */
void vnic_rx_disarm(struct vnic_queue *q)
{
	vring_disable_events(&q->rx.vr);
}
EXPORT_SYMBOL_GPL(vnic_rx_disarm);

/**
 * vnic_rx_sync_cpu() - a buffer was written by the device
 * @q:		the queues, with @rx_sync
 * @buf:	the buffer
 */
void vnic_rx_sync_cpu(struct vnic_queue *q, const struct vnic_buf *buf)
{
	dma_sync_single_for_cpu(&q->nic->dev.vpci->pdev->dev, buf->addr,
				VNIC_BUF_SIZE, DMA_FROM_DEVICE);
}
EXPORT_SYMBOL_GPL(vnic_rx_sync_cpu);

/**
 * vnic_rx_sync_device() - a buffer will be written by the device
 * @q:		the queues, with @rx_sync
 * @buf:	the buffer
 */
void vnic_rx_sync_device(struct vnic_queue *q, const struct vnic_buf *buf)
{
	dma_sync_single_for_device(&q->nic->dev.vpci->pdev->dev, buf->addr,
				   VNIC_BUF_SIZE, DMA_FROM_DEVICE);
}
EXPORT_SYMBOL_GPL(vnic_rx_sync_device);

/**
 * vnic_rx_bad() - the device says what cannot be: receive no more
 * @q:		the queues
 * @why:	static text
 *
 * Return: false, for vnic_rx_get().
 */
bool vnic_rx_bad(struct vnic_queue *q, const char *why)
{
	vring_break(&q->rx.vr, why);
	vnic_break(q->nic, why);
	return false;
}
EXPORT_SYMBOL_GPL(vnic_rx_bad);

/**
 * vnic_rx_nothing() - there is none to receive, or never will be again
 * @q:		the queues
 *
 * Return: false, for vnic_rx_get().
 */
bool vnic_rx_nothing(struct vnic_queue *q)
{
	if (unlikely(q->rx.vr.broken))
		vnic_break(q->nic, q->rx.vr.broken);
	return false;
}
EXPORT_SYMBOL_GPL(vnic_rx_nothing);

/**
 * vnic_tx_nothing() - none was transmitted, or never will be again
 * @q:		the queues
 *
 * Return: false, for vnic_tx_get().
 */
bool vnic_tx_nothing(struct vnic_queue *q)
{
	if (unlikely(q->tx.vr.broken))
		vnic_break(q->nic, q->tx.vr.broken);
	return false;
}
EXPORT_SYMBOL_GPL(vnic_tx_nothing);

/**
 * vnic_rx_get_more() - the other buffers of a packet
 * @q:		the queues
 * @packet:	what its first buffer says
 *
 * Return: true, or false if the device said what cannot be.
 */
bool vnic_rx_get_more(struct vnic_queue *q, struct vnic_packet *packet)
{
	unsigned int nr = __virtio16_to_cpu(true, packet->hdr.num_buffers);
	void *cookie;
	u32 len;

	/* means nothing then; some devices leave it 0 */
	if (!q->rx_merge)
		return true;
	if (!nr || nr > VNIC_RX_BUFS)
		return vnic_rx_bad(q, "received a packet of no or too many buffers");
	while (packet->nr < nr) {
		struct vnic_rx_frag *frag = &packet->frags[packet->nr];

		if (!vring_get(&q->rx.vr, &cookie, &len))
			return vnic_rx_bad(q, "received a part of a packet");
		if (!len)
			return vnic_rx_bad(q, "received an empty part of a packet");
		frag->buf = cookie;
		frag->offset = 0;
		frag->len = len;
		if (unlikely(q->rx_sync))
			vnic_rx_sync_cpu(q, frag->buf);
		packet->len += len;
		packet->nr++;
	}
	return true;
}
EXPORT_SYMBOL_GPL(vnic_rx_get_more);
