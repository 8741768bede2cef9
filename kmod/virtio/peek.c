// SPDX-License-Identifier: GPL-2.0-only
/*
 * A look at a virtio device that may be somebody else's still.
 *
 * A back end says how many queues there may be as soon as it is made, and a
 * front end that runs reads it at once; the hotplug script gives the device
 * to us only then.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "device.h"
#include "peek.h"

struct peek {
	const char *name;
	bool by_pci;
	unsigned int nr;
};

static const struct vdevice_kind *kind_of(const struct virtio_device *virtio)
{
	if (virtio->id.device == nic_kind.id)
		return &nic_kind;
	if (virtio->id.device == blk_kind.id)
		return &blk_kind;
	return NULL;
}

/* One of virtio-pci's: what its driver was offered and took. */
static int look(struct device *dev, void *data)
{
	const struct vdevice_kind *kind;
	struct virtio_device *virtio;
	struct peek *peek = data;
	__le16 nr = cpu_to_le16(1);

	if (!dev->bus || strcmp(dev->bus->name, "virtio"))
		return 0;
	if (!peek->by_pci && strcmp(dev_name(dev), peek->name))
		return 0;
	virtio = dev_to_virtio(dev);
	kind = kind_of(virtio);
	if (!kind)
		return 0;
	/* a device without a configuration has a driver of none */
	if (__virtio_test_bit(virtio, kind->mq_feature) && virtio->config->get)
		virtio->config->get(virtio, kind->mq_offset, &nr, sizeof(nr));
	peek->nr = clamp(le16_to_cpu(nr), 1, kind->mq_most);
	return 1;
}

/**
 * vpeek_queues() - how many queues a virtio device has, whoever drives it
 * @name:	its PCI address, as 0000:00:05.0, or what virtio-pci calls it
 *
 * Context: process.
 * Return: queues of a disk, pairs of a card; 0 if no device that has a driver
 * is called so, or it is just being given one.
 */
unsigned int vpeek_queues(const char *name)
{
	struct peek peek = { .name = name };
	struct pci_dev *pdev = NULL;

	peek.nr = vdevice_queues(name);
	while (!peek.nr && (pdev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET,
						  PCI_ANY_ID, pdev))) {
		peek.by_pci = !strcmp(pci_name(pdev), name);
		if (!peek.by_pci && !strstarts(name, "virtio"))
			continue;
		/* who changes its driver may wait long, and others for us */
		if (!device_trylock(&pdev->dev))
			continue;
		device_for_each_child(&pdev->dev, &peek, look);
		device_unlock(&pdev->dev);
	}
	pci_dev_put(pdev);
	return peek.nr;
}
EXPORT_SYMBOL_GPL(vpeek_queues);
