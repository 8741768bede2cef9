/* SPDX-License-Identifier: GPL-2.0-only */
/* blanket tune: what its parts share. */
#ifndef BLANKET_TUNE_H
#define BLANKET_TUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "target.h"

/* enough for target_name() */
#define TUNE_NAME 224

/* An empty value, for people. */
static inline const char *tune_or_dash(const char *text)
{
	return *text ? text : "-";
}

int tune_show(struct target **chosen, size_t nr, const struct targets *all, bool json,
	      bool values);
int tune_show_known(bool json);

#endif /* BLANKET_TUNE_H */
