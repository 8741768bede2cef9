/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks that insncount recognises: a long NOP with a magic displacement whose
 * operands are rax and rdx. Xen's (xen/patches) count from 0x01, those of
 * programs in user space from 0x40.
 */
#ifndef INSN_MARK_H
#define INSN_MARK_H

#define INSN_MARK_MAGIC		0x424b4d00

enum insn_mark {
	/* Xen */
	INSN_MARK_SWITCH = 0x01,	/* next domain, next vCPU */
	INSN_MARK_HYPERCALL = 0x02,	/* number */
	INSN_MARK_MULTICALL = 0x03,	/* number of one entry */
	INSN_MARK_GNTTAB = 0x04,	/* GNTTABOP_*, number of operations */
	INSN_MARK_EVTCHN = 0x05,	/* EVTCHNOP_* */
	INSN_MARK_COPY = 0x06,		/* bytes of one grant copy */
	INSN_MARK_FLUSH = 0x07,		/* flags of a local TLB flush */
	INSN_MARK_IPI = 0x08,		/* vector */
	/* user space */
	INSN_MARK_START = 0x40,		/* window */
	INSN_MARK_STOP = 0x41,		/* window, units of work in it */
};

/* 0f 1f 84 00 <disp32>: the operand of a NOP is never accessed. */
#define insn_mark(code, a, b)						\
	asm volatile("nopl %c0(%%rax,%%rax,1)"				\
		     :: "i" (INSN_MARK_MAGIC | (code)),			\
			"a" ((unsigned long)(a)),			\
			"d" ((unsigned long)(b)) : "memory")

#endif /* INSN_MARK_H */
