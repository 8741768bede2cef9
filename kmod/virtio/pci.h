/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio 1.x device on PCI: its claim, features, interrupts and reset.
 * What kind of device it is, is for others (nic.c, blk.c).
 */
#ifndef _BLANKET_VIRTIO_PCI_H
#define _BLANKET_VIRTIO_PCI_H

#include <linux/types.h>
#include <linux/virtio_pci_modern.h>

#include "../compat/pci.h"

#define VPCI_DRIVER_NAME "blanket_virtio"

struct vqueue;

/** enum vpci_irq_mode - what the device's interrupts tell us */
enum vpci_irq_mode {
	VPCI_IRQ_NONE,		/* not set up */
	VPCI_IRQ_EACH,		/* MSI-X: the configuration, and each queue */
	VPCI_IRQ_TWO,		/* MSI-X: the configuration, and all queues */
	VPCI_IRQ_ONE,		/* MSI-X: all queues */
	VPCI_IRQ_INTX,		/* one line, and a register that says what */
};

/**
 * struct vpci - the device
 * @pdev:	PCI's view of it
 * @mdev:	its registers
 * @offered:	features it has
 * @features:	features in use, 0 while reset
 * @queues:	those set up, in the order of their interrupts
 * @nr_queues:	how many
 * @config_event: its configuration has changed; hard interrupt
 * @owner:	whose event that is
 * @irq_mode:	how it interrupts
 * @interrupts:	of the configuration, and those not for a queue alone
 */
struct vpci {
	struct pci_dev *pdev;
	struct virtio_pci_modern_device mdev;
	u64 offered;
	u64 features;
	struct vqueue **queues;
	unsigned int nr_queues;
	void (*config_event)(void *owner);
	void *owner;
	enum vpci_irq_mode irq_mode;
	u64 interrupts;
};

static inline bool vpci_offers(const struct vpci *vpci, unsigned int bit)
{
	return vpci->offered & BIT_ULL(bit);
}

static inline bool vpci_has(const struct vpci *vpci, unsigned int bit)
{
	return vpci->features & BIT_ULL(bit);
}

int vpci_negotiate(struct vpci *vpci, u64 want);
void vpci_driver_ok(struct vpci *vpci);
int vpci_reset(struct vpci *vpci);
bool vpci_needs_reset(struct vpci *vpci);
int vpci_request_irqs(struct vpci *vpci, struct vqueue **queues,
		      unsigned int nr);
void vpci_free_irqs(struct vpci *vpci);

int vpci_register(void);
void vpci_unregister(void);

#endif /* _BLANKET_VIRTIO_PCI_H */
