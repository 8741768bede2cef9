// SPDX-License-Identifier: GPL-2.0-only
/* See flipper.h. */
#include <errno.h>
#include <error.h>

#include "flipper.h"

static void *flip_main(void *arg)
{
	struct flipper *f = arg;

	while (!atomic_load(&f->stop))
		f->flip(f->device);
	return NULL;
}

void flip_start(struct flipper *f, void *device, void (*flip)(void *device))
{
	f->device = device;
	f->flip = flip;
	atomic_init(&f->stop, false);
	errno = pthread_create(&f->thread, NULL, flip_main, f);
	if (errno)
		error(1, errno, "starting a thread");
}

void flip_stop(struct flipper *f)
{
	atomic_store(&f->stop, true);
	pthread_join(f->thread, NULL);
}
