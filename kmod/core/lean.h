/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lean grant operations of the blanket's Xen: write to what a grant names,
 * or pin it for a device, without the grant table recording the use.
 *
 * Source of the protocol: xen/patches, whose public/grant_backend.h says what
 * each operation does and returns. Another Xen answers -ENOSYS, and callers go
 * the ordinary way.
 */
#ifndef _BLANKET_LEAN_H
#define _BLANKET_LEAN_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>
#include <asm/xen/hypercall.h>
#include <xen/interface/grant_table.h>
#include <xen/page.h>

#define GNTTABOP_backend_write	0x810
#define GNTTABOP_backend_pin	0x811
#define GNTTABOP_backend_unpin	0x812

/**
 * struct lean_write - a copy from a page of ours into a granted page
 * @from:	machine address; does not cross its page
 * @ref:	the grant
 * @offset:	in the granted page, which it does not leave
 * @len:	bytes
 */
struct lean_write {
	u64 from;
	grant_ref_t ref;
	u16 offset;
	u16 len;
};

/**
 * struct lean_pin - keeps a granted page where it is, and the guest's
 * @ref:	the grant
 * @slot:	a free one, chosen by us, | LEAN_PIN_READ
 * @addr:	set to the page's machine address
 */
struct lean_pin {
	grant_ref_t ref;
	u32 slot;
	u64 addr;
};

#define LEAN_SLOTS	65536
/* In a pin's slot: the device only reads */
#define LEAN_PIN_READ	BIT(31)

/* No frame's machine address */
#define LEAN_FROM_NOWHERE	(~0ULL << XEN_PAGE_SHIFT)

/* Operations in a control page; Xen would take a few more */
#define LEAN_WRITES	128
#define LEAN_PINS	128
#define LEAN_UNPINS	512

/**
 * struct lean_ctl - a page of operations
 * @domid:	the granter; ignored by unpin
 * @status:	set to GNTST_* by an operation that failed
 * @first:	which operation to begin with
 * @pad:	unused
 * @write:	operations of GNTTABOP_backend_write
 * @pin:	operations of GNTTABOP_backend_pin
 * @unpin:	slots for GNTTABOP_backend_unpin
 */
struct lean_ctl {
	domid_t domid;
	s16 status;
	u32 first;
	u32 pad[2];
	union {
		struct lean_write write[LEAN_WRITES];
		struct lean_pin pin[LEAN_PINS];
		u32 unpin[LEAN_UNPINS];
	};
};

static_assert(sizeof(struct lean_ctl) <= XEN_PAGE_SIZE);
static_assert(sizeof(struct lean_write) == 16);
static_assert(sizeof(struct lean_pin) == 16);

void lean_probe(void);
bool lean_have(void);

/**
 * lean_call() - have Xen do a page's operations
 * @cmd:	GNTTABOP_backend_*
 * @ctl:	the page, from get_zeroed_page() or the like; its @status is set
 *		to GNTST_okay first
 * @first:	operation to begin with
 * @nr:		how many
 *
 * Context: any; the caller owns the page.
 * Return: how many were done. If fewer, and @ctl->status is not GNTST_okay, the
 * next one failed; if it is, call again. Or a negative error: none was done.
 */
static inline int lean_call(unsigned int cmd, struct lean_ctl *ctl,
			    unsigned int first, unsigned int nr)
{
	ctl->status = GNTST_okay;
	ctl->first = first;
	return HYPERVISOR_grant_table_op(cmd,
					 (void *)virt_to_machine(ctl).maddr,
					 nr);
}

#endif /* _BLANKET_LEAN_H */
