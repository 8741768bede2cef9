// SPDX-License-Identifier: GPL-2.0-only
/* Batched grant operations, counted and traced. See grant.h. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "grant.h"
#include "standing.h"
#include "trace.h"

static void free_lean(struct blanket_copy *batch)
{
	unsigned int i;

	for (i = 0; batch->lean && i < DIV_ROUND_UP(batch->max, LEAN_WRITES); i++)
		free_page((unsigned long)batch->lean[i]);
	kfree(batch->lean);
	batch->lean = NULL;
}

static int alloc_lean(struct blanket_copy *batch)
{
	unsigned int i, nr = DIV_ROUND_UP(batch->max, LEAN_WRITES);

	batch->lean = kcalloc(nr, sizeof(*batch->lean), GFP_KERNEL);
	if (!batch->lean)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		batch->lean[i] = (void *)get_zeroed_page(GFP_KERNEL);
		if (!batch->lean[i])
			return -ENOMEM;
		batch->lean[i]->domid = batch->domid;
	}
	return 0;
}

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
	int err = 0;

	*batch = (struct blanket_copy){ .max = max, .domid = domid };
	batch->ops = kvcalloc(max, sizeof(*batch->ops), GFP_KERNEL);
	if (!batch->ops)
		return -ENOMEM;
	if (lean_have())
		err = alloc_lean(batch);
	if (err)
		blanket_copy_exit(batch);
	return err;
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
	free_lean(batch);
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
 * blanket_copy_unstand() - let go of all that is mapped; without is fine
 * @batch:	a batch that is not in use
 *
 * Context: process context, may sleep.
 */
void blanket_copy_unstand(struct blanket_copy *batch)
{
	blanket_standing_destroy(batch->standing);
	batch->standing = NULL;
}
EXPORT_SYMBOL_GPL(blanket_copy_unstand);

static struct lean_write *write_at(const struct blanket_copy *batch,
				   unsigned int i)
{
	return &batch->lean[i / LEAN_WRITES]->write[i % LEAN_WRITES];
}

/**
 * blanket_copy_rewind() - take back what was added last
 * @batch:	a batch that has not run
 * @nr:		length to go back to
 *
 * Context: any; the caller owns the batch.
 */
void blanket_copy_rewind(struct blanket_copy *batch, unsigned int nr)
{
	while (batch->nr > nr) {
		unsigned int i = --batch->nr;

		batch->bytes -= batch->to_guest ? write_at(batch, i)->len :
						  batch->ops[i].len;
	}
}
EXPORT_SYMBOL_GPL(blanket_copy_rewind);

/* Operations @first on, the ordinary way. */
static void run_ordinary(struct blanket_copy *batch, unsigned int first,
			 unsigned int nr, struct blanket_grant_stats *stats)
{
	unsigned int i;

	gnttab_batch_copy(batch->ops + first, nr);
	for (i = first; i < first + nr; i++)
		batch->failed += batch->ops[i].status != GNTST_okay;
	stats->copy_calls++;
}

/* Lean operations @first on, which Xen would not do. */
static void retry(struct blanket_copy *batch, unsigned int first,
		  unsigned int nr, struct blanket_grant_stats *stats)
{
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		const struct lean_write *write = write_at(batch, i);

		if (write->from == LEAN_FROM_NOWHERE)
			continue;
		blanket_copy_set_to(&batch->ops[i], batch->domid, write->ref,
				    write->offset,
				    pfn_to_page(mfn_to_pfn(PFN_DOWN(write->from))),
				    offset_in_page(write->from), write->len);
	}
	stats->lean_retries += nr;
	run_ordinary(batch, first, nr, stats);
}

/* What is not tried again has succeeded, and says so if one is asked for. */
static void prepare_retries(struct blanket_copy *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		batch->ops[i].status = GNTST_okay;
}

static void run_lean(struct blanket_copy *batch,
		     struct blanket_grant_stats *stats)
{
	unsigned int at = 0;

	while (at < batch->nr) {
		struct lean_ctl *ctl = batch->lean[at / LEAN_WRITES];
		unsigned int first = at % LEAN_WRITES;
		unsigned int nr = min(batch->nr - at, LEAN_WRITES - first);
		int done = lean_call(GNTTABOP_backend_write, ctl, first, nr);

		stats->copy_calls++;
		at += max(done, 0);
		if (likely(done == nr))
			continue;
		if (done >= 0 && ctl->status == GNTST_okay)
			continue; /* something else was due first */
		/* With all that follows: a guest's bad grants make two calls of one. */
		prepare_retries(batch);
		retry(batch, at, batch->nr - at, stats);
		if (done < 0)
			free_lean(batch); /* not for this guest: never again */
		break;
	}
	stats->lean_ops += at;
}

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
	if (!batch->nr)
		return;
	if (batch->to_guest)
		run_lean(batch, stats);
	else
		run_ordinary(batch, 0, batch->nr, stats);
	stats->errors += batch->failed;
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
