// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "sock.h"

#define DRAIN_MS	20000

char buffer[BUFFER];

unsigned long number(const char *what, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (!*s || *end)
		error(2, 0, "%s '%s' is not a number", what, s);
	return n;
}

void set_option(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		error(1, errno, "setsockopt %s", name);
}

int open_socket(int type)
{
	int fd = socket(AF_INET, type, 0);

	if (fd < 0)
		error(1, errno, "socket");
	return fd;
}

struct sockaddr_in address_of(const char *host, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (!inet_aton(host, &addr.sin_addr))
		error(2, 0, "'%s' is not an IPv4 address", host);
	return addr;
}

int connect_to(const struct work *w, int type)
{
	struct sockaddr_in addr = address_of(w->host, w->port);
	int fd = open_socket(type);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		error(1, errno, "connect to %s:%d", w->host, w->port);
	return fd;
}

int bind_to(int port, int type)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = open_socket(type);

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		error(1, errno, "bind to port %d", port);
	return fd;
}

/* Waits until all that was sent has left: acknowledged, or freed by the driver. */
void drain(int fd)
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
