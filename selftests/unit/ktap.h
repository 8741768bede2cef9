/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unit test program in one header. It prints KTAP:
 *
 *	KTAP version 1
 *	1..2
 *	ok 1 first
 *	# file.c:12: size is 7, expected 8
 *	not ok 2 second
 *
 * A test is TEST(name) { ... }; KTAP_MAIN() ends the file. An expectation that
 * fails is reported and the test goes on: a result only ever gets worse.
 */
#ifndef UNIT_KTAP_H
#define UNIT_KTAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct ktap_test {
	const char *name;
	void (*run)(void);
	struct ktap_test *next;
};

static struct ktap_test *ktap_first, **ktap_last = &ktap_first;
static bool ktap_failed;

#define TEST(ident)							\
	static void test_##ident(void);					\
	static struct ktap_test ktap_##ident = { #ident, test_##ident, NULL }; \
	static void __attribute__((constructor)) ktap_add_##ident(void)	\
	{								\
		*ktap_last = &ktap_##ident;				\
		ktap_last = &ktap_##ident.next;				\
	}								\
	static void test_##ident(void)

#define EXPECT(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: not so: %s\n",			\
			       __FILE__, __LINE__, #cond);		\
			ktap_failed = true;				\
		}							\
	} while (0)

#define EXPECT_EQ(is, should)						\
	do {								\
		long long is_ = (is), should_ = (should);		\
		if (is_ != should_) {					\
			printf("# %s:%d: %s is %lld, expected %lld\n",	\
			       __FILE__, __LINE__, #is, is_, should_);	\
			ktap_failed = true;				\
		}							\
	} while (0)

static int ktap_main(void)
{
	struct ktap_test *t;
	int n = 0, failed = 0;

	for (t = ktap_first; t; t = t->next)
		n++;
	printf("KTAP version 1\n1..%d\n", n);
	n = 0;
	for (t = ktap_first; t; t = t->next) {
		ktap_failed = false;
		t->run();
		failed += ktap_failed;
		printf("%sok %d %s\n", ktap_failed ? "not " : "", ++n, t->name);
	}
	return failed != 0;
}

#define KTAP_MAIN()							\
	int main(void)							\
	{								\
		setvbuf(stdout, NULL, _IOLBF, 0);			\
		return ktap_main();					\
	}

#endif /* UNIT_KTAP_H */
