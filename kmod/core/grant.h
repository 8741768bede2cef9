/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Batched grant operations: a ring pass gathers what it wants from the guest
 * and asks Xen once.
 *
 *	blanket_copy_add_from()/_to()	gather	| blanket_copy_run()	one hypercall
 *	fill map_ops			gather	| blanket_grant_map()	one hypercall
 *	fill unmap_ops			gather	| blanket_grant_unmap()	one hypercall
 *
 * Every operation has a status of its own: look at each, the hypercall's own
 * success says nothing about them (XSA-361, 362, 365, 367).
 *
 * Where Xen has lean operations (lean.h), copies to a guest are such; what they
 * do not do, an ordinary one is tried for.
 */
#ifndef _BLANKET_GRANT_H
#define _BLANKET_GRANT_H

#include <linux/types.h>
#include <linux/mm_types.h>
#include <xen/grant_table.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#include "lean.h"

struct blanket_standing;

/**
 * struct blanket_grant_stats - what a queue asked of Xen
 * @map_calls:	map hypercalls
 * @map_pages:	grants mapped
 * @unmap_calls: unmap hypercalls
 * @unmap_pages: grants unmapped
 * @copy_calls:	copy hypercalls
 * @copy_ops:	copy operations in them
 * @copy_bytes:	bytes those operations were asked to move
 * @errors:	operations Xen refused
 * @lean_ops:	lean operations
 * @lean_retries: lean operations that had to be done the ordinary way
 * @pin_calls:	hypercalls that pinned pages
 * @pin_pages:	pages they were asked to pin
 * @unpin_calls: hypercalls that unpinned some
 * @standing_hits: pieces read through a standing mapping instead
 * @standing_bytes: their bytes
 * @standing_misses: pieces whose page has none
 * @standing_maps: pages such a mapping was made for
 * @standing_unmaps: pages let go
 * @standing_refused: mappings Xen refused
 *
 * One writer (the queue's NAPI or thread), any reader.
 */
struct blanket_grant_stats {
	u64 map_calls;
	u64 map_pages;
	u64 unmap_calls;
	u64 unmap_pages;
	u64 copy_calls;
	u64 copy_ops;
	u64 copy_bytes;
	u64 errors;
	u64 lean_ops;
	u64 lean_retries;
	u64 pin_calls;
	u64 pin_pages;
	u64 unpin_calls;
	u64 standing_hits;
	u64 standing_bytes;
	u64 standing_misses;
	u64 standing_maps;
	u64 standing_unmaps;
	u64 standing_refused;
};

/**
 * struct blanket_copy - a batch of grant copies, all to or all from one domain
 * @ops:	the operations gathered so far, unless they are lean; of lean
 *		ones, those that were tried again
 * @lean:	pages of lean operations, LEAN_WRITES in each, or NULL
 * @nr:		how many
 * @bytes:	they are to move
 * @failed:	of those that have run
 * @to_guest:	the batch is of lean operations
 * @max:	room in the batch
 * @domid:	the domain whose grants are named
 * @standing:	how its pages are read without asking Xen, or NULL
 */
struct blanket_copy {
	struct gnttab_copy *ops;
	struct lean_ctl **lean;
	unsigned int nr;
	unsigned int bytes;
	unsigned int failed;
	bool to_guest;
	unsigned int max;
	domid_t domid;
	struct blanket_standing *standing;
};

int blanket_copy_init(struct blanket_copy *batch, domid_t domid,
		      unsigned int max);
void blanket_copy_exit(struct blanket_copy *batch);
void blanket_copy_stand(struct blanket_copy *batch,
			struct blanket_grant_stats *stats);
void blanket_copy_unstand(struct blanket_copy *batch);
void blanket_copy_rewind(struct blanket_copy *batch, unsigned int nr);
void blanket_copy_run(struct blanket_copy *batch,
		      struct blanket_grant_stats *stats);

/**
 * blanket_copy_room() - how much still fits
 * @batch:	the batch
 *
 * Return: operations.
 */
static inline unsigned int blanket_copy_room(const struct blanket_copy *batch)
{
	return batch->max - batch->nr;
}

/**
 * blanket_copy_reset() - forget the operations of a batch that has run
 * @batch:	the batch
 */
static inline void blanket_copy_reset(struct blanket_copy *batch)
{
	batch->nr = 0;
	batch->bytes = 0;
	batch->failed = 0;
	batch->to_guest = false;
}

/**
 * blanket_copy_add_from() - gather a copy out of a guest's page
 * @batch:	the batch
 * @ref:	grant of the guest's page
 * @offset:	where in it; @offset + @len <= 4096, checked by the caller
 * @dst:	kernel memory in the linear map, within one page: our frames are
 *		adjacent in pfn but not in mfn
 * @len:	bytes, at least one
 *
 * Context: any; the caller owns the batch.
 * Return: true, or false with the batch as it was if it is full.
 */
static inline bool blanket_copy_add_from(struct blanket_copy *batch,
					 grant_ref_t ref, unsigned int offset,
					 void *dst, unsigned int len)
{
	struct gnttab_copy *op;

	if (unlikely(batch->nr == batch->max))
		return false;
	op = &batch->ops[batch->nr++];
	op->source.u.ref = ref;
	op->source.domid = batch->domid;
	op->source.offset = offset;
	op->dest.u.gmfn = virt_to_gfn(dst);
	op->dest.domid = DOMID_SELF;
	op->dest.offset = offset_in_page(dst);
	op->len = len;
	op->flags = GNTCOPY_source_gref;
	op->status = GNTST_general_error;
	batch->bytes += len;
	return true;
}

/* The ordinary operation for blanket_copy_add_to(). */
static inline void blanket_copy_set_to(struct gnttab_copy *op, domid_t domid,
				       grant_ref_t ref, unsigned int offset,
				       struct page *src,
				       unsigned int src_offset,
				       unsigned int len)
{
	const struct xen_page_foreign *foreign = xen_page_foreign(src);

	op->flags = GNTCOPY_dest_gref;
	if (unlikely(foreign)) {
		/* Mapped from another guest: no frame of ours to name. */
		op->source.u.ref = foreign->gref;
		op->source.domid = foreign->domid;
		op->flags |= GNTCOPY_source_gref;
	} else {
		op->source.u.gmfn = xen_page_to_gfn(src);
		op->source.domid = DOMID_SELF;
	}
	op->source.offset = src_offset;
	op->dest.u.ref = ref;
	op->dest.domid = domid;
	op->dest.offset = offset;
	op->len = len;
	op->status = GNTST_general_error;
}

/**
 * blanket_copy_add_to() - gather a copy into a guest's page
 * @batch:	the batch
 * @ref:	grant of the guest's page
 * @offset:	where in it; @offset + @len <= 4096, checked by the caller
 * @src:	where from
 * @src_offset:	where in it; @src_offset + @len <= 4096
 * @len:	bytes, at least one
 *
 * Context: any; the caller owns the batch and a reference to the source.
 * Return: true, or false with the batch as it was if it is full.
 */
static inline bool blanket_copy_add_to(struct blanket_copy *batch,
				       grant_ref_t ref, unsigned int offset,
				       struct page *src,
				       unsigned int src_offset,
				       unsigned int len)
{
	unsigned int i = batch->nr;
	struct lean_write *write;

	if (unlikely(i == batch->max))
		return false;
	batch->nr = i + 1;
	batch->bytes += len;
	if (unlikely(!batch->lean)) {
		blanket_copy_set_to(&batch->ops[i], batch->domid, ref, offset,
				    src, src_offset, len);
		return true;
	}
	batch->to_guest = true;
	write = &batch->lean[i / LEAN_WRITES]->write[i % LEAN_WRITES];
	write->ref = ref;
	write->offset = offset;
	write->len = len;
	if (unlikely(xen_page_foreign(src))) {
		/* Another guest's page: Xen will refuse, and this be done. */
		write->from = LEAN_FROM_NOWHERE;
		blanket_copy_set_to(&batch->ops[i], batch->domid, ref, offset,
				    src, src_offset, len);
		return true;
	}
	write->from = ((u64)xen_page_to_gfn(src) << XEN_PAGE_SHIFT) |
		      src_offset;
	return true;
}

/**
 * blanket_copy_ok() - did a run of operations all succeed?
 * @batch:	a batch that has run and was not reset
 * @first:	the first operation
 * @nr:		how many
 *
 * Return: true if every one did.
 */
static inline bool blanket_copy_ok(const struct blanket_copy *batch,
				   unsigned int first, unsigned int nr)
{
	if (likely(!batch->failed))
		return true;
	while (nr--)
		if (batch->ops[first + nr].status != GNTST_okay)
			return false;
	return true;
}

int blanket_grant_map(struct gnttab_map_grant_ref *ops, struct page **pages,
		      unsigned int nr, struct blanket_grant_stats *stats);
int blanket_grant_unmap(struct gnttab_unmap_grant_ref *ops,
			struct page **pages, unsigned int nr, domid_t domid,
			struct blanket_grant_stats *stats);

#endif /* _BLANKET_GRANT_H */
