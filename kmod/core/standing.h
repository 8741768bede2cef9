/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standing mappings: a guest's grant table, and the pages it keeps sending
 * from, mapped read-only for as long as they are of use.
 *
 * A guest transmits and writes to disk from the same pages over and over.
 * With those mapped, a grant reference is two words to read and its page a
 * memcpy() away: no hypercall. What cannot be had this way is copied by Xen
 * as ever.
 *
 *	gref -> grant entry -> frame -> slot -> our address
 *	        read each time  hash     mapped the second time it is seen
 *
 * Read-only because a writable mapping would take the frame's type: the guest
 * could never make it a page table again, and we could write to one.
 *
 * Why it is safe is argued in Documentation/standing-mappings.md.
 *
 * Source of the tables: <xen/interface/grant_table.h>, <xen/interface/xen.h>.
 */
#ifndef _BLANKET_STANDING_H
#define _BLANKET_STANDING_H

#include <linux/jiffies.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#include "doorkeeper.h"
#include "grant.h"

/* What Xen lets a guest's table grow to unless it is told otherwise. */
#define STANDING_TABLE_FRAMES	64
#define STANDING_FRAME_ENTRIES	(XEN_PAGE_SIZE / sizeof(struct grant_entry_v1))
#define STANDING_NONE		U16_MAX
/* From here on a string operation pays for its start. */
#define STANDING_STRING_BYTES	256

/**
 * struct standing_slot - an address of ours
 * @va:		the address
 * @pte:	machine address of its page table entry
 * @frame:	the guest's frame that is mapped there, 0 for none
 * @next:	next slot of the same bucket, or next free one
 * @pins:	users that a device reads the page for
 * @recent:	was of use since the clock's hand last came by
 */
struct standing_slot {
	void *va;
	u64 pte;
	u32 frame;
	u16 next;
	u16 pins;
	bool recent;
};

/**
 * struct blanket_standing - one queue's standing mappings of one guest
 * @table:	the guest's grant table, as far as it is mapped
 * @nr_table:	frames of it
 * @table_slots: where they are mapped
 * @buckets:	heads of lists of @slots, by hash of the frame
 * @door:	which frames that missed are to be mapped; its hash is the buckets'
 * @slots:	for pages
 * @nr_slots:	how many
 * @free:	first unused one
 * @nr_used:	those in use
 * @hand:	where the clock stands
 * @swept:	when it last moved for want of a free slot, in jiffies
 * @age_at:	when blanket_standing_age() is due, in jiffies
 * @pages:	what all addresses belong to
 * @domid:	the guest
 * @stats:	counted here
 *
 * Not shared: the queue's NAPI or thread owns it.
 */
struct blanket_standing {
	const struct grant_entry_v1 *table[STANDING_TABLE_FRAMES];
	unsigned int nr_table;
	struct standing_slot table_slots[STANDING_TABLE_FRAMES];
	u16 *buckets;
	struct doorkeeper door;
	struct standing_slot *slots;
	unsigned int nr_slots;
	u16 free;
	unsigned int nr_used;
	unsigned int hand;
	unsigned long swept;
	unsigned long age_at;
	struct page **pages;
	domid_t domid;
	struct blanket_grant_stats *stats;
};

struct blanket_standing *blanket_standing_create(domid_t domid,
						 struct blanket_grant_stats *stats);
void blanket_standing_destroy(struct blanket_standing *st);
void blanket_standing_age(struct blanket_standing *st);
struct standing_slot *blanket_standing_miss(struct blanket_standing *st,
					    grant_ref_t ref);

/* The frame of a grant that dom0 may read. Return: false if it is none such. */
static inline bool standing_entry(const struct blanket_standing *st,
				  grant_ref_t ref, u32 *frame)
{
	const struct grant_entry_v1 *entry;

	if (unlikely(ref >= st->nr_table * STANDING_FRAME_ENTRIES))
		return false;
	ref = array_index_nospec(ref, st->nr_table * STANDING_FRAME_ENTRIES);
	entry = &st->table[ref / STANDING_FRAME_ENTRIES]
			  [ref % STANDING_FRAME_ENTRIES];
	/* The guest fills in the rest before the flags. */
	if (unlikely((smp_load_acquire(&entry->flags) & GTF_type_mask) !=
		     GTF_permit_access || READ_ONCE(entry->domid)))
		return false;
	*frame = READ_ONCE(entry->frame);
	return true;
}

/* The slot of a granted page that is mapped, or gets to be. */
static __always_inline struct standing_slot *
standing_lookup(struct blanket_standing *st, grant_ref_t ref)
{
	u32 frame;
	u16 i;

	if (unlikely(!standing_entry(st, ref, &frame)))
		return blanket_standing_miss(st, ref);
	for (i = st->buckets[doorkeeper_hash(&st->door, frame)]; i != STANDING_NONE;
	     i = st->slots[i].next) {
		struct standing_slot *slot = &st->slots[i];

		if (slot->frame == frame) {
			slot->recent = true;
			st->stats->standing_hits++;
			return slot;
		}
	}
	return blanket_standing_miss(st, ref);
}

/**
 * blanket_standing_find() - where a granted page can be read
 * @st:		standing mappings
 * @ref:	the grant
 *
 * The page is the guest's, whatever it does: it is good to be read until the
 * next call, and may change meanwhile.
 *
 * Context: the owner's.
 * Return: its address, or NULL: have Xen copy it.
 */
static __always_inline const void *
blanket_standing_find(struct blanket_standing *st, grant_ref_t ref)
{
	const struct standing_slot *slot = standing_lookup(st, ref);

	return likely(slot) ? slot->va : NULL;
}

/**
 * blanket_standing_pin() - where a device can read a granted page
 * @st:		standing mappings, or NULL
 * @ref:	the grant
 * @addr:	set to the page's bus address
 *
 * Context: the owner's.
 * Return: what to give to blanket_standing_unpin() once the device is done:
 * the page stays the guest's until then. NULL: it has none.
 */
static __always_inline struct standing_slot *
blanket_standing_pin(struct blanket_standing *st, grant_ref_t ref, u64 *addr)
{
	struct standing_slot *slot = st ? standing_lookup(st, ref) : NULL;

	if (unlikely(!slot || slot->pins == U16_MAX))
		return NULL;
	slot->pins++;
	*addr = (u64)slot->frame << XEN_PAGE_SHIFT;
	return slot;
}

/** blanket_standing_unpin() - the device is done. Context: the owner's. */
static inline void blanket_standing_unpin(struct standing_slot *slot)
{
	slot->pins--;
}

/*
 * memcpy() is a loop of loads and stores on CPUs without FSRM; a string
 * operation is fewer instructions there, and no slower on any.
 */
static inline void standing_read(void *dst, const void *src, unsigned int len)
{
	unsigned long words = len / sizeof(u64);

	if (len >= STANDING_STRING_BYTES) {
		asm volatile("rep movsq" : "+D" (dst), "+S" (src), "+c" (words)
			     : : "memory");
		len %= sizeof(u64);
	}
	memcpy(dst, src, len);
}

/**
 * blanket_copy_fetch() - read from a guest's page, now or with the batch
 * @batch:	the batch
 * @ref:	grant of the guest's page
 * @offset:	where in it; @offset + @len <= 4096, checked by the caller
 * @dst:	as for blanket_copy_add_from()
 * @len:	bytes, at least one
 *
 * Context: any; the caller owns the batch.
 * Return: true: @dst holds the bytes once the batch has run, if its operations
 * succeeded; false with the batch as it was if it is full.
 */
static inline bool blanket_copy_fetch(struct blanket_copy *batch,
				      grant_ref_t ref, unsigned int offset,
				      void *dst, unsigned int len)
{
	if (batch->standing) {
		const void *page = blanket_standing_find(batch->standing, ref);

		if (likely(page)) {
			standing_read(dst, page + offset, len);
			batch->standing->stats->standing_bytes += len;
			return true;
		}
	}
	return blanket_copy_add_from(batch, ref, offset, dst, len);
}

/**
 * blanket_standing_due() - is it time for blanket_standing_age()?
 * @st:		standing mappings, or NULL
 *
 * Return: true if it is.
 */
static inline bool blanket_standing_due(const struct blanket_standing *st)
{
	return st && st->nr_used && time_after_eq(jiffies, st->age_at);
}

#endif /* _BLANKET_STANDING_H */
