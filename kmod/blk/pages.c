// SPDX-License-Identifier: GPL-2.0-only
/* A ring's own pages, for requests that are copied. */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "pages.h"

/**
 * bblk_pages_init() - start with no page
 * @pages:	the pool
 * @gfp:	GFP_NOIO or GFP_ATOMIC, by the server's context
 */
void bblk_pages_init(struct bblk_pages *pages, gfp_t gfp)
{
	INIT_LIST_HEAD(&pages->free);
	pages->nr = 0;
	pages->out = 0;
	pages->gfp = gfp;
}

/**
 * bblk_pages_get() - take a page
 * @pages:	the pool
 *
 * Context: the ring's server.
 * Return: a page, or NULL when memory is short.
 */
struct page *bblk_pages_get(struct bblk_pages *pages)
{
	struct page *page;

	page = list_first_entry_or_null(&pages->free, struct page, lru);
	if (page) {
		list_del(&page->lru);
		pages->nr--;
	} else {
		page = alloc_page(pages->gfp | __GFP_ZERO | __GFP_NOWARN);
		if (!page)
			return NULL;
	}
	pages->out++;
	return page;
}

/**
 * bblk_pages_put() - give a page back
 * @pages:	the pool
 * @page:	the page
 *
 * What lies below may keep a reference beyond the end of its request (a
 * network file system under a loop device): such a page isn't used again.
 *
 * Context: the ring's server.
 */
void bblk_pages_put(struct bblk_pages *pages, struct page *page)
{
	pages->out--;
	if (page_count(page) != 1) {
		put_page(page);
		return;
	}
	list_add(&page->lru, &pages->free);
	pages->nr++;
}

/**
 * bblk_pages_shrink() - free pages
 * @pages:	the pool
 * @nr:		how many to keep
 *
 * Context: the ring's server, or after its end.
 */
void bblk_pages_shrink(struct bblk_pages *pages, unsigned int nr)
{
	while (pages->nr > nr) {
		__free_page(bblk_pages_get(pages));
		pages->out--;
	}
}
