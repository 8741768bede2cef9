// SPDX-License-Identifier: GPL-2.0-only
/* Standing mappings of a guest's pages. See standing.h. */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "standing.h"

static unsigned int standing_pages = 1024;
module_param(standing_pages, uint, 0644);
MODULE_PARM_DESC(standing_pages,
		 "Pages of a guest that each of its queues keeps mapped (for new connections; 0: none, Xen copies all)");

/* More than a slot's index could name. */
#define PAGES_MAX	SZ_32K
/* Mappings let go at a time: one hypercall, one flush. */
#define EVICT_BATCH	32U
/* How far the clock moves when no slot is free. */
#define SWEEP_STEPS	64U
/* How far it moves to look for what is no longer of use ... */
#define AGE_STEPS	256U
/* ... so that it comes by once in this time. */
#define AGE_JIFFIES	HZ
/* Of a page-sized read-only mapping of the kernel's. */
#define PTE_FLAGS	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)

/* --- one mapping -------------------------------------------------------- */

static bool find_pte(struct standing_slot *slot, struct page *page)
{
	unsigned int level;
	pte_t *pte;

	slot->va = page_address(page);
	pte = lookup_address((unsigned long)slot->va, &level);
	if (!pte || level != PG_LEVEL_4K)
		return false;
	/* What is mapped is the very frame, also where a guest's are numbers of its own. */
	slot->pte = virt_to_machine(pte).maddr | MMU_PT_UPDATE_NO_TRANSLATE;
	return true;
}

/* Xen looks whether the frame is the guest's, and holds on to it for us. */
static bool map_slot(const struct blanket_standing *st,
		     struct standing_slot *slot, u32 frame)
{
	struct mmu_update update = {
		.ptr = slot->pte,
		.val = ((u64)frame << XEN_PAGE_SHIFT) | PTE_FLAGS,
	};

	if (HYPERVISOR_mmu_update(&update, 1, NULL, st->domid))
		return false;
	slot->frame = frame;
	return true;
}

/** struct eviction - mappings to be undone together */
struct eviction {
	struct mmu_update updates[EVICT_BATCH];
	struct standing_slot *slots[EVICT_BATCH];
	unsigned int nr;
};

static void run_eviction(struct eviction *ev)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };
	unsigned int i;

	if (!ev->nr)
		return;
	/* It is our own page table, and nothing but Xen's bug could fail. */
	WARN_ONCE(HYPERVISOR_mmu_update(ev->updates, ev->nr, NULL, DOMID_SELF),
		  "blanket: Xen refused to clear page table entries\n");
	/* No CPU may remember an address when it comes to be used again. */
	WARN_ONCE(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF),
		  "blanket: Xen refused to flush the TLB\n");
	for (i = 0; i < ev->nr; i++)
		ev->slots[i]->frame = 0;
	ev->nr = 0;
}

static void evict(struct eviction *ev, struct standing_slot *slot)
{
	if (ev->nr == EVICT_BATCH)
		run_eviction(ev);
	ev->slots[ev->nr] = slot;
	ev->updates[ev->nr++] = (struct mmu_update){ .ptr = slot->pte };
}

/* --- the pages ---------------------------------------------------------- */

static u16 *bucket_of(const struct blanket_standing *st, u32 frame)
{
	return &st->buckets[doorkeeper_hash(&st->door, frame)];
}

static void link_slot(struct blanket_standing *st, u16 i)
{
	u16 *bucket = bucket_of(st, st->slots[i].frame);

	st->free = st->slots[i].next;
	st->slots[i].next = *bucket;
	st->slots[i].recent = true;
	*bucket = i;
	st->nr_used++;
	st->stats->standing_maps++;
}

static void unlink_slot(struct blanket_standing *st, u16 i)
{
	u16 *link = bucket_of(st, st->slots[i].frame);

	while (*link != i)
		link = &st->slots[*link].next;
	*link = st->slots[i].next;
	st->slots[i].next = st->free;
	st->free = i;
	st->nr_used--;
	st->stats->standing_unmaps++;
}

/* Advance the clock: what was not of use since it last came by goes. */
static void sweep(struct blanket_standing *st, unsigned int steps)
{
	struct eviction ev = {};

	while (steps--) {
		struct standing_slot *slot = &st->slots[st->hand];

		if (slot->frame && !slot->recent && !slot->pins) {
			unlink_slot(st, st->hand);
			evict(&ev, slot);
		}
		slot->recent = false;
		if (++st->hand == st->nr_slots)
			st->hand = 0;
	}
	run_eviction(&ev);
}

/**
 * blanket_standing_age() - let go of what is no longer of use
 * @st:		standing mappings
 *
 * A page that is held cannot be another's: the guest may have given it back.
 *
 * Context: the owner's, when blanket_standing_due().
 */
void blanket_standing_age(struct blanket_standing *st)
{
	unsigned int steps = min(AGE_STEPS, st->nr_slots);

	sweep(st, steps);
	st->age_at = jiffies + max(AGE_JIFFIES * steps / st->nr_slots, 1U);
}
EXPORT_SYMBOL_GPL(blanket_standing_age);

/* Guests with more pages than we hold must not make us map without end. */
static bool have_free_slot(struct blanket_standing *st)
{
	if (st->free == STANDING_NONE && time_after(jiffies, st->swept)) {
		st->swept = jiffies;
		sweep(st, min(SWEEP_STEPS, st->nr_slots));
	}
	return st->free != STANDING_NONE;
}

static struct standing_slot *map_page(struct blanket_standing *st, u32 frame)
{
	u16 i;

	if (!doorkeeper_admit(&st->door, frame) || !have_free_slot(st))
		return NULL;
	i = st->free;
	if (!map_slot(st, &st->slots[i], frame)) {
		st->stats->standing_refused++;
		doorkeeper_forget(&st->door, frame);
		return NULL;
	}
	if (!st->nr_used)
		st->age_at = jiffies + AGE_JIFFIES;
	link_slot(st, i);
	return &st->slots[i];
}

/* --- the grant table ---------------------------------------------------- */

/* Frames in the table of another kind of guest are not the machine's. */
static bool guest_is_pv(domid_t domid)
{
	char path[32], *type;
	bool pv;

	snprintf(path, sizeof(path), "/libxl/%u", domid);
	type = xenbus_read(XBT_NIL, path, "type", NULL);
	if (IS_ERR(type))
		return false;
	pv = !strcmp(type, "pv");
	kfree(type);
	return pv;
}

static bool version_is_1(domid_t domid)
{
	struct gnttab_get_version get = { .dom = domid };

	return !HYPERVISOR_grant_table_op(GNTTABOP_get_version, &get, 1) &&
	       get.version == 1;
}

/* Map what the table has grown by. Return: false if it is nothing. */
static bool extend_table(struct blanket_standing *st)
{
	struct gnttab_query_size query = { .dom = st->domid };
	struct gnttab_setup_table setup = { .dom = st->domid };
	xen_pfn_t frames[STANDING_TABLE_FRAMES];
	unsigned int before = st->nr_table;

	/* The front end's rings are mapped by now: the version stays. */
	if (!before && !version_is_1(st->domid))
		return false;
	if (HYPERVISOR_grant_table_op(GNTTABOP_query_size, &query, 1) ||
	    query.status != GNTST_okay)
		return false;
	/* Asking for more would make it grow. */
	setup.nr_frames = min(query.nr_frames, STANDING_TABLE_FRAMES);
	if (setup.nr_frames <= before)
		return false;
	set_xen_guest_handle(setup.frame_list, frames);
	if (HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &setup, 1) ||
	    setup.status != GNTST_okay)
		return false;
	while (st->nr_table < setup.nr_frames) {
		struct standing_slot *slot = &st->table_slots[st->nr_table];

		if (!map_slot(st, slot, frames[st->nr_table])) {
			st->stats->standing_refused++;
			break;
		}
		st->table[st->nr_table++] = slot->va;
	}
	return st->nr_table > before;
}

/**
 * blanket_standing_miss() - see to a page that is not mapped
 * @st:		standing mappings
 * @ref:	the grant
 *
 * Context: the owner's.
 * Return: the slot it is mapped in now, or NULL.
 */
struct standing_slot *blanket_standing_miss(struct blanket_standing *st,
					    grant_ref_t ref)
{
	struct standing_slot *slot = NULL;
	u32 frame;

	if (ref < st->nr_table * STANDING_FRAME_ENTRIES ||
	    (ref < STANDING_TABLE_FRAMES * STANDING_FRAME_ENTRIES &&
	     extend_table(st))) {
		if (standing_entry(st, ref, &frame) && frame)
			slot = map_page(st, frame);
	}
	st->stats->standing_misses++;
	return slot;
}
EXPORT_SYMBOL_GPL(blanket_standing_miss);

/* --- birth and death ---------------------------------------------------- */

static bool lay_out(struct blanket_standing *st)
{
	unsigned int i;

	for (i = 0; i < 1U << st->door.bits; i++)
		st->buckets[i] = STANDING_NONE;
	for (i = 0; i < STANDING_TABLE_FRAMES; i++)
		if (!find_pte(&st->table_slots[i], st->pages[i]))
			return false;
	for (i = 0; i < st->nr_slots; i++) {
		if (!find_pte(&st->slots[i],
			      st->pages[STANDING_TABLE_FRAMES + i]))
			return false;
		st->slots[i].next = i + 1;
	}
	st->slots[i - 1].next = STANDING_NONE;
	return true;
}

/**
 * blanket_standing_create() - prepare to map a guest's pages
 * @domid:	the guest
 * @stats:	counted there
 *
 * Context: process context, may sleep.
 * Return: standing mappings, all of them still to be made, or NULL when there
 * are to be none: the parameter standing_pages is 0, the guest is dom0 or not
 * known to libxl as a PV guest, its grant table is of another version, or
 * memory is short.
 */
struct blanket_standing *blanket_standing_create(domid_t domid,
						 struct blanket_grant_stats *stats)
{
	unsigned int nr = min(READ_ONCE(standing_pages), PAGES_MAX);
	struct blanket_standing *st;
	unsigned int bits;
	u32 *seen;

	/* A front end in dom0 itself has no foreign pages. */
	if (!nr || !domid || !xen_pv_domain() || !guest_is_pv(domid) ||
	    !version_is_1(domid))
		return NULL;
	st = kvzalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return NULL;
	st->domid = domid;
	st->stats = stats;
	st->nr_slots = nr;
	bits = ilog2(roundup_pow_of_two(2 * nr));
	st->slots = kvcalloc(nr, sizeof(*st->slots), GFP_KERNEL);
	st->buckets = kvcalloc(1 << bits, sizeof(*st->buckets), GFP_KERNEL);
	seen = kvcalloc(1 << bits, sizeof(*seen), GFP_KERNEL);
	doorkeeper_init(&st->door, seen, bits, get_random_u32());
	st->pages = kvcalloc(STANDING_TABLE_FRAMES + nr, sizeof(*st->pages),
			     GFP_KERNEL);
	if (!st->slots || !st->buckets || !seen || !st->pages ||
	    xen_alloc_unpopulated_pages(STANDING_TABLE_FRAMES + nr,
					st->pages)) {
		kvfree(st->pages);
		st->pages = NULL;
	}
	if (!st->pages || !lay_out(st)) {
		blanket_standing_destroy(st);
		return NULL;
	}
	return st;
}
EXPORT_SYMBOL_GPL(blanket_standing_create);

/**
 * blanket_standing_destroy() - let go of all of a guest's pages
 * @st:		standing mappings nobody uses any more, none pinned, or NULL
 *
 * Context: process context.
 */
void blanket_standing_destroy(struct blanket_standing *st)
{
	struct eviction ev = {};
	unsigned int i;

	if (!st)
		return;
	for (i = 0; st->slots && i < st->nr_slots; i++) {
		if (!st->slots[i].frame)
			continue;
		st->stats->standing_unmaps++;
		evict(&ev, &st->slots[i]);
	}
	for (i = 0; i < st->nr_table; i++)
		evict(&ev, &st->table_slots[i]);
	run_eviction(&ev);
	if (st->pages)
		xen_free_unpopulated_pages(STANDING_TABLE_FRAMES + st->nr_slots,
					   st->pages);
	kvfree(st->pages);
	kvfree(st->door.cells);
	kvfree(st->buckets);
	kvfree(st->slots);
	kvfree(st);
}
EXPORT_SYMBOL_GPL(blanket_standing_destroy);
