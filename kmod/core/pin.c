// SPDX-License-Identifier: GPL-2.0-only
/* Pins of a guest's pages. See pin.h. */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "pin.h"
#include "trace.h"

/* What one guest's queues may have of all slots. */
#define SLOTS_GUEST	(LEAN_SLOTS / 8)

/* Slots are dom0's, of all queues. */
static DECLARE_BITMAP(slots, LEAN_SLOTS);
static LIST_HEAD(all_pins);
static DEFINE_MUTEX(slots_lock);

static unsigned int slots_of(domid_t domid)
{
	const struct blanket_pins *pins;
	unsigned int nr = 0;

	list_for_each_entry(pins, &all_pins, node)
		if (pins->domid == domid)
			nr += pins->nr_slots;
	return nr;
}

static bool take_slots(struct blanket_pins *pins, unsigned int most)
{
	unsigned int slot = 0;

	pins->free = kvmalloc_array(most, sizeof(*pins->free), GFP_KERNEL);
	if (!pins->free)
		return false;
	mutex_lock(&slots_lock);
	most = min(most, SLOTS_GUEST - min(slots_of(pins->domid), SLOTS_GUEST));
	for (; pins->nr_free < most; slot++) {
		slot = find_next_zero_bit(slots, LEAN_SLOTS, slot);
		if (slot >= LEAN_SLOTS)
			break;
		__set_bit(slot, slots);
		pins->free[pins->nr_free++] = slot;
	}
	pins->nr_slots = pins->nr_free;
	mutex_unlock(&slots_lock);
	return pins->nr_slots;
}

static void give_slots(struct blanket_pins *pins)
{
	mutex_lock(&slots_lock);
	/* One that Xen has something in stays taken. */
	while (pins->nr_free)
		__clear_bit(pins->free[--pins->nr_free], slots);
	if (pins->node.next)
		list_del(&pins->node);
	mutex_unlock(&slots_lock);
	kvfree(pins->free);
}

/**
 * blanket_pins_init() - prepare to pin a guest's pages
 * @pins:	zeroed
 * @domid:	the guest
 * @most:	pages pinned at a time, fewer if lean slots are short
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
	pins->most = most;
	mutex_lock(&slots_lock);
	list_add(&pins->node, &all_pins);
	mutex_unlock(&slots_lock);
	pins->ctl = (void *)get_zeroed_page(GFP_KERNEL);
	pins->back = (void *)get_zeroed_page(GFP_KERNEL);
	pins->maps = kvcalloc(BLANKET_PINS_BATCH, sizeof(*pins->maps),
			      GFP_KERNEL);
	pins->unmaps = kvcalloc(BLANKET_PINS_BATCH, sizeof(*pins->unmaps),
				GFP_KERNEL);
	if (!pins->ctl || !pins->back || !pins->maps || !pins->unmaps)
		return -ENOMEM;
	if (!lean_have())
		return 0;
	/* without a slot the ordinary way does */
	pins->lean = take_slots(pins, most);
	if (pins->lean)
		pins->most = pins->nr_slots;
	if (!pins->lean)
		pr_notice_ratelimited("blanket: no slot is left to pin pages of domain %u in (%u are a guest's, %u there are): grant mappings pin them\n",
				      domid, SLOTS_GUEST, LEAN_SLOTS);
	return 0;
}
EXPORT_SYMBOL_GPL(blanket_pins_init);

/**
 * blanket_pins_exit() - undo blanket_pins_init(), also one that failed
 * @pins:	with nothing pinned but what was added to be unpinned; zeroed is
 *		fine
 *
 * Context: process context.
 */
void blanket_pins_exit(struct blanket_pins *pins)
{
	blanket_unpin_run(pins);
	give_slots(pins);
	free_page((unsigned long)pins->ctl);
	free_page((unsigned long)pins->back);
	kvfree(pins->maps);
	kvfree(pins->unmaps);
	*pins = (struct blanket_pins){};
}
EXPORT_SYMBOL_GPL(blanket_pins_exit);

/* --- lean ---------------------------------------------------------------- */

static u32 slot_of(const struct lean_pin *op)
{
	return op->slot & ~LEAN_PIN_READ;
}

static void take_pinned(struct blanket_pins *pins, unsigned int i,
			unsigned int nr)
{
	for (; nr--; i++) {
		struct blanket_pin *pin = pins->batch[i];

		pin->addr = pins->ctl->pin[i].addr;
		pin->handle = slot_of(&pins->ctl->pin[i]);
		pin->lean = true;
	}
}

/* Leave a page of the batch to the ordinary way, which has the last word. */
static void put_off(struct blanket_pins *pins, unsigned int i,
		    unsigned int *left)
{
	pins->batch[*left] = pins->batch[i];
	pins->refs[(*left)++] = pins->refs[i];
}

/* Return: how many pages are left in the batch, for the ordinary way. */
static unsigned int pin_lean(struct blanket_pins *pins)
{
	struct lean_ctl *ctl = pins->ctl;
	unsigned int nr = min(pins->nr, pins->nr_free);
	unsigned int i, at = 0, left = 0;

	for (i = 0; i < nr; i++) {
		ctl->pin[i].ref = pins->refs[i];
		ctl->pin[i].slot = pins->free[--pins->nr_free] |
				   (pins->batch[i]->readonly ? LEAN_PIN_READ : 0);
	}
	ctl->domid = pins->domid;
	while (at < nr) {
		int done = lean_call(GNTTABOP_backend_pin, ctl, at, nr - at);

		if (done < 0) {
			/* for the moment, or never for this guest */
			pins->lean = done == -ENOMEM || done == -ESRCH;
			break;
		}
		take_pinned(pins, at, done);
		at += done;
		if (at == nr || ctl->status == GNTST_okay)
			continue;
		/* A slot that Xen has something in is of no use to us. */
		if (ctl->status != GNTST_bad_handle)
			pins->free[pins->nr_free++] = slot_of(&ctl->pin[at]);
		put_off(pins, at++, &left);
	}
	for (i = at; i < pins->nr; i++) {
		if (i < nr)
			pins->free[pins->nr_free++] = slot_of(&ctl->pin[i]);
		put_off(pins, i, &left);
	}
	pins->stats->lean_ops += pins->nr - left;
	pins->stats->lean_retries += left;
	pins->stats->pin_calls++;
	return left;
}

static void unpin_lean(struct blanket_pins *pins)
{
	struct lean_ctl *ctl = pins->back;
	unsigned int at = 0;

	while (at < pins->nr_back) {
		int done = lean_call(GNTTABOP_backend_unpin, ctl, at,
				     pins->nr_back - at);

		if (WARN_ONCE(done < 0, "blanket: Xen does not unpin: %d\n", done))
			break;
		while (done--)
			pins->free[pins->nr_free++] = ctl->unpin[at++];
		/* One that is not pinned stays out of use. */
		if (at < pins->nr_back &&
		    WARN_ONCE(ctl->status != GNTST_okay,
			      "blanket: slot %u of domain %u is not pinned\n",
			      ctl->unpin[at], pins->domid))
			at++;
	}
	pins->nr_back = 0;
}

/* --- ordinary ------------------------------------------------------------ */

/* The first @nr pages of the batch */
static void pin_grants(struct blanket_pins *pins, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		gnttab_set_map_op(&pins->maps[i], 0, GNTMAP_device_map |
				  (pins->batch[i]->readonly ? GNTMAP_readonly : 0),
				  pins->refs[i], pins->domid);
	gnttab_batch_map(pins->maps, nr);
	pins->stats->pin_calls++;
	for (i = 0; i < nr; i++) {
		struct blanket_pin *pin = pins->batch[i];

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
	unsigned int left = pins->nr;

	if (!pins->nr)
		return;
	if (likely(pins->lean))
		left = pin_lean(pins);
	if (left)
		pin_grants(pins, left);
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
	unsigned int nr = pins->nr_back + pins->nr_unmaps;

	if (!nr)
		return;
	if (pins->nr_back)
		unpin_lean(pins);
	if (pins->nr_unmaps)
		unpin_grants(pins);
	pins->stats->unpin_calls++;
	trace_blanket_unmap(pins->domid, nr, nr * XEN_PAGE_SIZE);
}
EXPORT_SYMBOL_GPL(blanket_unpin_run);
