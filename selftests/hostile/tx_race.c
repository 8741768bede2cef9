// SPDX-License-Identifier: GPL-2.0-only
/* TX: what changes, or goes away, while the backend reads it. */
#include <string.h>

#include "flipper.h"
#include "frames.h"
#include "vif.h"

/* Each field alone is harmless; some mixtures are not. */
static void flip_slot(void *device)
{
	struct vif *n = device;
	static const uint16_t sizes[] = { 60, 1500, 3900, 0 };
	static const uint16_t offsets[] = { 0, 64, 196, 3000 };
	netif_tx_request_t *req = &n->tx->ring[dice() % ENTRIES].req;

	req->size = sizes[dice() % 4];
	req->offset = offsets[dice() % 3 + (dice() % 2048 == 0)];
	req->gref = dice() % 8 ? n->data[dice() % DATA_PAGES].ref : NOBODYS_REF;
	req->flags = dice() % 4 ? BLANK : 0;
}

static void flip_extra(void *device)
{
	struct vif *n = device;

	flip_slot(n);
	n->tx->ring[dice() % ENTRIES].req.flags = dice() % 16;
	n->tx->ring[dice() % ENTRIES].req.gref = dice();
}

static void flip_header(void *device)
{
	struct vif *n = device;
	static const uint8_t bytes[] = { 0x45, 0x40, 0x4f, 0x60, 0, 6, 17, 255 };
	uint8_t *at = n->data[dice() % 4].at;
	static const uint8_t places[] = { 12, 13, 14, 16, 17, 20, 23, 46, 47 };

	at[places[dice() % sizeof(places)]] = bytes[dice() % sizeof(bytes)];
	at[12] = 8;
	at[13] = 0;
}

/* Full speed against the flipper, until stopped. */
static const char *race(struct vif *n, void (*flip)(void *device), void (*burst)(struct vif *n))
{
	const char *why = vif_begin(n);
	unsigned int seen = 0;
	uint64_t last, end;
	struct flipper f;

	if (why)
		return why;
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		tcp(n, n->data[i].at);
	flip_start(&f, n, flip);
	last = now_ms();
	end = last + RACE_MS;
	while (now_ms() < end && now_ms() - last < 200) {
		burst(n);
		vif_push(n);
		front_sleep(&n->front, 2);
		vif_collect(n);
		while (vif_take(n))
			;
		if (n->okay + n->bad != seen)
			last = now_ms();
		seen = n->okay + n->bad;
	}
	flip_stop(&f);
	vif_note_either(n);
	vif_close(n);
	return seen || !strcmp(outcome, "stopped") ? NULL : "nothing was answered";
}

static void burst_slots(struct vif *n)
{
	/* what lies in the slots is the flipper's */
	while (n->tx_prod - n->tx_cons < 64)
		n->tx_prod++;
}

static void burst_gso(struct vif *n)
{
	while (n->tx_prod - n->tx_cons < 64) {
		vif_put(n, n->data[n->tx_prod / 2 % 4].ref, 0, TCP_BYTES, BLANK | WITH);
		vif_put_extra(n, XEN_NETIF_EXTRA_TYPE_GSO, 0, 1448, XEN_NETIF_GSO_TYPE_TCPV4);
	}
}

static const char *race_slots(const struct hostile_case *self)
{
	return race(&vif, flip_slot, burst_slots);
}

static const char *race_extras(const struct hostile_case *self)
{
	return race(&vif, flip_extra, burst_slots);
}

static const char *race_headers(const struct hostile_case *self)
{
	return race(&vif, flip_header, burst_gso);
}

/* The producer index goes back and forth while packets are under way. */
static const char *race_producer(const struct hostile_case *self)
{
	uint64_t end = now_ms() + RACE_MS / 2;
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		tcp(n, n->data[i].at);
	while (now_ms() < end) {
		for (unsigned int i = 0; i < 16; i++)
			vif_put(n, n->data[i].ref, 0, TCP_BYTES / 2, 0);
		vif_push(n);
		n->tx->req_prod = n->tx_prod - 1 - dice() % 8;
		front_notify(&n->front);
		vif_collect(n);
		n->tx->req_prod = n->tx_prod;
		front_notify(&n->front);
		front_sleep(&n->front, 2);
		vif_collect(n);
	}
	nap_ms(50);
	vif_collect(n);
	vif_note_either(n);
	vif_close(n);
	return NULL;
}

/* Grants end, and the device closes, with packets under way. */
static const char *revoked_under_way(const struct hostile_case *self)
{
	struct page pages[16];
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	for (unsigned int round = 0; round < 4; round++) {
		for (unsigned int i = 0; i < 16; i++) {
			page_get(&pages[i], n->front.domid, false);
			tcp(n, pages[i].at);
			vif_put(n, pages[i].ref, 0, TCP_BYTES, BLANK | WITH);
			vif_put_extra(n, XEN_NETIF_EXTRA_TYPE_GSO, 0, 1448, XEN_NETIF_GSO_TYPE_TCPV4);
		}
		vif_push(n);
		for (unsigned int i = 0; i < 16; i++)
			page_put(&pages[i]);
		if (!vif_answered(n, (round + 1) * 16))
			why = "not all slots are answered";
	}
	return vif_end(n, why);
}

static const char *closed_under_way(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = NULL;

	for (unsigned int round = 0; round < 4 && !why; round++) {
		why = vif_begin(n);
		for (unsigned int i = 0; i < DATA_PAGES; i++)
			tcp(n, n->data[i].at);
		burst_gso(n);
		vif_push(n);
		front_state(&n->front, round % 2 ? CLOSING : CLOSED);
		vif_close(n);
	}
	return why;
}

const struct hostile_case tx_race_cases[] = {
	{ "tx", "slots_change", race_slots, NULL },
	{ "tx", "extras_change", race_extras, NULL },
	{ "tx", "headers_change", race_headers, NULL },
	{ "tx", "producer_changes", race_producer, NULL },
	{ "tx", "revoked_under_way", revoked_under_way, NULL },
	{ "tx", "closed_under_way", closed_under_way, NULL },
	{ }
};
