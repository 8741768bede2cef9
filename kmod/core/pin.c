// SPDX-License-Identifier: GPL-2.0-only
/* Pins of a guest's pages. See pin.h. */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "pin.h"
#include "trace.h"

/* Slots are dom0's, of all queues. */
static DECLARE_BITMAP(slots, LEAN_SLOTS);
static DEFINE_MUTEX(slots_lock);

static int take_slots(struct blanket_pins *pins, unsigned int nr)
{
	unsigned long first;

	pins->free = kvmalloc_array(nr, sizeof(*pins->free), GFP_KERNEL);
	if (!pins->free)
		return -ENOMEM;
	mutex_lock(&slots_lock);
	first = bitmap_find_next_zero_area(slots, LEAN_SLOTS, 0, nr, 0);
	if (first + nr <= LEAN_SLOTS)
		bitmap_set(slots, first, nr);
	mutex_unlock(&slots_lock);
	if (first + nr > LEAN_SLOTS)
		return -ENOSPC;
	pins->first_slot = first;
	pins->nr_slots = nr;
	while (pins->nr_free < nr)
		pins->free[pins->nr_free++] = first++;
	return 0;
}

static void give_slots(struct blanket_pins *pins)
{
	if (pins->nr_slots) {
		/* One that is still in use stays taken: Xen has it. */
		WARN_ONCE(pins->nr_free != pins->nr_slots,
			  "blanket: %u pages of domain %u are still pinned\n",
			  pins->nr_slots - pins->nr_free, pins->domid);
		mutex_lock(&slots_lock);
		while (pins->nr_free)
			clear_bit(pins->free[--pins->nr_free], slots);
		mutex_unlock(&slots_lock);
	}
	kvfree(pins->free);
}

/**
 * blanket_pins_init() - prepare to pin a guest's pages
 * @pins:	zeroed
 * @domid:	the guest
 * @most:	pages pinned at a time; beyond it some will not be
 * @stats:	counted here
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; blanket_pins_exit() cleans up in all cases.
 */
int blanket_pins_init(struct blanket_pins *pins, domid_t domid,
		      unsigned int most, struct blanket_grant_stats *stats)
{
	pins->domid = domid;
	pins->stats = stats;
	pins->ctl = (void *)get_zeroed_page(GFP_KERNEL);
	pins->maps = kvcalloc(BLANKET_PINS_BATCH, sizeof(*pins->maps),
			      GFP_KERNEL);
	pins->unmaps = kvcalloc(BLANKET_PINS_BATCH, sizeof(*pins->unmaps),
				GFP_KERNEL);
	if (!pins->ctl || !pins->maps || !pins->unmaps)
		return -ENOMEM;
	/* without a slot the ordinary way does */
	pins->lean = lean_have() && !take_slots(pins, most);
	return 0;
}
EXPORT_SYMBOL_GPL(blanket_pins_init);

/**
 * blanket_pins_exit() - undo blanket_pins_init(), also one that failed
 * @pins:	with nothing pinned; zeroed is fine
 *
 * Context: process context.
 */
void blanket_pins_exit(struct blanket_pins *pins)
{
	give_slots(pins);
	free_page((unsigned long)pins->ctl);
	kvfree(pins->maps);
	kvfree(pins->unmaps);
	*pins = (struct blanket_pins){};
}
EXPORT_SYMBOL_GPL(blanket_pins_exit);

/* --- lean ---------------------------------------------------------------- */

static void take_pinned(struct blanket_pins *pins, unsigned int i,
			unsigned int nr)
{
	for (; nr--; i++) {
		struct blanket_pin *pin = pins->batch[i];

		pin->addr = pins->ctl->pin[i].addr;
		pin->handle = pins->ctl->pin[i].slot;
		pin->lean = true;
	}
}

/* Return: how many pages were dealt with; the rest is for the ordinary way. */
static unsigned int pin_lean(struct blanket_pins *pins)
{
	struct lean_ctl *ctl = pins->ctl;
	/* Of the last slots, those that are free go back unused. */
	unsigned int nr = min(pins->nr, pins->nr_free);
	unsigned int i, at = 0;

	for (i = 0; i < nr; i++) {
		ctl->pin[i].ref = pins->refs[i];
		ctl->pin[i].slot = pins->free[--pins->nr_free];
	}
	ctl->domid = pins->domid;
	while (at < nr) {
		int done = lean_call(GNTTABOP_backend_pin, ctl, at, nr - at);

		if (done < 0) {
			pins->lean = false;
			break;
		}
		take_pinned(pins, at, done);
		at += done;
		if (at < nr && ctl->status != GNTST_okay) {
			pins->free[pins->nr_free++] = ctl->pin[at++].slot;
			pins->stats->errors++;
		}
	}
	for (i = at; i < nr; i++)
		pins->free[pins->nr_free++] = ctl->pin[i].slot;
	return at;
}

static void unpin_lean(struct blanket_pins *pins)
{
	struct lean_ctl *ctl = pins->ctl;
	unsigned int at = 0;

	while (at < pins->nr_slots_back) {
		int done = lean_call(GNTTABOP_backend_unpin, ctl, at,
				     pins->nr_slots_back - at);

		if (WARN_ONCE(done < 0 || ctl->status != GNTST_okay,
			      "blanket: Xen does not unpin a page of domain %u: %d, %d\n",
			      pins->domid, done, ctl->status))
			break;
		while (done--)
			pins->free[pins->nr_free++] = ctl->unpin[at++];
	}
	pins->nr_slots_back = 0;
}

/* --- ordinary ------------------------------------------------------------ */

static void pin_grants(struct blanket_pins *pins, unsigned int first)
{
	unsigned int i, nr = pins->nr - first;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&pins->maps[i], 0, GNTMAP_device_map,
				  pins->refs[first + i], pins->domid);
	gnttab_batch_map(pins->maps, nr);
	for (i = 0; i < nr; i++) {
		struct blanket_pin *pin = pins->batch[first + i];

		if (pins->maps[i].status != GNTST_okay) {
			pins->stats->errors++;
			continue;
		}
		pin->addr = pins->maps[i].dev_bus_addr;
		pin->handle = pins->maps[i].handle;
		pin->lean = false;
	}
}

static void unpin_grants(struct blanket_pins *pins)
{
	unsigned int i;
	int err;

	err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, pins->unmaps,
					pins->nr_unmaps);
	for (i = 0; !err && i < pins->nr_unmaps; i++)
		err = pins->unmaps[i].status;
	WARN_ONCE(err, "blanket: Xen does not unmap a page of domain %u: %d\n",
		  pins->domid, err);
	pins->nr_unmaps = 0;
}

/**
 * blanket_pin_run() - pin the pages of the batch
 * @pins:	the queue's
 *
 * Each pin of the batch then has its address, or none.
 *
 * Context: the owner's.
 */
void blanket_pin_run(struct blanket_pins *pins)
{
	unsigned int done = 0;

	if (!pins->nr)
		return;
	if (likely(pins->lean))
		done = pin_lean(pins);
	if (done < pins->nr)
		pin_grants(pins, done);
	pins->stats->pin_calls++;
	pins->stats->pin_pages += pins->nr;
	trace_blanket_map(pins->domid, pins->nr, pins->nr * XEN_PAGE_SIZE);
	pins->nr = 0;
}
EXPORT_SYMBOL_GPL(blanket_pin_run);

/**
 * blanket_unpin_run() - let go of the pages of the batch
 * @pins:	the queue's
 *
 * Before this the guest must not be told that they are its own again.
 *
 * Context: the owner's.
 */
void blanket_unpin_run(struct blanket_pins *pins)
{
	unsigned int nr = pins->nr_slots_back + pins->nr_unmaps;

	if (!nr)
		return;
	if (pins->nr_slots_back)
		unpin_lean(pins);
	if (pins->nr_unmaps)
		unpin_grants(pins);
	pins->stats->unpin_calls++;
	trace_blanket_unmap(pins->domid, nr, nr * XEN_PAGE_SIZE);
}
EXPORT_SYMBOL_GPL(blanket_unpin_run);
