// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures, while it is being loaded, what the choice between copying and
 * mapping depends on, and shows it in its parameters, in picoseconds:
 *
 *	insn		one of a chain of dependent additions
 *	hypercall	Xen's version, the shortest one
 *	flush		of this CPU's TLB by hypercall and refilling TOUCHED pages,
 *			without the hypercall itself
 *	ipi		a function called on another CPU, until it is done; 0: one CPU
 *	exit		CPUID, which the hypervisor below always intercepts
 *	copy8		8 bytes of COPY_BYTES that no cache holds
 *	copy8_warm	8 bytes of a page that is in the cache
 *
 * The best of ROUNDS counts: whatever else runs only makes things slower.
 */
#include <asm/processor.h>
#include <asm/xen/hypercall.h>
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <xen/interface/version.h>
#include <xen/xen.h>

#include "weights.h"

#define ROUNDS		9
#define REPEAT		1000
#define TOUCHED		64
#define COPY_BYTES	(16 << 20)

static uint insn, hypercall, flush, ipi, exit, copy8, copy8_warm;
module_param(insn, uint, 0444);
MODULE_PARM_DESC(insn, "Picoseconds of an instruction, measured");
module_param(hypercall, uint, 0444);
MODULE_PARM_DESC(hypercall, "Picoseconds of an empty hypercall, measured");
module_param(flush, uint, 0444);
MODULE_PARM_DESC(flush, "Picoseconds of a TLB flush with refilling, measured");
module_param(ipi, uint, 0444);
MODULE_PARM_DESC(ipi, "Picoseconds of a call on another CPU, measured; 0: there is none");
module_param(exit, uint, 0444);
MODULE_PARM_DESC(exit, "Picoseconds of an exit to the hypervisor below, measured");
module_param(copy8, uint, 0444);
MODULE_PARM_DESC(copy8, "Picoseconds to copy 8 bytes from memory, measured");
module_param(copy8_warm, uint, 0444);
MODULE_PARM_DESC(copy8_warm, "Picoseconds to copy 8 bytes from the cache, measured");

static uint insn_default = BLANKET_WEIGHT_INSN, flush_default = BLANKET_WEIGHT_FLUSH;
static uint ipi_default = BLANKET_WEIGHT_IPI, exit_default = BLANKET_WEIGHT_EXIT;
static uint copy8_default = BLANKET_WEIGHT_COPY8;
module_param(insn_default, uint, 0444);
MODULE_PARM_DESC(insn_default, "What is assumed");
module_param(flush_default, uint, 0444);
MODULE_PARM_DESC(flush_default, "What is assumed");
module_param(ipi_default, uint, 0444);
MODULE_PARM_DESC(ipi_default, "What is assumed");
module_param(exit_default, uint, 0444);
MODULE_PARM_DESC(exit_default, "What is assumed");
module_param(copy8_default, uint, 0444);
MODULE_PARM_DESC(copy8_default, "What is assumed");

static uint copy_limit, copy_limit_pin, copy_limit_default, copy_limit_pin_default;
module_param(copy_limit, uint, 0444);
MODULE_PARM_DESC(copy_limit, "Bytes of a page up to which copying is cheaper than mapping, by what was measured");
module_param(copy_limit_pin, uint, 0444);
MODULE_PARM_DESC(copy_limit_pin, "The same against pinning for a device, by the lean operations of our Xen");
module_param(copy_limit_default, uint, 0444);
MODULE_PARM_DESC(copy_limit_default, "copy_limit by what is assumed");
module_param(copy_limit_pin_default, uint, 0444);
MODULE_PARM_DESC(copy_limit_pin_default, "copy_limit_pin by what is assumed");

static char *touched, *from, *to;

static void one_insn(void)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < 250; i++)
		asm volatile("add $1, %0; add $1, %0; add $1, %0; add $1, %0" : "+r" (sum));
}

static void one_hypercall(void)
{
	HYPERVISOR_xen_version(XENVER_version, NULL);
}

static void touch_pages(void)
{
	unsigned int i;

	for (i = 0; i < TOUCHED; i++)
		READ_ONCE(touched[i * PAGE_SIZE]);
}

static void touch_unflushed(void)
{
	one_hypercall();
	touch_pages();
}

static void touch_flushed(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
	touch_pages();
}

static void one_exit(void)
{
	unsigned int eax = 0, ebx, ecx = 0, edx;

	/* not cpuid(), which a PV kernel asks Xen for */
	native_cpuid(&eax, &ebx, &ecx, &edx);
}

static void nothing(void *arg)
{
}

static void one_ipi(void)
{
	unsigned int cpu = get_cpu(), other = cpumask_any_but(cpu_online_mask, cpu);

	if (other < nr_cpu_ids)
		smp_call_function_single(other, nothing, NULL, 1);
	put_cpu();
}

static void copy_page_warm(void)
{
	memcpy(to, from, PAGE_SIZE);
}

static void copy_cold(void)
{
	memcpy(to, from, COPY_BYTES);
}

/* Picoseconds of one of @parts in @act, at its best. */
static uint best(void (*act)(void), unsigned int repeat, unsigned int parts)
{
	u64 least = U64_MAX, start, took;
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		start = ktime_get_ns();
		for (i = 0; i < repeat; i++)
			act();
		took = ktime_get_ns() - start;
		least = min(least, took);
		cond_resched();
	}
	return min_t(u64, div64_u64(least * 1000, (u64)repeat * parts), U32_MAX);
}

static void measure(void)
{
	uint unflushed, flushed;

	insn = best(one_insn, REPEAT, 1000);
	hypercall = best(one_hypercall, REPEAT, 1);
	unflushed = best(touch_unflushed, REPEAT, 1);
	flushed = best(touch_flushed, REPEAT, 1);
	flush = flushed > unflushed ? flushed - unflushed : 0;
	exit = best(one_exit, REPEAT, 1);
	ipi = num_online_cpus() > 1 ? best(one_ipi, REPEAT, 1) : 0;
	copy8_warm = best(copy_page_warm, REPEAT, PAGE_SIZE / 8);
	copy8 = best(copy_cold, 1, COPY_BYTES / 8);
}

static void conclude(void)
{
	const struct blanket_weights measured = {
		.insn = insn, .flush = flush, .ipi = ipi, .exit = exit, .copy8 = copy8,
	}, assumed = BLANKET_WEIGHTS_DEFAULT;
	unsigned int cpus = num_online_cpus();

	copy_limit = blanket_copy_limit(&measured, BLANKET_INSN_MAP, true, cpus);
	copy_limit_pin = blanket_copy_limit(&measured, BLANKET_INSN_PIN, false, cpus);
	copy_limit_default = blanket_copy_limit(&assumed, BLANKET_INSN_MAP, true, cpus);
	copy_limit_pin_default = blanket_copy_limit(&assumed, BLANKET_INSN_PIN, false, cpus);
}

static int __init weigh_init(void)
{
	int err = -ENOMEM;

	if (!xen_pv_domain()) {
		pr_err("blanket_weigh: measures a PV dom0 and its hypercalls; this kernel is none\n");
		return -ENODEV;
	}
	touched = vzalloc(TOUCHED * PAGE_SIZE);
	from = vzalloc(COPY_BYTES);
	to = vzalloc(COPY_BYTES);
	if (touched && from && to) {
		measure();
		conclude();
		err = 0;
	}
	vfree(to);
	vfree(from);
	vfree(touched);
	return err;
}

static void __exit weigh_exit(void)
{
}

module_init(weigh_init);
module_exit(weigh_exit);
MODULE_DESCRIPTION("What flushes, IPIs, exits and copies cost on this machine");
MODULE_LICENSE("GPL");
