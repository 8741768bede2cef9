// SPDX-License-Identifier: GPL-2.0-only
/* Streams: bulk over one connection or many, and request and response. */
#include <errno.h>
#include <error.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "roles.h"
#include "window.h"

static struct pollfd flow[MAX_FLOWS];

static void open_flows(const struct work *w, short events)
{
	for (unsigned int i = 0; i < w->flows; i++) {
		flow[i].fd = connect_to(w, SOCK_STREAM);
		flow[i].events = events;
	}
}

/* The next flow after @i that can go on. With one the call itself waits. */
static unsigned int next_flow(const struct work *w, unsigned int i)
{
	static bool fresh;

	if (w->flows == 1)
		return 0;
	for (;;) {
		while (fresh && ++i < w->flows)
			if (flow[i].revents)
				return i;
		if (poll(flow, w->flows, -1) < 0)
			error(1, errno, "poll");
		fresh = true;
		i = -1;
	}
}

static void send_bytes(const struct work *w, unsigned long bytes)
{
	int flags = MSG_NOSIGNAL | (w->flows > 1 ? MSG_DONTWAIT : 0);
	unsigned int i = w->flows;

	while (bytes) {
		ssize_t n;

		i = next_flow(w, i);
		n = send(flow[i].fd, buffer, bytes < BUFFER ? bytes : BUFFER, flags);
		if (n < 0 && errno != EAGAIN)
			error(1, errno, "send");
		if (n > 0)
			bytes -= n;
	}
	for (i = 0; i < w->flows; i++)
		drain(flow[i].fd);
}

void tcp_tx(const struct work *w)
{
	open_flows(w, POLLOUT);
	send_bytes(w, w->warmup);
	window_start(w->window);
	send_bytes(w, w->count);
	window_stop(w->window, w->count);
	printf("bytes %lu\n", w->count + w->warmup);
}

void tcp_rx(const struct work *w)
{
	unsigned long received = 0, start = 0;
	unsigned int i = w->flows;

	open_flows(w, POLLIN);
	while (!start || received < start + w->count) {
		ssize_t n;

		i = next_flow(w, i);
		n = recv(flow[i].fd, buffer, sizeof(buffer), w->flows > 1 ? MSG_DONTWAIT : 0);
		if (n < 0 && errno == EAGAIN)
			continue;
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

static void send_and_receive(int from, int to, unsigned long bytes)
{
	while (bytes) {
		ssize_t n = send(from, buffer, bytes < BUFFER ? bytes : BUFFER, MSG_NOSIGNAL);

		if (n < 0)
			error(1, errno, "send");
		bytes -= n;
		while (n) {
			ssize_t got = recv(to, buffer, n, 0);

			if (got <= 0)
				error(1, got ? errno : 0, "recv of what was sent to oneself");
			n -= got;
		}
	}
}

void tcp_self(const struct work *w)
{
	int listener = bind_to(w->port, SOCK_STREAM), from, to;

	/* a send fits in whole, or there would be nobody to receive it */
	set_option(listener, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	if (listen(listener, 1))
		error(1, errno, "listen on port %d", w->port);
	from = connect_to(w, SOCK_STREAM);
	to = accept(listener, NULL, NULL);
	if (to < 0)
		error(1, errno, "accept on port %d", w->port);
	send_and_receive(from, to, w->warmup);
	window_start(w->window);
	send_and_receive(from, to, w->count);
	window_stop(w->window, w->count);
	printf("bytes %lu\n", w->count + w->warmup);
}

static void round_trips(int fd, unsigned long n)
{
	while (n--) {
		uint64_t since = times_now();

		if (send(fd, buffer, 1, 0) != 1 || recv(fd, buffer, 1, 0) != 1)
			error(1, errno, "round trip");
		times_unit(since);
	}
}

void rr(const struct work *w)
{
	int fd = connect_to(w, SOCK_STREAM);

	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	round_trips(fd, w->warmup);
	window_start(w->window);
	round_trips(fd, w->count);
	window_stop(w->window, w->count);
	printf("requests %lu\n", w->count);
}

static void take_all(int fd)
{
	char *into = malloc(BUFFER);

	while (recv(fd, into, BUFFER, 0) > 0)
		;
	free(into);
}

static void give_all(int fd)
{
	while (send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL) > 0)
		;
}

static void echo_all(int fd)
{
	char into[64];
	ssize_t n;

	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	while ((n = recv(fd, into, sizeof(into), 0)) > 0)
		if (send(fd, into, n, MSG_NOSIGNAL) != n)
			break;
}

struct served {
	int fd;
	void (*serve)(int fd);
};

static void *serve_one(void *arg)
{
	struct served *s = arg;

	s->serve(s->fd);
	close(s->fd);
	free(s);
	return NULL;
}

/* A thread for each connection. */
static void serve_all(int port, void (*serve)(int fd))
{
	int listener = bind_to(port, SOCK_STREAM);

	if (listen(listener, MAX_FLOWS))
		error(1, errno, "listen on port %d", port);
	for (;;) {
		struct served *s = malloc(sizeof(*s));
		pthread_t thread;

		s->serve = serve;
		s->fd = accept(listener, NULL, NULL);
		if (s->fd < 0)
			error(1, errno, "accept on port %d", port);
		if (pthread_create(&thread, NULL, serve_one, s))
			error(1, 0, "no thread for a connection to port %d", port);
		pthread_detach(thread);
	}
}

void tcp_sink(int port)
{
	serve_all(port, take_all);
}

void tcp_source(int port)
{
	serve_all(port, give_all);
}

void tcp_echo(int port)
{
	serve_all(port, echo_all);
}
