// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver has no table of devices: it takes only what an administrator
 * gave it by name through driver_override, so never dom0's own NIC or disk.
 *
 *	probe	 claim, map registers, read what is offered, reset
 *	start	 vpci_negotiate(), queues, vpci_request_irqs(), vpci_driver_ok()
 *	stop	 vpci_free_irqs(), vpci_reset()
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "device.h"
#include "pci.h"
#include "queue.h"

#define RESET_TIMEOUT_MS 1000

static const struct vdevice_kind *const kinds[] = {
	&nic_kind,
	&blk_kind,
};

/* The status of a device that is no longer there */
#define STATUS_ABSENT 0xff

/**
 * vpci_reset() - the device forgets everything and stops all DMA
 * @vpci:	the device
 *
 * If it does not say so in time it is cut off from memory instead.
 *
 * Return: 0, -ENODEV if it is gone, -ETIMEDOUT if it is stuck.
 */
int vpci_reset(struct vpci *vpci)
{
	struct device *dev = &vpci->pdev->dev;
	unsigned int ms;
	u8 status = 0;

	vpci->features = 0;
	vp_modern_set_status(&vpci->mdev, 0);
	for (ms = 0; ms < RESET_TIMEOUT_MS; ms++) {
		status = vp_modern_get_status(&vpci->mdev);
		if (!status) {
			pci_clear_master(vpci->pdev);
			return 0;
		}
		if (status == STATUS_ABSENT)
			break;
		usleep_range(1000, 1500);
	}
	pci_clear_master(vpci->pdev);
	if (status == STATUS_ABSENT)
		return -ENODEV;
	dev_err(dev, "status is 0x%02x %u ms after a reset; the device is cut off until it is unplugged or reset through PCI\n",
		status, RESET_TIMEOUT_MS);
	return -ETIMEDOUT;
}

static void add_status(struct vpci *vpci, u8 bits)
{
	vp_modern_set_status(&vpci->mdev,
			     vp_modern_get_status(&vpci->mdev) | bits);
}

/**
 * vpci_needs_reset() - has the device given up?
 * @vpci:	the device
 *
 * Return: true if it says that it works no more, or is gone.
 */
bool vpci_needs_reset(struct vpci *vpci)
{
	/* all bits are set when it is gone */
	return vp_modern_get_status(&vpci->mdev) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/**
 * vpci_negotiate() - reset the device and agree on features
 * @vpci:	the device
 * @want:	what we would like; what is not offered is left out
 *
 * Return: 0 or an error, which was logged.
 */
int vpci_negotiate(struct vpci *vpci, u64 want)
{
	struct device *dev = &vpci->pdev->dev;
	int err;

	err = vpci_reset(vpci);
	if (err)
		return err;
	add_status(vpci, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	add_status(vpci, VIRTIO_CONFIG_S_DRIVER);
	vpci->offered = vp_modern_get_features(&vpci->mdev);
	want &= vpci->offered;
	vp_modern_set_features(&vpci->mdev, want);
	add_status(vpci, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(vp_modern_get_status(&vpci->mdev) &
	      VIRTIO_CONFIG_S_FEATURES_OK)) {
		dev_err(dev, "the device refuses features 0x%llx of the 0x%llx it offers\n",
			want, vpci->offered);
		vpci_reset(vpci);
		return -EIO;
	}
	vpci->features = want;
	pci_set_master(vpci->pdev);
	return 0;
}

/**
 * vpci_driver_ok() - all is set up, the device may begin
 * @vpci:	the device
 */
void vpci_driver_ok(struct vpci *vpci)
{
	add_status(vpci, VIRTIO_CONFIG_S_DRIVER_OK);
}

static irqreturn_t config_irq(int irq, void *data)
{
	struct vpci *vpci = data;

	vpci->interrupts++;
	vpci->config_event(vpci->owner);
	return IRQ_HANDLED;
}

static irqreturn_t queue_irq(int irq, void *data)
{
	struct vqueue *q = data;

	q->interrupts++;
	if (READ_ONCE(q->armed))
		q->event(q);
	return IRQ_HANDLED;
}

static irqreturn_t queues_irq(int irq, void *data)
{
	struct vpci *vpci = data;
	unsigned int i;

	vpci->interrupts++;
	for (i = 0; i < vpci->nr_queues; i++) {
		struct vqueue *q = vpci->queues[i];

		if (READ_ONCE(q->armed) && vring_pending(&q->vr))
			q->event(q);
	}
	return IRQ_HANDLED;
}

static irqreturn_t intx_irq(int irq, void *data)
{
	struct vpci *vpci = data;
	/* reading clears it and takes the line down */
	u8 isr = ioread8(vpci->mdev.isr);

	if (!isr)
		return IRQ_NONE;
	if (isr & VIRTIO_PCI_ISR_CONFIG)
		vpci->config_event(vpci->owner);
	return queues_irq(irq, data);
}

/* How many vectors, and so what they will mean */
static int alloc_vectors(struct vpci *vpci, unsigned int nr)
{
	struct pci_dev *pdev = vpci->pdev;

	if (pci_alloc_irq_vectors(pdev, nr + 1, nr + 1, PCI_IRQ_MSIX) > 0)
		vpci->irq_mode = VPCI_IRQ_EACH;
	else if (pci_alloc_irq_vectors(pdev, 2, 2, PCI_IRQ_MSIX) > 0)
		vpci->irq_mode = VPCI_IRQ_TWO;
	else if (pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX) > 0)
		vpci->irq_mode = VPCI_IRQ_ONE;
	else if (pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX) > 0)
		vpci->irq_mode = VPCI_IRQ_INTX;
	else
		return -ENOSPC;
	return 0;
}

/* The MSI-X vector of queue number @i */
static u16 queue_vector(const struct vpci *vpci, unsigned int i)
{
	switch (vpci->irq_mode) {
	case VPCI_IRQ_EACH:
		return i + 1;
	case VPCI_IRQ_TWO:
		return 1;
	case VPCI_IRQ_ONE:
		return 0;
	default:
		return VIRTIO_MSI_NO_VECTOR;
	}
}

/* Tells the device which vector is whose; false if it cannot. */
static bool set_vectors(struct vpci *vpci)
{
	unsigned int i;
	u16 vector;

	if (vpci->irq_mode == VPCI_IRQ_INTX)
		return true;
	vector = vpci->irq_mode == VPCI_IRQ_ONE ? VIRTIO_MSI_NO_VECTOR : 0;
	if (vp_modern_config_vector(&vpci->mdev, vector) != vector)
		return false;
	for (i = 0; i < vpci->nr_queues; i++) {
		vector = queue_vector(vpci, i);
		if (vp_modern_queue_vector(&vpci->mdev, vpci->queues[i]->index,
					   vector) != vector)
			return false;
	}
	return true;
}

/* Undoes the first @nr of pci_request_irq(). */
static void free_vectors(struct vpci *vpci, unsigned int nr)
{
	while (nr--) {
		bool alone = vpci->irq_mode == VPCI_IRQ_EACH && nr;

		pci_free_irq(vpci->pdev, nr,
			     alone ? (void *)vpci->queues[nr - 1] : vpci);
	}
	pci_free_irq_vectors(vpci->pdev);
	vpci->irq_mode = VPCI_IRQ_NONE;
	vpci->queues = NULL;
	vpci->nr_queues = 0;
}

static unsigned int nr_vectors(const struct vpci *vpci)
{
	switch (vpci->irq_mode) {
	case VPCI_IRQ_EACH:
		return vpci->nr_queues + 1;
	case VPCI_IRQ_TWO:
		return 2;
	case VPCI_IRQ_ONE:
	case VPCI_IRQ_INTX:
		return 1;
	default:
		return 0;
	}
}

static int request_vector(struct vpci *vpci, unsigned int i)
{
	struct pci_dev *pdev = vpci->pdev;
	const char *name = pci_name(pdev);

	switch (vpci->irq_mode) {
	case VPCI_IRQ_EACH:
		if (!i)
			break;
		return pci_request_irq(pdev, i, queue_irq, NULL,
				       vpci->queues[i - 1], "blanket-%s-%s",
				       name, vpci->queues[i - 1]->name);
	case VPCI_IRQ_TWO:
		if (!i)
			break;
		fallthrough;
	case VPCI_IRQ_ONE:
		return pci_request_irq(pdev, i, queues_irq, NULL, vpci,
				       "blanket-%s-queues", name);
	default:
		return pci_request_irq(pdev, i, intx_irq, NULL, vpci,
				       "blanket-%s", name);
	}
	return pci_request_irq(pdev, i, config_irq, NULL, vpci,
			       "blanket-%s-config", name);
}

/**
 * vpci_request_irqs() - interrupts for these queues and the configuration
 * @vpci:	the device, its features agreed on
 * @queues:	its queues that interrupt; stays the caller's
 * @nr:		how many
 *
 * Return: 0 or an error, which was logged.
 */
int vpci_request_irqs(struct vpci *vpci, struct vqueue **queues,
		      unsigned int nr)
{
	struct device *dev = &vpci->pdev->dev;
	unsigned int i;
	int err;

	err = alloc_vectors(vpci, nr);
	if (err) {
		dev_err(dev, "no interrupt vector is free\n");
		return err;
	}
	vpci->queues = queues;
	vpci->nr_queues = nr;
	for (i = 0; i < nr_vectors(vpci); i++) {
		err = request_vector(vpci, i);
		if (err) {
			dev_err(dev, "cannot have interrupt vector %u of %u: %pe\n",
				i, nr_vectors(vpci), ERR_PTR(err));
			free_vectors(vpci, i);
			return err;
		}
	}
	if (!set_vectors(vpci)) {
		dev_err(dev, "the device has no room for %u interrupt vectors\n",
			nr_vectors(vpci));
		free_vectors(vpci, nr_vectors(vpci));
		return -EBUSY;
	}
	return 0;
}

/**
 * vpci_free_irqs() - no interrupt comes from now on, and none is under way
 * @vpci:	the device
 */
void vpci_free_irqs(struct vpci *vpci)
{
	free_vectors(vpci, nr_vectors(vpci));
}

/*
 * A match through driver_override comes with an id that fits anything; one
 * through new_id, which would take whatever is of a kind, with that id.
 */
static bool is_override(const struct pci_device_id *id)
{
	return id->vendor == PCI_ANY_ID && id->device == PCI_ANY_ID;
}

static const struct vdevice_kind *kind_of(const struct vpci *vpci)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->id == vpci->mdev.id.device)
			return kinds[i];
	dev_err(&vpci->pdev->dev, "a virtio device of type %u: only network cards (1) and disks (2) can be passed through; give it back to virtio-pci\n",
		vpci->mdev.id.device);
	return NULL;
}

static int open_registers(struct vpci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	struct device *dev = &pdev->dev;
	int err;

	err = pci_enable_device(pdev);
	if (err)
		return err;
	vpci->mdev.pci_dev = pdev;
	err = vp_modern_probe(&vpci->mdev);
	if (err) {
		dev_err(dev, "%04x:%04x has no virtio 1.x interface (%pe): have the host offer one (QEMU: disable-modern=off), or give the device back to virtio-pci and share it the ordinary way\n",
			pdev->vendor, pdev->device, ERR_PTR(err));
		goto disable;
	}
	err = vpci_reset(vpci);
	if (err)
		goto close;
	vpci->offered = vp_modern_get_features(&vpci->mdev);
	if (!vpci_offers(vpci, VIRTIO_F_VERSION_1)) {
		dev_err(dev, "features 0x%llx lack VIRTIO_F_VERSION_1: give the device back to virtio-pci and share it the ordinary way\n",
			vpci->offered);
		err = -ENODEV;
		goto close;
	}
	return 0;

close:
	vp_modern_remove(&vpci->mdev);
disable:
	pci_disable_device(pdev);
	return err;
}

static int vpci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct vdevice_kind *kind;
	struct vpci *vpci;
	int err;

	if (!is_override(id)) {
		dev_err(&pdev->dev, "left alone: a device is claimed by writing %s to its driver_override, not by new_id\n",
			VPCI_DRIVER_NAME);
		return -ENODEV;
	}
	vpci = kzalloc(sizeof(*vpci), GFP_KERNEL);
	if (!vpci)
		return -ENOMEM;
	vpci->pdev = pdev;
	err = open_registers(vpci);
	if (err)
		goto free;
	kind = kind_of(vpci);
	err = kind ? kind->probe(vpci) : -ENODEV;
	if (err)
		goto close;
	return 0;

close:
	vp_modern_remove(&vpci->mdev);
	pci_disable_device(pdev);
free:
	kfree(vpci);
	return err;
}

static void vpci_remove(struct pci_dev *pdev)
{
	struct vdevice *dev = pci_get_drvdata(pdev);
	struct vpci *vpci = dev->vpci;

	vdevice_remove(dev);
	dev->kind->remove(dev);
	vp_modern_remove(&vpci->mdev);
	pci_disable_device(pdev);
	kfree(vpci);
}

/*
 * Somebody resets the device through PCI (its file "reset" in sysfs): rings and
 * interrupts are gone after that, so whoever has it lets go first.
 */
static void vpci_reset_prepare(struct pci_dev *pdev)
{
	dev_info(&pdev->dev, "is being reset through PCI\n");
	vdevice_recall(pci_get_drvdata(pdev));
}

static void vpci_reset_done(struct pci_dev *pdev)
{
	vdevice_allow(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers vpci_err_handler = {
	.reset_prepare = vpci_reset_prepare,
	.reset_done = vpci_reset_done,
};

static struct pci_driver vpci_driver = {
	.name = VPCI_DRIVER_NAME,
	.probe = vpci_probe,
	.remove = vpci_remove,
	.dev_groups = vdevice_groups,
	.err_handler = &vpci_err_handler,
};

/**
 * vpci_register() - ready to be given devices
 *
 * Return: 0 or an error.
 */
int vpci_register(void)
{
	return pci_register_driver(&vpci_driver);
}

/**
 * vpci_unregister() - let go of all devices
 */
void vpci_unregister(void)
{
	pci_unregister_driver(&vpci_driver);
}
