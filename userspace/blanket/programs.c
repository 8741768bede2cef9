// SPDX-License-Identifier: GPL-2.0-only
/* Commands that are programs of their own, scripts that drive other programs. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

static int hand_over(const char *program, char **argv)
{
	execv(program, argv);
	if (errno == ENOENT)
		fail("%s, or what it is written in (python3, bash), is missing: run make install",
		     program);
	else
		fail("cannot run %s: %s", program, strerror(errno));
	return 1;
}

static int bench(int argc, char **argv)
{
	(void)argc;
	return hand_over(BLANKET_LIBDIR "/bench/real", argv);
}

static int weigh(int argc, char **argv)
{
	(void)argc;
	return hand_over(BLANKET_LIBDIR "/weigh", argv);
}

const struct cmd cmd_bench = {
	.name = "bench",
	.brief = "a guest's network and disk measured: rates, latency, CPU time",
	.run = bench,
};

const struct cmd cmd_weigh = {
	.name = "weigh",
	.brief = "what a TLB flush, an IPI, an exit and a copy cost here",
	.run = weigh,
};
