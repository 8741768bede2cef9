// SPDX-License-Identifier: GPL-2.0-only
/* Does this Xen have the lean grant operations? See lean.h. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <xen/xen.h>

#include "lean.h"

static bool lean = true;
module_param(lean, bool, 0644);
MODULE_PARM_DESC(lean, "Use the lean grant operations of the blanket's Xen where it has them (for new connections; default 1)");

static bool answered;

/**
 * lean_probe() - ask Xen
 *
 * Context: process context, once, before lean_have().
 */
void lean_probe(void)
{
	/* With nothing to be done no page is looked at. */
	answered = xen_pv_domain() &&
		   !HYPERVISOR_grant_table_op(GNTTABOP_backend_write, NULL, 0);
	pr_info("blanket: Xen %s lean grant operations\n",
		answered ? "has" : "has no");
}

/**
 * lean_have() - can they be used, and are they to be?
 *
 * Context: any.
 * Return: true if so.
 */
bool lean_have(void)
{
	return answered && READ_ONCE(lean);
}
