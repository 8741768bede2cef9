// SPDX-License-Identifier: GPL-2.0-only
/* What things cost on this machine, and from where on mapping pays. See weights.h. */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <xen/page.h>

#include "weights.h"

static struct blanket_weights weights = BLANKET_WEIGHTS_DEFAULT;
module_param_named(weight_insn, weights.insn, uint, 0444);
MODULE_PARM_DESC(weight_insn, "Picoseconds an instruction takes; blanket weigh measures these");
module_param_named(weight_flush, weights.flush, uint, 0444);
MODULE_PARM_DESC(weight_flush, "Picoseconds a flush of this CPU's TLB takes, with filling it again");
module_param_named(weight_ipi, weights.ipi, uint, 0444);
MODULE_PARM_DESC(weight_ipi, "Picoseconds an interrupt to another CPU and its answer take");
module_param_named(weight_exit, weights.exit, uint, 0444);
MODULE_PARM_DESC(weight_exit, "Picoseconds an exit to the hypervisor below takes");
module_param_named(weight_copy8, weights.copy8, uint, 0444);
MODULE_PARM_DESC(weight_copy8, "Picoseconds copying 8 bytes takes");

/* No page is longer. */
static unsigned int or_never(unsigned int limit)
{
	return limit < XEN_PAGE_SIZE ? limit : UINT_MAX;
}

/**
 * blanket_map_from() - from where on mapping a page is cheaper than copying
 *
 * Context: any.
 * Return: bytes of the page, UINT_MAX if it never is.
 */
unsigned int blanket_map_from(void)
{
	return or_never(blanket_copy_limit(&weights, BLANKET_INSN_MAP, true,
					   num_online_cpus()));
}
EXPORT_SYMBOL_GPL(blanket_map_from);

/**
 * blanket_pin_from() - from where on pinning it by lean operations is
 *
 * Context: any.
 * Return: bytes of the page, UINT_MAX if it never is.
 */
unsigned int blanket_pin_from(void)
{
	return or_never(blanket_copy_limit(&weights, BLANKET_INSN_PIN, false,
					   num_online_cpus()));
}
EXPORT_SYMBOL_GPL(blanket_pin_from);
