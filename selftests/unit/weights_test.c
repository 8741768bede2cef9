// SPDX-License-Identifier: GPL-2.0-only
/* kmod/core/weights.h: from how many bytes on a page is cheaper mapped than copied. */
#include <linux/kernel.h>
#include <linux/limits.h>

#include "../../kmod/core/weights.h"
#include "ktap.h"

/* Round numbers: an instruction is 1 ns, copying 8 bytes 4. */
static const struct blanket_weights w = {
	.insn = 1000, .flush = 64000, .ipi = 320000, .exit = 0, .copy8 = 4000,
};

TEST(instructions_alone)
{
	/* 200 instructions more are worth 50 times 8 bytes */
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY + 200, false, 4), 400);
}

TEST(a_flush_is_shared_by_a_batch)
{
	/* 64 ns / 32 = 2 ns: no 8 bytes more; with 200 ns the part of them is lost */
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY + 200, true, 1), 400);
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY + 202, true, 1), 408);
}

TEST(other_cpus_are_interrupted_and_flush_too)
{
	/* 2 + (320 + 64) / 32 = 14 ns */
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY + 200, true, 2), 424);
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY + 200, true, 64), 424);
}

TEST(mapping_may_be_cheaper_anyway)
{
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY, false, 1), 0);
	EXPECT_EQ(blanket_copy_limit(&w, BLANKET_INSN_COPY - 1, false, 1), 0);
}

TEST(copying_that_costs_nothing_is_always_cheaper)
{
	const struct blanket_weights none = { .insn = 1000 };

	EXPECT_EQ(blanket_copy_limit(&none, BLANKET_INSN_MAP, true, 1), U32_MAX);
}

TEST(absurd_weights_do_not_wrap)
{
	const struct blanket_weights absurd = {
		.insn = U32_MAX, .flush = U32_MAX, .ipi = U32_MAX, .copy8 = 1,
	};

	EXPECT_EQ(blanket_copy_limit(&absurd, BLANKET_INSN_MAP, true, 2), U32_MAX);
}

TEST(what_is_assumed)
{
	const struct blanket_weights assumed = BLANKET_WEIGHTS_DEFAULT;

	/* whole pages are copied rather than mapped, half a kilobyte is pinned */
	EXPECT(blanket_copy_limit(&assumed, BLANKET_INSN_MAP, true, 1) > 4096);
	EXPECT(blanket_copy_limit(&assumed, BLANKET_INSN_PIN, false, 1) <= 512);
}

KTAP_MAIN()
