// SPDX-License-Identifier: GPL-2.0-only
/* The pages that copied packets lie in. See tx_pages.h. */
#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include "tx_pages.h"

static struct page *take_oldest(struct tx_pages *pages)
{
	struct page *page = pages->ring[pages->first];

	pages->first = (pages->first + 1) % TX_PAGES;
	pages->nr--;
	if (page == pages->part)
		pages->part = NULL;
	return page;
}

/* A page that nobody but us refers to. We keep it, its user takes one more. */
static struct page *next_page(struct tx_pages *pages)
{
	struct page *page = NULL;

	if (pages->nr && page_ref_count(pages->ring[pages->first]) == 1)
		page = take_oldest(pages);
	if (unlikely(!page)) {
		/* Not from dom0's reserves: they would never be given back. */
		page = alloc_page(GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC);
		if (unlikely(!page))
			return NULL;
		/* Somebody sits on the oldest: it is theirs now. */
		if (pages->nr == TX_PAGES)
			put_page(take_oldest(pages));
	}
	pages->ring[(pages->first + pages->nr++) % TX_PAGES] = page;
	return page;
}

/**
 * tx_pages_get() - a whole page, to be an skb's frag
 * @pages:	the queue's
 *
 * Context: NAPI.
 * Return: a page with a reference for the caller, not cleared, or NULL.
 */
struct page *tx_pages_get(struct tx_pages *pages)
{
	struct page *page = next_page(pages);

	if (likely(page))
		get_page(page);
	return page;
}

/**
 * tx_pages_cut() - a part of a page, to be an skb's head
 * @pages:	the queue's
 * @size:	bytes, a power of two, at most a page: no part straddles two,
 *		which neither Xen nor a device could follow
 *
 * Context: NAPI.
 * Return: memory, not cleared, whose page holds a reference for the caller,
 * or NULL.
 */
void *tx_pages_cut(struct tx_pages *pages, unsigned int size)
{
	unsigned int offset = ALIGN(pages->used, size);

	if (!pages->part || offset + size > PAGE_SIZE) {
		pages->part = next_page(pages);
		offset = 0;
		if (unlikely(!pages->part))
			return NULL;
	}
	pages->used = offset + size;
	get_page(pages->part);
	return page_address(pages->part) + offset;
}

/**
 * tx_pages_exit() - give up the queue's pages; those in use are let go
 * @pages:	the queue's, stopped; zeroed is fine
 *
 * Context: any.
 */
void tx_pages_exit(struct tx_pages *pages)
{
	while (pages->nr)
		put_page(take_oldest(pages));
	pages->part = NULL;
}
