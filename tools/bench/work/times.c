// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>

#include "times.h"

/* 32 steps to each doubling: within 3 % of the true value */
#define STEPS	32
#define BUCKETS	(STEPS * 60)

bool times_wanted;
static uint64_t begin, nr_samples, longest;
static uint64_t sample[BUCKETS];

uint64_t times_now(void)
{
	struct timespec t;

	if (!times_wanted)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

void times_start(void)
{
	begin = times_now();
	nr_samples = 0;
}

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int order;

	if (ns < STEPS)
		return ns;
	order = 63 - __builtin_clzll(ns);
	return (order - 4) * STEPS + ((ns >> (order - 5)) & (STEPS - 1));
}

/* The middle of a bucket, or the longest that was, which may be in its lower half. */
static double bucket_ns(unsigned int i)
{
	unsigned int order = i / STEPS + 4;
	double middle = i;

	if (i >= STEPS)
		middle = (STEPS + i % STEPS + 0.5) * (double)(UINT64_C(1) << (order - 5));
	return middle < longest ? middle : longest;
}

void times_unit(uint64_t since)
{
	uint64_t took;

	if (!times_wanted || !begin)
		return;
	took = times_now() - since;
	sample[bucket_of(took)]++;
	nr_samples++;
	if (took > longest)
		longest = took;
}

static double percentile(double share)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < BUCKETS; i++) {
		seen += sample[i];
		if (seen && seen >= share * nr_samples)
			return bucket_ns(i) / 1000;
	}
	return longest / 1000.0;
}

void times_stop(unsigned long units)
{
	uint64_t end = times_now();

	if (!times_wanted)
		return;
	printf("units %lu\nseconds %.6f\n", units, (end - begin) / 1e9);
	if (nr_samples)
		printf("p50_us %.2f\np90_us %.2f\np99_us %.2f\np999_us %.2f\nmax_us %.2f\n",
		       percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999),
		       longest / 1000.0);
	begin = 0;
}
