// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast: a guest hears all of it, until it asks for control; then what it
 * names. Somebody on the peer sends to 239.7.7.7 all the while.
 */
#include <string.h>

#include "frames.h"
#include "vif.h"

/* Many times the interval between two that the peer sends. */
#define DEAF_MS	800

static const uint8_t group[6] = { 1, 0, 0x5e, 7, 7, 7 };

/* Whether one comes. What is there already was let through before. */
static bool hears(struct vif *n, unsigned int ms)
{
	uint64_t end;

	nap_ms(100);
	while (vif_take(n))
		;
	end = now_ms() + ms;
	while (now_ms() < end) {
		while (vif_take(n))
			if (!memcmp(n->frame, group, sizeof(group)))
				return true;
		n->rx->rsp_event = n->rx_cons + 1;
		front_sleep(&n->front, 20);
	}
	return false;
}

/* Names an address, or takes it back. Returns whether that is granted. */
static bool name(struct vif *n, uint8_t type, const uint8_t addr[6])
{
	netif_extra_info_t extra = { .type = type };

	vif_collect(n);
	n->okay = n->bad = 0;
	vif_put(n, 0, 0, 0, WITH);
	memcpy(extra.u.mcast.addr, addr, 6);
	memcpy(&n->tx->ring[n->tx_prod % ENTRIES], &extra, sizeof(extra));
	n->tx_prod++;
	vif_push(n);
	return vif_answered(n, 1) && n->okay == 1 && !n->bad;
}

static void control(struct vif *n, bool on)
{
	front_write(&n->front, "request-multicast-control", "%u", on);
	nap_ms(200);
}

static const char *as_named(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_connect(n);

	if (!why && !hears(n, 4 * ANSWER_MS))
		why = "it does not hear what everybody hears";
	if (!why) {
		control(n, true);
		if (hears(n, DEAF_MS))
			why = "it hears what it has not named";
	}
	if (!why && !vif_ask_peer(n, ANSWER_MS))
		why = "nobody answers a broadcast";
	if (!why && (!name(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, group) || !hears(n, ANSWER_MS)))
		why = "it does not hear what it has named";
	if (!why && (!name(n, XEN_NETIF_EXTRA_TYPE_MCAST_DEL, group) || hears(n, DEAF_MS)))
		why = "it hears what it has taken back";
	if (!why) {
		control(n, false);
		if (!hears(n, ANSWER_MS))
			why = "without control it does not hear";
	}
	outcome = "answered";
	n->clean = false;
	return vif_end(n, why);
}

/* Asked for before it connects, and named in an earlier connection. */
static const char *from_the_start(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_connect(n);

	if (!why && !name(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, group))
		why = "an address is not taken";
	vif_offer(n);
	front_write(&n->front, "request-multicast-control", "1");
	front_state(&n->front, CONNECTED);
	if (!why && !front_await(&n->front, CONNECTED))
		why = "the backend does not connect";
	vif_post_buffers(n);
	if (!why && (!vif_ask_peer(n, ANSWER_MS) || hears(n, DEAF_MS)))
		why = "it hears what it has named in another life";
	outcome = "answered";
	n->clean = false;
	vif_close(n);
	return why;
}

static const char *bad_addresses(const struct hostile_case *self)
{
	static const uint8_t unicast[6] = { 2, 0, 0, 0, 0, 1 }, none[6];
	struct vif *n = &vif;
	const char *why = vif_connect(n);
	uint8_t many[6];
	unsigned int taken = 0;

	if (!why && (name(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, unicast) ||
		     name(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, none)))
		why = "what is no multicast address is taken";
	memcpy(many, group, sizeof(many));
	for (unsigned int i = 0; i < 200 && !why; i++) {
		many[5] = i;
		taken += name(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, many);
	}
	if (!why && taken != 64)
		why = "not just as many are taken as there is room for";
	outcome = "refused";
	return vif_end(n, why);
}

/* Two at once, and one with pieces of a packet behind it. */
static const char *crooked(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	vif_put(n, 0, 0, 0, WITH);
	vif_put_extra(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, XEN_NETIF_EXTRA_FLAG_MORE, 1, 0);
	vif_put_extra(n, XEN_NETIF_EXTRA_TYPE_MCAST_DEL, 0, 1, 0);
	vif_push(n);
	if (!vif_answered(n, 1) || !n->bad)
		why = "two changes at once are taken";
	n->okay = n->bad = 0;
	vif_put(n, NOBODYS_REF, 4000, 60000, WITH | MORE);
	vif_put_extra(n, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0, 1, 0);
	vif_put(n, NOBODYS_REF, 0, 100, 0);
	vif_push(n);
	if (!why && !vif_answered(n, 2))
		why = "pieces are not answered";
	outcome = "answered";
	return vif_end(n, why);
}

const struct hostile_case listen_cases[] = {
	{ "listen", "hears_what_it_names", as_named, NULL },
	{ "listen", "control_from_the_start", from_the_start, NULL },
	{ "listen", "bad_addresses", bad_addresses, NULL },
	{ "listen", "crooked_requests", crooked, NULL },
	{ }
};
