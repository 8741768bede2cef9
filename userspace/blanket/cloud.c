// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which cloud this machine is in. See cloud.h. The blanket's Xen hides the
 * outer hypervisor's CPUID leaves, so the firmware's DMI strings have to do.
 */
#include <string.h>

#include "cloud.h"
#include "json.h"

#define SHARE \
	"let guests share the NIC's own MAC address (address mode, or NAT through dom0), with addresses that the cloud has given to the NIC; or give a guest a NIC of the machine's to itself, gatewaydev=PCI-ADDRESS with that NIC's mac="

enum { EC2, AZURE, GCE, ORACLE, ALIBABA, OPENSTACK, ESX, HYPERV, XEN, KVM, UNKNOWN };

static const struct cloud clouds[] = {
	[EC2] = { "ec2", "Amazon EC2", "kvm", MACS_ARE_DROPPED, SHARE },
	[AZURE] = { "azure", "Microsoft Azure", "hyperv", MACS_ARE_DROPPED, SHARE },
	[GCE] = { "gce", "Google Compute Engine", "kvm", MACS_ARE_DROPPED, SHARE },
	[ORACLE] = { "oracle", "Oracle Cloud", "kvm", MACS_ARE_DROPPED, SHARE },
	[ALIBABA] = { "alibaba", "Alibaba Cloud", "kvm", MACS_ARE_DROPPED, SHARE },
	[OPENSTACK] = {
		"openstack", "an OpenStack cloud", "kvm", MACS_MAY_PASS,
		"port security drops them unless the guests' addresses are allowed address pairs of this machine's port; else "
		SHARE,
	},
	[ESX] = {
		"esx", "VMware", "esx", MACS_MAY_PASS,
		"the port group must accept forged transmits, and promiscuous mode or MAC learning; else "
		SHARE,
	},
	[HYPERV] = {
		"hyperv", "Hyper-V", "hyperv", MACS_MAY_PASS,
		"the machine's network adapter must allow MAC address spoofing; else "
		SHARE,
	},
	[XEN] = { "xen", "a Xen host", "xen", MACS_PASS },
	[KVM] = { "kvm", "a KVM host", "kvm", MACS_PASS },
	[UNKNOWN] = { "unknown", "an unknown host", "unknown", MACS_PASS },
};

/* The first that fits; what is more special comes first. */
static const struct {
	const char *field;
	const char *has;	/* somewhere in it */
	unsigned int cloud;
} signs[] = {
	{ "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", AZURE },
	{ "chassis_asset_tag", "OracleCloud.com", ORACLE },
	{ "sys_vendor", "Amazon EC2", EC2 },
	{ "bios_vendor", "Amazon EC2", EC2 },
	{ "bios_version", "amazon", EC2 },
	{ "sys_vendor", "Google", GCE },
	{ "product_name", "Google Compute Engine", GCE },
	{ "sys_vendor", "Alibaba Cloud", ALIBABA },
	{ "sys_vendor", "OpenStack", OPENSTACK },
	{ "product_name", "OpenStack", OPENSTACK },
	{ "sys_vendor", "VMware", ESX },
	{ "sys_vendor", "Microsoft Corporation", HYPERV },
	{ "sys_vendor", "Xen", XEN },
	{ "sys_vendor", "QEMU", KVM },
	{ "sys_vendor", "Red Hat", KVM },
	{ "product_name", "KVM", KVM },
	{ "sys_vendor", "DigitalOcean", KVM },
	{ "sys_vendor", "Hetzner", KVM },
	{ "bios_vendor", "SeaBIOS", KVM },
};

/* @dmi: {field: text} as in /sys/class/dmi/id. Never NULL. */
const struct cloud *cloud_of(struct json_object *dmi)
{
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strstr(json_text(dmi, signs[i].field), signs[i].has))
			return &clouds[signs[i].cloud];
	return &clouds[UNKNOWN];
}
