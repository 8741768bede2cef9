// SPDX-License-Identifier: GPL-2.0-only
/* blanket: finds the subcommand and runs it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

#define USAGE_ERROR 2

static const struct cmd *const cmds[] = {
	&cmd_status,
	&cmd_bench,
	&cmd_weigh,
	&cmd_tune,
	&cmd_doctor,
	&cmd_bind,
	&cmd_unbind,
};

#define NR_CMDS (sizeof(cmds) / sizeof(cmds[0]))

/* Every error of every subcommand: one line, on stderr, with our name. */
void fail(const char *fmt, ...)
{
	va_list args;

	fputs("blanket: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* What was printed is out, or an error; returns the exit status. */
int flush_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fail("cannot write: %s", strerror(errno));
	return 1;
}

static void usage(FILE *to)
{
	size_t i;

	fputs("Usage: blanket COMMAND [OPTION...]\n\nCommands:\n", to);
	for (i = 0; i < NR_CMDS; i++)
		fprintf(to, "  %-10s %s\n", cmds[i]->name, cmds[i]->brief);
	fputs("\n'blanket COMMAND --help' tells more, and blanket(8) all.\n",
	      to);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(name, "--version")) {
		puts("blanket " BLANKET_VERSION);
		return 0;
	}
	for (i = 0; i < NR_CMDS; i++)
		if (!strcmp(name, cmds[i]->name))
			return cmds[i]->run(argc - 1, argv + 1);
	if (*name)
		fail("no command '%s'", name);
	usage(stderr);
	return USAGE_ERROR;
}
