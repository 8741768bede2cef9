/* SPDX-License-Identifier: GPL-2.0-only */
/* xenbus, as the newest kernel has it. */
#ifndef _BLANKET_COMPAT_XENBUS_H
#define _BLANKET_COMPAT_XENBUS_H

#include <xen/xenbus.h>

#include "have.h"

/* What a driver's uevent() is given a pointer to */
#ifdef HAVE_CONST_UEVENT
#define XENBUS_UEVENT_DEVICE	const struct xenbus_device
#else
#define XENBUS_UEVENT_DEVICE	struct xenbus_device
#endif

/** compat_otherend_state() - the front end's state, as xenstore has it */
static inline enum xenbus_state
compat_otherend_state(const struct xenbus_device *xdev)
{
#ifdef HAVE_STATE_BY_DEVICE
	return xenbus_read_driver_state(xdev, xdev->otherend);
#else
	return xenbus_read_driver_state(xdev->otherend);
#endif
}

#endif /* _BLANKET_COMPAT_XENBUS_H */
