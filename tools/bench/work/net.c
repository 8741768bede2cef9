// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network work for the bench. The measured side runs in the guest (or in dom0,
 * for the floor), the other side beyond the edge of the cloud VM:
 *
 *   measured side                      far side
 *   udp-tx  HOST PORT SIZE COUNT --->  udp-sink PORT
 *   udp-rx  HOST PORT SIZE COUNT <---  udp-source PORT   (paced by credits)
 *   tcp-tx  HOST PORT 0 BYTES    --->  tcp-sink PORT
 *   tcp-rx  HOST PORT 0 BYTES    <---  tcp-source PORT
 *   rr      HOST PORT 1 COUNT    <-->  tcp-echo PORT
 *
 * The window opens after a warm-up, when nothing of it is in flight, and closes
 * when the last unit has left (a send queue is empty) or has arrived.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "window.h"

#define BUFFER		(64 * 1024)
#define SOCKET_BUFFER	(8 << 20)
/* udp-rx: so many packets under way, and so many asked for at a time */
#define CREDIT_WINDOW	128
#define CREDIT_BATCH	32
#define STALL_MS	500
#define DRAIN_MS	20000

struct work {
	const char *host;
	int port;
	unsigned long size, count, warmup;
	unsigned int window;
};

/* What udp-rx asks for: the far side stops at the total. */
struct credit {
	unsigned int packets;
	unsigned int size;
};

static char buffer[BUFFER];

static unsigned long number(const char *what, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (!*s || *end)
		error(2, 0, "%s '%s' is not a number", what, s);
	return n;
}

static void set_option(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		error(1, errno, "setsockopt %s", name);
}

static int open_socket(int type)
{
	int fd = socket(AF_INET, type, 0);

	if (fd < 0)
		error(1, errno, "socket");
	return fd;
}

static int connect_to(const struct work *w, int type)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(w->port) };
	int fd = open_socket(type);

	if (!inet_aton(w->host, &addr.sin_addr))
		error(2, 0, "'%s' is not an IPv4 address", w->host);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		error(1, errno, "connect to %s:%d", w->host, w->port);
	return fd;
}

static int bind_to(int port, int type)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = open_socket(type);

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		error(1, errno, "bind to port %d", port);
	return fd;
}

static int accept_one(int port)
{
	/* Kept, or whoever connects while the last one is served is refused. */
	static int listener = -1;
	int fd;

	if (listener < 0) {
		listener = bind_to(port, SOCK_STREAM);
		if (listen(listener, 1))
			error(1, errno, "listen on port %d", port);
	}
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		error(1, errno, "accept on port %d", port);
	return fd;
}

/* Waits until all that was sent has left: acknowledged, or freed by the driver. */
static void drain(int fd)
{
	const struct timespec tick = { .tv_nsec = 200000 };
	struct timespec start, now;
	int left;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (ioctl(fd, SIOCOUTQ, &left))
			error(1, errno, "SIOCOUTQ");
		if (!left)
			return;
		nanosleep(&tick, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
		 DRAIN_MS);
	error(1, 0, "%d bytes did not leave the send queue within %d ms", left, DRAIN_MS);
}

static void send_packets(int fd, unsigned long size, unsigned long n)
{
	while (n) {
		if (send(fd, buffer, size, 0) == (ssize_t)size)
			n--;
		else if (errno != ENOBUFS)
			error(1, errno, "send of %lu bytes", size);
	}
}

static void udp_tx(const struct work *w)
{
	int fd = connect_to(w, SOCK_DGRAM);

	send_packets(fd, w->size, w->warmup);
	drain(fd);
	window_start(w->window);
	send_packets(fd, w->size, w->count);
	drain(fd);
	window_stop(w->window, w->count);
	printf("packets %lu\n", w->count + w->warmup);
}

/* Counts for ever; a line whenever it has been quiet for a while. */
static void udp_sink(int port)
{
	int fd = bind_to(port, SOCK_DGRAM);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned long packets = 0, told = 0;

	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	for (;;) {
		int n = poll(&p, 1, STALL_MS);

		if (n < 0)
			error(1, errno, "poll");
		if (n) {
			while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC) >= 0)
				packets++;
		} else if (packets != told) {
			printf("packets %lu\n", packets);
			fflush(stdout);
			told = packets;
		}
	}
}

static void ask(int fd, unsigned long packets, unsigned long size)
{
	struct credit credit = { .packets = packets, .size = size };

	if (send(fd, &credit, sizeof(credit), 0) != sizeof(credit))
		error(1, errno, "send of a credit");
}

static void udp_rx(const struct work *w)
{
	int fd = connect_to(w, SOCK_DGRAM);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned long total = w->warmup + w->count, received = 0, stalls = 0;

	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	ask(fd, CREDIT_WINDOW, w->size);
	while (received < total) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			error(1, errno, "recv");
		if (n < 0) {
			/* what was lost is asked for again */
			if (!poll(&p, 1, STALL_MS)) {
				stalls++;
				ask(fd, CREDIT_WINDOW, w->size);
			}
			continue;
		}
		if (++received == w->warmup)
			window_start(w->window);
		if (received == total)
			window_stop(w->window, w->count);
		if (received % CREDIT_BATCH == 0 && received < total)
			ask(fd, CREDIT_BATCH, w->size);
	}
	printf("packets %lu stalls %lu\n", received, stalls);
}

static void udp_source(int port)
{
	int fd = bind_to(port, SOCK_DGRAM);

	for (;;) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		struct credit credit;
		ssize_t n = recvfrom(fd, &credit, sizeof(credit), 0, (struct sockaddr *)&peer, &len);

		if (n != sizeof(credit) || credit.size > sizeof(buffer))
			continue;
		while (credit.packets--)
			sendto(fd, buffer, credit.size, 0, (struct sockaddr *)&peer, len);
	}
}

static void send_bytes(int fd, unsigned long bytes)
{
	while (bytes) {
		ssize_t n = send(fd, buffer, bytes < BUFFER ? bytes : BUFFER, MSG_NOSIGNAL);

		if (n < 0)
			error(1, errno, "send");
		bytes -= n;
	}
}

static void tcp_tx(const struct work *w)
{
	int fd = connect_to(w, SOCK_STREAM);

	send_bytes(fd, w->warmup);
	drain(fd);
	window_start(w->window);
	send_bytes(fd, w->count);
	drain(fd);
	window_stop(w->window, w->count);
	printf("bytes %lu\n", w->count + w->warmup);
}

static void tcp_sink(int port)
{
	for (;;) {
		int fd = accept_one(port);

		while (recv(fd, buffer, sizeof(buffer), 0) > 0)
			;
		close(fd);
	}
}

static void tcp_rx(const struct work *w)
{
	int fd = connect_to(w, SOCK_STREAM);
	unsigned long received = 0, start = 0;

	while (!start || received < start + w->count) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

		if (n <= 0)
			error(1, n ? errno : 0, "recv after %lu bytes", received);
		received += n;
		if (!start && received >= w->warmup) {
			start = received;
			window_start(w->window);
		}
	}
	window_stop(w->window, received - start);
	printf("bytes %lu\n", received);
}

static void tcp_source(int port)
{
	for (;;) {
		int fd = accept_one(port);

		while (send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL) > 0)
			;
		close(fd);
	}
}

static void round_trips(int fd, unsigned long n)
{
	while (n--)
		if (send(fd, buffer, 1, 0) != 1 || recv(fd, buffer, 1, 0) != 1)
			error(1, errno, "round trip");
}

static void rr(const struct work *w)
{
	int fd = connect_to(w, SOCK_STREAM);

	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	round_trips(fd, w->warmup);
	window_start(w->window);
	round_trips(fd, w->count);
	window_stop(w->window, w->count);
	printf("requests %lu\n", w->count);
}

static void tcp_echo(int port)
{
	for (;;) {
		int fd = accept_one(port);
		ssize_t n;

		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
		while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
			if (send(fd, buffer, n, MSG_NOSIGNAL) != n)
				break;
		close(fd);
	}
}

static const struct {
	const char *name;
	void (*measured)(const struct work *w);
	void (*far)(int port);
} roles[] = {
	{ "udp-tx", udp_tx, NULL },	{ "udp-sink", NULL, udp_sink },
	{ "udp-rx", udp_rx, NULL },	{ "udp-source", NULL, udp_source },
	{ "tcp-tx", tcp_tx, NULL },	{ "tcp-sink", NULL, tcp_sink },
	{ "tcp-rx", tcp_rx, NULL },	{ "tcp-source", NULL, tcp_source },
	{ "rr", rr, NULL },		{ "tcp-echo", NULL, tcp_echo },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct work w;

		if (strcmp(argv[1], roles[i].name))
			continue;
		if (roles[i].far && argc == 3) {
			roles[i].far(number("port", argv[2]));
			return 0;
		}
		if (!roles[i].measured || argc != 8)
			break;
		w.host = argv[2];
		w.port = number("port", argv[3]);
		w.size = number("size", argv[4]);
		w.count = number("count", argv[5]);
		w.warmup = number("warm-up", argv[6]);
		w.window = number("window", argv[7]);
		if (w.size > BUFFER)
			error(2, 0, "size %lu is above %d", w.size, BUFFER);
		if (!w.count || !w.warmup)
			error(2, 0, "count and warm-up must not be 0");
		roles[i].measured(&w);
		return 0;
	}
	fprintf(stderr, "Usage: net udp-tx|udp-rx|tcp-tx|tcp-rx|rr HOST PORT SIZE COUNT WARMUP WINDOW\n"
			"       net udp-sink|udp-source|tcp-sink|tcp-source|tcp-echo PORT\n");
	return 2;
}
