/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of the user-space stand-in for the kernel's <linux/virtio_byteorder.h>. */
#ifndef UNIT_LINUX_VIRTIO_BYTEORDER_H
#define UNIT_LINUX_VIRTIO_BYTEORDER_H

#include <asm/byteorder.h>

#define __cpu_to_virtio16(le, v) ((le) ? __cpu_to_le16(v) : __cpu_to_be16(v))
#define __cpu_to_virtio32(le, v) ((le) ? __cpu_to_le32(v) : __cpu_to_be32(v))
#define __cpu_to_virtio64(le, v) ((le) ? __cpu_to_le64(v) : __cpu_to_be64(v))
#define __virtio16_to_cpu(le, v) ((le) ? __le16_to_cpu(v) : __be16_to_cpu(v))
#define __virtio32_to_cpu(le, v) ((le) ? __le32_to_cpu(v) : __be32_to_cpu(v))
#define __virtio64_to_cpu(le, v) ((le) ? __le64_to_cpu(v) : __be64_to_cpu(v))

#endif /* UNIT_LINUX_VIRTIO_BYTEORDER_H */
