// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile front end: plays a guest's vif and disk from user space, right
 * once and then wrong in every way there is. Which device that is follows
 * from what is attached; no kernel front end may be bound to it.
 *
 *	hostile list			GROUP NAME, a line a case
 *	hostile run GROUP [NAME...]	a line a case:
 *		ok NAME OUTCOME N ms		OUTCOME: answered, refused,
 *		not ok NAME OUTCOME N ms: why	stopped, any, unknown
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "front.h"

const char *outcome;

static bool chosen(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static bool run(const struct hostile_case *c)
{
	uint64_t start = now_ms();
	const char *why;

	outcome = "any";
	why = c->run(c);
	printf("%s %s %s %u ms%s%s\n", why ? "not ok" : "ok", c->name, outcome,
	       (unsigned int)(now_ms() - start), why ? ": " : "", why ?: "");
	return !why;
}

int main(int argc, char **argv)
{
	const struct hostile_case *tables[] = {
		tx_cases, tx_race_cases, standing_cases, rx_cases, vif_store_cases,
		ctrl_cases, listen_cases, blk_cases, vbd_store_cases,
	};
	bool list = argc == 2 && !strcmp(argv[1], "list");
	bool good = true;

	if (!list && (argc < 3 || strcmp(argv[1], "run"))) {
		fprintf(stderr, "Usage: hostile list | hostile run GROUP [NAME...]\n");
		return 2;
	}
	setlinebuf(stdout);
	for (unsigned int i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct hostile_case *c = tables[i]; c->name; c++) {
			if (list)
				printf("%s %s\n", c->group, c->name);
			else if (!strcmp(c->group, argv[2]) && chosen(c->name, argv + 3))
				good &= run(c);
		}
	}
	vif_finish();
	disk_finish();
	return !good;
}
