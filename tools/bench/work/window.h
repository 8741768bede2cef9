/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A measured window: what runs between its two marks, exactly. Without the
 * plugin below the marks are NOPs.
 */
#ifndef BENCH_WINDOW_H
#define BENCH_WINDOW_H

#include "../../insncount/insn-mark.h"

static inline void window_start(unsigned int id)
{
	insn_mark(INSN_MARK_START, id, 0);
}

static inline void window_stop(unsigned int id, unsigned long units)
{
	insn_mark(INSN_MARK_STOP, id, units);
}

#endif /* BENCH_WINDOW_H */
