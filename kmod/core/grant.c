// SPDX-License-Identifier: GPL-2.0-only
/* Batched grant operations, counted and traced. See grant.h. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "grant.h"
#include "standing.h"
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
	blanket_standing_destroy(batch->standing);
	kvfree(batch->ops);
	*batch = (struct blanket_copy){};
}
EXPORT_SYMBOL_GPL(blanket_copy_exit);

/**
 * blanket_copy_stand() - read the guest's pages without Xen where that is possible
 * @batch:	a batch that copies from a guest
 * @stats:	counted here, for as long as the batch lives
 *
 * Context: process context, may sleep.
 */
void blanket_copy_stand(struct blanket_copy *batch,
			struct blanket_grant_stats *stats)
{
	batch->standing = blanket_standing_create(batch->domid, stats);
}
EXPORT_SYMBOL_GPL(blanket_copy_stand);

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
	unsigned int i, bytes = 0;

	if (!batch->nr)
		return;
	gnttab_batch_copy(batch->ops, batch->nr);
	for (i = 0; i < batch->nr; i++) {
		stats->errors += batch->ops[i].status != GNTST_okay;
		bytes += batch->ops[i].len;
	}
	stats->copy_calls++;
	stats->copy_ops += batch->nr;
	stats->copy_bytes += bytes;
	trace_blanket_copy(batch->domid, batch->nr, bytes);
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
