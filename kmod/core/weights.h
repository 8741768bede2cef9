/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What instruction counts leave out when copying is weighed against mapping: a
 * TLB flush, an IPI, an exit to the host, memory. 'blanket weigh' measures them
 * on the machine it runs on; Documentation/cost-model.md says where the
 * defaults come from. From them the drivers' thresholds start (weights.c).
 */
#ifndef BLANKET_WEIGHTS_H
#define BLANKET_WEIGHTS_H

#include <linux/types.h>

/*
 * Picoseconds.
 *
 *	insn	3 GHz at little more than one instruction a cycle
 *	flush	of one CPU's TLB, and refilling what was in use. The kernel holds
 *		3 us worth of single flushes for about as dear as a flush of all
 *		(arch/x86/mm/tlb.c); little of dom0 is in use in a ring pass.
 *	ipi	to another CPU of the cloud VM, and its answer: an exit on either
 *		side, and about 1 us that it takes on bare metal. An estimate.
 *	exit	2500 cycles with the host's own handling, 1360 of them the
 *		processor's, as measured on an AMD machine (LKML, December 2020,
 *		thread on vmsave and vmload in KVM's SVM code)
 *	copy8	8 bytes at 10 GB/s, what one core copies of memory that it does not
 *		have in its cache. An estimate.
 */
#define BLANKET_WEIGHT_INSN	300
#define BLANKET_WEIGHT_FLUSH	500000
#define BLANKET_WEIGHT_IPI	3000000
#define BLANKET_WEIGHT_EXIT	1000000
#define BLANKET_WEIGHT_COPY8	800

/*
 * Counted instructions of Xen and dom0 for a page, in calls of 32 operations, from
 * 'make bench' (128 KiB reads: uplink-map, passthrough, uplink): to map and unmap
 * it, 2400 of them the kernel's own; to pin and unpin it by lean operations; to
 * copy by one, without the bytes.
 */
#define BLANKET_INSN_MAP	4300
#define BLANKET_INSN_PIN	570
#define BLANKET_INSN_COPY	400
/* Xen flushes once for so many unmaps. */
#define BLANKET_UNMAPS_A_FLUSH	32

/**
 * struct blanket_weights - what one of each costs, in picoseconds
 * @insn:	an instruction
 * @flush:	a flush of this CPU's TLB
 * @ipi:	an interrupt to another CPU, and its answer; 0 with one CPU
 * @exit:	an exit to the hypervisor below
 * @copy8:	8 bytes copied
 */
struct blanket_weights {
	u32 insn;
	u32 flush;
	u32 ipi;
	u32 exit;
	u32 copy8;
};

#define BLANKET_WEIGHTS_DEFAULT {			\
	.insn = BLANKET_WEIGHT_INSN,			\
	.flush = BLANKET_WEIGHT_FLUSH,			\
	.ipi = BLANKET_WEIGHT_IPI,			\
	.exit = BLANKET_WEIGHT_EXIT,			\
	.copy8 = BLANKET_WEIGHT_COPY8,			\
}

/**
 * blanket_copy_limit() - up to how many bytes of a page copying is cheaper
 * @w:		what things cost
 * @map_insns:	instructions to map and unmap the page, BLANKET_INSN_MAP or
 *		_PIN
 * @flushes:	does unmapping flush TLBs?
 * @cpus:	CPUs that dom0 runs on
 *
 * A flush is shared by the unmaps of a batch; with several CPUs it goes to
 * another one as well, by an IPI.
 *
 * Context: any; pure.
 * Return: bytes, 0 when mapping always is. More than a page means that copying is.
 */
static inline unsigned int blanket_copy_limit(const struct blanket_weights *w,
					      unsigned int map_insns, bool flushes,
					      unsigned int cpus)
{
	u64 map = (u64)map_insns * w->insn, copy = (u64)BLANKET_INSN_COPY * w->insn;
	u64 limit;

	if (flushes)
		map += (w->flush + (cpus > 1 ? (u64)w->ipi + w->flush : 0)) /
		       BLANKET_UNMAPS_A_FLUSH;
	if (map <= copy)
		return 0;
	if (!w->copy8)
		return U32_MAX;
	limit = 8 * ((map - copy) / w->copy8);
	return limit < U32_MAX ? limit : U32_MAX;
}

unsigned int blanket_map_from(void);
unsigned int blanket_pin_from(void);

#endif /* BLANKET_WEIGHTS_H */
