// SPDX-License-Identifier: GPL-2.0-only
/* xenbus_read_driver_state() is told for which device: 6.12 has not, 7.3 has */
#include <xen/xenbus.h>
enum xenbus_state probe(const struct xenbus_device *xdev);
enum xenbus_state probe(const struct xenbus_device *xdev)
{
	return xenbus_read_driver_state(xdev, xdev->otherend);
}
