// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages the backend may have mapped for good: what becomes of that when the
 * guest thinks better of it. Each is sent from often enough to be mapped.
 */
#include <errno.h>
#include <string.h>

#include "frames.h"
#include "vif.h"

#define OFTEN 4

/* Sends LEN bytes of a page TIMES times; false if not all is answered. */
static bool send_from(struct vif *n, uint32_t ref, unsigned int len, unsigned int times)
{
	unsigned int wanted = n->okay + n->bad;

	while (times--) {
		vif_put(n, ref, 0, len, 0);
		vif_push(n);
		if (!vif_answered(n, ++wanted))
			return false;
	}
	return true;
}

/* Whether what lies at AT comes back from the peer. */
static bool comes_back(struct vif *n, const struct page *page, unsigned int bytes)
{
	uint64_t end = now_ms() + ANSWER_MS;
	const uint8_t *at = page->at;

	vif_put(n, page->ref, 0, 42 + bytes, 0);
	vif_push(n);
	do {
		while (vif_take(n))
			if (n->len == 42 + bytes && n->frame[23] == 1 && !n->frame[34] &&
			    !memcmp(n->frame + 42, at + 42, bytes))
				return true;
		vif_collect(n);
		n->rx->rsp_event = n->rx_cons + 1;
		front_sleep(&n->front, 5);
	} while (now_ms() < end);
	return false;
}

static const char *revoked(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	struct page page;

	if (why)
		return why;
	page_get(&page, n->front.domid, false);
	arp(n, page.at);
	if (!send_from(n, page.ref, 60, OFTEN) || n->bad)
		why = "a good packet is not sent";
	page_put(&page);
	if (!why && !send_from(n, page.ref, 60, OFTEN))
		why = "no answer after the grant's end";
	else if (!why && n->bad != OFTEN)
		why = "a grant that has ended is still used";
	outcome = "refused";
	return vif_end(n, why);
}

static const char *another_domains(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	struct page page;

	if (why)
		return why;
	page_get(&page, own_domid(), false);
	arp(n, page.at);
	if (!send_from(n, page.ref, 60, OFTEN))
		why = "no answer";
	else if (n->bad != OFTEN)
		why = "a grant for another domain is used";
	page_put(&page);
	outcome = "refused";
	return vif_end(n, why);
}

static const char *rewritten(const struct hostile_case *self)
{
	const unsigned int bytes = 1200;
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	struct page *page = &n->data[1];

	if (why)
		return why;
	for (unsigned int i = 0; i < 2 * OFTEN && !why; i++) {
		echo(n, page->at, bytes);
		if (!comes_back(n, page, bytes))
			why = "not what is in the page now";
	}
	outcome = "answered";
	return vif_end(n, why);
}

/* More of them than the runner lets the backend map. */
static const char *many(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	for (unsigned int round = 0; round < 3 * OFTEN && !why; round++) {
		for (unsigned int i = 0; i < DATA_PAGES && !why; i++) {
			arp(n, n->data[i].at);
			if (!send_from(n, n->data[i].ref, 60, 1) || n->bad)
				why = "a good packet is not sent";
		}
	}
	outcome = "answered";
	return vif_end(n, why);
}

/* A page the guest's kernel has meanwhile given to somebody else. */
static const char *given_away(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	struct page pages[DATA_PAGES];

	for (unsigned int round = 0; round < OFTEN && !why; round++) {
		for (unsigned int i = 0; i < DATA_PAGES; i++) {
			page_get(&pages[i], n->front.domid, false);
			arp(n, pages[i].at);
		}
		for (unsigned int i = 0; i < DATA_PAGES && !why; i++)
			if (!send_from(n, pages[i].ref, 60, 2) || n->bad)
				why = "a good packet is not sent";
		for (unsigned int i = 0; i < DATA_PAGES; i++)
			page_put(&pages[i]);
	}
	outcome = "answered";
	return vif_end(n, why);
}

/* Grants in frames that the table had not when the rings were mapped. */
static const char *grown(const struct hostile_case *self)
{
	/* more than a frame has entries */
	static struct page pages[600];
	const unsigned int nr = sizeof(pages) / sizeof(pages[0]);
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	for (unsigned int i = 0; i < nr && !why; i++)
		page_get(&pages[i], n->front.domid, false);
	for (unsigned int i = 0; i < nr && !why; i += nr - 1) {
		arp(n, pages[i].at);
		if (!send_from(n, pages[i].ref, 60, OFTEN) || n->bad)
			why = "a good packet is not sent";
	}
	for (unsigned int i = 0; i < nr; i++)
		page_put(&pages[i]);
	outcome = "answered";
	return vif_end(n, why);
}

const struct hostile_case standing_cases[] = {
	{ "standing", "good_packets", vif_good_packets, NULL },
	{ "standing", "revoked", revoked, NULL },
	{ "standing", "another_domains", another_domains, NULL },
	{ "standing", "rewritten", rewritten, NULL },
	{ "standing", "many", many, NULL },
	{ "standing", "given_away", given_away, NULL },
	{ "standing", "grown", grown, NULL },
	{ }
};
