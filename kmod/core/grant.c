// SPDX-License-Identifier: GPL-2.0-only
/* Batched grant operations, counted and traced. See grant.h. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "grant.h"
#include "trace.h"

/**
 * blanket_copy_init() - make an empty batch
 * @batch:	the batch
 * @domid:	the domain whose grants will be copied from or to
 * @max:	most operations in one run
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int blanket_copy_init(struct blanket_copy *batch, domid_t domid,
		      unsigned int max)
{
	*batch = (struct blanket_copy){ .max = max, .domid = domid };
	batch->ops = kvcalloc(max, sizeof(*batch->ops), GFP_KERNEL);
	return batch->ops ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(blanket_copy_init);

/**
 * blanket_copy_exit() - free a batch; a zeroed one is fine
 * @batch:	the batch
 *
 * Context: process context.
 */
void blanket_copy_exit(struct blanket_copy *batch)
{
	kvfree(batch->ops);
	*batch = (struct blanket_copy){};
}
EXPORT_SYMBOL_GPL(blanket_copy_exit);

/*
 * Our frames are adjacent in pfn but not in mfn, so no operation may cross a
 * page of ours. Pieces needed for @len bytes at @offset in a page:
 */
static unsigned int pieces(unsigned int offset, unsigned int len)
{
	return DIV_ROUND_UP(offset_in_page(offset) + len, XEN_PAGE_SIZE);
}

static struct gnttab_copy *next_op(struct blanket_copy *batch,
				   unsigned int len, unsigned int flags)
{
	struct gnttab_copy *op = &batch->ops[batch->nr++];

	op->len = len;
	op->flags = flags;
	op->status = GNTST_general_error;
	batch->bytes += len;
	return op;
}

/**
 * blanket_copy_add_from() - gather a copy out of a guest's page
 * @batch:	the batch
 * @ref:	grant of the guest's page
 * @offset:	where in it; @offset + @len <= 4096, checked by the caller
 * @dst:	kernel memory in the linear map
 * @len:	bytes, at least one
 *
 * Context: any; the caller owns the batch.
 * Return: operations used, or -ENOSPC with the batch as it was.
 */
int blanket_copy_add_from(struct blanket_copy *batch, grant_ref_t ref,
			  unsigned int offset, void *dst, unsigned int len)
{
	unsigned int nr = pieces(offset_in_page(dst), len);
	unsigned int i;

	if (nr > blanket_copy_room(batch))
		return -ENOSPC;
	for (i = 0; i < nr; i++) {
		unsigned int part = min_t(unsigned int, len,
					  XEN_PAGE_SIZE - offset_in_page(dst));
		struct gnttab_copy *op = next_op(batch, part,
						 GNTCOPY_source_gref);

		op->source.u.ref = ref;
		op->source.domid = batch->domid;
		op->source.offset = offset;
		op->dest.u.gmfn = virt_to_gfn(dst);
		op->dest.domid = DOMID_SELF;
		op->dest.offset = offset_in_page(dst);
		dst += part;
		offset += part;
		len -= part;
	}
	return nr;
}
EXPORT_SYMBOL_GPL(blanket_copy_add_from);

/* A page mapped from another guest has no frame of ours to name. */
static void set_source(struct gnttab_copy *op, struct page *page,
		       unsigned int offset)
{
	const struct xen_page_foreign *foreign = xen_page_foreign(page);

	op->source.offset = offset;
	if (foreign) {
		op->source.u.ref = foreign->gref;
		op->source.domid = foreign->domid;
		op->flags |= GNTCOPY_source_gref;
	} else {
		op->source.u.gmfn = xen_page_to_gfn(page);
		op->source.domid = DOMID_SELF;
	}
}

/**
 * blanket_copy_add_to() - gather a copy into a guest's page
 * @batch:	the batch
 * @ref:	grant of the guest's page
 * @offset:	where in it; @offset + @len <= 4096, checked by the caller
 * @src:	first page of the source; later ones follow by pfn
 * @src_offset:	where the source begins, counted from @src; may exceed a page
 * @len:	bytes, at least one
 *
 * Context: any; the caller owns the batch and a reference to the source.
 * Return: operations used, or -ENOSPC with the batch as it was.
 */
int blanket_copy_add_to(struct blanket_copy *batch, grant_ref_t ref,
			unsigned int offset, struct page *src,
			unsigned int src_offset, unsigned int len)
{
	unsigned int nr = pieces(src_offset, len);
	unsigned int i;

	if (nr > blanket_copy_room(batch))
		return -ENOSPC;
	for (i = 0; i < nr; i++) {
		unsigned int part = min_t(unsigned int, len, XEN_PAGE_SIZE -
					  offset_in_page(src_offset));
		struct gnttab_copy *op = next_op(batch, part,
						 GNTCOPY_dest_gref);

		set_source(op, nth_page(src, src_offset >> XEN_PAGE_SHIFT),
			   offset_in_page(src_offset));
		op->dest.u.ref = ref;
		op->dest.domid = batch->domid;
		op->dest.offset = offset;
		src_offset += part;
		offset += part;
		len -= part;
	}
	return nr;
}
EXPORT_SYMBOL_GPL(blanket_copy_add_to);

/**
 * blanket_copy_run() - do all copies of a batch with one hypercall
 * @batch:	the batch; afterwards each op's status is valid, and the batch
 *		is to be reset before it is filled again
 * @stats:	counted here
 *
 * Context: any, but see gnttab_batch_copy() for guests with paged memory,
 * which a PV guest cannot have.
 */
void blanket_copy_run(struct blanket_copy *batch,
		      struct blanket_grant_stats *stats)
{
	unsigned int i;

	if (!batch->nr)
		return;
	gnttab_batch_copy(batch->ops, batch->nr);
	for (i = 0; i < batch->nr; i++)
		stats->errors += batch->ops[i].status != GNTST_okay;
	stats->copy_calls++;
	stats->copy_ops += batch->nr;
	stats->copy_bytes += batch->bytes;
	trace_blanket_copy(batch->domid, batch->nr, batch->bytes);
}
EXPORT_SYMBOL_GPL(blanket_copy_run);

/**
 * blanket_grant_map() - map a batch of grants with one hypercall
 * @ops:	set up by gnttab_set_map_op(), one domain; status says how each went
 * @pages:	a page from gnttab_page_cache_get() or gnttab_alloc_pages() each
 * @nr:		how many
 * @stats:	counted here
 *
 * Context: any.
 * Return: 0, or an error after which no op of the batch can be trusted to
 * hold a mapping except those whose status is GNTST_okay.
 */
int blanket_grant_map(struct gnttab_map_grant_ref *ops, struct page **pages,
		      unsigned int nr, struct blanket_grant_stats *stats)
{
	unsigned int i, okay = 0;
	int err;

	if (!nr)
		return 0;
	err = gnttab_map_refs(ops, NULL, pages, nr);
	for (i = 0; i < nr; i++)
		okay += ops[i].status == GNTST_okay;
	stats->map_calls++;
	stats->map_pages += okay;
	stats->errors += nr - okay;
	trace_blanket_map(ops[0].dom, nr, okay * XEN_PAGE_SIZE);
	return err;
}
EXPORT_SYMBOL_GPL(blanket_grant_map);

/**
 * blanket_grant_unmap() - unmap a batch of grants with one hypercall
 * @ops:	set up by gnttab_set_unmap_op()
 * @pages:	the pages they were mapped at, which nobody else uses any more
 * @nr:		how many
 * @domid:	whose grants they are (for the trace)
 * @stats:	counted here
 *
 * Context: any.
 * Return: 0 or the hypercall's error.
 */
int blanket_grant_unmap(struct gnttab_unmap_grant_ref *ops,
			struct page **pages, unsigned int nr, domid_t domid,
			struct blanket_grant_stats *stats)
{
	int err;

	if (!nr)
		return 0;
	err = gnttab_unmap_refs(ops, NULL, pages, nr);
	stats->unmap_calls++;
	stats->unmap_pages += nr;
	trace_blanket_unmap(domid, nr, nr * XEN_PAGE_SIZE);
	return err;
}
EXPORT_SYMBOL_GPL(blanket_grant_unmap);
