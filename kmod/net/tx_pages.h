/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages that copied packets lie in.
 *
 * Pages go out oldest first and come back in about that order. We keep a
 * reference to each, so that whoever frees a frame, wherever, just drops
 * another; a page whose only reference is ours again is used again, as it is.
 * Nothing is handed back, nothing is cleared, and nobody is waited for.
 */
#ifndef _BLANKET_TX_PAGES_H
#define _BLANKET_TX_PAGES_H

#include <linux/mm_types.h>

/* As many as a guest can fill with a ring; a power of two. */
#define TX_PAGES 256

/**
 * struct tx_pages - a queue's pages, its NAPI's alone
 * @ring:	pages we hold a reference to, in the order they went out
 * @first:	the one that went out longest ago
 * @nr:		how many
 * @part:	the page that heads are being cut from; in @ring, too
 * @used:	bytes of it that have been given out
 */
struct tx_pages {
	struct page *ring[TX_PAGES];
	unsigned int first;
	unsigned int nr;
	struct page *part;
	unsigned int used;
};

struct page *tx_pages_get(struct tx_pages *pages);
void *tx_pages_cut(struct tx_pages *pages, unsigned int size);
void tx_pages_exit(struct tx_pages *pages);

#endif /* _BLANKET_TX_PAGES_H */
