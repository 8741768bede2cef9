// SPDX-License-Identifier: GPL-2.0-only
/* xenstore: what a disk's front end should not write there. */
#include <string.h>
#include <unistd.h>

#include "disk.h"

struct node {
	const char *name;
	const char *value;	/* NULL: removed */
};

static const char *recover(struct disk *b, const char *why)
{
	front_reset(&b->front);
	b->clean = false;
	if (!why)
		why = disk_connect(b);
	disk_close(b);
	return why;
}

/* Whether the offer is refused, and another is waited for. */
static const char *refused(struct disk *b)
{
	bool closing;

	outcome = "refused";
	front_state(&b->front, INITIALISED);
	closing = front_await(&b->front, CLOSING);
	front_reset(&b->front);
	b->clean = false;
	return closing ? NULL : "it is not refused";
}

static const char *bad_node(const struct hostile_case *self)
{
	const struct node *node = self->arg;
	struct disk *b = &writable;

	disk_offer(b);
	if (node->value)
		front_write(&b->front, node->name, "%s", node->value);
	else
		front_remove(&b->front, node->name);
	return refused(b);
}

static const char *long_protocol(const struct hostile_case *self)
{
	static char text[2001];
	struct disk *b = &writable;

	disk_offer(b);
	memset(text, '%', sizeof(text) - 1);
	front_write(&b->front, "protocol", "%s", text);
	return refused(b);
}

/* Two pages are promised, one is there. */
static const char *ring_half_there(const struct hostile_case *self)
{
	struct disk *b = &writable;

	disk_offer(b);
	front_write(&b->front, "ring-page-order", "1");
	front_write(&b->front, "ring-ref0", "%u", b->ring_page.ref);
	front_write(&b->front, "ring-ref1", "%u", NOBODYS_REF);
	return refused(b);
}

/* The first is served already when the second turns out not to be there. */
static const char *second_queue_missing(const struct hostile_case *self)
{
	struct disk *b = &writable;

	disk_offer(b);
	front_write(&b->front, "multi-queue-num-queues", "2");
	front_write(&b->front, "queue-0/ring-ref", "%u", b->ring_page.ref);
	front_write(&b->front, "queue-0/event-channel", "%u", b->front.port);
	for (unsigned int i = 0; i < ENTRIES; i++)
		disk_put_one(b, BLKIF_OP_READ, PLACE, b->data[4].ref, 0, 7);
	disk_push(b);
	return refused(b);
}

static const char *full_from_the_start(const struct hostile_case *self)
{
	struct disk *b = &writable;

	disk_offer(b);
	b->ring->req_prod = 1000;
	return refused(b);
}

static const char *read_only_ring(const struct hostile_case *self)
{
	struct disk *b = &writable;
	struct page page = {};
	const char *why;

	disk_offer(b);
	page_get(&page, b->front.domid, false);
	front_write(&b->front, "ring-ref", "%u", page.ref);
	why = refused(b);
	page_put(&page);
	return why;
}

static const char *states(const struct hostile_case *self)
{
	const char * const *state = self->arg;
	struct disk *b = &writable;

	disk_offer(b);
	for (; *state; state++) {
		front_write(&b->front, "state", "%s", *state);
		nap_ms(25);
	}
	return recover(b, NULL);
}

static const char *reconnecting(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = NULL;

	for (unsigned int i = 0; i < 8 && !why; i++)
		why = disk_connect_bare(b);
	return recover(b, why);
}

/* For the last: connected, and no answer to whatever the backend says. */
static const char *never_closes(const struct hostile_case *self)
{
	struct disk *b = &writable;
	const char *why = disk_begin(b);

	if (why)
		return why;
	b->open = false;
	if (!fork()) {
		uint64_t end = now_ms() + 40000;

		/* whoever started us is not to wait */
		setsid();
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		while (front_backend_state(&b->front) != UNKNOWN && now_ms() < end) {
			disk_put_one(b, BLKIF_OP_READ, PLACE, b->data[4].ref, 0, 7);
			disk_push(b);
			nap_ms(100);
			disk_collect(b);
		}
		_exit(0);
	}
	return NULL;
}

#define NODE(name, ...) { "vbd-store", name, bad_node, &(const struct node){ __VA_ARGS__ } }
#define STATES(name, ...) { "vbd-store", name, states, (const char *const[]){ __VA_ARGS__, NULL } }

const struct hostile_case vbd_store_cases[] = {
	{ "vbd-store", "good_requests", disk_good_requests, NULL },
	NODE("protocol_unknown", "protocol", "sparc-abi"),
	NODE("protocol_empty", "protocol", ""),
	{ "vbd-store", "protocol_of_2000_letters", long_protocol, NULL },
	NODE("ring_page_order_100", "ring-page-order", "100"),
	NODE("ring_page_order_4294967295", "ring-page-order", "4294967295"),
	{ "vbd-store", "ring_half_there", ring_half_there, NULL },
	NODE("ring_ref_bad", "ring-ref", "16777200"),
	NODE("ring_ref_negative", "ring-ref", "-1"),
	NODE("ring_ref_in_words", "ring-ref", "ring"),
	NODE("ring_ref_missing", "ring-ref", NULL),
	NODE("event_channel_0", "event-channel", "0"),
	NODE("event_channel_4294967295", "event-channel", "4294967295"),
	NODE("event_channel_in_words", "event-channel", "port"),
	NODE("event_channel_missing", "event-channel", NULL),
	NODE("queues_0", "multi-queue-num-queues", "0"),
	NODE("queues_4294967295", "multi-queue-num-queues", "4294967295"),
	NODE("queues_without_folders", "multi-queue-num-queues", "2"),
	{ "vbd-store", "second_queue_missing", second_queue_missing, NULL },
	{ "vbd-store", "full_from_the_start", full_from_the_start, NULL },
	{ "vbd-store", "read_only_ring", read_only_ring, NULL },
	STATES("connected_often", "4", "4", "4", "4"),
	STATES("there_and_back", "3", "4", "3", "4", "1", "4"),
	STATES("closing_and_connected", "4", "5", "4", "5", "4"),
	STATES("closed_and_connected", "4", "6", "4", "6", "4", "5", "6", "1", "1"),
	STATES("states_unheard_of", "7", "8", "9", "9999", "-5", "4", "2", "9999"),
	{ "vbd-store", "reconnecting", reconnecting, NULL },
	{ "vbd-store", "good_requests_again", disk_good_requests, NULL },

	{ "gone", "disk_never_closes", never_closes, NULL },
	{ }
};
