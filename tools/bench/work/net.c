// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network work for the bench; roles.h says who talks with whom.
 *
 * With the host "self" the far side is a thread of the measured program, beyond
 * the loopback device: the same calls without any backend.
 */
#include <errno.h>
#include <error.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "roles.h"
#include "times.h"

struct role {
	const char *name;
	void (*measured)(const struct work *w);
	void (*far)(int port);
	const char *partner;	/* of the measured ones */
	int port;		/* of the far ones, for "serve" */
};

static const struct role roles[] = {
	{ .name = "udp-tx", .measured = udp_tx, .partner = "udp-sink" },
	{ .name = "udp-rx", .measured = udp_rx, .partner = "udp-source" },
	{ .name = "tcp-tx", .measured = tcp_tx, .partner = "tcp-sink" },
	{ .name = "tcp-rx", .measured = tcp_rx, .partner = "tcp-source" },
	{ .name = "rr", .measured = rr, .partner = "tcp-echo" },
	{ .name = "udp-self", .measured = udp_self },
	{ .name = "tcp-self", .measured = tcp_self },
	{ .name = "udp-sink", .far = udp_sink, .port = 9001 },
	{ .name = "tcp-sink", .far = tcp_sink, .port = 9002 },
	{ .name = "udp-source", .far = udp_source, .port = 9003 },
	{ .name = "tcp-source", .far = tcp_source, .port = 9004 },
	{ .name = "tcp-echo", .far = tcp_echo, .port = 9005 },
};

#define NR_ROLES (sizeof(roles) / sizeof(roles[0]))

struct far {
	const struct role *role;
	int port;
};

static const struct role *role_of(const char *name)
{
	for (size_t i = 0; i < NR_ROLES; i++)
		if (!strcmp(name, roles[i].name))
			return &roles[i];
	return NULL;
}

static void *far_thread(void *arg)
{
	struct far *far = arg;

	far->role->far(far->port);
	return NULL;
}

static void start_far(struct far *far)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, far_thread, far))
		error(1, 0, "no thread for %s", far->role->name);
}

/* Every far side on its own port. */
static void serve(void)
{
	static struct far far[NR_ROLES];

	for (size_t i = 0; i < NR_ROLES; i++) {
		if (!roles[i].far)
			continue;
		far[i] = (struct far){ &roles[i], roles[i].port };
		start_far(&far[i]);
	}
	for (;;)
		pause();
}

static void measure(const struct role *role, struct work *w)
{
	const struct timespec listening = { .tv_nsec = 200000000 };
	struct far far = { .port = w->port };

	if (!strcmp(w->host, "self") && role->partner) {
		far.role = role_of(role->partner);
		w->host = "127.0.0.1";
		start_far(&far);
		nanosleep(&listening, NULL);
	}
	role->measured(w);
	/* a far thread may be at work still: no clean-up below its feet */
	fflush(stdout);
	_exit(0);
}

static int usage(void)
{
	fprintf(stderr,
		"Usage: net [--times] udp-tx|udp-rx|tcp-tx|tcp-rx|rr HOST|self PORT SIZE COUNT WARMUP WINDOW [FLOWS]\n"
		"       net udp-self|tcp-self HOST PORT SIZE COUNT WARMUP WINDOW\n"
		"       net udp-sink|udp-source|tcp-sink|tcp-source|tcp-echo PORT\n"
		"       net serve             every far side, on ports 9001 to 9005\n"
		"       net conduct udp-tx|udp-rx HOST PORT SIZE COUNT WARMUP WINDOW MEMBER...\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct role *role;
	struct work w;

	if (argc > 1 && !strcmp(argv[1], "--times")) {
		times_wanted = true;
		argc--;
		argv++;
	}
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc > 9 && !strcmp(argv[1], "conduct"))
		return conduct(argc - 2, argv + 2);
	role = argc > 2 ? role_of(argv[1]) : NULL;
	if (role && role->far && argc == 3) {
		role->far(number("port", argv[2]));
		return 0;
	}
	if (!role || !role->measured || argc < 8 || argc > 9)
		return usage();
	w.host = argv[2];
	w.port = number("port", argv[3]);
	w.size = number("size", argv[4]);
	w.count = number("count", argv[5]);
	w.warmup = number("warm-up", argv[6]);
	w.window = number("window", argv[7]);
	w.flows = argc > 8 ? number("number of flows", argv[8]) : 1;
	if (w.size > BUFFER)
		error(2, 0, "size %lu is above %d", w.size, BUFFER);
	if (!w.count || !w.warmup)
		error(2, 0, "count and warm-up must not be 0");
	if (!w.flows || w.flows > MAX_FLOWS)
		error(2, 0, "%u flows: choose 1 to %d", w.flows, MAX_FLOWS);
	measure(role, &w);
	return 0;
}
