// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network device that lies: a vhost-user backend for QEMU, and what stands
 * behind it. One QEMU and one order at a time.
 *
 *	driver --- rings in the machine's memory --- this --- host.c
 *	QEMU ----- SOCKET (vhost-user) ---------------'|
 *	test ----- CONTROL ----------------------------'
 *
 *	hostile-device serve SOCKET CONTROL
 *	hostile-device tell CONTROL ORDER
 *		lie NAME	once, of the next frame that goes that way
 *		honest		after all not
 *		stall		no more frames are taken from the driver
 *		slow N		N frames a second at most
 *		go		as fast as they come
 *		repeat N	each answer is given N times
 *		count		what there was so far
 *	hostile-device list	names of lies
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "host.h"
#include "lies.h"

#define FRAME_MAX	(65536 + 4096)
#define TICK_MS		20

/** struct device - all there is */
struct device {
	struct backend backend;
	const struct lie *lie;		/* still to be told */
	bool stalled;
	unsigned int rate;		/* frames a second, 0: any */
	uint64_t due_us;		/* when the next one may be taken */
	unsigned int repeat;
	unsigned long taken, answered, lost, told;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* The lie to be told of a frame that goes DIRECTION. */
static const struct lie *take_lie(struct device *d, const char *direction)
{
	const struct lie *lie = d->lie;

	if (!lie || strncmp(lie->name, direction, 2))
		return NULL;
	d->lie = NULL;
	d->told++;
	return lie;
}

static size_t gather(const struct iovec *from, unsigned int nr, uint8_t *to, size_t room)
{
	size_t len = 0;

	for (unsigned int i = 0; i < nr && from[i].iov_len <= room - len; i++) {
		memcpy(to + len, from[i].iov_base, from[i].iov_len);
		len += from[i].iov_len;
	}
	return len;
}

static void deliver(struct device *d, struct ring *rx, const uint8_t *frame, size_t len, bool lying)
{
	const struct lie *lie = lying ? take_lie(d, "rx") : NULL;
	struct report r = { .nr = 1, .size = rx->size };
	struct chain chain;

	if (!ring_runs(rx) || !ring_pop(rx, &chain) || !chain.nr_in ||
	    chain.in[0].iov_len < sizeof(r.hdr) + len) {
		d->lost++;
		return;
	}
	r.hdr.num_buffers = 1;
	r.used[0] = (struct used){ .id = chain.id, .len = sizeof(r.hdr) + len, .nr_desc = chain.nr_desc };
	if (lie)
		lie->tell(&r);
	memcpy(chain.in[0].iov_base, &r.hdr, sizeof(r.hdr));
	memcpy((uint8_t *)chain.in[0].iov_base + sizeof(r.hdr), frame, len);
	ring_publish(rx, r.used, r.nr, r.skip);
	d->answered++;
}

static bool is_arp(const uint8_t *frame)
{
	return !memcmp(frame + 12, "\x08\x06", 2);
}

/* One frame from the driver; false if it has none for us. */
static bool take(struct device *d, struct ring *rx, struct ring *tx)
{
	static uint8_t frame[FRAME_MAX];
	struct report r = { .nr = 1, .size = tx->size };
	const struct lie *lie = NULL;
	struct chain chain;
	size_t len;

	if (!ring_runs(tx) || !ring_pop(tx, &chain))
		return false;
	len = gather(chain.out, chain.nr_out, frame, sizeof(frame));
	r.used[0] = (struct used){ .id = chain.id, .nr_desc = chain.nr_desc };
	/* the neighbours' talk is not what is waited for */
	if (len > sizeof(r.hdr) + 14 && !is_arp(frame + sizeof(r.hdr)))
		lie = take_lie(d, "tx");
	if (lie)
		lie->tell(&r);
	ring_publish(tx, r.used, r.nr, r.skip);
	d->taken++;
	len -= len < sizeof(r.hdr) ? len : sizeof(r.hdr);
	if (host_answer(frame + sizeof(r.hdr), len))
		for (unsigned int i = 0; i < d->repeat; i++)
			deliver(d, rx, frame + sizeof(r.hdr), len, !is_arp(frame + sizeof(r.hdr)));
	return true;
}

/* All pairs in turn, as far as we are to. */
static void serve_rings(struct device *d)
{
	bool found = true;

	while (found && !d->stalled) {
		found = false;
		for (unsigned int i = 0; i < PAIRS; i++) {
			if (d->rate && now_us() < d->due_us)
				return;
			if (!take(d, &d->backend.rings[2 * i], &d->backend.rings[2 * i + 1]))
				continue;
			found = true;
			if (d->rate)
				d->due_us = now_us() + 1000000 / d->rate;
		}
	}
}

static const char *obey(struct device *d, char *order)
{
	static char answer[128];
	const char *verb = strtok(order, " \n"), *word = strtok(NULL, " \n");

	if (!verb)
		return "no order";
	if (!strcmp(verb, "count")) {
		snprintf(answer, sizeof(answer), "taken %lu answered %lu lost %lu told %lu resets %u",
			 d->taken, d->answered, d->lost, d->told, d->backend.resets);
		return answer;
	}
	if (!strcmp(verb, "lie") && word) {
		d->lie = lie_find(word);
		return d->lie ? "ok" : "no such lie";
	}
	if (!strcmp(verb, "honest")) {
		d->lie = NULL;
	} else if (!strcmp(verb, "stall")) {
		d->stalled = true;
	} else if (!strcmp(verb, "go")) {
		d->stalled = false;
		d->rate = 0;
		d->repeat = 1;
	} else if (!strcmp(verb, "slow") && word) {
		d->rate = atoi(word);
		d->due_us = 0;
	} else if (!strcmp(verb, "repeat") && word) {
		d->repeat = atoi(word);
	} else {
		return "no such order";
	}
	return "ok";
}

static void control(struct device *d, int listener)
{
	int fd = accept(listener, NULL, NULL);
	char order[128];
	const char *answer;
	ssize_t len;

	if (fd < 0)
		return;
	len = read(fd, order, sizeof(order) - 1);
	if (len > 0) {
		order[len] = 0;
		answer = obey(d, order);
		dprintf(fd, "%s\n", answer);
	}
	close(fd);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 4)) {
		fprintf(stderr, "hostile-device: cannot listen at %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static void drain(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

static void serve(const char *path, const char *control_path)
{
	int listener = listen_at(path), orders = listen_at(control_path);
	struct device d = { .repeat = 1 };

	backend_init(&d.backend);
	for (;;) {
		struct pollfd fds[2 + 2 * PAIRS] = {
			{ .fd = d.backend.socket >= 0 ? d.backend.socket : listener, .events = POLLIN },
			{ .fd = orders, .events = POLLIN },
		};
		bool connected = d.backend.socket >= 0;

		for (unsigned int i = 0; i < 2 * PAIRS; i++)
			fds[2 + i] = (struct pollfd){ .fd = d.backend.rings[i].kick, .events = POLLIN };
		if (poll(fds, 2 + 2 * PAIRS, TICK_MS) < 0)
			continue;
		for (unsigned int i = 0; i < 2 * PAIRS; i++)
			if (fds[2 + i].revents)
				drain(fds[2 + i].fd);
		if (fds[0].revents && !connected)
			d.backend.socket = accept(listener, NULL, NULL);
		else if (fds[0].revents && !backend_message(&d.backend))
			backend_hang_up(&d.backend);
		if (fds[1].revents)
			control(&d, orders);
		serve_rings(&d);
	}
}

static int tell(const char *path, int argc, char **argv)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[128] = "";
	ssize_t len;

	for (int i = 0; i < argc; i++) {
		strncat(text, argv[i], sizeof(text) - strlen(text) - 2);
		strcat(text, " ");
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    write(fd, text, strlen(text)) < 0) {
		fprintf(stderr, "hostile-device: nobody serves at %s: %s\n", path, strerror(errno));
		return 1;
	}
	len = read(fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = 0;
	fputs(text, stdout);
	return !!strncmp(text, "ok", 2) && !!strncmp(text, "taken", 5);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve")) {
		serve(argv[2], argv[3]);
	} else if (argc >= 4 && !strcmp(argv[1], "tell")) {
		return tell(argv[2], argc - 3, argv + 3);
	} else if (argc == 2 && !strcmp(argv[1], "list")) {
		for (const struct lie *lie = lies; lie->name; lie++)
			puts(lie->name);
		return 0;
	}
	fprintf(stderr, "Usage: hostile-device serve SOCKET CONTROL | tell CONTROL ORDER | list\n");
	return 2;
}
