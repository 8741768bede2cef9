// SPDX-License-Identifier: GPL-2.0-only
/* A xenbus driver's uevent() takes a const device: 6.1 has not, 6.12 has */
#include <xen/xenbus.h>
int uevent(const struct xenbus_device *xdev, struct kobj_uevent_env *env);
struct xenbus_driver probe = { .uevent = uevent };
