// SPDX-License-Identifier: GPL-2.0-only
/* See vif.h. */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <string.h>

#include "frames.h"
#include "vif.h"

struct vif vif;

static void find(struct vif *n)
{
	if (n->found)
		return;
	front_find(&n->front, VIF_DIR);
	front_mac(&n->front, n->mac);
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		page_get(&n->data[i], n->front.domid, false);
	for (unsigned int i = 0; i < BUFFERS; i++)
		page_get(&n->buffers[i], n->front.domid, true);
	n->found = true;
}

/* --- the rings ---------------------------------------------------------- */

void vif_put(struct vif *n, uint32_t ref, uint16_t offset, uint16_t size, uint16_t flags)
{
	netif_tx_request_t *req = &n->tx->ring[n->tx_prod % ENTRIES].req;

	*req = (netif_tx_request_t){
		.gref = ref,
		.offset = offset,
		.flags = flags,
		.id = n->tx_prod % ENTRIES,
		.size = size,
	};
	n->tx_prod++;
}

void vif_put_extra(struct vif *n, uint8_t type, uint8_t flags, uint16_t size, uint8_t gso)
{
	netif_extra_info_t extra = { .type = type, .flags = flags };

	extra.u.gso.size = size;
	extra.u.gso.type = gso;
	memcpy(&n->tx->ring[n->tx_prod % ENTRIES], &extra, sizeof(extra));
	n->tx_prod++;
}

void vif_push(struct vif *n)
{
	xen_wmb();
	n->tx->req_prod = n->tx_prod;
	n->tx->rsp_event = n->tx_cons + 1;
	n->rx->rsp_event = n->rx_cons + 1;
	xen_mb();
	front_notify(&n->front);
}

void vif_post(struct vif *n, uint32_t ref, uint16_t id)
{
	netif_rx_request_t *req = &n->rx->ring[n->rx_prod % ENTRIES].req;

	*req = (netif_rx_request_t){ .id = id, .gref = ref };
	n->rx_prod++;
}

void vif_push_buffers(struct vif *n)
{
	xen_wmb();
	n->rx->req_prod = n->rx_prod;
	xen_mb();
	front_notify(&n->front);
}

void vif_post_buffers(struct vif *n)
{
	for (unsigned int i = 0; i < BUFFERS; i++)
		vif_post(n, n->buffers[i].ref, i);
	vif_push_buffers(n);
}

void vif_collect(struct vif *n)
{
	uint32_t prod = *(volatile uint32_t *)&n->tx->rsp_prod;

	xen_rmb();
	for (; n->tx_cons != prod && prod - n->tx_cons <= ENTRIES; n->tx_cons++) {
		int16_t status = n->tx->ring[n->tx_cons % ENTRIES].rsp.status;

		n->okay += status == NETIF_RSP_OKAY;
		n->bad += status < 0;
	}
}

/* Takes one frame, buffers posted anew; false if there is none. */
bool vif_take(struct vif *n)
{
	bool more = true, extra = false;

	n->len = 0;
	n->hash = (netif_extra_info_t){};
	while (more || extra) {
		netif_rx_response_t rsp;

		if (n->rx_cons == *(volatile uint32_t *)&n->rx->rsp_prod)
			return false;
		xen_rmb();
		rsp = n->rx->ring[n->rx_cons++ % ENTRIES].rsp;
		if (extra) {
			netif_extra_info_t info;

			/* its buffer was not used, but taken: by position */
			memcpy(&info, &rsp, sizeof(info));
			extra = info.flags & XEN_NETIF_EXTRA_FLAG_MORE;
			if (info.type == XEN_NETIF_EXTRA_TYPE_HASH)
				n->hash = info;
			continue;
		}
		more = rsp.flags & NETRXF_more_data;
		extra = rsp.flags & NETRXF_extra_info;
		if (rsp.status < 0) {
			n->rx_bad++;
		} else if (rsp.id < BUFFERS && rsp.status <= (int)PAGE_BYTES &&
			   n->len + rsp.status <= sizeof(n->frame)) {
			memcpy(n->frame + n->len, n->buffers[rsp.id].at, rsp.status);
			n->len += rsp.status;
		}
		if (rsp.id < BUFFERS)
			vif_post(n, n->buffers[rsp.id].ref, rsp.id);
	}
	vif_push_buffers(n);
	return true;
}

/* --- connections -------------------------------------------------------- */

void vif_close(struct vif *n)
{
	n->open = false;
	front_reset(&n->front);
	front_close_port(&n->front);
	page_put(&n->tx_page);
	page_put(&n->rx_page);
}

void vif_new_rings(struct vif *n)
{
	page_get(&n->tx_page, n->front.domid, true);
	page_get(&n->rx_page, n->front.domid, true);
	n->tx = n->tx_page.at;
	n->rx = n->rx_page.at;
	n->tx->req_event = n->tx->rsp_event = 1;
	n->rx->req_event = n->rx->rsp_event = 1;
	n->tx_prod = n->tx_cons = n->rx_prod = n->rx_cons = 0;
	n->okay = n->bad = n->rx_bad = 0;
	front_open_port(&n->front);
}

/* All nodes as they should be, in rings that are new. */
void vif_offer(struct vif *n)
{
	static const char * const gone[] = {
		"event-channel-tx", "event-channel-rx", "multi-queue-num-queues", "queue-0", "queue-1",
		"ctrl-ring-ref", "event-channel-ctrl", "request-multicast-control",
	};
	const struct front *front = &n->front;

	find(n);
	n->open = false;
	if (front_backend_state(front) != INIT_WAIT)
		front_reset(&n->front);
	front_close_port(&n->front);
	page_put(&n->tx_page);
	page_put(&n->rx_page);
	vif_new_rings(n);
	front_write(front, "tx-ring-ref", "%u", n->tx_page.ref);
	front_write(front, "rx-ring-ref", "%u", n->rx_page.ref);
	front_write(front, "event-channel", "%u", front->port);
	if (n->clean)
		return;
	n->clean = true;
	for (unsigned int i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		front_remove(front, gone[i]);
	front_write(front, "request-rx-copy", "1");
	front_write(front, "feature-sg", "1");
	front_write(front, "feature-gso-tcpv4", "1");
	front_write(front, "feature-gso-tcpv6", "1");
}

const char *vif_connect_bare(struct vif *n)
{
	vif_offer(n);
	front_state(&n->front, CONNECTED);
	return front_await(&n->front, CONNECTED) ? NULL : "the backend does not connect";
}

/* Whether the peer answers us within MS. */
bool vif_ask_peer(struct vif *n, unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	arp(n, n->data[0].at);
	vif_put(n, n->data[0].ref, 0, 60, 0);
	vif_push(n);
	do {
		vif_collect(n);
		while (vif_take(n)) {
			if (n->len >= 42 && !memcmp(n->frame + 12, "\x08\x06", 2) && n->frame[21] == 2 &&
			    !memcmp(n->frame + 28, peer_ip, 4)) {
				memcpy(n->peer_mac, n->frame + 22, 6);
				vif_collect(n);
				return true;
			}
		}
		n->rx->rsp_event = n->rx_cons + 1;
		front_sleep(&n->front, 5);
	} while (now_ms() < end);
	return false;
}

const char *vif_connect(struct vif *n)
{
	const char *why = vif_connect_bare(n);

	if (why)
		return why;
	vif_post_buffers(n);
	if (!vif_ask_peer(n, ANSWER_MS))
		return "nobody answers a good packet";
	n->open = true;
	return NULL;
}

/* The connection of the case before, if it was left in order. */
const char *vif_begin(struct vif *n)
{
	uint64_t end = now_ms() + ANSWER_MS;
	const char *why = n->open ? NULL : vif_connect(n);

	while (!why && n->tx_cons != n->tx_prod) {
		vif_collect(n);
		if (now_ms() > end)
			why = "a good packet is not answered";
		else if (n->tx_cons != n->tx_prod)
			front_sleep(&n->front, 5);
	}
	n->okay = n->bad = n->rx_bad = 0;
	return why;
}

/* Leaves the connection to the next case if all is well. */
const char *vif_end(struct vif *n, const char *why)
{
	if (!why && !vif_ask_peer(n, ANSWER_MS))
		why = "afterwards nobody answers a good packet";
	if (why)
		vif_close(n);
	return why;
}

void vif_finish(void)
{
	if (vif.open)
		vif_close(&vif);
}

/* --- what cases ask for --------------------------------------------------- */

/* Waits for answers to NR data slots in this case. */
bool vif_answered(struct vif *n, unsigned int nr)
{
	uint64_t end = now_ms() + ANSWER_MS;

	for (;;) {
		vif_collect(n);
		if (n->okay + n->bad >= nr)
			return true;
		if (now_ms() > end)
			return false;
		n->tx->rsp_event = n->tx_cons + 1;
		front_sleep(&n->front, 5);
	}
}

/* The backend serves us no more; a new connection is the next case's. */
const char *vif_check_stopped(struct vif *n)
{
	bool served;

	nap_ms(30);
	served = vif_ask_peer(n, SILENCE_MS);
	vif_close(n);
	outcome = "stopped";
	return served ? "it is still served" : NULL;
}

/* Either is right, as long as it is the one or the other. */
void vif_note_either(struct vif *n)
{
	outcome = vif_ask_peer(n, ANSWER_MS / 2) ? "any" : "stopped";
}

/* A page, or a reference, of that kind; SPECIAL is to be put when done. */
/* Of a page that our kernel has made a page table */
static uint32_t page_table_ref(void)
{
	static const char path[] = "/sys/module/page_tables/parameters/ref";
	unsigned int ref;
	FILE *file = fopen(path, "r");

	if (!file || fscanf(file, "%u", &ref) != 1)
		error(1, errno, "%s", path);
	fclose(file);
	return ref;
}

uint32_t vif_ref(struct vif *n, enum ref ref, struct page *special)
{
	switch (ref) {
	case NOBODYS:
		return NOBODYS_REF;
	case FOREIGN:
		page_get(special, own_domid(), true);
		return special->ref;
	case REVOKED:
		page_get(special, n->front.domid, true);
		page_put(special);
		return special->ref;
	case READ_ONLY:
		page_get(special, n->front.domid, false);
		return special->ref;
	case RING:
		return n->tx_page.ref;
	case PAGE_TABLE:
		return page_table_ref();
	default:
		return n->data[0].ref;
	}
}

/* An event, a packet in three pieces, and its bytes come back. */
const char *vif_good_packets(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	const unsigned int bytes = 1400;
	uint64_t end = now_ms() + ANSWER_MS;
	uint8_t *at = n->data[1].at;

	if (why)
		return why;
	front_sleep(&n->front, 100);
	if (!n->front.seen)
		return vif_end(n, "no event came");
	echo(n, at, bytes);
	memcpy((uint8_t *)n->data[2].at + 100, at + 60, 400);
	memcpy((uint8_t *)n->data[3].at, at + 460, 42 + bytes - 460);
	vif_put(n, n->data[1].ref, 0, 42 + bytes, MORE);
	vif_put(n, n->data[2].ref, 100, 400, MORE);
	vif_put(n, n->data[3].ref, 0, 42 + bytes - 460, 0);
	vif_push(n);
	why = "no echo";
	while (now_ms() < end && why) {
		while (vif_take(n))
			if (n->len == 42 + bytes && n->frame[23] == 1 && !n->frame[34] &&
			    !memcmp(n->frame + 42, at + 42, bytes))
				why = NULL;
		n->rx->rsp_event = n->rx_cons + 1;
		front_sleep(&n->front, 5);
	}
	if (!why && (!vif_answered(n, 3) || n->bad))
		why = "a good packet is answered with an error";
	outcome = "answered";
	return vif_end(n, why);
}
