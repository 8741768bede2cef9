// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant mappings for devices beside ordinary ones, unmapped in one batch: what
 * an ordinary one leaves in a TLB has to go, also in such company, and also
 * though a batch of the former alone is not flushed (xen/patches).
 *
 * dom0 grants pages to itself, maps every other one at an address of its own and
 * the rest for devices only, unmaps all in one hypercall and maps other pages at
 * the same addresses. Loads if all went well, else says what did not.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

#define NR	16
#define ROUNDS	32

struct granted {
	struct page *page;
	grant_ref_t ref;
};

static struct granted first[NR], second[NR];
static struct page *places[NR];

static int grant_page(struct granted *g, u32 pattern)
{
	int ref;

	g->page = alloc_page(GFP_KERNEL);
	if (!g->page)
		return -ENOMEM;
	memset32(page_address(g->page), pattern, PAGE_SIZE / sizeof(u32));
	ref = gnttab_grant_foreign_access(0, xen_page_to_gfn(g->page), 0);
	if (ref < 0)
		return ref;
	g->ref = ref;
	return 0;
}

/* Return: false if Xen says that the page is still in use. */
static bool revoke(struct granted *g)
{
	bool idle = true;

	if (g->ref) {
		idle = gnttab_end_foreign_access_ref(g->ref);
		if (idle)
			gnttab_free_grant_reference(g->ref);
	}
	if (g->page && idle)
		__free_page(g->page);
	return idle;
}

static bool for_device(unsigned int i, bool mixed)
{
	return !mixed || i % 2;
}

static int map(struct granted *pages, grant_handle_t *handles, bool mixed)
{
	struct gnttab_map_grant_ref ops[NR];
	unsigned int i;

	for (i = 0; i < NR; i++) {
		bool device = for_device(i, mixed);

		gnttab_set_map_op(&ops[i], device ? 0 :
				  (unsigned long)page_address(places[i]),
				  device ? GNTMAP_device_map : GNTMAP_host_map,
				  pages[i].ref, 0);
	}
	gnttab_batch_map(ops, NR);
	for (i = 0; i < NR; i++) {
		if (ops[i].status != GNTST_okay) {
			pr_err("device_grants: mapping grant %u: %d\n", i,
			       ops[i].status);
			return -EIO;
		}
		handles[i] = ops[i].handle;
		if (for_device(i, mixed) && ops[i].dev_bus_addr !=
		    virt_to_machine(page_address(pages[i].page)).maddr) {
			pr_err("device_grants: grant %u is at 0x%llx for devices\n",
			       i, ops[i].dev_bus_addr);
			return -EIO;
		}
	}
	return 0;
}

static int unmap(struct granted *pages, const grant_handle_t *handles,
		 bool mixed)
{
	struct gnttab_unmap_grant_ref ops[NR];
	unsigned int i;
	int err;

	for (i = 0; i < NR; i++) {
		bool device = for_device(i, mixed);

		gnttab_set_unmap_op(&ops[i], device ? 0 :
				    (unsigned long)page_address(places[i]),
				    device ? GNTMAP_device_map : GNTMAP_host_map,
				    handles[i]);
		if (device)
			ops[i].dev_bus_addr =
				virt_to_machine(page_address(pages[i].page)).maddr;
	}
	err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, NR);
	for (i = 0; !err && i < NR; i++)
		err = ops[i].status;
	if (err)
		pr_err("device_grants: unmapping: %d\n", err);
	return err ? -EIO : 0;
}

/* What is read at the addresses is what has just been mapped there. */
static int check(u32 pattern)
{
	unsigned int i;

	for (i = 0; i < NR; i += 2) {
		u32 got = READ_ONCE(*(u32 *)page_address(places[i]));

		if (got != pattern) {
			pr_err("device_grants: address %u reads 0x%x, not 0x%x: a TLB remembers what was unmapped\n",
			       i, got, pattern);
			return -EIO;
		}
	}
	return 0;
}

static int play(bool mixed)
{
	grant_handle_t handles[NR];

	return map(first, handles, mixed) ?:
	       (mixed ? check(0x11111111) : 0) ?:
	       unmap(first, handles, mixed) ?:
	       map(second, handles, mixed) ?:
	       (mixed ? check(0x22222222) : 0) ?:
	       unmap(second, handles, mixed);
}

static int __init device_grants_init(void)
{
	unsigned int i;
	int err;

	err = gnttab_alloc_pages(NR, places);
	if (err)
		return err;
	for (i = 0; !err && i < NR; i++)
		err = grant_page(&first[i], 0x11111111) ?:
		      grant_page(&second[i], 0x22222222);
	for (i = 0; !err && i < ROUNDS; i++)
		err = play(i % 2);
	for (i = 0; i < NR; i++)
		if (!revoke(&first[i]) || !revoke(&second[i])) {
			pr_err("device_grants: page %u is still in use\n", i);
			err = -EBUSY;
		}
	/* After a failure some may be mapped still: dom0 must not use them again. */
	if (!err)
		gnttab_free_pages(NR, places);
	return err;
}

static void __exit device_grants_exit(void)
{
}

module_init(device_grants_init);
module_exit(device_grants_exit);

MODULE_DESCRIPTION("Test: grant mappings for devices beside ordinary ones");
MODULE_LICENSE("GPL");
