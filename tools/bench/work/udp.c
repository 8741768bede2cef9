// SPDX-License-Identifier: GPL-2.0-only
/* Datagrams, of one flow or of many that take turns. */
#include <errno.h>
#include <error.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "roles.h"
#include "window.h"

/* udp-rx: so many packets under way, and so many asked for at a time */
#define CREDIT_WINDOW	128
#define CREDIT_BATCH	32
/* udp-rx of many flows receives on so many ports from this one on */
#define FLOWS_PORT	20000

/* What udp-rx asks for, sent in turn to so many ports from its own one on. */
struct credit {
	unsigned int packets;
	unsigned int size;
	unsigned int flows;
};

static int flow[MAX_FLOWS];

static void send_packets(const struct work *w, unsigned long n)
{
	for (unsigned long i = 0; i < n;) {
		if (send(flow[i % w->flows], buffer, w->size, 0) == (ssize_t)w->size)
			i++;
		else if (errno != ENOBUFS)
			error(1, errno, "send of %lu bytes", w->size);
	}
}

static void close_flows(const struct work *w)
{
	for (unsigned int i = 0; i < w->flows; i++)
		close(flow[i]);
}

static void drain_flows(const struct work *w)
{
	for (unsigned int i = 0; i < w->flows; i++)
		drain(flow[i]);
}

void udp_tx(const struct work *w)
{
	for (unsigned int i = 0; i < w->flows; i++)
		flow[i] = connect_to(w, SOCK_DGRAM);
	send_packets(w, w->warmup);
	drain_flows(w);
	window_start(w->window);
	send_packets(w, w->count);
	drain_flows(w);
	window_stop(w->window, w->count);
	close_flows(w);
	printf("packets %lu\n", w->count + w->warmup);
}

/* Counts for ever; a line whenever it has been quiet for a while. */
void udp_sink(int port)
{
	int fd = bind_to(port, SOCK_DGRAM);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned long packets = 0, told = 0;
	char *into = malloc(BUFFER);

	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	for (;;) {
		int n = poll(&p, 1, STALL_MS);

		if (n < 0)
			error(1, errno, "poll");
		if (n) {
			while (recv(fd, into, BUFFER, MSG_DONTWAIT | MSG_TRUNC) >= 0)
				packets++;
		} else if (packets != told) {
			printf("packets %lu\n", packets);
			fflush(stdout);
			told = packets;
		}
	}
}

/* At most @max; says how many. */
static unsigned long ask(const struct work *w, unsigned long packets, unsigned long max)
{
	struct credit credit = { .packets = packets < max ? packets : max, .size = w->size, .flows = w->flows };

	if (send(flow[0], &credit, sizeof(credit), 0) != sizeof(credit))
		error(1, errno, "send of a credit");
	return credit.packets;
}

static void open_flows(const struct work *w)
{
	struct sockaddr_in far = address_of(w->host, w->port);

	for (unsigned int i = 0; i < w->flows; i++) {
		flow[i] = w->flows > 1 ? bind_to(FLOWS_PORT + i, SOCK_DGRAM) : open_socket(SOCK_DGRAM);
		if (connect(flow[i], (struct sockaddr *)&far, sizeof(far)))
			error(1, errno, "connect to %s:%d", w->host, w->port);
		set_option(flow[i], SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	}
}

/* Waits for one that has something; -1 after STALL_MS. */
static int wait_flow(const struct work *w)
{
	struct pollfd p = { .fd = flow[0], .events = POLLIN };
	struct epoll_event event;
	static int set = -1;

	/* one socket: poll() alone, as before there were many */
	if (w->flows == 1)
		return poll(&p, 1, STALL_MS) > 0 ? flow[0] : -1;
	if (set < 0) {
		set = epoll_create1(0);
		for (unsigned int i = 0; i < w->flows; i++) {
			event = (struct epoll_event){ .events = EPOLLIN, .data.fd = flow[i] };
			if (epoll_ctl(set, EPOLL_CTL_ADD, flow[i], &event))
				error(1, errno, "epoll_ctl");
		}
	}
	return epoll_wait(set, &event, 1, STALL_MS) > 0 ? event.data.fd : -1;
}

void udp_rx(const struct work *w)
{
	unsigned long total = w->warmup + w->count, received = 0, stalls = 0, asked;
	int fd;

	open_flows(w);
	fd = flow[0];
	asked = ask(w, CREDIT_WINDOW, total);
	while (received < total) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			error(1, errno, "recv");
		if (n < 0) {
			fd = wait_flow(w);
			if (fd < 0) {
				/* what was lost is asked for again */
				fd = flow[0];
				stalls++;
				asked = received + ask(w, CREDIT_WINDOW, total - received);
			}
			continue;
		}
		if (++received == w->warmup)
			window_start(w->window);
		if (received == total)
			window_stop(w->window, w->count);
		if (received % CREDIT_BATCH == 0 && asked < total)
			asked += ask(w, CREDIT_BATCH, total - asked);
	}
	close_flows(w);
	printf("packets %lu stalls %lu\n", received, stalls);
}

static void send_and_receive(const struct work *w, int from, int to, unsigned long n)
{
	while (n) {
		unsigned long batch = n < CREDIT_BATCH ? n : CREDIT_BATCH;

		for (unsigned long i = 0; i < batch; i++)
			if (send(from, buffer, w->size, 0) < 0)
				error(1, errno, "send of %lu bytes", w->size);
		for (unsigned long i = 0; i < batch; i++)
			if (recv(to, buffer, sizeof(buffer), MSG_DONTWAIT) < 0)
				error(1, errno, "recv of what was sent to oneself");
		n -= batch;
	}
}

void udp_self(const struct work *w)
{
	int to = bind_to(w->port, SOCK_DGRAM), from = connect_to(w, SOCK_DGRAM);

	send_and_receive(w, from, to, w->warmup);
	window_start(w->window);
	send_and_receive(w, from, to, w->count);
	window_stop(w->window, w->count);
	printf("packets %lu\n", w->count + w->warmup);
}

void udp_source(int port)
{
	int fd = bind_to(port, SOCK_DGRAM);
	unsigned int next = 0;

	for (;;) {
		struct sockaddr_in peer, to;
		socklen_t len = sizeof(peer);
		struct credit credit;
		ssize_t n = recvfrom(fd, &credit, sizeof(credit), 0, (struct sockaddr *)&peer, &len);

		if (n != sizeof(credit) || credit.size > sizeof(buffer) || !credit.flows ||
		    credit.flows > MAX_FLOWS)
			continue;
		while (credit.packets--) {
			to = peer;
			if (credit.flows > 1)
				to.sin_port = htons(ntohs(peer.sin_port) + next++ % credit.flows);
			sendto(fd, buffer, credit.size, 0, (struct sockaddr *)&to, sizeof(to));
		}
	}
}
