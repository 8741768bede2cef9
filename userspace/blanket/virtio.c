// SPDX-License-Identifier: GPL-2.0-only
/* The virtio network cards and disks on this machine's PCI buses. See virtio.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysfs.h"
#include "virtio.h"

#define PCI "bus/pci/devices/%s"
#define VENDOR "0x1af4"

/* What a PCI device ID of virtio's is, the transitional one and the modern one. */
static const struct {
	const char *id, *kind, *folder;
} ids[] = {
	{ "0x1000", "network", "net" },
	{ "0x1041", "network", "net" },
	{ "0x1001", "disk", "block" },
	{ "0x1042", "disk", "block" },
};

#define NR_IDS (sizeof(ids) / sizeof(ids[0]))

/* The first name in a folder that starts so; "" without one. */
static void first(char *buf, size_t size, const char *folder, const char *start)
{
	char **names;
	int i, n = sysfs_list(&names, "%s", folder);

	buf[0] = '\0';
	for (i = 0; i < n && !*buf; i++)
		if (!strncmp(names[i], start, strlen(start)))
			snprintf(buf, size, "%s", names[i]);
	sysfs_list_free(names, n);
}

/* Anew, of the one whose @pci is there; @kind stays if it has gone. */
void virtio_read(struct virtio_device *device)
{
	char text[32], folder[128];
	size_t i;

	device->driver[0] = '\0';
	device->bus[0] = '\0';
	device->dom0[0] = '\0';
	device->user[0] = '\0';
	device->broken[0] = '\0';
	sysfs_read(text, sizeof(text), PCI "/vendor", device->pci);
	if (strcmp(text, VENDOR))
		return;
	sysfs_read(text, sizeof(text), PCI "/device", device->pci);
	for (i = 0; i < NR_IDS; i++)
		if (!strcmp(text, ids[i].id))
			break;
	if (i == NR_IDS)
		return;
	device->kind = ids[i].kind;
	sysfs_link(device->driver, sizeof(device->driver), PCI "/driver", device->pci);
	snprintf(folder, sizeof(folder), PCI, device->pci);
	first(device->bus, sizeof(device->bus), folder, "virtio");
	if (*device->bus) {
		snprintf(folder, sizeof(folder), PCI "/%s/%s", device->pci, device->bus,
			 ids[i].folder);
		first(device->dom0, sizeof(device->dom0), folder, "");
	}
	sysfs_read(device->user, sizeof(device->user), PCI "/blanket/user", device->pci);
	sysfs_read(device->broken, sizeof(device->broken), PCI "/blanket/broken", device->pci);
}

/* All of them by address, to be freed; returns how many. */
int virtio_list(struct virtio_device **list)
{
	char **names;
	int i, nr = 0, n = sysfs_list(&names, "bus/pci/devices");

	*list = calloc(n + 1, sizeof(**list));
	if (!*list)
		abort();
	for (i = 0; i < n; i++) {
		struct virtio_device *device = &(*list)[nr];

		snprintf(device->pci, sizeof(device->pci), "%s", names[i]);
		virtio_read(device);
		if (device->kind)
			nr++;
	}
	sysfs_list_free(names, n);
	return nr;
}

/* By any of its names, a disk's also through links; NULL without one. */
const struct virtio_device *virtio_find(const struct virtio_device *list, int nr, const char *name)
{
	char path[PATH_MAX];
	int i;

	if (*name == '/')
		name = strrchr(realpath(name, path) ? path : name, '/') + 1;
	for (i = 0; i < nr && *name; i++)
		if (!strcmp(name, list[i].pci) || !strcmp(name, list[i].bus) ||
		    !strcmp(name, list[i].dom0))
			return &list[i];
	return NULL;
}
