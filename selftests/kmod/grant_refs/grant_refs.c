// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a guest: takes all grant references below a number, so that whatever is
 * granted next is in frames that the table did not have before. They are given
 * back when the module goes.
 *
 *	grant table: | taken ... taken | new frames: disks, vifs, ...
 *	             0               below
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <xen/grant_table.h>

static unsigned int below;
module_param(below, uint, 0444);
MODULE_PARM_DESC(below, "All references before this one are taken");

static grant_ref_t *taken;
static unsigned int nr_taken;

static void give_back(void)
{
	while (nr_taken)
		gnttab_free_grant_reference(taken[--nr_taken]);
	kvfree(taken);
}

static int __init grant_refs_init(void)
{
	int ref;

	/* Not all below are free. */
	taken = kvmalloc_array(below + 1, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	/* The table grows when none is free, and new ones are in order. */
	do {
		grant_ref_t head;
		int err = gnttab_alloc_grant_references(1, &head);

		if (err || nr_taken > below) {
			pr_err("grant_refs: only %u of %u references were to be had in %u frames: give the guest more (max_grant_frames)\n",
			       nr_taken, below, gnttab_max_grant_frames());
			give_back();
			return err ?: -ENOSPC;
		}
		ref = gnttab_claim_grant_reference(&head);
		taken[nr_taken++] = ref;
	} while (ref < below);
	return 0;
}

static void __exit grant_refs_exit(void)
{
	give_back();
}

module_init(grant_refs_init);
module_exit(grant_refs_exit);

MODULE_DESCRIPTION("Test: a grant table that grows");
MODULE_LICENSE("GPL");
