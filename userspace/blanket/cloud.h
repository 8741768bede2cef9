/* SPDX-License-Identifier: GPL-2.0-only */
/* Which cloud this machine is in, by what its firmware says. Pure. */
#ifndef BLANKET_CLOUD_H
#define BLANKET_CLOUD_H

#include <json-c/json.h>

enum cloud_macs { MACS_PASS, MACS_MAY_PASS, MACS_ARE_DROPPED };

/**
 * struct cloud - what is known of one
 * @id:		for programs
 * @name:	for people
 * @below:	its hypervisor: kvm, xen, hyperv, esx or unknown
 * @macs:	what becomes of frames with a MAC address that is not the NIC's
 * @remedy:	what guests need there that share a NIC, NULL: nothing
 */
struct cloud {
	const char *id;
	const char *name;
	const char *below;
	enum cloud_macs macs;
	const char *remedy;
};

const struct cloud *cloud_of(struct json_object *dmi);

#endif /* BLANKET_CLOUD_H */
