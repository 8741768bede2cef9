// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control ring: a guest says how its packets are to be spread over two
 * queues, finds them there, told their hashes, and then asks for what cannot be.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define XEN_NETIF_DEFINE_TOEPLITZ
#include "frames.h"
#include "vif.h"

#define KEY_BYTES	40
#define MAP_ENTRIES	4
#define CTRL_ENTRIES	__CONST_RING_SIZE(xen_netif_ctrl, PAGE_BYTES)
/* Ports that packets come to, enough to meet each entry of the map. */
#define PORTS		24

/** struct ctrl - the control ring, and the second queue */
static struct ctrl {
	struct front front;	/* its own event channel */
	struct page page;
	struct page data;
	xen_netif_ctrl_sring_t *ring;
	uint32_t prod, cons;
	struct vif second;
	uint32_t value;		/* of the last response */
} ctrl;

static const uint32_t map[MAP_ENTRIES] = { 0, 1, 1, 0 };

static const uint8_t *key(void)
{
	static uint8_t bytes[KEY_BYTES];

	for (unsigned int i = 0; i < KEY_BYTES; i++)
		bytes[i] = 0x6d + 37 * i;
	return bytes;
}

/* --- requests ------------------------------------------------------------- */

static void put(uint16_t type, uint32_t a, uint32_t b, uint32_t c)
{
	struct xen_netif_ctrl_request *req = &ctrl.ring->ring[ctrl.prod % CTRL_ENTRIES].req;

	*req = (struct xen_netif_ctrl_request){ .id = ctrl.prod, .type = type, .data = { a, b, c } };
	ctrl.prod++;
}

static void push(void)
{
	xen_wmb();
	ctrl.ring->req_prod = ctrl.prod;
	ctrl.ring->rsp_event = ctrl.cons + 1;
	xen_mb();
	front_notify(&ctrl.front);
}

/* The status of the next response, -1 if none comes, or not the right one. */
static int status(void)
{
	uint64_t end = now_ms() + ANSWER_MS;
	struct xen_netif_ctrl_response rsp;

	while (ctrl.cons == *(volatile uint32_t *)&ctrl.ring->rsp_prod) {
		if (now_ms() > end)
			return -1;
		front_sleep(&ctrl.front, 5);
	}
	xen_rmb();
	rsp = ctrl.ring->ring[ctrl.cons % CTRL_ENTRIES].rsp;
	if (rsp.id != (uint16_t)ctrl.cons)
		return -1;
	ctrl.cons++;
	ctrl.value = rsp.data;
	return rsp.status;
}

static int ask(uint16_t type, uint32_t a, uint32_t b, uint32_t c)
{
	put(type, a, b, c);
	push();
	return status();
}

static int ask_with(uint16_t type, const void *data, unsigned int bytes, uint32_t b, uint32_t c)
{
	memcpy(ctrl.data.at, data, bytes);
	return ask(type, ctrl.data.ref, b, c);
}

/* --- connections ---------------------------------------------------------- */

static void offer_queue(const struct front *front, unsigned int i, const struct vif *n)
{
	char node[40];

	snprintf(node, sizeof(node), "queue-%u/tx-ring-ref", i);
	front_write(front, node, "%u", n->tx_page.ref);
	snprintf(node, sizeof(node), "queue-%u/rx-ring-ref", i);
	front_write(front, node, "%u", n->rx_page.ref);
	snprintf(node, sizeof(node), "queue-%u/event-channel", i);
	front_write(front, node, "%u", n->front.port);
}

static void offer(struct vif *n)
{
	static const char * const single[] = { "tx-ring-ref", "rx-ring-ref", "event-channel" };
	struct vif *second = &ctrl.second;

	vif_offer(n);
	if (!second->found) {
		second->front = n->front;
		for (unsigned int i = 0; i < BUFFERS; i++)
			page_get(&second->buffers[i], n->front.domid, true);
		ctrl.front = n->front;
		page_get(&ctrl.data, n->front.domid, false);
		second->found = true;
	}
	vif_new_rings(second);
	page_get(&ctrl.page, n->front.domid, true);
	ctrl.ring = ctrl.page.at;
	ctrl.ring->req_event = ctrl.ring->rsp_event = 1;
	ctrl.prod = ctrl.cons = 0;
	front_open_port(&ctrl.front);
	for (unsigned int i = 0; i < 3; i++)
		front_remove(&n->front, single[i]);
	front_write(&n->front, "multi-queue-num-queues", "2");
	offer_queue(&n->front, 0, n);
	offer_queue(&n->front, 1, second);
	front_write(&n->front, "ctrl-ring-ref", "%u", ctrl.page.ref);
	front_write(&n->front, "event-channel-ctrl", "%u", ctrl.front.port);
	n->clean = false;	/* for who comes next */
}

static void shut(struct vif *n)
{
	vif_close(n);
	front_close_port(&ctrl.second.front);
	front_close_port(&ctrl.front);
	page_put(&ctrl.second.tx_page);
	page_put(&ctrl.second.rx_page);
	page_put(&ctrl.page);
}

/* The peer's answer may come by either queue, which depends on dom0's own hash. */
static bool find_peer(struct vif *n)
{
	uint64_t end = now_ms() + ANSWER_MS;

	while (now_ms() < end) {
		if (vif_ask_peer(n, 20))
			return true;
		while (vif_take(&ctrl.second)) {
			if (!memcmp(ctrl.second.frame + 12, "\x08\x06", 2)) {
				memcpy(n->peer_mac, ctrl.second.frame + 22, 6);
				return true;
			}
		}
	}
	return false;
}

static const char *connect(struct vif *n)
{
	offer(n);
	front_state(&n->front, CONNECTED);
	if (!front_await(&n->front, CONNECTED))
		return "the backend does not connect";
	vif_post_buffers(n);
	vif_post_buffers(&ctrl.second);
	return find_peer(n) ? NULL : "nobody answers a good packet";
}

static const char *choose(uint32_t types)
{
	if (ask(XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ, 0, 0) ||
	    ask(XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, types, 0, 0) ||
	    ask_with(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, key(), KEY_BYTES, KEY_BYTES, 0) ||
	    ask(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, MAP_ENTRIES, 0, 0) ||
	    ask_with(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, map, sizeof(map), MAP_ENTRIES, 0))
		return "a good request is refused";
	return NULL;
}

/* --- packets -------------------------------------------------------------- */

/* The hash of what the peer answers, as the ABI's own code has it. */
static uint32_t expected(const uint8_t *frame, bool ports)
{
	return xen_netif_toeplitz_hash(key(), KEY_BYTES, frame + 26, ports ? 12 : 8);
}

static bool is_answer(const struct vif *n, uint16_t port)
{
	return n->len >= 54 && n->frame[23] == 6 && n->frame[34 + 3] == (port & 255) &&
	       n->frame[34 + 2] == port >> 8 && !memcmp(n->frame + 26, peer_ip, 4);
}

static uint32_t told(const struct vif *n)
{
	const uint8_t *value = n->hash.u.hash.value;

	return value[0] | value[1] << 8 | value[2] << 16 | (uint32_t)value[3] << 24;
}

/* Knocks at the peer, and where the answer comes: 0, 1, or -1. */
static int answered_at(struct vif *n, uint16_t port)
{
	struct vif *queues[] = { n, &ctrl.second };
	uint64_t end = now_ms() + ANSWER_MS;

	tcp_knock(n, n->data[1].at, port);
	vif_put(n, n->data[1].ref, 0, 54, 0);
	vif_push(n);
	while (now_ms() < end) {
		vif_collect(n);
		for (int i = 0; i < 2; i++)
			while (vif_take(queues[i]))
				if (is_answer(queues[i], port))
					return i;
		nap_ms(2);
	}
	return -1;
}

static const char *spread(struct vif *n)
{
	unsigned int met[2] = {};

	for (uint16_t port = 40000; port < 40000 + PORTS; port++) {
		int at = answered_at(n, port);
		const struct vif *q = at == 1 ? &ctrl.second : n;
		uint32_t hash;

		if (at < 0)
			return "nobody answers";
		hash = expected(q->frame, true);
		if (q->hash.type != XEN_NETIF_EXTRA_TYPE_HASH ||
		    q->hash.u.hash.algorithm != XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ ||
		    q->hash.u.hash.type != _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP)
			return "no hash of addresses and ports is told";
		if (told(q) != hash)
			return "a wrong hash is told";
		if (map[hash % MAP_ENTRIES] != (unsigned int)at)
			return "it comes by another queue than the map says";
		met[at]++;
	}
	return met[0] && met[1] ? NULL : "one of the queues got nothing";
}

/* --- cases ---------------------------------------------------------------- */

static const char *spreads(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = connect(n);

	if (!why && (ask(XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE, 0, 0, 0) || ctrl.value < MAP_ENTRIES))
		why = "the size of the map is not told";
	if (!why)
		why = choose(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
	if (!why)
		why = spread(n);
	outcome = "answered";
	shut(n);
	return why;
}

/* Once it is off, nothing is told; so it is after another connection. */
static const char *turned_off(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = connect(n) ?: choose(XEN_NETIF_CTRL_HASH_TYPE_IPV4);
	int at = why ? -1 : answered_at(n, 40001);
	const struct vif *q = at == 1 ? &ctrl.second : n;

	if (!why && (at < 0 || q->hash.u.hash.type != _XEN_NETIF_CTRL_HASH_TYPE_IPV4 ||
		     told(q) != expected(q->frame, false)))
		why = "the hash of addresses alone is not told";
	if (!why && ask(XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, XEN_NETIF_CTRL_HASH_ALGORITHM_NONE, 0, 0))
		why = "it cannot be turned off";
	if (!why) {
		at = answered_at(n, 40002);
		q = at == 1 ? &ctrl.second : n;
		if (at < 0 || q->hash.type)
			why = "a hash is told that was turned off";
	}
	outcome = "answered";
	shut(n);
	return why;
}

/** struct wrong - a request, and what is said to it */
static const struct wrong {
	uint16_t type;
	uint32_t data[3];
	enum ref ref;		/* for the first word, unless GOOD */
	unsigned int status;
} wrongs[] = {
	{ XEN_NETIF_CTRL_TYPE_INVALID, { 0 }, GOOD, XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED },
	{ 65535, { 1, 2, 3 }, GOOD, XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, { 2 }, GOOD, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, { 16 }, GOOD, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, { 0, 41 }, GOOD, XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, { 0, 4294967295 }, GOOD, XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, { 0, 40 }, NOBODYS, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, { 0, 40 }, FOREIGN, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, { 129 }, GOOD, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, { 0, 4, 0 }, NOBODYS, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, { 0, 129, 0 }, NOBODYS, XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, { 0, 4, 1 }, RING, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
	{ XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, { 0, 1, 4294967295 }, RING, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER },
};

/* What cannot be is refused, each in its own words, and changes nothing. */
static const char *refuses(const struct hostile_case *self)
{
	const uint32_t elsewhere[MAP_ENTRIES] = { 0, 0, 0, 2 };
	struct vif *n = &vif;
	const char *why = connect(n);

	if (!why)
		why = choose(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
	for (unsigned int i = 0; !why && i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		struct page special = {};
		uint32_t first = w->ref == GOOD ? w->data[0] : vif_ref(n, w->ref, &special);

		if (ask(w->type, first, w->data[1], w->data[2]) != (int)w->status)
			why = "a bad request is not refused as it should be";
		page_put(&special);
	}
	if (!why && ask_with(XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, elsewhere, sizeof(elsewhere), MAP_ENTRIES, 0) !=
		    XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER)
		why = "a queue that is not there is taken";
	if (!why)
		why = spread(n);
	outcome = "refused";
	shut(n);
	return why;
}

/* Rings full of requests, one after the other: all are answered. */
static const char *floods(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = connect(n);
	uint64_t end = now_ms() + 1500;

	while (!why && now_ms() < end) {
		memcpy(ctrl.data.at, key(), KEY_BYTES);
		for (unsigned int i = 0; i < CTRL_ENTRIES; i++)
			put(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, ctrl.data.ref, KEY_BYTES, 0);
		push();
		for (unsigned int i = 0; i < CTRL_ENTRIES && !why; i++)
			if (status())
				why = "a good request is refused";
	}
	if (!why && answered_at(n, 40000) < 0)
		why = "afterwards nobody answers";
	outcome = "answered";
	shut(n);
	return why;
}

static const char *producer(const struct hostile_case *self)
{
	const int *by = self->arg;
	struct vif *n = &vif;
	const char *why = connect(n);

	if (!why) {
		ctrl.prod += *by;
		push();
		nap_ms(100);
		outcome = "stopped";
		if (answered_at(n, 40000) >= 0)
			why = "it is still served";
	}
	shut(n);
	return why;
}

/* A ring, or an event, that is not there: no connection. */
static const char *no_ring(const struct hostile_case *self)
{
	const char *node = self->arg;
	struct vif *n = &vif;
	bool closing;

	offer(n);
	front_write(&n->front, node, "%u", NOBODYS_REF);
	front_state(&n->front, CONNECTED);
	closing = front_await(&n->front, CLOSING);
	outcome = "refused";
	shut(n);
	return closing ? NULL : "it is not refused";
}

/* Gone while it is at work. */
static const char *leaves(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = NULL;

	for (unsigned int k = 0; k < 5 && !why; k++) {
		why = connect(n);
		if (!why) {
			for (unsigned int i = 0; i < CTRL_ENTRIES; i++)
				put(XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, NOBODYS_REF, KEY_BYTES, 0);
			push();
		}
		shut(n);
	}
	outcome = "answered";
	return why;
}

const struct hostile_case ctrl_cases[] = {
	{ "ctrl", "spreads_as_it_is_told", spreads, NULL },
	{ "ctrl", "turned_off", turned_off, NULL },
	{ "ctrl", "bad_requests", refuses, NULL },
	{ "ctrl", "flood", floods, NULL },
	{ "ctrl", "producer_too_far", producer, &(const int){ CTRL_ENTRIES + 1 } },
	{ "ctrl", "producer_behind", producer, &(const int){ -1 } },
	{ "ctrl", "ring_is_nobodys", no_ring, "ctrl-ring-ref" },
	{ "ctrl", "event_is_nobodys", no_ring, "event-channel-ctrl" },
	{ "ctrl", "leaves_at_work", leaves, NULL },
	{ }
};
