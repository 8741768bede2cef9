/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persistent grants: pages of the guest's that stay mapped, because its front end uses
 * the same ones again and again and copies there.
 *
 *	find --hit--> users + 1 ----------------------. put: users - 1
 *	   `--miss--> mapped by the request, add -----'
 *
 * Nobody but the ring's thread touches them. The protocol is blkif.h's
 * feature-persistent: a front end that finds a grant still mapped when its request
 * is answered keeps the page for another, else it takes the grant back.
 */
#ifndef _BLANKET_BLK_PERSIST_H
#define _BLANKET_BLK_PERSIST_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <xen/grant_table.h>

#include "../core/grant.h"

/**
 * struct persist_page - one page
 * @node:	by @ref
 * @idle:	while nobody uses it, the longest so first
 * @ref:	the grant
 * @handle:	its mapping
 * @page:	where it is mapped, writable
 * @users:	requests in flight
 */
struct persist_page {
	struct rb_node node;
	struct list_head idle;
	grant_ref_t ref;
	grant_handle_t handle;
	struct page *page;
	unsigned int users;
};

/**
 * struct persist - a ring's
 * @tree:	all, by grant
 * @idle:	those that nobody uses
 * @nr:		how many there are
 * @max:	how many there may be; 0: the front end wants none, or none are offered
 */
struct persist {
	struct rb_root tree;
	struct list_head idle;
	unsigned int nr;
	unsigned int max;
};

void persist_init(struct persist *p, unsigned int max);
struct persist_page *persist_find(struct persist *p, grant_ref_t ref);
struct persist_page *persist_add(struct persist *p, grant_ref_t ref,
				 struct page *page, grant_handle_t handle);
void persist_put(struct persist *p, struct persist_page *kept);
void persist_shrink(struct persist *p, unsigned int keep,
		    struct gnttab_page_cache *cache, domid_t domid,
		    struct blanket_grant_stats *stats);

#endif /* _BLANKET_BLK_PERSIST_H */
