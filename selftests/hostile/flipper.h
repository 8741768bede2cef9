/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that changes shared memory as fast as it can. */
#ifndef _HOSTILE_FLIPPER_H
#define _HOSTILE_FLIPPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/** struct flipper - calls @flip with @device until it is stopped */
struct flipper {
	pthread_t thread;
	atomic_bool stop;
	void *device;
	void (*flip)(void *device);
};

void flip_start(struct flipper *f, void *device, void (*flip)(void *device));
void flip_stop(struct flipper *f);

#endif /* _HOSTILE_FLIPPER_H */
