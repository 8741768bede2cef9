/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vhost-user side: QEMU tells us of the machine's memory and of rings in it.
 */
#ifndef _HOSTILE_DEVICE_BACKEND_H
#define _HOSTILE_DEVICE_BACKEND_H

#include "ring.h"

#define PAIRS	4

/** struct backend - a device as QEMU knows it */
struct backend {
	int socket;			/* -1: QEMU is not there */
	uint64_t features;
	struct memory memory;
	struct ring rings[2 * PAIRS];	/* receive, transmit, receive ... */
	unsigned int resets;		/* of the first ring */
};

void backend_init(struct backend *b);
bool backend_message(struct backend *b);
void backend_hang_up(struct backend *b);

#endif /* _HOSTILE_DEVICE_BACKEND_H */
