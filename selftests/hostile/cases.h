/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hostile front end tries, in groups that share a device. */
#ifndef _HOSTILE_CASES_H
#define _HOSTILE_CASES_H

#include <stdbool.h>

/**
 * struct hostile_case - one thing to try
 * @group:	which device it wants, and what the runner sets up for it
 * @name:	unique in its group
 * @run:	does it; NULL if all is as it should be, else what is not
 * @arg:	for @run
 */
struct hostile_case {
	const char *group;
	const char *name;
	const char *(*run)(const struct hostile_case *self);
	const void *arg;
};

/* What became of the current case, for the runner to compare with dom0's log. */
extern const char *outcome;

/* Tables end with a case without a name. */
extern const struct hostile_case tx_cases[];
extern const struct hostile_case tx_race_cases[];
extern const struct hostile_case standing_cases[];
extern const struct hostile_case rx_cases[];
extern const struct hostile_case vif_store_cases[];
extern const struct hostile_case ctrl_cases[];
extern const struct hostile_case listen_cases[];
extern const struct hostile_case blk_cases[];
extern const struct hostile_case vbd_store_cases[];

/* Close what cases have left open. */
void vif_finish(void);
void disk_finish(void);

#endif /* _HOSTILE_CASES_H */
