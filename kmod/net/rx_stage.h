/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where scattered small packets are put together before Xen copies them.
 *
 * Hosts receive into buffers that straddle pages and split off headers: a
 * full frame takes two or three copy operations, each dearer than moving its
 * 1500 bytes once more within dom0's cache.
 */
#ifndef _BLANKET_RX_STAGE_H
#define _BLANKET_RX_STAGE_H

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/skbuff.h>

#include "vif.h"

/* Longer packets are copied piece by piece. Two parts make a page. */
#define RX_STAGE_BYTES (PAGE_SIZE / 2)
#define RX_STAGE_PAGES (VIF_BATCH / 2)

/**
 * struct rx_stage - a part for each packet of a pass
 * @pages:	what the parts are cut from
 * @nr:		parts in use in this pass
 */
struct rx_stage {
	struct page *pages[RX_STAGE_PAGES];
	unsigned int nr;
};

int rx_stage_init(struct rx_stage *stage);
void rx_stage_exit(struct rx_stage *stage);
struct page *rx_stage_put(struct rx_stage *stage, const struct sk_buff *skb,
			  unsigned int *offset);

#endif /* _BLANKET_RX_STAGE_H */
