/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins: a guest's granted pages, held in place for a device to write to or read.
 *
 *	blanket_pin_add()	gather	| blanket_pin_run()	one hypercall
 *	   ... the device writes, or reads ...
 *	blanket_unpin_add()	gather	| blanket_unpin_run()	one hypercall
 *
 * Nothing is mapped: dom0 gets an address to hand to the device. Xen makes sure
 * that the page is the guest's and can be neither freed nor, if it may be written
 * to, turned into a page table while it is pinned. Where Xen has lean operations
 * (lean.h) they do it; elsewhere a grant mapping for devices only does,
 * GNTMAP_device_map without GNTMAP_host_map.
 *
 * Source of the latter: <xen/interface/grant_table.h>.
 */
#ifndef _BLANKET_PIN_H
#define _BLANKET_PIN_H

#include <linux/list.h>
#include <linux/types.h>
#include <xen/grant_table.h>

#include "grant.h"
#include "lean.h"

/* Operations in a batch */
#define BLANKET_PINS_BATCH	LEAN_PINS

/**
 * struct blanket_pin - a page that is pinned, or is to be
 * @addr:	its bus address, 0 if it could not be pinned
 * @handle:	the slot, or the grant mapping
 * @lean:	which of the two
 * @readonly:	the device only reads it
 */
struct blanket_pin {
	u64 addr;
	u32 handle;
	bool lean;
	bool readonly;
};

/**
 * struct blanket_pins - what pins a queue's pages
 * @domid:	the guest
 * @node:	among all queues'
 * @lean:	pin by lean operations
 * @nr_slots:	slots that are this queue's alone
 * @free:	those not in use
 * @nr_free:	how many
 * @most:	pages that may be pinned at a time
 * @out:	added to be pinned and not yet to be unpinned
 * @ctl:	page for lean operations
 * @back:	page for those that undo them
 * @maps:	batch of ordinary ones
 * @unmaps:	batch of the opposite
 * @batch:	the pins of the batch, in the order they were added
 * @refs:	their grants
 * @nr:		how many
 * @nr_back:	slots in @back to be unpinned
 * @nr_unmaps:	entries of @unmaps
 * @stats:	counted here
 *
 * Not shared: the queue's NAPI or thread owns it. Pins and unpins may be gathered
 * side by side.
 */
struct blanket_pins {
	domid_t domid;
	struct list_head node;
	bool lean;
	unsigned int nr_slots;
	u32 *free;
	unsigned int nr_free;
	unsigned int most;
	unsigned int out;
	struct lean_ctl *ctl;
	struct lean_ctl *back;
	struct gnttab_map_grant_ref *maps;
	struct gnttab_unmap_grant_ref *unmaps;
	struct blanket_pin *batch[BLANKET_PINS_BATCH];
	grant_ref_t refs[BLANKET_PINS_BATCH];
	unsigned int nr;
	unsigned int nr_back;
	unsigned int nr_unmaps;
	struct blanket_grant_stats *stats;
};

int blanket_pins_init(struct blanket_pins *pins, domid_t domid,
		      unsigned int most, struct blanket_grant_stats *stats);
void blanket_pins_exit(struct blanket_pins *pins);
void blanket_pin_run(struct blanket_pins *pins);
void blanket_unpin_run(struct blanket_pins *pins);

/**
 * blanket_pins_room() - may so many more pages be pinned?
 * @pins:	the queue's
 * @nr:		how many
 *
 * Beyond it dom0's own table of grants in use would fill up, which all guests share.
 *
 * Context: the owner's.
 * Return: true if so.
 */
static inline bool blanket_pins_room(const struct blanket_pins *pins,
				     unsigned int nr)
{
	return pins->out + nr <= pins->most;
}

/**
 * blanket_pin_add() - gather a page to be pinned
 * @pins:	the queue's, with room
 * @ref:	its grant
 * @readonly:	the device only reads it; the grant may then be for reading
 * @pin:	filled in by blanket_pin_run(), which a full batch runs by itself;
 *		stays where it is until then
 *
 * Context: the owner's.
 */
static inline void blanket_pin_add(struct blanket_pins *pins, grant_ref_t ref,
				   bool readonly, struct blanket_pin *pin)
{
	pin->addr = 0;
	pin->readonly = readonly;
	pins->out++;
	pins->batch[pins->nr] = pin;
	pins->refs[pins->nr++] = ref;
	if (pins->nr == BLANKET_PINS_BATCH)
		blanket_pin_run(pins);
}

/**
 * blanket_unpin_add() - gather a page that the device is through with
 * @pins:	the queue's
 * @pin:	the page, once for each time it was added; fine if it could not be
 *		pinned
 *
 * It stays pinned until blanket_unpin_run(), which a full batch runs by itself.
 *
 * Context: the owner's.
 */
static inline void blanket_unpin_add(struct blanket_pins *pins,
				     struct blanket_pin *pin)
{
	pins->out--;
	if (!pin->addr)
		return;
	if (pin->lean) {
		pins->back->unpin[pins->nr_back++] = pin->handle;
	} else {
		/* with no address Xen would succeed and unmap nothing */
		gnttab_set_unmap_op(&pins->unmaps[pins->nr_unmaps], 0,
				    GNTMAP_device_map, pin->handle);
		pins->unmaps[pins->nr_unmaps++].dev_bus_addr = pin->addr;
	}
	pin->addr = 0;
	if (pins->nr_back == BLANKET_PINS_BATCH ||
	    pins->nr_unmaps == BLANKET_PINS_BATCH)
		blanket_unpin_run(pins);
}

#endif /* _BLANKET_PIN_H */
