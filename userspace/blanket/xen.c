// SPDX-License-Identifier: GPL-2.0-only
/* Which Xen this is, and what of it we are. See xen.h. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd.h"
#include "sysfs.h"
#include "xen.h"

/* of Linux's and Xen's interfaces; the last is our Xen's, see kmod/core/lean.h */
struct privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
};

#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define HYPERVISOR_GRANT_TABLE_OP 20
#define GNTTABOP_BACKEND_WRITE 0x810

/* Or an error that says what we run on. */
bool on_xen(void)
{
	char type[32], first[4];

	if (!sysfs_read(type, sizeof(type), "hypervisor/type") ||
	    strcmp(type, "xen")) {
		fail("not running on Xen (/sys/hypervisor/type: %s); boot the blanket's Xen entry and try again",
		     *type ? type : "none");
		return false;
	}
	/* some clouds are Xen themselves; kernels before 6.3 do not say */
	if (sysfs_read(first, sizeof(first), "hypervisor/start_flags/initdomain") &&
	    strcmp(first, "1")) {
		fail("this is a guest of Xen, not its dom0; run it in the blanket's dom0, or boot the blanket's Xen entry first");
		return false;
	}
	return true;
}

/*
 * Has this Xen lean grant operations? With nothing to be done it looks at no
 * page and only answers. False if it cannot be asked, by others than root.
 */
bool xen_has_lean(bool *lean)
{
	struct privcmd_hypercall call = {
		.op = HYPERVISOR_GRANT_TABLE_OP,
		.arg = { GNTTABOP_BACKEND_WRITE, 0, 0 },
	};
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return false;
	/* another Xen answers that there is no such operation */
	rc = ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call);
	*lean = !rc;
	close(fd);
	return true;
}
