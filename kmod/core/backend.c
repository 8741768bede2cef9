// SPDX-License-Identifier: GPL-2.0-only
/* What every xenbus backend of ours does the same way. */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/events.h>
#include <xen/xenbus.h>
#include <xen/interface/grant_table.h>

#include "backend.h"

/* A guest can change its grant table's version while only these are in use. */
#define RESERVED_REFS 8

static unsigned int fatal_per_minute = 10;
module_param(fatal_per_minute, uint, 0644);
MODULE_PARM_DESC(fatal_per_minute,
		 "Most complaints in dom0's log about a front end's doings, for each device");

/**
 * struct complaints - how often a device was complained of
 * @since:	when the minute began, in jiffies
 * @said:	complaints in it
 * @kept:	complaints kept back since the one before
 */
struct complaints {
	unsigned long since;
	unsigned int said;
	unsigned int kept;
};

/**
 * blanket_backend_is_ours() - was this device given to us by its script?
 * @dev:	a backend device
 * @script:	the name of our hotplug script, without a folder
 *
 * The stock drivers serve the same device types, so the toolstack's
 * "script" node decides; it holds an absolute path.
 *
 * Context: process context, reads xenstore.
 * Return: true if @dev names our script.
 */
bool blanket_backend_is_ours(struct xenbus_device *dev, const char *script)
{
	char *path = xenbus_read(XBT_NIL, dev->nodename, "script", NULL);
	bool ours;

	if (IS_ERR(path))
		return false;
	ours = !strcmp(kbasename(path), script);
	kfree(path);
	return ours;
}
EXPORT_SYMBOL_GPL(blanket_backend_is_ours);

/**
 * blanket_ring_map() - map a front end's ring
 * @ring:	filled in
 * @dev:	the backend device; its other end granted @refs
 * @refs:	one grant a page
 * @nr:		how many pages
 *
 * Context: process context. xenbus reports the failure to the tool stack.
 * Return: 0 or a negative error; -EINVAL for the console's or xenstore's grant.
 */
int blanket_ring_map(struct blanket_ring *ring, struct xenbus_device *dev,
		     grant_ref_t *refs, unsigned int nr)
{
	unsigned int i;

	ring->keeps_version = false;
	for (i = 0; i < nr; i++) {
		if (refs[i] == GNTTAB_RESERVED_CONSOLE ||
		    refs[i] == GNTTAB_RESERVED_XENSTORE)
			return -EINVAL;
		/* The rest of the reserved ones some front ends use, GRUB's first. */
		ring->keeps_version |= refs[i] >= RESERVED_REFS;
	}
	return xenbus_map_ring_valloc(dev, refs, nr, &ring->addr);
}
EXPORT_SYMBOL_GPL(blanket_ring_map);

/**
 * blanket_ring_unmap() - undo blanket_ring_map(); an unmapped ring is fine
 * @ring:	the ring
 * @dev:	the backend device
 *
 * Context: process context, after the last access to the ring.
 */
void blanket_ring_unmap(struct blanket_ring *ring, struct xenbus_device *dev)
{
	if (ring->addr)
		xenbus_unmap_ring_vfree(dev, ring->addr);
	ring->addr = NULL;
}
EXPORT_SYMBOL_GPL(blanket_ring_unmap);

/* A disk's queues may have something to say at the same time. */
static DEFINE_MUTEX(complaints_lock);

static void complaints_release(struct device *dev, void *res)
{
}

/* Whether there may be another, and how many there were that might not. */
static bool may_complain(struct device *dev, unsigned int *kept)
{
	struct complaints *c = devres_find(dev, complaints_release, NULL, NULL);

	if (!c) {
		c = devres_alloc(complaints_release, sizeof(*c), GFP_KERNEL);
		if (!c)
			return false;
		c->since = jiffies;
		c = devres_get(dev, c, NULL, NULL);
	}
	guard(mutex)(&complaints_lock);
	if (time_after_eq(jiffies, c->since + 60 * HZ)) {
		c->since = jiffies;
		c->said = 0;
	}
	if (c->said >= READ_ONCE(fatal_per_minute)) {
		c->kept++;
		return false;
	}
	c->said++;
	*kept = c->kept;
	c->kept = 0;
	return true;
}

/**
 * blanket_dev_fail() - a device cannot go on, often for its front end's sake
 * @dev:	the backend device, bound to its driver
 * @err:	a negative error
 * @format:	what is wrong, and what to do
 *
 * As xenbus_dev_fatal(), but a front end cannot fill dom0's log: it may fail as
 * often as it likes. The parameter fatal_per_minute is the limit.
 *
 * Context: process context.
 */
void blanket_dev_fail(struct xenbus_device *dev, int err, const char *format,
		      ...)
{
	struct va_format text = { .fmt = format };
	unsigned int kept;
	va_list args;

	if (!may_complain(&dev->dev, &kept)) {
		xenbus_switch_state(dev, XenbusStateClosing);
		return;
	}
	if (kept)
		dev_err(&dev->dev, "%u complaints like the next were kept back\n",
			kept);
	va_start(args, format);
	text.va = &args;
	xenbus_dev_fatal(dev, err, "%pV", &text);
	va_end(args);
}
EXPORT_SYMBOL_GPL(blanket_dev_fail);

/**
 * blanket_evtchn_bind() - bind a front end's event channel
 * @dev:	the backend device
 * @port:	the front end's port
 * @handler:	called in hard interrupt context; owes one xen_irq_lateeoi()
 *		for each call (XSA-332)
 * @name:	shown in /proc/interrupts; must outlive the binding
 * @arg:	given to @handler
 *
 * Context: process context.
 * Return: the irq, to be given to unbind_from_irqhandler(), or an error.
 */
int blanket_evtchn_bind(struct xenbus_device *dev, evtchn_port_t port,
			irq_handler_t handler, const char *name, void *arg)
{
	return bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, port, handler,
							     0, name, arg);
}
EXPORT_SYMBOL_GPL(blanket_evtchn_bind);
