/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread that serves a ring through the block layer. */
#ifndef _BLANKET_BLK_THREAD_H
#define _BLANKET_BLK_THREAD_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <xen/grant_table.h>

#include "io.h"
#include "pages.h"
#include "persist.h"

struct bblk_ring;

/**
 * struct bblk_thread - a ring's thread
 * @ring:	its ring
 * @task:	it, once started; alone touches what follows
 * @ios:	one for each slot
 * @free:	those that are idle
 * @taken:	valid requests of this pass, not yet submitted
 * @ended:	those whose I/O is over and whose data is not yet back
 * @finishing:	those of the batch that is being finished
 * @map:	batch of maps, when requests are taken
 * @unmap:	batch of unmaps, when they are finished
 * @pages:	the pages of the current batch
 * @nr_ops:	entries of @map or @unmap, and of @pages
 * @cache:	free pages to map grants at
 * @own:	free pages to copy through
 * @persist:	pages of the guest's that stay mapped
 * @more:	there are requests that did not fit into the pass
 * @starved:	pages ran out: wait for some to come back
 * @idle:	it, before it is started
 * @squeeze:	memory is short: let go of all free pages, once
 * @done:	requests whose bio has ended, pushed from any context
 */
struct bblk_thread {
	struct bblk_ring *ring;
	struct task_struct *task;

	struct bblk_io *ios;
	struct list_head free;
	struct list_head taken;
	struct list_head ended;
	struct list_head finishing;
	union {
		struct gnttab_map_grant_ref *map;
		struct gnttab_unmap_grant_ref *unmap;
	};
	struct page **pages;
	unsigned int nr_ops;
	struct gnttab_page_cache cache;
	struct bblk_pages own;
	struct persist persist;
	bool more;
	bool starved;
	struct task_struct *idle;

	bool squeeze ____cacheline_aligned_in_smp;
	struct llist_head done;
};

void bblk_thread_ended(struct bblk_io *io);

#endif /* _BLANKET_BLK_THREAD_H */
