// SPDX-License-Identifier: GPL-2.0-only
/* See ring.h. Layouts: virtio 1.2, 2.7 and 2.8; the driver is little-endian, as we are. */
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

#define AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	(1 << VRING_PACKED_DESC_F_USED)

/* Where the driver's LEN bytes at PHYS are, or NULL if it has no such memory. */
void *memory_phys(const struct memory *memory, uint64_t phys, uint64_t len)
{
	for (unsigned int i = 0; i < memory->nr; i++) {
		const struct region *r = &memory->regions[i];

		if (phys >= r->phys && phys - r->phys < r->size && len <= r->size - (phys - r->phys))
			return r->at + (phys - r->phys);
	}
	return NULL;
}

/* The same for an address of QEMU's. */
void *memory_user(const struct memory *memory, uint64_t user)
{
	for (unsigned int i = 0; i < memory->nr; i++) {
		const struct region *r = &memory->regions[i];

		if (user >= r->user && user - r->user < r->size)
			return r->at + (user - r->user);
	}
	return NULL;
}

bool ring_runs(const struct ring *ring)
{
	return ring->kick >= 0 && ring->enabled && ring->desc && ring->avail && ring->used;
}

static void add_piece(const struct ring *ring, struct chain *chain, uint64_t addr, uint32_t len,
		      bool write)
{
	unsigned int *nr = write ? &chain->nr_in : &chain->nr_out;
	struct iovec *piece = (write ? chain->in : chain->out) + *nr;
	void *at = memory_phys(ring->memory, addr, len);

	if (!at || *nr == CHAIN_PIECES)
		return;
	*piece = (struct iovec){ .iov_base = at, .iov_len = len };
	++*nr;
}

static void split_chain(const struct ring *ring, struct chain *chain, const struct vring_desc *table,
			uint16_t at, unsigned int size)
{
	for (unsigned int i = 0; i < size && at < size; i++) {
		const struct vring_desc *desc = &table[at];

		if (desc->flags & VRING_DESC_F_INDIRECT) {
			const void *inner = memory_phys(ring->memory, desc->addr, desc->len);

			if (inner && table == ring->desc)
				split_chain(ring, chain, inner, 0, desc->len / sizeof(*desc));
		} else {
			add_piece(ring, chain, desc->addr, desc->len, desc->flags & VRING_DESC_F_WRITE);
		}
		if (!(desc->flags & VRING_DESC_F_NEXT))
			break;
		at = desc->next;
	}
}

static bool split_pop(struct ring *ring, struct chain *chain)
{
	uint16_t prod = *(volatile uint16_t *)&ring->avail->idx;

	if (prod == ring->last_avail)
		return false;
	atomic_thread_fence(memory_order_acquire);
	chain->id = ring->avail->ring[ring->last_avail++ % ring->size];
	chain->nr_desc = 1;
	split_chain(ring, chain, ring->desc, chain->id, ring->size);
	return true;
}

static void packed_indirect(const struct ring *ring, struct chain *chain,
			    const struct vring_packed_desc *desc)
{
	const struct vring_packed_desc *inner = memory_phys(ring->memory, desc->addr, desc->len);

	for (unsigned int i = 0; inner && i < desc->len / sizeof(*desc); i++)
		add_piece(ring, chain, inner[i].addr, inner[i].len, inner[i].flags & VRING_DESC_F_WRITE);
}

static bool packed_pop(struct ring *ring, struct chain *chain)
{
	uint16_t flags = *(volatile uint16_t *)&ring->packed_desc[ring->last_avail].flags;

	if (!!(flags & AVAIL) != ring->avail_lap || !!(flags & USED) == ring->avail_lap)
		return false;
	atomic_thread_fence(memory_order_acquire);
	chain->nr_desc = 0;
	do {
		const struct vring_packed_desc *desc = &ring->packed_desc[ring->last_avail];

		flags = desc->flags;
		chain->id = desc->id;
		chain->nr_desc++;
		if (flags & VRING_DESC_F_INDIRECT)
			packed_indirect(ring, chain, desc);
		else
			add_piece(ring, chain, desc->addr, desc->len, flags & VRING_DESC_F_WRITE);
		if (++ring->last_avail == ring->size) {
			ring->last_avail = 0;
			ring->avail_lap = !ring->avail_lap;
		}
	} while (flags & VRING_DESC_F_NEXT && chain->nr_desc < ring->size);
	return true;
}

/* The next buffer of the driver's; false if there is none. */
bool ring_pop(struct ring *ring, struct chain *chain)
{
	chain->nr_out = 0;
	chain->nr_in = 0;
	return ring->packed ? packed_pop(ring, chain) : split_pop(ring, chain);
}

static void split_publish(struct ring *ring, const struct used *used, unsigned int nr, unsigned int skip)
{
	for (unsigned int i = 0; i < nr; i++)
		ring->used->ring[(uint16_t)(ring->last_used + i) % ring->size] =
			(struct vring_used_elem){ .id = used[i].id, .len = used[i].len };
	ring->last_used += nr + skip;
	atomic_thread_fence(memory_order_release);
	*(volatile uint16_t *)&ring->used->idx = ring->last_used;
}

/* One used descriptor, its flags still to be written. */
static void packed_fill(struct ring *ring, const struct used *used, uint16_t *at, uint16_t *flags)
{
	struct vring_packed_desc *desc = &ring->packed_desc[ring->last_used];

	desc->id = used->id;
	desc->len = used->len;
	*at = ring->last_used;
	*flags = ring->used_lap ? AVAIL | USED : 0;
	ring->last_used += used->nr_desc;
	if (ring->last_used >= ring->size) {
		ring->last_used -= ring->size;
		ring->used_lap = !ring->used_lap;
	}
}

/* The first one's flags go last: the driver sees all or none. */
static void packed_publish(struct ring *ring, const struct used *used, unsigned int nr, unsigned int skip)
{
	uint16_t at[ring->size], flags[ring->size];
	unsigned int n = 0;

	while (n < nr + skip && n < ring->size) {
		packed_fill(ring, &used[n < nr ? n : nr - 1], &at[n], &flags[n]);
		n++;
	}
	while (n--) {
		atomic_thread_fence(memory_order_release);
		*(volatile uint16_t *)&ring->packed_desc[at[n]].flags = flags[n];
	}
}

/* NR buffers are said to be used, and SKIP more of which there is nothing to say; an interrupt. */
void ring_publish(struct ring *ring, const struct used *used, unsigned int nr, unsigned int skip)
{
	const uint64_t one = 1;

	if (ring->packed)
		packed_publish(ring, used, nr, skip);
	else
		split_publish(ring, used, nr, skip);
	atomic_thread_fence(memory_order_seq_cst);
	if (ring->call >= 0 && write(ring->call, &one, sizeof(one)) < 0)
		return;
}

/* Where the ring stands, as vhost-user has it. */
uint32_t ring_base(const struct ring *ring)
{
	if (!ring->packed)
		return ring->last_avail;
	return ring->last_avail | ring->avail_lap << 15 | ring->last_used << 16 |
	       (uint32_t)ring->used_lap << 31;
}

void ring_set_base(struct ring *ring, uint32_t base)
{
	ring->last_avail = base;
	ring->last_used = base;
	if (!ring->packed)
		return;
	ring->last_avail = base & 0x7fff;
	ring->avail_lap = base >> 15 & 1;
	ring->last_used = base >> 16 & 0x7fff;
	ring->used_lap = base >> 31;
}
