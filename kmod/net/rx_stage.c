// SPDX-License-Identifier: GPL-2.0-only
/* Where scattered small packets are put together. See rx_stage.h. */
#include "rx_stage.h"

/**
 * rx_stage_init() - get a stage's memory
 * @stage:	zeroed
 *
 * Context: process context.
 * Return: 0 or -ENOMEM; rx_stage_exit() cleans up in both cases.
 */
int rx_stage_init(struct rx_stage *stage)
{
	unsigned int i;

	for (i = 0; i < RX_STAGE_PAGES; i++) {
		stage->pages[i] = alloc_page(GFP_KERNEL);
		if (!stage->pages[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * rx_stage_exit() - undo rx_stage_init(), also one that failed
 * @stage:	the stage
 *
 * Context: process context.
 */
void rx_stage_exit(struct rx_stage *stage)
{
	unsigned int i;

	for (i = 0; i < RX_STAGE_PAGES; i++)
		if (stage->pages[i])
			__free_page(stage->pages[i]);
}

/* As skb_copy_bits(), for what hosts' drivers make: a head and a few pages. */
static int copy_all(const struct sk_buff *skb, void *to)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int i;

	if (unlikely(skb_has_frag_list(skb) || !skb_frags_readable(skb)))
		return skb_copy_bits(skb, 0, to, skb->len);
	memcpy(to, skb->data, skb_headlen(skb));
	to += skb_headlen(skb);
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];

		memcpy(to, skb_frag_address(frag), skb_frag_size(frag));
		to += skb_frag_size(frag);
	}
	return 0;
}

/**
 * rx_stage_put() - put a packet together
 * @stage:	has been used for less than VIF_BATCH packets since it was empty
 * @skb:	one of at most RX_STAGE_BYTES
 * @offset:	set to where in the page it lies
 *
 * Context: NAPI.
 * Return: the page, or NULL if the packet cannot be read.
 */
struct page *rx_stage_put(struct rx_stage *stage, const struct sk_buff *skb,
			  unsigned int *offset)
{
	struct page *page = stage->pages[stage->nr / 2];

	*offset = stage->nr % 2 * RX_STAGE_BYTES;
	if (copy_all(skb, page_address(page) + *offset))
		return NULL;
	stage->nr++;
	return page;
}
