// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves data over TCP and UDP, both ways, and checks every byte where it
 * arrives: a word's value follows from the run's seed and its place.
 *
 *   wire run PORT BYTES PACKETS ADDRESS...      wire serve PORT
 *   wire last PORT FILE ADDRESS
 *     tcp-tx   order, bytes           ------->  checks, answers a verdict
 *     tcp-rx   order                  ------->
 *              checks                 <-------  bytes
 *     udp-tx   a window of packets,
 *              then a question        ------->  checks, answers a verdict
 *     udp-rx   asks for a window      ------->
 *              checks                 <-------  packets
 *
 * A line a run: KIND ADDRESS bytes N ms N lost N. A lost packet is counted, a
 * wrong byte or a stream that ends early is an error: exit status 1. "last" has
 * one connection each way at a time, which last until there is a FILE.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAGIC		0x626c616e6b657431ull
#define CHUNK		65536
#define UDP_WINDOW	16
#define UDP_MAX		3000
#define UDP_WAIT_S	3
#define TCP_WAIT_S	60
#define UDP_TRIES	5
#define RUNS		64
/* of a stream that lasts until its receiver has enough, or its sender ends it */
#define ENDLESS		UINT64_MAX

enum op { TCP_TX, TCP_RX, UDP_DATA, UDP_ASK, UDP_WANT, UDP_VERDICT };

/* What begins a stream, and every datagram. */
struct order {
	uint64_t magic;
	uint64_t seed;
	uint32_t op;
	uint32_t count;		/* UDP_WANT: packets */
	uint64_t bytes;		/* of a stream; good packets in a verdict */
	uint64_t place;		/* a packet's number; bad packets in a verdict */
};

/* Sizes of datagrams, headers included: the last is fragmented. */
static const unsigned int sizes[] = { sizeof(struct order), 64, 700, 1400, 1452, UDP_MAX };

/* There when an endless stream is to end. */
static const char *stop_file;

/* What serve knows of the udp-tx runs. */
static struct { uint64_t seed, good, bad; } runs[RUNS];
static unsigned int last_run;

static uint64_t buffer[CHUNK / sizeof(uint64_t)];

static uint64_t word(uint64_t seed, uint64_t place)
{
	uint64_t z = seed + (place + 1) * 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	return z ^ (z >> 29);
}

static void fill(void *to, size_t bytes, uint64_t seed, uint64_t at)
{
	unsigned char *p = to;

	for (size_t i = 0; i < bytes; i++, at++) {
		uint64_t w = word(seed, at / 8);

		if (at % 8 == 0 && bytes - i >= 8) {
			memcpy(p + i, &w, 8);
			i += 7;
			at += 7;
		} else {
			p[i] = w >> (at % 8 * 8);
		}
	}
}

/* Where the first wrong byte is, or BYTES. */
static size_t check(const void *from, size_t bytes, uint64_t seed, uint64_t at)
{
	const unsigned char *p = from;

	for (size_t i = 0; i < bytes; i++, at++) {
		uint64_t w = word(seed, at / 8);

		if (at % 8 == 0 && bytes - i >= 8 && !memcmp(p + i, &w, 8)) {
			i += 7;
			at += 7;
		} else if (p[i] != (unsigned char)(w >> (at % 8 * 8))) {
			return i;
		}
	}
	return bytes;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* With a limit of time a call is interrupted when the machine is suspended. */
static bool write_all(int fd, const void *from, size_t bytes)
{
	const char *p = from;

	while (bytes) {
		ssize_t n = TEMP_FAILURE_RETRY(write(fd, p, bytes));

		if (n <= 0)
			return false;
		p += n;
		bytes -= n;
	}
	return true;
}

static bool read_order(int fd, struct order *order)
{
	return TEMP_FAILURE_RETRY(recv(fd, order, sizeof(*order), MSG_WAITALL)) == sizeof(*order) &&
	       order->magic == MAGIC;
}

static bool to_stop(void)
{
	return stop_file && !access(stop_file, F_OK);
}

/* *BYTES: to send; those that were sent if it was stopped. */
static bool send_stream(int fd, uint64_t *bytes, uint64_t seed)
{
	for (uint64_t at = 0; at < *bytes; at += CHUNK) {
		size_t n = *bytes - at < CHUNK ? *bytes - at : CHUNK;

		if (to_stop()) {
			*bytes = at;
			break;
		}
		fill(buffer, n, seed, at);
		if (!write_all(fd, buffer, n))
			return false;
	}
	return true;
}

/* How many bytes arrived as they should have; *BYTES: to come, fewer if it was stopped. */
static uint64_t receive_stream(int fd, uint64_t *bytes, uint64_t seed)
{
	uint64_t at = 0;

	while (at < *bytes) {
		size_t want = *bytes - at < CHUNK ? *bytes - at : CHUNK, good;
		ssize_t n = TEMP_FAILURE_RETRY(read(fd, buffer, want));

		if (n <= 0)
			break;
		good = check(buffer, n, seed, at);
		at += good;
		if (good != (size_t)n)
			break;
		if (to_stop())
			*bytes = at;
	}
	return at;
}

static unsigned int packet_size(uint64_t place)
{
	return sizes[place % (sizeof(sizes) / sizeof(sizes[0]))];
}

static unsigned int make_packet(uint64_t seed, uint64_t place)
{
	struct order order = { .magic = MAGIC, .seed = seed, .op = UDP_DATA, .place = place };
	unsigned int size = packet_size(place);

	memcpy(buffer, &order, sizeof(order));
	fill((char *)buffer + sizeof(order), size - sizeof(order), seed, place * UDP_MAX);
	return size;
}

static bool packet_good(ssize_t n, uint64_t seed)
{
	const struct order *order = (const struct order *)buffer;
	size_t rest = n - sizeof(*order);

	return order->seed == seed && n == packet_size(order->place) &&
	       check(order + 1, rest, seed, order->place * UDP_MAX) == rest;
}

static void serve_stream(int fd)
{
	struct order order;

	if (!read_order(fd, &order))
		return;
	if (order.op == TCP_RX) {
		send_stream(fd, &order.bytes, order.seed);
	} else {
		order.bytes = receive_stream(fd, &order.bytes, order.seed);
		write_all(fd, &order, sizeof(order));
	}
}

static void count_packet(uint64_t seed, bool good)
{
	unsigned int i;

	for (i = 0; i < RUNS && runs[i].seed != seed; i++)
		;
	if (i == RUNS) {
		i = last_run++ % RUNS;
		runs[i].seed = seed;
		runs[i].good = 0;
		runs[i].bad = 0;
	}
	if (good)
		runs[i].good++;
	else
		runs[i].bad++;
}

static void serve_packet(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &len);
	struct order order;

	if (n < (ssize_t)sizeof(order))
		return;
	memcpy(&order, buffer, sizeof(order));
	/* a damaged header belongs to no run: the sender sees it as lost */
	if (order.magic != MAGIC)
		return;
	if (order.op == UDP_DATA) {
		count_packet(order.seed, packet_good(n, order.seed));
	} else if (order.op == UDP_WANT) {
		for (unsigned int i = 0; i < order.count && i < UDP_WINDOW; i++) {
			unsigned int size = make_packet(order.seed, order.place + i);

			sendto(fd, buffer, size, 0, (struct sockaddr *)&from, len);
		}
	} else if (order.op == UDP_ASK) {
		order.op = UDP_VERDICT;
		order.bytes = 0;
		order.place = 0;
		for (unsigned int i = 0; i < RUNS; i++) {
			if (runs[i].seed == order.seed) {
				order.bytes = runs[i].good;
				order.place = runs[i].bad;
			}
		}
		sendto(fd, &order, sizeof(order), 0, (struct sockaddr *)&from, len);
	}
}

/* One socket hears both families. */
static int listen_on(int port, int type)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), off = 0, on = 1;

	if (fd < 0)
		error(1, errno, "socket");
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		error(1, errno, "bind to port %d", port);
	if (type == SOCK_STREAM && listen(fd, 16))
		error(1, errno, "listen on port %d", port);
	return fd;
}

static void serve(int port)
{
	struct pollfd fds[] = {
		{ .fd = listen_on(port, SOCK_STREAM), .events = POLLIN },
		{ .fd = listen_on(port, SOCK_DGRAM), .events = POLLIN },
	};

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents) {
			int fd = accept(fds[0].fd, NULL, NULL);

			if (fd >= 0 && fork() == 0) {
				serve_stream(fd);
				_exit(0);
			}
			close(fd);
		}
		if (fds[1].revents)
			serve_packet(fds[1].fd);
	}
}

static int connect_to(const char *address, int port, int type)
{
	const struct timeval limit = { .tv_sec = type == SOCK_STREAM ? TCP_WAIT_S : UDP_WAIT_S };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int fd;

	if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		error(2, 0, "'%s' is no IPv4 or IPv6 address", address);
	fd = socket(is_v4 ? AF_INET : AF_INET6, type, 0);
	if (fd < 0)
		error(1, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (TEMP_FAILURE_RETRY(connect(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
				       is_v4 ? sizeof(v4) : sizeof(v6))))
		error(1, errno, "connect to %s port %d", address, port);
	return fd;
}

static void tell(const char *kind, const char *address, uint64_t bytes, uint64_t start,
		 uint64_t lost)
{
	printf("%s %s bytes %llu ms %llu lost %llu\n", kind, address, (unsigned long long)bytes,
	       (unsigned long long)((now_ns() - start + 999999) / 1000000),
	       (unsigned long long)lost);
	fflush(stdout);
}

static void run_stream(const char *address, int port, bool tx, uint64_t bytes)
{
	struct order order = { .magic = MAGIC, .seed = now_ns(), .op = tx ? TCP_TX : TCP_RX,
			       .bytes = bytes };
	const char *kind = tx ? "tcp-tx" : "tcp-rx";
	int fd = connect_to(address, port, SOCK_STREAM);
	uint64_t start = now_ns();

	if (!write_all(fd, &order, sizeof(order)))
		error(1, errno, "%s to %s", kind, address);
	if (tx) {
		if (!send_stream(fd, &bytes, order.seed) || shutdown(fd, SHUT_WR) ||
		    !read_order(fd, &order))
			error(1, errno, "%s to %s", kind, address);
	} else {
		order.bytes = receive_stream(fd, &bytes, order.seed);
	}
	if (order.bytes != bytes)
		error(1, 0, "%s with %s: byte %llu of %llu is wrong or missing", kind, address,
		      (unsigned long long)order.bytes, (unsigned long long)bytes);
	tell(kind, address, bytes, start, 0);
	close(fd);
}

/* Asks until there is an answer: how many packets arrived, and how many whole. */
static struct order ask(int fd, uint64_t seed, const char *address)
{
	struct order order;

	for (int i = 0; i < UDP_TRIES; i++) {
		order = (struct order){ .magic = MAGIC, .seed = seed, .op = UDP_ASK };
		if (TEMP_FAILURE_RETRY(send(fd, &order, sizeof(order), 0)) < 0)
			continue;
		if (TEMP_FAILURE_RETRY(recv(fd, &order, sizeof(order), 0)) == sizeof(order) &&
		    order.op == UDP_VERDICT && order.seed == seed)
			return order;
	}
	error(1, 0, "udp-tx to %s: no answer to %d questions", address, UDP_TRIES);
	return order;
}

static void udp_tx(const char *address, int port, unsigned int packets)
{
	int fd = connect_to(address, port, SOCK_DGRAM);
	struct order verdict = {};
	uint64_t seed = now_ns(), start = now_ns(), bytes = 0;

	for (unsigned int i = 0; i < packets; i++) {
		unsigned int size = make_packet(seed, i);

		if (TEMP_FAILURE_RETRY(send(fd, buffer, size, 0)) == (ssize_t)size)
			bytes += size;
		if (i % UDP_WINDOW == UDP_WINDOW - 1 || i == packets - 1)
			verdict = ask(fd, seed, address);
	}
	if (verdict.place)
		error(1, 0, "udp-tx to %s: %llu of %u packets arrived damaged", address,
		      (unsigned long long)verdict.place, packets);
	tell("udp-tx", address, bytes, start, packets - verdict.bytes);
	close(fd);
}

/*
 * Asks for @n packets from @place on until one comes, as all of them are lost when
 * the receiver is suspended just then. Every one that does not come counts as lost.
 */
static unsigned int want(int fd, uint64_t seed, unsigned int place, unsigned int n, uint64_t *bytes,
			 const char *address)
{
	struct order order = { .magic = MAGIC, .seed = seed, .op = UDP_WANT, .count = n,
			       .place = place };
	const struct order *packet = (const struct order *)buffer;
	unsigned int lost = 0, got = 0;

	for (int i = 0; i < UDP_TRIES && !got; i++) {
		ssize_t size;

		if (TEMP_FAILURE_RETRY(send(fd, &order, sizeof(order), 0)) < 0) {
			lost += n;
			continue;
		}
		while (got < n && (size = TEMP_FAILURE_RETRY(recv(fd, buffer, sizeof(buffer), 0))) >=
				  (ssize_t)sizeof(order)) {
			if (!packet_good(size, seed))
				error(1, 0, "udp-rx from %s: a packet of %zd bytes is damaged",
				      address, size);
			/* else the answer to an earlier question came late */
			if (packet->place < place || packet->place >= place + n)
				continue;
			*bytes += size;
			got++;
		}
		lost += n - got;
	}
	if (!got)
		error(1, 0, "udp-rx from %s: none of %u packets came, asked for %d times", address,
		      n, UDP_TRIES);
	return lost;
}

static void udp_rx(const char *address, int port, unsigned int packets)
{
	int fd = connect_to(address, port, SOCK_DGRAM);
	uint64_t seed = now_ns(), start = now_ns(), bytes = 0;
	unsigned int lost = 0;

	for (unsigned int at = 0; at < packets; at += UDP_WINDOW)
		lost += want(fd, seed, at, packets - at < UDP_WINDOW ? packets - at : UDP_WINDOW,
			     &bytes, address);
	tell("udp-rx", address, bytes, start, lost);
	close(fd);
}

/* One process each way. */
static void last(const char *address, int port)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		error(1, errno, "fork");
	run_stream(address, port, child, ENDLESS);
	if (!child)
		exit(0);
	if (waitpid(child, &status, 0) != child || status)
		exit(1);
}

static unsigned long number(const char *what, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end)
		error(2, 0, "%s '%s' is not a number", what, text);
	return n;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve")) {
		serve(number("port", argv[2]));
	} else if (argc >= 6 && !strcmp(argv[1], "run")) {
		unsigned long bytes = number("bytes", argv[3]), packets = number("packets", argv[4]);
		int port = number("port", argv[2]);

		signal(SIGPIPE, SIG_IGN);
		for (int i = 5; i < argc; i++) {
			run_stream(argv[i], port, true, bytes);
			run_stream(argv[i], port, false, bytes);
			udp_tx(argv[i], port, packets);
			udp_rx(argv[i], port, packets);
		}
		return 0;
	} else if (argc == 5 && !strcmp(argv[1], "last")) {
		signal(SIGPIPE, SIG_IGN);
		stop_file = argv[3];
		last(argv[4], number("port", argv[2]));
		return 0;
	}
	fprintf(stderr, "usage: wire serve PORT | wire run PORT BYTES PACKETS ADDRESS... | wire last PORT FILE ADDRESS\n");
	return 2;
}
