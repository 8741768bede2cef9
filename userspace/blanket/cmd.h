/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands: one file each, one line in main.c's table. */
#ifndef BLANKET_CMD_H
#define BLANKET_CMD_H

/**
 * struct cmd - a subcommand
 * @name:	how it is called
 * @brief:	one line for the list in --help
 * @run:	does it; argv[0] is the name. Returns the exit status.
 */
struct cmd {
	const char *name;
	const char *brief;
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_status;
extern const struct cmd cmd_bench;
extern const struct cmd cmd_weigh;
extern const struct cmd cmd_tune;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_bind;
extern const struct cmd cmd_unbind;

void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int flush_output(void);

#endif /* BLANKET_CMD_H */
