/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real time, for machines where it means something: how long the window was,
 * and percentiles of single units. Off unless asked for (--times), so that it
 * costs the counted runs no instruction but a test.
 */
#ifndef BENCH_TIMES_H
#define BENCH_TIMES_H

#include <stdbool.h>
#include <stdint.h>

extern bool times_wanted;

/* Nanoseconds now; 0 when times are not wanted. */
uint64_t times_now(void);
/* The window's bounds. */
void times_start(void);
void times_stop(unsigned long units);
/* A unit that began at @since, by times_now(). */
void times_unit(uint64_t since);

#endif /* BENCH_TIMES_H */
