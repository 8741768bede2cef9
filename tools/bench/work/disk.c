// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disk work for the bench: a constant number of direct requests in flight
 * through Linux AIO, each wake-up's completions submitted anew in one call.
 * The window opens and closes in the steady state, with the queue full.
 *
 *   disk [--times] read|write rand|seq DEVICE BYTES DEPTH COUNT WARMUP WINDOW
 */
#define _GNU_SOURCE
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sock.h"
#include "window.h"

#define MAX_DEPTH 128

struct disk {
	int fd;
	bool write, random;
	unsigned long bytes, blocks, next;
	uint64_t seed;
};

/* The same sequence every time: a run repeats exactly. */
static unsigned long next_block(struct disk *d)
{
	if (!d->random)
		return d->next++ % d->blocks;
	d->seed = d->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (d->seed >> 33) % d->blocks;
}

static void disk_open(struct disk *d, const char *path)
{
	uint64_t size;

	d->fd = open(path, (d->write ? O_RDWR : O_RDONLY) | O_DIRECT);
	if (d->fd < 0)
		error(1, errno, "open %s", path);
	if (ioctl(d->fd, BLKGETSIZE64, &size))
		error(1, errno, "%s is not a block device", path);
	d->blocks = size / d->bytes;
	if (!d->blocks)
		error(1, 0, "%s is smaller than one request of %lu bytes", path, d->bytes);
}

static void request_prepare(struct disk *d, struct iocb *cb, void *buf)
{
	memset(cb, 0, sizeof(*cb));
	cb->aio_fildes = d->fd;
	cb->aio_lio_opcode = d->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
	cb->aio_buf = (uintptr_t)buf;
	cb->aio_nbytes = d->bytes;
	cb->aio_offset = next_block(d) * d->bytes;
}

static void submit(aio_context_t ctx, long n, struct iocb **cbs)
{
	while (n) {
		long done = syscall(SYS_io_submit, ctx, n, cbs);

		if (done <= 0)
			error(1, errno, "io_submit");
		n -= done;
		cbs += done;
	}
}

static void run(struct disk *d, unsigned long depth, unsigned long warmup, unsigned long count,
		unsigned int window)
{
	static struct iocb cb[MAX_DEPTH], *list[MAX_DEPTH];
	static struct io_event event[MAX_DEPTH];
	static uint64_t since[MAX_DEPTH];
	unsigned long done = 0, start = 0;
	aio_context_t ctx = 0;
	char *buf;

	if (syscall(SYS_io_setup, MAX_DEPTH, &ctx))
		error(1, errno, "io_setup");
	if (posix_memalign((void **)&buf, 4096, depth * d->bytes))
		error(1, 0, "no memory for %lu buffers of %lu bytes", depth, d->bytes);
	memset(buf, 0x5a, depth * d->bytes);
	for (unsigned long i = 0; i < depth; i++) {
		list[i] = &cb[i];
		since[i] = times_now();
		request_prepare(d, &cb[i], buf + i * d->bytes);
	}
	submit(ctx, depth, list);
	for (;;) {
		long n = syscall(SYS_io_getevents, ctx, 1, depth, event, NULL);

		if (n <= 0)
			error(1, errno, "io_getevents");
		for (long i = 0; i < n; i++) {
			struct iocb *c = (struct iocb *)(uintptr_t)event[i].obj;

			if (event[i].res != (__s64)d->bytes)
				error(1, event[i].res < 0 ? -event[i].res : EIO,
				      "request at offset %lld", (long long)c->aio_offset);
			list[i] = c;
			times_unit(since[c - cb]);
			since[c - cb] = times_now();
			request_prepare(d, c, (void *)(uintptr_t)c->aio_buf);
		}
		done += n;
		if (start && done >= start + count)
			break;
		if (!start && done >= warmup) {
			start = done;
			window_start(window);
		}
		submit(ctx, n, list);
	}
	window_stop(window, done - start);
	printf("requests %lu\n", done);
	syscall(SYS_io_destroy, ctx);
}

int main(int argc, char **argv)
{
	struct disk d = { .seed = 1 };
	unsigned long depth;

	if (argc > 1 && !strcmp(argv[1], "--times")) {
		times_wanted = true;
		argc--;
		argv++;
	}
	if (argc != 9) {
		fprintf(stderr, "Usage: disk [--times] read|write rand|seq DEVICE BYTES DEPTH COUNT WARMUP WINDOW\n");
		return 2;
	}
	d.write = !strcmp(argv[1], "write");
	d.random = !strcmp(argv[2], "rand");
	d.bytes = number("size", argv[4]);
	depth = number("depth", argv[5]);
	if (!d.bytes || d.bytes % 512)
		error(2, 0, "size %lu is not a multiple of 512", d.bytes);
	if (!depth || depth > MAX_DEPTH)
		error(2, 0, "depth %lu is not from 1 to %d", depth, MAX_DEPTH);
	disk_open(&d, argv[3]);
	run(&d, depth, number("warm-up", argv[7]), number("count", argv[6]), number("window", argv[8]));
	return 0;
}
