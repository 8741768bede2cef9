// SPDX-License-Identifier: GPL-2.0-only
/* xenstore: what a vif's front end should not write there. */
#include <string.h>

#include "vif.h"

/** struct node - what is written over a good offer; NULL: removed */
struct node {
	const char *name;
	const char *value;
	bool taken;		/* it is to be taken all the same */
};

static const char *recover(struct vif *n, const char *why)
{
	front_reset(&n->front);
	n->clean = false;
	if (!why)
		why = vif_connect(n);
	vif_close(n);
	return why;
}

/* Whether the offer is refused, and another is waited for. */
static const char *refused(struct vif *n)
{
	bool closing;

	outcome = "refused";
	front_state(&n->front, CONNECTED);
	closing = front_await(&n->front, CLOSING);
	front_reset(&n->front);
	n->clean = false;
	return closing ? NULL : "it is not refused";
}

static const char *bad_node(const struct hostile_case *self)
{
	const struct node *node = self->arg;
	struct vif *n = &vif;

	vif_offer(n);
	if (node->value)
		front_write(&n->front, node->name, "%s", node->value);
	else
		front_remove(&n->front, node->name);
	if (node->taken) {
		front_state(&n->front, CONNECTED);
		outcome = "answered";
		return recover(n, front_await(&n->front, CONNECTED) ? NULL : "it is not taken");
	}
	return refused(n);
}

static const char *long_node(const struct hostile_case *self)
{
	static char text[2001];
	struct vif *n = &vif;

	vif_offer(n);
	memset(text, '9', sizeof(text) - 1);
	front_write(&n->front, "tx-ring-ref", "%s", text);
	return refused(n);
}

static const char *half_split_events(const struct hostile_case *self)
{
	struct vif *n = &vif;

	vif_offer(n);
	front_write(&n->front, "event-channel-tx", "%u", n->front.port);
	return refused(n);
}

/* The first is served already when the second turns out not to be there. */
static const char *second_queue_missing(const struct hostile_case *self)
{
	struct vif *n = &vif;

	vif_offer(n);
	front_write(&n->front, "multi-queue-num-queues", "2");
	front_write(&n->front, "queue-0/tx-ring-ref", "%u", n->tx_page.ref);
	front_write(&n->front, "queue-0/rx-ring-ref", "%u", n->rx_page.ref);
	front_write(&n->front, "queue-0/event-channel", "%u", n->front.port);
	for (unsigned int i = 0; i < 50; i++)
		vif_put(n, NOBODYS_REF, 0, 60, 0);
	vif_push(n);
	return refused(n);
}

static const char *one_page_for_both(const struct hostile_case *self)
{
	struct vif *n = &vif;

	vif_offer(n);
	front_write(&n->front, "rx-ring-ref", "%u", n->tx_page.ref);
	front_state(&n->front, CONNECTED);
	if (front_await(&n->front, CONNECTED)) {
		for (unsigned int i = 0; i < 20; i++) {
			vif_put(n, n->data[0].ref, 0, 60, 0);
			vif_push(n);
			nap_ms(2);
		}
		outcome = "unknown";
	}
	return recover(n, NULL);
}

static const char *full_from_the_start(const struct hostile_case *self)
{
	const bool *tx = self->arg;
	struct vif *n = &vif;

	vif_offer(n);
	if (*tx)
		n->tx->req_prod = 1000;
	else
		n->rx->req_prod = 1000;
	return refused(n);
}

static const char *read_only_ring(const struct hostile_case *self)
{
	struct page page = {};
	struct vif *n = &vif;
	const char *why;

	vif_offer(n);
	page_get(&page, n->front.domid, false);
	front_write(&n->front, "tx-ring-ref", "%u", page.ref);
	why = refused(n);
	page_put(&page);
	return why;
}

static const char *states(const struct hostile_case *self)
{
	const char * const *state = self->arg;
	struct vif *n = &vif;

	vif_offer(n);
	for (; *state; state++) {
		front_write(&n->front, "state", "%s", *state);
		nap_ms(25);
	}
	return recover(n, NULL);
}

static const char *reconnecting(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = NULL;

	for (unsigned int i = 0; i < 8 && !why; i++)
		why = vif_connect_bare(n);
	return recover(n, why);
}

/* Refused, and at once again: the kernel's log must not grow with it. */
static const char *refused_over_and_over(const struct hostile_case *self)
{
	struct vif *n = &vif;

	for (unsigned int i = 0; i < 6; i++) {
		vif_offer(n);
		front_write(&n->front, "tx-ring-ref", "%u", NOBODYS_REF);
		front_state(&n->front, CONNECTED);
		front_await(&n->front, CLOSING);
	}
	outcome = "refused";
	return recover(n, NULL);
}

/* For the last: the backend takes it for a front end that is gone. */
static const char *no_state(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_connect(n);

	if (why)
		return why;
	n->open = false;
	front_remove(&n->front, "state");
	nap_ms(300);
	front_state(&n->front, CONNECTED);
	nap_ms(100);
	return NULL;
}

#define NODE(name, ...) { "vif-store", name, bad_node, &(const struct node){ __VA_ARGS__ } }
#define STATES(name, ...) { "vif-store", name, states, (const char *const[]){ __VA_ARGS__, NULL } }

const struct hostile_case vif_store_cases[] = {
	{ "vif-store", "good_packets", vif_good_packets, NULL },
	NODE("queues_4294967295", "multi-queue-num-queues", "4294967295"),
	NODE("queues_65536", "multi-queue-num-queues", "65536"),
	NODE("queues_negative", "multi-queue-num-queues", "-1", true),
	NODE("queues_in_words", "multi-queue-num-queues", "many", true),
	NODE("queues_without_folders", "multi-queue-num-queues", "2"),
	NODE("tx_ring_ref_bad", "tx-ring-ref", "16777200"),
	NODE("tx_ring_ref_of_xenstore", "tx-ring-ref", "1"),
	NODE("tx_ring_ref_negative", "tx-ring-ref", "-1"),
	NODE("tx_ring_ref_in_words", "tx-ring-ref", "ring"),
	NODE("tx_ring_ref_empty", "tx-ring-ref", ""),
	NODE("tx_ring_ref_missing", "tx-ring-ref", NULL),
	NODE("rx_ring_ref_bad", "rx-ring-ref", "16777200"),
	NODE("rx_ring_ref_missing", "rx-ring-ref", NULL),
	{ "vif-store", "ring_ref_of_2000_digits", long_node, NULL },
	NODE("event_channel_0", "event-channel", "0"),
	NODE("event_channel_4294967295", "event-channel", "4294967295"),
	NODE("event_channel_in_words", "event-channel", "port"),
	NODE("event_channel_missing", "event-channel", NULL),
	{ "vif-store", "half_split_events", half_split_events, NULL },
	NODE("flipping_pages", "request-rx-copy", "0"),
	{ "vif-store", "second_queue_missing", second_queue_missing, NULL },
	{ "vif-store", "one_page_for_both_rings", one_page_for_both, NULL },
	{ "vif-store", "tx_full_from_the_start", full_from_the_start, &(const bool){ true } },
	{ "vif-store", "rx_full_from_the_start", full_from_the_start, &(const bool){ false } },
	{ "vif-store", "read_only_ring", read_only_ring, NULL },
	STATES("connected_often", "4", "4", "4", "4"),
	STATES("there_and_back", "3", "4", "3", "4", "1", "4"),
	STATES("closing_and_connected", "4", "5", "4", "5", "4"),
	STATES("closed_and_connected", "4", "6", "4", "6", "4", "5", "6", "1", "1"),
	STATES("states_unheard_of", "7", "8", "9", "9999", "-5", "4", "2", "9999"),
	{ "vif-store", "reconnecting", reconnecting, NULL },
	{ "vif-store", "refused_over_and_over", refused_over_and_over, NULL },
	{ "vif-store", "good_packets_again", vif_good_packets, NULL },

	{ "gone", "vif_without_state", no_state, NULL },
	{ }
};
