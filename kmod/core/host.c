// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which cloud is below us.
 *
 * The blanket Xen hides the outer hypervisor's CPUID leaves from dom0, so the
 * firmware's DMI strings are what dom0 can read by itself.
 */
#include <linux/dmi.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "host.h"

static const struct {
	const char *vendor;	/* start of DMI's system vendor */
	const char *name;
} hosts[] = {
	{ "VMware",	"esx" },
	{ "Microsoft",	"hyperv" },
	{ "Xen",	"xen" },
	{ "Amazon",	"kvm" },
	{ "Google",	"kvm" },
	{ "QEMU",	"kvm" },
	{ "Red Hat",	"kvm" },
};

/**
 * blanket_host_name() - name of the hypervisor below
 *
 * Context: any, after DMI was scanned (before any module is loaded).
 * Return: a constant string, "unknown" when DMI says nothing we know.
 */
const char *blanket_host_name(void)
{
	const char *vendor = dmi_get_system_info(DMI_SYS_VENDOR);
	unsigned int i;

	for (i = 0; vendor && i < ARRAY_SIZE(hosts); i++)
		if (strstarts(vendor, hosts[i].vendor))
			return hosts[i].name;
	return "unknown";
}
