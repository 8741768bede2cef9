/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is at the far end of the device's wire: a host that answers ARP
 * and echo requests for whatever address it is asked.
 */
#ifndef _HOSTILE_DEVICE_HOST_H
#define _HOSTILE_DEVICE_HOST_H

#include <stdbool.h>
#include <stdint.h>

bool host_answer(uint8_t *frame, unsigned int len);

#endif /* _HOSTILE_DEVICE_HOST_H */
