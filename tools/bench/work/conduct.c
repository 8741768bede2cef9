// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "crowd.h"
#include "sock.h"
#include "window.h"

#define MAX_MEMBERS	64
#define AGAIN_MS	4000
#define PATIENCE	30

struct member {
	const char *address;
	int fd;
	bool done;
};

static struct member member[MAX_MEMBERS];
static unsigned int nr_members;

static void send_orders(const struct order *order)
{
	for (unsigned int i = 0; i < nr_members; i++)
		if (!member[i].done && send(member[i].fd, order, sizeof(*order), 0) < 0 &&
		    errno != ECONNREFUSED)
			error(1, errno, "order to %s", member[i].address);
}

static unsigned int take_answers(const struct order *order, struct pollfd *polled)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < nr_members; i++) {
		uint32_t number;

		if (polled[i].revents &&
		    recv(member[i].fd, &number, sizeof(number), MSG_DONTWAIT) == sizeof(number) &&
		    number == order->number)
			member[i].done = true;
		done += member[i].done;
	}
	return done;
}

/* Until every member has done it. */
static void carry_out(struct order *order)
{
	struct pollfd polled[MAX_MEMBERS];
	unsigned int tries = 0;

	order->number++;
	for (unsigned int i = 0; i < nr_members; i++) {
		member[i].done = false;
		polled[i] = (struct pollfd){ .fd = member[i].fd, .events = POLLIN };
	}
	send_orders(order);
	for (;;) {
		int n = poll(polled, nr_members, AGAIN_MS);

		if (n < 0)
			error(1, errno, "poll");
		if (take_answers(order, polled) == nr_members)
			return;
		if (n)
			continue;
		if (++tries == PATIENCE)
			error(1, 0, "not all members answered within %d s", PATIENCE * AGAIN_MS / 1000);
		send_orders(order);
	}
}

int conduct(int argc, char **argv)
{
	struct order order = { .receive = !strcmp(argv[0], "udp-rx") };
	unsigned long count = number("count", argv[4]), warmup = number("warm-up", argv[5]);
	unsigned int window = number("window", argv[6]);
	struct timespec now;

	order.port = number("port", argv[2]);
	order.host = address_of(argv[1], order.port).sin_addr.s_addr;
	order.size = number("size", argv[3]);
	/* members remember the last one across runs */
	clock_gettime(CLOCK_MONOTONIC, &now);
	order.number = now.tv_sec * 1000 + now.tv_nsec / 1000000;
	for (int i = 7; i < argc; i++) {
		struct work to = { .host = argv[i], .port = MEMBER_PORT };

		if (nr_members == MAX_MEMBERS)
			error(2, 0, "more than %d members", MAX_MEMBERS);
		member[nr_members].address = argv[i];
		member[nr_members++].fd = connect_to(&to, SOCK_DGRAM);
	}
	order.count = warmup / nr_members ?: 1;
	carry_out(&order);
	order.count = count / nr_members ?: 1;
	window_start(window);
	carry_out(&order);
	window_stop(window, (unsigned long)order.count * nr_members);
	printf("packets %lu\n", ((unsigned long)order.count + (warmup / nr_members ?: 1)) * nr_members);
	return 0;
}
