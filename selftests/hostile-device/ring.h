/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a virtqueue, split or packed, in another's memory.
 *
 *	ring_pop() ... ring_publish()
 *
 * Publishing writes whatever it is told: that is what this device is for.
 */
#ifndef _HOSTILE_DEVICE_RING_H
#define _HOSTILE_DEVICE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <linux/virtio_ring.h>

#define CHAIN_PIECES	64
#define REGIONS		8

/** struct region - a part of the machine's memory */
struct region {
	uint64_t phys;		/* for the driver */
	uint64_t user;		/* for QEMU */
	uint64_t size;
	uint8_t *at;		/* for us */
	void *map;
	size_t map_size;
};

/** struct memory - what the machine has */
struct memory {
	struct region regions[REGIONS];
	unsigned int nr;
};

/** struct ring - a virtqueue */
struct ring {
	const struct memory *memory;
	bool packed;
	bool enabled;
	int kick;		/* -1: not running */
	int call;
	uint16_t size;
	uint16_t last_avail;
	bool avail_lap;
	uint16_t last_used;
	bool used_lap;
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *packed_desc;
	};
	struct vring_avail *avail;
	struct vring_used *used;
};

/** struct chain - a buffer of the driver's */
struct chain {
	uint16_t id;
	uint16_t nr_desc;	/* places it takes in a packed ring */
	struct iovec out[CHAIN_PIECES];
	unsigned int nr_out;
	struct iovec in[CHAIN_PIECES];
	unsigned int nr_in;
};

/** struct used - what is to be said of a buffer */
struct used {
	uint32_t id;
	uint32_t len;
	uint16_t nr_desc;
};

void *memory_phys(const struct memory *memory, uint64_t phys, uint64_t len);
void *memory_user(const struct memory *memory, uint64_t user);

bool ring_runs(const struct ring *ring);
bool ring_pop(struct ring *ring, struct chain *chain);
void ring_publish(struct ring *ring, const struct used *used, unsigned int nr, unsigned int skip);
uint32_t ring_base(const struct ring *ring);
void ring_set_base(struct ring *ring, uint32_t base);

#endif /* _HOSTILE_DEVICE_RING_H */
