/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the kernel's <linux/virtio_byteorder.h> that virtio 1 needs. */
#ifndef UNIT_LINUX_VIRTIO_BYTEORDER_H
#define UNIT_LINUX_VIRTIO_BYTEORDER_H

#include <asm/byteorder.h>

#define __cpu_to_virtio16(le, v) cpu_to_le16(v)
#define __cpu_to_virtio32(le, v) cpu_to_le32(v)
#define __cpu_to_virtio64(le, v) cpu_to_le64(v)
#define __virtio16_to_cpu(le, v) le16_to_cpu(v)
#define __virtio32_to_cpu(le, v) le32_to_cpu(v)
#define __virtio64_to_cpu(le, v) le64_to_cpu(v)

#endif /* UNIT_LINUX_VIRTIO_BYTEORDER_H */
