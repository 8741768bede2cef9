/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen's public headers, as the kernel has them, want from the
 * architecture: just enough for the ring ABIs to compile in user space.
 */
#ifndef UNIT_ASM_XEN_INTERFACE_H
#define UNIT_ASM_XEN_INTERFACE_H

#include <linux/types.h>

#define GUEST_HANDLE(name)		__guest_handle_##name
#define DEFINE_GUEST_HANDLE(name)	typedef name *__guest_handle_##name
#define DEFINE_GUEST_HANDLE_STRUCT(name) \
	typedef struct name *__guest_handle_##name

typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;
typedef long xen_long_t;

DEFINE_GUEST_HANDLE(int);
DEFINE_GUEST_HANDLE(char);
DEFINE_GUEST_HANDLE(void);
DEFINE_GUEST_HANDLE(uint64_t);
DEFINE_GUEST_HANDLE(uint32_t);
DEFINE_GUEST_HANDLE(xen_pfn_t);
DEFINE_GUEST_HANDLE(xen_ulong_t);

#define MAX_VIRT_CPUS 32

struct arch_vcpu_info { unsigned long unused; };
struct arch_shared_info { unsigned long unused; };
struct pvclock_vcpu_time_info { u64 unused[4]; };
struct pvclock_wall_clock { u32 sec, nsec, version; };

#endif /* UNIT_ASM_XEN_INTERFACE_H */
