/* SPDX-License-Identifier: GPL-2.0-only */
/* A look at a virtio device that may be somebody else's still. */
#ifndef _BLANKET_VIRTIO_PEEK_H
#define _BLANKET_VIRTIO_PEEK_H

unsigned int vpeek_queues(const char *name);

#endif /* _BLANKET_VIRTIO_PEEK_H */
