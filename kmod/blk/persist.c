// SPDX-License-Identifier: GPL-2.0-only
/* Persistent grants: pages of the guest's that stay mapped. See persist.h. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "persist.h"

/* Unmapped with one hypercall, and one flush. */
#define BATCH	32u

/** persist_init() - an empty set of at most @max pages */
void persist_init(struct persist *p, unsigned int max)
{
	p->tree = RB_ROOT;
	INIT_LIST_HEAD(&p->idle);
	p->nr = 0;
	p->max = max;
}

/**
 * persist_find() - is a grant mapped already?
 * @p:		the ring's
 * @ref:	the grant
 *
 * Context: the ring's thread.
 * Return: its page, to be put, or NULL.
 */
struct persist_page *persist_find(struct persist *p, grant_ref_t ref)
{
	struct rb_node *node = p->tree.rb_node;

	while (node) {
		struct persist_page *kept = rb_entry(node, struct persist_page,
						     node);

		if (ref == kept->ref) {
			if (!kept->users++)
				list_del(&kept->idle);
			return kept;
		}
		node = ref < kept->ref ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * persist_add() - keep a page that was just mapped
 * @p:		the ring's
 * @ref:	the grant
 * @page:	where, writable
 * @handle:	its mapping
 *
 * Context: the ring's thread.
 * Return: the page, to be put, or NULL if it is not kept: there are as many as there
 * may be, another request of the batch had the grant too, or memory is short.
 */
struct persist_page *persist_add(struct persist *p, grant_ref_t ref,
				 struct page *page, grant_handle_t handle)
{
	struct rb_node **link = &p->tree.rb_node, *parent = NULL;
	struct persist_page *kept;

	if (p->nr >= p->max)
		return NULL;
	while (*link) {
		parent = *link;
		kept = rb_entry(parent, struct persist_page, node);
		if (ref == kept->ref)
			return NULL;
		link = ref < kept->ref ? &parent->rb_left : &parent->rb_right;
	}
	kept = kmalloc(sizeof(*kept), GFP_NOIO | __GFP_NOWARN);
	if (!kept)
		return NULL;
	*kept = (struct persist_page){
		.ref = ref, .handle = handle, .page = page, .users = 1,
	};
	rb_link_node(&kept->node, parent, link);
	rb_insert_color(&kept->node, &p->tree);
	p->nr++;
	return kept;
}

/**
 * persist_put() - a request is through with a page
 * @p:		the ring's
 * @kept:	what persist_find() or persist_add() gave
 *
 * Context: the ring's thread.
 */
void persist_put(struct persist *p, struct persist_page *kept)
{
	if (!--kept->users)
		list_add_tail(&kept->idle, &p->idle);
}

/* Takes up to BATCH idle pages that nobody below holds out of the set. */
static unsigned int take_out(struct persist *p, unsigned int nr,
			     struct gnttab_unmap_grant_ref *ops,
			     struct page **pages)
{
	struct persist_page *kept, *tmp;
	unsigned int taken = 0;

	list_for_each_entry_safe(kept, tmp, &p->idle, idle) {
		if (taken == min(nr, BATCH))
			break;
		if (page_count(kept->page) > 1)
			continue;
		gnttab_set_unmap_op(&ops[taken],
				    (unsigned long)page_to_virt(kept->page),
				    GNTMAP_host_map, kept->handle);
		pages[taken++] = kept->page;
		list_del(&kept->idle);
		rb_erase(&kept->node, &p->tree);
		p->nr--;
		kfree(kept);
	}
	return taken;
}

/**
 * persist_shrink() - let go of what nobody uses
 * @p:		the ring's
 * @keep:	how many may stay
 * @cache:	gets their pages
 * @domid:	whose grants they are
 * @stats:	counted here
 *
 * A page that is still in use below, by the packets of a network file system, say,
 * stays.
 *
 * Context: the ring's thread, or nobody serves it any more.
 */
void persist_shrink(struct persist *p, unsigned int keep,
		    struct gnttab_page_cache *cache, domid_t domid,
		    struct blanket_grant_stats *stats)
{
	struct gnttab_unmap_grant_ref *ops;
	struct page *pages[BATCH];
	unsigned int i, nr;

	if (p->nr <= keep)
		return;
	ops = kcalloc(BATCH, sizeof(*ops), GFP_NOIO | __GFP_NOFAIL);
	while (p->nr > keep) {
		nr = take_out(p, p->nr - keep, ops, pages);
		if (!nr)
			break;
		blanket_grant_unmap(ops, pages, nr, domid, stats);
		for (i = 0; i < nr; i++) {
			/* Else still the guest's: better lost than used again. */
			if (ops[i].status == GNTST_okay)
				gnttab_page_cache_put(cache, &pages[i], 1);
			else
				stats->errors++;
		}
	}
	kfree(ops);
}
