// SPDX-License-Identifier: GPL-2.0-only
/* RX: buffers that cannot be written to, or never come. */
#include <string.h>

#include "flipper.h"
#include "frames.h"
#include "vif.h"

static void ask_for_echoes(struct vif *n, unsigned int nr)
{
	vif_collect(n);
	n->okay = n->bad = 0;
	echo(n, n->data[1].at, 1400);
	for (unsigned int i = 0; i < nr; i++)
		vif_put(n, n->data[1].ref, 0, 1442, 0);
	vif_push(n);
	vif_answered(n, nr);
}

/* Buffers that cannot be written to, then good ones. */
static const char *bad_buffers(const struct hostile_case *self)
{
	const enum ref *ref = self->arg;
	struct page special = {};
	struct vif *n = &vif;
	uint64_t end;
	uint32_t which;
	const char *why = vif_connect_bare(n);

	if (why)
		return why;
	which = vif_ref(n, *ref, &special);
	for (unsigned int i = 0; i < 4; i++)
		vif_post(n, which, BUFFERS);
	vif_push_buffers(n);
	end = now_ms() + ANSWER_MS;
	while (n->rx_bad < 4 && now_ms() < end) {
		arp(n, n->data[0].at);
		vif_put(n, n->data[0].ref, 0, 60, 0);
		vif_push(n);
		front_sleep(&n->front, 20);
		vif_collect(n);
		while (vif_take(n))
			;
	}
	if (n->rx_bad < 4)
		why = "a buffer that cannot be written to is not refused";
	outcome = "refused";
	vif_post_buffers(n);
	if (!why && !vif_ask_peer(n, ANSWER_MS))
		why = "afterwards nobody answers a good packet";
	vif_close(n);
	page_put(&special);
	return why;
}

static const char *rx_producer(const struct hostile_case *self)
{
	const int *by = self->arg;
	struct vif *n = &vif;
	const char *why = vif_connect(n);

	if (why)
		return why;
	n->rx_prod += *by;
	vif_push_buffers(n);
	/* it need not look before there is something to say */
	vif_ask_peer(n, 100);
	return vif_check_stopped(n);
}

/* Much comes for a front end that takes nothing; it may still send. */
static const char *no_buffers(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n) ?: vif_connect_bare(n);
	uint64_t end;

	if (why)
		return why;
	for (unsigned int i = 0; i < 10 && !why; i++) {
		ask_for_echoes(n, 128);
		if (n->bad || n->okay != 128)
			why = "its own packets are not sent any more";
	}
	vif_post_buffers(n);
	end = now_ms() + ANSWER_MS;
	while (!vif_take(n) && now_ms() < end)
		front_sleep(&n->front, 5);
	if (!why && !n->len)
		why = "nothing of it comes when there are buffers";
	for (unsigned int i = 0; i < 20; i++) {
		front_sleep(&n->front, 5);
		while (vif_take(n))
			;
	}
	if (!why && !vif_ask_peer(n, ANSWER_MS))
		why = "afterwards nobody answers a good packet";
	outcome = "answered";
	vif_close(n);
	return why;
}

/* It goes with the queue full. */
static const char *closed_with_a_full_queue(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n) ?: vif_connect_bare(n);

	if (why)
		return why;
	for (unsigned int i = 0; i < 3; i++)
		ask_for_echoes(n, 128);
	vif_close(n);
	return NULL;
}

static void flip_buffers(void *device)
{
	struct vif *n = device;
	netif_rx_request_t *req = &n->rx->ring[dice() % ENTRIES].req;

	req->gref = dice() % 4 ? n->buffers[dice() % BUFFERS].ref : NOBODYS_REF + dice() % 9;
	req->id = dice();
}

static const char *race_buffers(const struct hostile_case *self)
{
	uint64_t end = now_ms() + RACE_MS;
	struct vif *n = &vif;
	const char *why = vif_connect(n);
	struct flipper f;

	if (why)
		return why;
	flip_start(&f, n, flip_buffers);
	while (now_ms() < end) {
		ask_for_echoes(n, 32);
		n->rx_prod = *(volatile uint32_t *)&n->rx->rsp_prod + ENTRIES;
		vif_push_buffers(n);
	}
	flip_stop(&f);
	vif_close(n);
	return NULL;
}

const struct hostile_case rx_cases[] = {
	{ "rx", "good_packets", vif_good_packets, NULL },
	{ "rx", "bad_ref", bad_buffers, &(const enum ref){ NOBODYS } },
	{ "rx", "read_only", bad_buffers, &(const enum ref){ READ_ONLY } },
	{ "rx", "foreign_ref", bad_buffers, &(const enum ref){ FOREIGN } },
	{ "rx", "revoked_ref", bad_buffers, &(const enum ref){ REVOKED } },
	{ "rx", "page_table", bad_buffers, &(const enum ref){ PAGE_TABLE } },
	{ "rx", "producer_beyond_the_ring", rx_producer, &(const int){ 5000 } },
	{ "rx", "producer_goes_back", rx_producer, &(const int){ -BUFFERS - 3 } },
	{ "rx", "no_buffers", no_buffers, NULL },
	{ "rx", "closed_with_a_full_queue", closed_with_a_full_queue, NULL },
	{ "rx", "buffers_change", race_buffers, NULL },
	{ }
};
