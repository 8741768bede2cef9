/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device of whatever kind: who has it, and what ails it.
 *
 *	claimed --vdevice_get()--> had --vdevice_put()--> claimed
 *
 * When the device is taken away or reset through PCI, its client is told and
 * waited for.
 *
 * Locks: devices_lock guards the list of devices, and who has each;
 * vdevice.lock a device's queues as a whole (start, stop, control, sysfs).
 * Not nested. The queues' contents belong to the client.
 */
#ifndef _BLANKET_VIRTIO_DEVICE_H
#define _BLANKET_VIRTIO_DEVICE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "pci.h"
#include "queue.h"

#define VDEVICE_USER_LEN 32

struct vdevice;

/**
 * struct vdevice_kind - what sets one kind of device apart
 * @id:		VIRTIO_ID_*
 * @name:	of the kind
 * @probe:	a device of it was claimed, and reset; 0 or an error, logged
 * @remove:	it is taken away, and nobody has it any more
 * @own_attrs:	attributes it has beside those that all have
 * @queues:	for sysfs: a line for each queue or pair, lock held
 * @nr_queues:	queues, or pairs, that it has
 * @mq_feature:	VIRTIO_*_F_MQ
 * @mq_offset:	where its configuration has their number, little endian
 * @mq_most:	no more are used
 */
struct vdevice_kind {
	u32 id;
	const char *name;
	int (*probe)(struct vpci *vpci);
	void (*remove)(struct vdevice *dev);
	struct attribute *const *own_attrs;
	int (*queues)(struct vdevice *dev, char *buf);
	unsigned int (*nr_queues)(struct vdevice *dev);
	unsigned int mq_feature;
	unsigned int mq_offset;
	unsigned int mq_most;
};

/**
 * struct vdevice - a device
 * @kind:	of which kind
 * @vpci:	the device below
 * @node:	in the list of devices
 * @gone:	tells the client that it is taken away; NULL: nobody has it
 * @client:	whose it is
 * @user:	the client's name; empty: nobody's
 * @released:	the client has let go
 * @recalled:	nobody can have it for the moment
 * @lock:	see above
 * @irqs:	all queues that interrupt while started, or NULL
 * @nr_irqs:	how many
 * @config_work: the configuration has changed, or the device broke
 * @broken:	why it works no more, static text
 * @past_kicks:	of queues that are no more
 * @past_interrupts: the same
 */
struct vdevice {
	const struct vdevice_kind *kind;
	struct vpci *vpci;
	struct list_head node;

	void (*gone)(void *client);
	void *client;
	char user[VDEVICE_USER_LEN];
	struct completion released;
	bool recalled;

	struct mutex lock;	/* the queues as a whole */
	struct vqueue **irqs;
	unsigned int nr_irqs;
	struct work_struct config_work;
	const char *broken;
	u64 past_kicks;
	u64 past_interrupts;
};

extern const struct vdevice_kind nic_kind;
extern const struct vdevice_kind blk_kind;

void vdevice_add(struct vdevice *dev, const struct vdevice_kind *kind,
		 struct vpci *vpci, work_func_t config_work);
void vdevice_recall(struct vdevice *dev);
void vdevice_allow(struct vdevice *dev);
void vdevice_remove(struct vdevice *dev);
struct vdevice *vdevice_get(const struct vdevice_kind *kind, const char *name,
			    const char *user, void (*gone)(void *client),
			    void *client);
void vdevice_put(struct vdevice *dev);
unsigned int vdevice_queues(const char *name);
void vdevice_user(struct vdevice *dev, char *user);
void vdevice_break(struct vdevice *dev, const char *why);
u64 vdevice_ring_features(void);
int vdevice_run(struct vdevice *dev);
void vdevice_halt(struct vdevice *dev);
void vdevice_retire(struct vdevice *dev, struct vqueue *q);

/* sysfs.c */
extern const struct attribute_group *vdevice_groups[];
extern struct attribute *const nic_attrs[];
extern struct attribute *const blk_attrs[];

#endif /* _BLANKET_VIRTIO_DEVICE_H */
