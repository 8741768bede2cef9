// SPDX-License-Identifier: GPL-2.0-only
/* A virtio device of whatever kind: who has it, and what ails it. */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/virtio_config.h>

#include "device.h"

/* How often an unbind that waits for a client says so */
#define GONE_WAIT	(10 * HZ)

static bool packed = true;
module_param(packed, bool, 0644);
MODULE_PARM_DESC(packed, "Use packed rings where the device offers them (default 1); when started next");

static LIST_HEAD(devices);
static DEFINE_MUTEX(devices_lock);

static void config_event(void *owner)
{
	struct vdevice *dev = owner;

	schedule_work(&dev->config_work);
}

/**
 * vdevice_add() - a device can be had
 * @dev:	the device, zeroed
 * @kind:	of which kind
 * @vpci:	the device below, reset
 * @config_work: looks at a configuration that changed; between vdevice_run()
 *		and vdevice_halt()
 */
void vdevice_add(struct vdevice *dev, const struct vdevice_kind *kind,
		 struct vpci *vpci, work_func_t config_work)
{
	dev->kind = kind;
	dev->vpci = vpci;
	init_completion(&dev->released);
	mutex_init(&dev->lock);
	INIT_WORK(&dev->config_work, config_work);
	vpci->owner = dev;
	vpci->config_event = config_event;
	pci_set_drvdata(vpci->pdev, dev);
	mutex_lock(&devices_lock);
	list_add_tail(&dev->node, &devices);
	mutex_unlock(&devices_lock);
}

/**
 * vdevice_recall() - nobody is to have a device for the time being
 * @dev:	the device; on return nobody has it
 *
 * Context: process. Waits for its client.
 */
void vdevice_recall(struct vdevice *dev)
{
	bool had;

	mutex_lock(&devices_lock);
	dev->recalled = true;
	had = dev->gone;
	if (had) {
		reinit_completion(&dev->released);
		dev->gone(dev->client);
	}
	mutex_unlock(&devices_lock);
	while (had && !wait_for_completion_timeout(&dev->released, GONE_WAIT))
		dev_warn(&dev->vpci->pdev->dev, "waiting for %s to let go\n",
			 dev->user);
	/* vdevice_put() has left the lock */
	mutex_lock(&devices_lock);
	mutex_unlock(&devices_lock);
}

/**
 * vdevice_allow() - undo vdevice_recall()
 * @dev:	the device
 *
 * Context: process.
 */
void vdevice_allow(struct vdevice *dev)
{
	mutex_lock(&devices_lock);
	dev->recalled = false;
	mutex_unlock(&devices_lock);
}

/**
 * vdevice_remove() - a device can no longer be had
 * @dev:	the device; on return nobody has it
 *
 * Context: process. Waits for its client.
 */
void vdevice_remove(struct vdevice *dev)
{
	vdevice_recall(dev);
	mutex_lock(&devices_lock);
	list_del(&dev->node);
	mutex_unlock(&devices_lock);
	pci_set_drvdata(dev->vpci->pdev, NULL);
}

static struct vdevice *find(const struct vdevice_kind *kind, const char *name)
{
	struct vdevice *dev;

	lockdep_assert_held(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		if (dev->kind == kind &&
		    !strcmp(pci_name(dev->vpci->pdev), name))
			return dev;
	return NULL;
}

/**
 * vdevice_get() - have a device to oneself
 * @kind:	of which kind
 * @name:	its PCI name
 * @user:	who wants it, for sysfs; not empty
 * @gone:	tells @client to let go; must not wait
 * @client:	given to @gone
 *
 * Context: process.
 * Return: the device, or an ERR_PTR(): -ENODEV if no device of the kind that
 * was given to this driver has the name, -EBUSY if somebody has it or it is
 * being reset through PCI.
 */
struct vdevice *vdevice_get(const struct vdevice_kind *kind, const char *name,
			    const char *user, void (*gone)(void *client),
			    void *client)
{
	struct vdevice *dev;

	mutex_lock(&devices_lock);
	dev = find(kind, name);
	if (!dev) {
		dev = ERR_PTR(-ENODEV);
	} else if (dev->gone || dev->recalled) {
		dev = ERR_PTR(-EBUSY);
	} else if (!try_module_get(THIS_MODULE)) {
		dev = ERR_PTR(-ENODEV);
	} else {
		dev->gone = gone;
		dev->client = client;
		strscpy(dev->user, user, sizeof(dev->user));
	}
	mutex_unlock(&devices_lock);
	return dev;
}

/**
 * vdevice_put() - let go of a device
 * @dev:	the device, stopped; gone for the caller
 *
 * Context: process.
 */
void vdevice_put(struct vdevice *dev)
{
	mutex_lock(&devices_lock);
	dev->gone = NULL;
	dev->client = NULL;
	dev->user[0] = 0;
	complete(&dev->released);
	mutex_unlock(&devices_lock);
	module_put(THIS_MODULE);
}

/**
 * vdevice_queues() - how many queues, or pairs, a device has
 * @name:	its PCI name
 *
 * Context: process.
 * Return: how many; 0 if no device that was given to this driver has the name.
 */
unsigned int vdevice_queues(const char *name)
{
	struct vdevice *dev;
	unsigned int nr = 0;

	mutex_lock(&devices_lock);
	list_for_each_entry(dev, &devices, node)
		if (!strcmp(pci_name(dev->vpci->pdev), name))
			nr = dev->kind->nr_queues(dev);
	mutex_unlock(&devices_lock);
	return nr;
}

/**
 * vdevice_user() - who has a device
 * @dev:	the device
 * @user:	VDEVICE_USER_LEN bytes; empty if nobody
 */
void vdevice_user(struct vdevice *dev, char *user)
{
	mutex_lock(&devices_lock);
	strscpy(user, dev->user, VDEVICE_USER_LEN);
	mutex_unlock(&devices_lock);
}

/**
 * vdevice_break() - the device works no more, until it is stopped
 * @dev:	the device, started
 * @why:	static text
 *
 * Context: any. The configuration is looked at, which tells the client.
 */
void vdevice_break(struct vdevice *dev, const char *why)
{
	if (cmpxchg(&dev->broken, NULL, why))
		return;
	dev_err(&dev->vpci->pdev->dev, "broken: %s\n", why);
	schedule_work(&dev->config_work);
}

/**
 * vdevice_ring_features() - what we like in rings
 *
 * Return: bits, of which a device may offer some.
 */
u64 vdevice_ring_features(void)
{
	return BIT_ULL(VIRTIO_F_VERSION_1) |
	       BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
	       BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
	       BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
	       (packed ? BIT_ULL(VIRTIO_F_RING_PACKED) : 0);
}

/**
 * vdevice_run() - let a device begin
 * @dev:	the device, its queues in @irqs created; others may be enabled
 *
 * Context: process, lock held.
 * Return: 0 or an error, which was logged.
 */
int vdevice_run(struct vdevice *dev)
{
	unsigned int i;
	int err;

	lockdep_assert_held(&dev->lock);
	err = vpci_request_irqs(dev->vpci, dev->irqs, dev->nr_irqs);
	if (err)
		return err;
	for (i = 0; i < dev->nr_irqs; i++)
		vqueue_enable(dev->irqs[i]);
	vpci_driver_ok(dev->vpci);
	return 0;
}

/**
 * vdevice_halt() - no interrupt and no DMA from now on
 * @dev:	the device, which runs
 *
 * Context: process, lock held.
 */
void vdevice_halt(struct vdevice *dev)
{
	lockdep_assert_held(&dev->lock);
	vpci_free_irqs(dev->vpci);
	cancel_work_sync(&dev->config_work);
	vpci_reset(dev->vpci);
	dev->past_interrupts += dev->vpci->interrupts;
	dev->vpci->interrupts = 0;
}

/**
 * vdevice_retire() - free a queue, and keep what it counted
 * @dev:	its device, reset
 * @q:		the queue; one that was never created is fine
 */
void vdevice_retire(struct vdevice *dev, struct vqueue *q)
{
	dev->past_kicks += q->kicks;
	dev->past_interrupts += q->interrupts;
	vqueue_destroy(q);
}
