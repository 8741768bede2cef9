/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio network cards and disks on this machine's PCI buses. */
#ifndef BLANKET_VIRTIO_H
#define BLANKET_VIRTIO_H

#include <stddef.h>

/**
 * struct virtio_device - a card or a disk, all texts "" where there is none
 * @pci:	its PCI address, which stays
 * @kind:	"network" or "disk"
 * @driver:	who has it: virtio-pci, blanket_virtio
 * @bus:	its name on the virtio bus, another one each time
 * @dom0:	the network interface or disk that dom0 makes of it
 * @user:	the guest's device that has it to itself, of blanket_virtio's
 * @broken:	why it is of no use, likewise
 */
struct virtio_device {
	char pci[32];
	const char *kind;
	char driver[32], bus[32], dom0[32];
	char user[64], broken[128];
};

int virtio_list(struct virtio_device **list);
const struct virtio_device *virtio_find(const struct virtio_device *list, int nr, const char *name);
void virtio_read(struct virtio_device *device);

#endif /* BLANKET_VIRTIO_H */
