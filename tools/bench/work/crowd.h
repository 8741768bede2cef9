/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many guests at the same work: a conductor in dom0 and a member in each.
 *
 *   conductor            member 1    member 2 ...
 *   order (warm-up) -->  works
 *           done <-----
 *   window opens
 *   order ------------>  works
 *   order ------------------------>  works
 *           done <----- <----------
 *   window closes
 *
 * An order that gets lost is sent again; a member does each number once.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdint.h>

#define MEMBER_PORT	9100

struct order {
	uint32_t number;
	uint32_t receive;	/* else transmit */
	uint32_t host;		/* the far side, as in sin_addr */
	uint32_t port;
	uint32_t size;
	uint32_t count;
};

/**
 * conduct() - measure what the members do together
 * @argc:	words in @argv
 * @argv:	ROLE HOST PORT SIZE COUNT WARMUP WINDOW MEMBER...; the counts are
 *		shared by all members
 *
 * Return: the exit status.
 */
int conduct(int argc, char **argv);

#endif /* BENCH_CROWD_H */
