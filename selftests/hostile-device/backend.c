// SPDX-License-Identifier: GPL-2.0-only
/* See backend.h. The protocol: QEMU's docs/interop/vhost-user.rst. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "backend.h"

enum request {
	GET_FEATURES = 1, SET_FEATURES = 2, SET_OWNER = 3, SET_MEM_TABLE = 5, SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9, SET_VRING_BASE = 10, GET_VRING_BASE = 11, SET_VRING_KICK = 12,
	SET_VRING_CALL = 13, SET_VRING_ERR = 14, GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16, GET_QUEUE_NUM = 17, SET_VRING_ENABLE = 18,
};

#define FLAG_VERSION	1u
#define FLAG_REPLY	4u
#define FLAG_NEED_REPLY	8u
#define FDS		REGIONS
#define NO_FD		0x100u
#define PROTOCOL_BIT	30
#define PROTOCOL_MQ	1u
#define PROTOCOL_REPLY_ACK 8u

#define BIT(n)		(1ull << (n))
#define FEATURES	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED) | \
			 BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(PROTOCOL_BIT) | \
			 BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) | \
			 BIT(VIRTIO_NET_F_MRG_RXBUF) | BIT(VIRTIO_NET_F_STATUS) | \
			 BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_CTRL_RX) | BIT(VIRTIO_NET_F_MQ))

struct memory_region {
	uint64_t phys;
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

/* On the wire the second part follows the first without a gap. */
struct message {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	union {
		uint64_t number;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t nr;
			uint32_t padding;
			struct memory_region regions[REGIONS];
		} memory;
	};
};

#define HEADER	(3 * sizeof(uint32_t))
#define PAYLOAD	(sizeof(struct message) - offsetof(struct message, number))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_memory(struct backend *b)
{
	while (b->memory.nr) {
		struct region *r = &b->memory.regions[--b->memory.nr];

		munmap(r->map, r->map_size);
	}
}

static void set_memory(struct backend *b, const struct message *m, const int *fds)
{
	forget_memory(b);
	for (unsigned int i = 0; i < m->memory.nr && i < REGIONS && fds[i] >= 0; i++) {
		const struct memory_region *from = &m->memory.regions[i];
		struct region *r = &b->memory.regions[b->memory.nr];

		r->map_size = from->offset + from->size;
		r->map = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
		if (r->map == MAP_FAILED)
			continue;
		r->at = (uint8_t *)r->map + from->offset;
		r->phys = from->phys;
		r->user = from->user;
		r->size = from->size;
		b->memory.nr++;
	}
}

static struct ring *ring_of(struct backend *b, uint32_t index)
{
	return index < 2 * PAIRS ? &b->rings[index] : NULL;
}

static void set_addr(struct backend *b, const struct vhost_vring_addr *addr)
{
	struct ring *ring = ring_of(b, addr->index);

	if (!ring)
		return;
	ring->desc = memory_user(&b->memory, addr->desc_user_addr);
	ring->avail = memory_user(&b->memory, addr->avail_user_addr);
	ring->used = memory_user(&b->memory, addr->used_user_addr);
}

/* A file descriptor becomes a ring's; it is taken out of FDS then. */
static void set_fd(struct backend *b, const struct message *m, int *fds)
{
	struct ring *ring = ring_of(b, m->number & 0xff);
	int *goal;

	if (!ring || m->request == SET_VRING_ERR)
		return;
	goal = m->request == SET_VRING_KICK ? &ring->kick : &ring->call;
	close_fd(goal);
	if (m->number & NO_FD)
		return;
	*goal = fds[0];
	fds[0] = -1;
}

static void set_state(struct backend *b, struct message *m)
{
	struct ring *ring = ring_of(b, m->state.index);

	if (!ring)
		return;
	switch (m->request) {
	case SET_VRING_NUM:
		ring->size = m->state.num;
		break;
	case SET_VRING_BASE:
		ring->packed = b->features & BIT(VIRTIO_F_RING_PACKED);
		ring_set_base(ring, m->state.num);
		break;
	case SET_VRING_ENABLE:
		ring->enabled = m->state.num;
		break;
	case GET_VRING_BASE:
		m->state.num = ring_base(ring);
		/* it stops until it is given a kick anew */
		close_fd(&ring->kick);
		b->resets += !m->state.index;
		break;
	}
}

static bool number(struct message *m, uint64_t value)
{
	m->number = value;
	m->size = sizeof(m->number);
	return true;
}

/* Return: with an answer in M. */
static bool act(struct backend *b, struct message *m, int *fds)
{
	switch (m->request) {
	case GET_FEATURES:
		return number(m, FEATURES);
	case GET_PROTOCOL_FEATURES:
		return number(m, PROTOCOL_MQ | PROTOCOL_REPLY_ACK);
	case GET_QUEUE_NUM:
		return number(m, PAIRS);
	case GET_VRING_BASE:
		set_state(b, m);
		return true;
	case SET_FEATURES:
		b->features = m->number;
		break;
	case SET_MEM_TABLE:
		set_memory(b, m, fds);
		break;
	case SET_VRING_ADDR:
		set_addr(b, &m->addr);
		break;
	case SET_VRING_NUM:
	case SET_VRING_BASE:
	case SET_VRING_ENABLE:
		set_state(b, m);
		break;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR:
		set_fd(b, m, fds);
		break;
	}
	return false;
}

static bool receive(int from, struct message *m, int *fds)
{
	char space[CMSG_SPACE(FDS * sizeof(int))];
	struct iovec head = { .iov_base = m, .iov_len = HEADER };
	struct msghdr msg = {
		.msg_iov = &head, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space),
	};

	if (recvmsg(from, &msg, MSG_WAITALL) != HEADER)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (m->size > PAYLOAD)
		return false;
	return !m->size || recv(from, &m->number, m->size, MSG_WAITALL) == (ssize_t)m->size;
}

static bool answer_with(int to, struct message *m)
{
	struct iovec parts[] = {
		{ .iov_base = m, .iov_len = HEADER },
		{ .iov_base = &m->number, .iov_len = m->size },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };

	m->flags = FLAG_VERSION | FLAG_REPLY;
	return sendmsg(to, &msg, MSG_NOSIGNAL) == (ssize_t)(HEADER + m->size);
}

/* Sees to one message of QEMU's; false if it is gone. */
bool backend_message(struct backend *b)
{
	struct message m = { };
	bool good;
	int fds[FDS];

	memset(fds, -1, sizeof(fds));
	good = receive(b->socket, &m, fds);
	if (good && act(b, &m, fds)) {
		good = answer_with(b->socket, &m);
	} else if (good && m.flags & FLAG_NEED_REPLY) {
		m.number = 0;
		m.size = sizeof(m.number);
		good = answer_with(b->socket, &m);
	}
	for (unsigned int i = 0; i < FDS; i++)
		close_fd(&fds[i]);
	return good;
}

void backend_init(struct backend *b)
{
	*b = (struct backend){ .socket = -1 };
	for (unsigned int i = 0; i < 2 * PAIRS; i++)
		b->rings[i] = (struct ring){ .memory = &b->memory, .kick = -1, .call = -1 };
}

/* QEMU has gone: so have its memory and rings. */
void backend_hang_up(struct backend *b)
{
	for (unsigned int i = 0; i < 2 * PAIRS; i++) {
		close_fd(&b->rings[i].kick);
		close_fd(&b->rings[i].call);
	}
	forget_memory(b);
	close_fd(&b->socket);
	backend_init(b);
}
