// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtqueue's memory. In a PV dom0 what dma_alloc_coherent() gives is
 * contiguous in machine memory, and a bus address is a machine address.
 */
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "pci.h"
#include "queue.h"

/* Areas the two sides write are on cache lines of their own. */
#define AREA_ALIGN SMP_CACHE_BYTES

static int alloc_memory(struct vqueue *q, u16 size, u16 table_len)
{
	struct device *dev = &q->vpci->pdev->dev;
	bool packed = vpci_has(q->vpci, VIRTIO_F_RING_PACKED);
	struct vring_layout layout = {
		.size = size,
		.packed = packed,
		.event_idx = vpci_has(q->vpci, VIRTIO_RING_F_EVENT_IDX),
	};
	struct vring_bytes bytes;
	size_t driver, device;

	vring_bytes(packed, size, &bytes);
	driver = ALIGN(bytes.desc, AREA_ALIGN);
	device = ALIGN(driver + bytes.driver, AREA_ALIGN);
	q->mem_bytes = PAGE_ALIGN(device + bytes.device);
	q->mem = dma_alloc_coherent(dev, q->mem_bytes, &q->mem_addr,
				    GFP_KERNEL);
	q->private = kvzalloc(bytes.private, GFP_KERNEL);
	if (!q->mem || !q->private)
		return -ENOMEM;
	/* without them chains take more descriptors */
	if (table_len && vpci_has(q->vpci, VIRTIO_RING_F_INDIRECT_DESC)) {
		q->tables_bytes = PAGE_ALIGN((size_t)size * table_len *
					     sizeof(struct vring_desc));
		q->tables = dma_alloc_coherent(dev, q->tables_bytes,
					       &q->tables_addr,
					       GFP_KERNEL | __GFP_NOWARN);
	}
	layout.desc = q->mem;
	layout.driver = q->mem + driver;
	layout.device = q->mem + device;
	layout.private = q->private;
	layout.tables = q->tables;
	layout.tables_addr = q->tables_addr;
	layout.table_len = table_len;
	vp_modern_queue_address(&q->vpci->mdev, q->index, q->mem_addr,
				q->mem_addr + driver, q->mem_addr + device);
	return vring_init(&q->vr, &layout);
}

/**
 * vqueue_enable() - a queue is all set up, its interrupt too
 * @q:		the queue
 */
void vqueue_enable(struct vqueue *q)
{
	vp_modern_set_queue_enable(&q->vpci->mdev, q->index, true);
}

/**
 * vqueue_create() - set up a queue, still disabled
 * @q:		the queue, zeroed but for @event and @name
 * @vpci:	whose, features agreed on
 * @index:	its number
 * @max_size:	descriptors, if the device can have as many
 * @table_len:	descriptors in an indirect table, 0 for none
 *
 * Return: 0 or an error, which was logged.
 */
int vqueue_create(struct vqueue *q, struct vpci *vpci, u16 index, u16 max_size,
		  u16 table_len)
{
	struct virtio_pci_modern_device *mdev = &vpci->mdev;
	struct device *dev = &vpci->pdev->dev;
	u16 size;
	int err;

	q->vpci = vpci;
	q->index = index;
	if (index >= vp_modern_get_num_queues(mdev)) {
		dev_err(dev, "queue %u is missing, there are %u\n", index,
			vp_modern_get_num_queues(mdev));
		return -EINVAL;
	}
	size = vp_modern_get_queue_size(mdev, index);
	if (!size || vp_modern_get_queue_enable(mdev, index)) {
		dev_err(dev, "queue %u is %s\n", index,
			size ? "enabled already" : "of size 0");
		return -EINVAL;
	}
	size = min(size, max_size);
	if (!vpci_has(vpci, VIRTIO_F_RING_PACKED))
		size = rounddown_pow_of_two(size);
	vp_modern_set_queue_size(mdev, index, size);
	err = alloc_memory(q, size, table_len);
	if (err) {
		dev_err(dev, "queue %u of %u descriptors: %pe\n", index, size,
			ERR_PTR(err));
		goto destroy;
	}
	q->notify = vp_modern_map_vq_notify(mdev, index, NULL);
	if (!q->notify) {
		dev_err(dev, "queue %u has no doorbell\n", index);
		err = -EINVAL;
		goto destroy;
	}
	return 0;

destroy:
	vqueue_destroy(q);
	return err;
}

/**
 * vqueue_destroy() - free a queue's memory
 * @q:		the queue of a device that was reset, or never set up
 */
void vqueue_destroy(struct vqueue *q)
{
	struct vpci *vpci = q->vpci;

	if (!vpci)
		return;
	if (q->notify && !vpci->mdev.notify_base)
		pci_iounmap(vpci->pdev, q->notify);
	if (q->tables)
		dma_free_coherent(&vpci->pdev->dev, q->tables_bytes, q->tables,
				  q->tables_addr);
	if (q->mem)
		dma_free_coherent(&vpci->pdev->dev, q->mem_bytes, q->mem,
				  q->mem_addr);
	kvfree(q->private);
	q->notify = NULL;
	q->tables = NULL;
	q->mem = NULL;
	q->private = NULL;
	q->vpci = NULL;
}
