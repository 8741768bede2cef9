/* SPDX-License-Identifier: GPL-2.0-only */
/* A ring's own pages, for requests that are copied. */
#ifndef _BLANKET_BLK_PAGES_H
#define _BLANKET_BLK_PAGES_H

#include <linux/gfp_types.h>
#include <linux/list.h>
#include <linux/mm_types.h>

/**
 * struct bblk_pages - free pages of one ring
 * @free:	the pages, by their lru
 * @nr:		how many
 * @out:	taken and not given back
 * @gfp:	how more are allocated
 *
 * Used by the ring's server alone. A page never moves to another ring, hence
 * never to another guest, and starts out cleared.
 */
struct bblk_pages {
	struct list_head free;
	unsigned int nr;
	unsigned int out;
	gfp_t gfp;
};

void bblk_pages_init(struct bblk_pages *pages, gfp_t gfp);
struct page *bblk_pages_get(struct bblk_pages *pages);
void bblk_pages_put(struct bblk_pages *pages, struct page *page);
void bblk_pages_shrink(struct bblk_pages *pages, unsigned int nr);

#endif /* _BLANKET_BLK_PAGES_H */
