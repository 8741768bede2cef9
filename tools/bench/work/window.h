/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A measured window: what runs between its two marks, exactly. Without the
 * plugin below the marks are NOPs, and the clock may tell how long it was.
 */
#ifndef BENCH_WINDOW_H
#define BENCH_WINDOW_H

#include "../../insncount/insn-mark.h"
#include "times.h"

/* work that is part of somebody else's window */
#define WINDOW_NONE	(~0u)

static inline void window_start(unsigned int id)
{
	if (id == WINDOW_NONE)
		return;
	times_start();
	insn_mark(INSN_MARK_START, id, 0);
}

static inline void window_stop(unsigned int id, unsigned long units)
{
	if (id == WINDOW_NONE)
		return;
	insn_mark(INSN_MARK_STOP, id, units);
	times_stop(units);
}

#endif /* BENCH_WINDOW_H */
