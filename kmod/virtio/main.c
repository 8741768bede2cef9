// SPDX-License-Identifier: GPL-2.0-only
/*
 * blanket_virtio: virtio devices that a guest has to itself.
 *
 *	blanket_net	blanket_blk
 *	   |  nic.h	   |  blk.h
 *	blanket_virtio	nic*.c	  network cards: queues, buffers, control
 *			blk*.c	  disks: configuration, queues
 *			device.c  who has a device
 *			peek.c	  a look at one that nobody has yet
 *			sysfs.c	  what it shows
 *			pci.c	  claim, registers, features, interrupts, reset
 *			queue.c	  a virtqueue's memory and doorbell
 *			vring.c	  the virtqueue protocol, pure
 */
#include <linux/module.h>

#include "pci.h"

static int __init blanket_virtio_init(void)
{
	return vpci_register();
}

static void __exit blanket_virtio_exit(void)
{
	vpci_unregister();
}

module_init(blanket_virtio_init);
module_exit(blanket_virtio_exit);

MODULE_DESCRIPTION("Xen-Blanket: virtio devices passed through");
MODULE_LICENSE("GPL");
