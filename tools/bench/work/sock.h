/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets for the network work: what fails ends the program and says why. */
#ifndef BENCH_SOCK_H
#define BENCH_SOCK_H

#include <netinet/in.h>

#define BUFFER		(64 * 1024)
#define SOCKET_BUFFER	(8 << 20)
/* how long a far side is quiet before it is asked again, or tells its count */
#define STALL_MS	500
#define MAX_FLOWS	256

/**
 * struct work - what the measured side is asked for
 * @host:	IPv4 address of the far side
 * @port:	its port
 * @size:	bytes of a packet; 0 for streams
 * @count:	units in the window: packets, bytes or round trips
 * @warmup:	units before it
 * @window:	number of the window
 * @flows:	sockets that share the units
 */
struct work {
	const char *host;
	int port;
	unsigned long size, count, warmup;
	unsigned int window, flows;
};

/* What is sent; what is received into it nobody looks at. */
extern char buffer[BUFFER];

unsigned long number(const char *what, const char *s);
void set_option(int fd, int level, int option, int value, const char *name);
int open_socket(int type);
struct sockaddr_in address_of(const char *host, int port);
int connect_to(const struct work *w, int type);
int bind_to(int port, int type);
void drain(int fd);

#endif /* BENCH_SOCK_H */
