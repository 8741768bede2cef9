/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passthrough: a guest has a host's virtio disk to itself, and its rings are
 * coupled to the disk's virtqueues, one to one, with no bio between.
 *
 *	guest's ring --cut.c--> virtqueue   what is written lies in the
 *	             <--                    guest's pages; what is read is
 *	                                    copied there by Xen
 */
#ifndef _BLANKET_BLK_DIRECT_H
#define _BLANKET_BLK_DIRECT_H

#include <linux/types.h>

#include "../virtio/blk.h"
#include "cut.h"

struct bblk_conn;
struct bblk_traits;
struct bblk_vbd;

#define DIRECT_NAME_LEN	16

/**
 * struct direct_disk - a vbd's virtio disk
 * @vbd:	the vbd
 * @blk:	the disk
 * @caps:	what it can do
 * @limits:	the same for cut.c
 * @conn:	what it serves while started
 * @name:	its PCI address
 */
struct direct_disk {
	struct bblk_vbd *vbd;
	struct vblk *blk;
	struct vblk_caps caps;
	struct cut_limits limits;
	struct bblk_conn *conn;
	char name[DIRECT_NAME_LEN];
};

/* direct.c */
bool direct_is_name(const char *target);
int direct_attach(struct bblk_vbd *vbd, const char *name);
void direct_detach(struct bblk_vbd *vbd);
void direct_traits(const struct direct_disk *disk, struct bblk_traits *traits);
int direct_start(struct bblk_conn *conn);
void direct_stop(struct bblk_conn *conn);

/* direct_ring.c */
void direct_ring_event(struct bblk_conn *conn, unsigned int id);
void direct_ring_reclaim(struct bblk_conn *conn, unsigned int id,
			 void *cookie);
void direct_ring_end(struct bblk_conn *conn, unsigned int id);

#endif /* _BLANKET_BLK_DIRECT_H */
