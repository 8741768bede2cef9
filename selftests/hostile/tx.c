// SPDX-License-Identifier: GPL-2.0-only
/* TX: slots and indexes that say the wrong thing. */
#include <string.h>

#include "frames.h"
#include "vif.h"

#define MAX_STEPS	24

enum want { OKAY, REFUSED, STOPPED, EITHER };

/** struct step - one slot: DATA of @ref, or, with @type, an extra */
struct step {
	uint16_t size, offset, flags;
	enum ref ref;
	uint8_t type;
	uint8_t gso;
	bool is_extra;
	uint8_t times;
	uint16_t stride;	/* the next begins so much later, in the same page */
};

#define DATA(s, f)		{ .size = (s), .flags = (f) }
#define DATA_AT(s, o, f)	{ .size = (s), .offset = (o), .flags = (f) }
#define DATA_OF(s, r, f)	{ .size = (s), .ref = (r), .flags = (f) }
#define DATAS(n, s, f)		{ .size = (s), .flags = (f), .times = (n) }
#define CRUMBS(n, s, o, f)	{ .size = (s), .offset = (o), .flags = (f), .times = (n), .stride = (s) }
#define EXTRA(t, f)		{ .is_extra = true, .type = (t), .flags = (f) }
#define EXTRAS(n, t, f)		{ .is_extra = true, .type = (t), .flags = (f), .times = (n) }
#define GSO(s, g)		{ .is_extra = true, .type = XEN_NETIF_EXTRA_TYPE_GSO, .size = (s), .gso = (g) }
#define GSO_MORE(s, g)		{ .is_extra = true, .type = XEN_NETIF_EXTRA_TYPE_GSO, .size = (s), .gso = (g), \
				  .flags = XEN_NETIF_EXTRA_FLAG_MORE }

/** struct shot - a packet's slots, the frame its first page holds */
struct shot {
	enum want want;
	void (*frame)(const struct vif *n, uint8_t *at);
	struct step steps[MAX_STEPS];
};

static unsigned int put_shot(struct vif *n, const struct shot *shot, struct page *special)
{
	unsigned int nr = 0;

	(shot->frame ?: arp)(n, n->data[0].at);
	for (const struct step *step = shot->steps; step < shot->steps + MAX_STEPS; step++) {
		unsigned int times = step->times ?: 1;
		uint16_t offset = step->offset;
		uint32_t ref;

		if (!step->is_extra && !step->size && !step->offset && !step->flags && !step->times)
			break;
		while (times--) {
			if (step->is_extra) {
				vif_put_extra(n, step->type, step->flags, step->size, step->gso);
				continue;
			}
			if (step->ref)
				ref = vif_ref(n, step->ref, special);
			else
				ref = n->data[step->stride ? 0 : nr % DATA_PAGES].ref;
			vif_put(n, ref, offset, step->size, step->flags);
			offset += step->stride;
			nr++;
		}
	}
	return nr;
}

static const char *shoot(const struct hostile_case *self)
{
	const struct shot *shot = self->arg;
	struct page special = {};
	struct vif *n = &vif;
	const char *why = vif_begin(n);
	unsigned int nr;

	if (why)
		return why;
	nr = put_shot(n, shot, &special);
	vif_push(n);
	if (shot->want == STOPPED) {
		why = vif_check_stopped(n);
	} else {
		if (!vif_answered(n, nr))
			why = "not all slots are answered";
		else if (shot->want == REFUSED && n->bad != nr)
			why = "not all answers are errors";
		else if (shot->want == OKAY && n->bad)
			why = "answered with an error";
		outcome = n->bad ? "refused" : "answered";
		why = vif_end(n, why);
	}
	page_put(&special);
	return why;
}

/* --- TX: the ring ------------------------------------------------------- */

static const char *producer(const struct hostile_case *self)
{
	const int *by = self->arg;
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	n->tx_prod += *by;
	vif_push(n);
	return vif_check_stopped(n);
}

/* The backend's own indexes are ours to overwrite, and nothing to it. */
static const char *scribbled_indexes(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	for (unsigned int i = 0; i < 50; i++) {
		n->tx->rsp_prod = n->rx->rsp_prod = dice();
		n->tx->req_event = n->rx->req_event = dice();
		n->tx->rsp_event = n->rx->rsp_event = dice();
		vif_put(n, n->data[0].ref, 0, 60, 0);
		n->tx->req_prod = n->tx_prod;
		front_notify(&n->front);
		nap_ms(1);
	}
	vif_close(n);
	return NULL;
}

static const char *event_storm(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	for (unsigned int i = 0; i < 4000; i++)
		front_notify(&n->front);
	outcome = "answered";
	return vif_end(n, NULL);
}

static const char *ring_of_bad_refs(const struct hostile_case *self)
{
	struct vif *n = &vif;
	const char *why = vif_begin(n);

	if (why)
		return why;
	for (unsigned int i = 0; i < ENTRIES; i++)
		vif_put(n, NOBODYS_REF + i % 7, 0, 60 + i * 15, 0);
	vif_push(n);
	if (!vif_answered(n, ENTRIES))
		why = "not all slots are answered";
	else if (n->bad != ENTRIES)
		why = "not all answers are errors";
	outcome = "refused";
	return vif_end(n, why);
}

#define SHOT(name, ...) { "tx", name, shoot, &(const struct shot){ __VA_ARGS__ } }
#define FATAL(name, ...) { "tx-fatal", name, shoot, &(const struct shot){ STOPPED, __VA_ARGS__ } }

const struct hostile_case tx_cases[] = {
	{ "tx-fatal", "good_packets", vif_good_packets, NULL },
	FATAL("size_4097", NULL, { DATA(4097, 0) }),
	FATAL("size_65535", NULL, { DATA(65535, 0) }),
	FATAL("offset_4096", NULL, { DATA_AT(60, 4096, 0) }),
	FATAL("offset_65535", NULL, { DATA_AT(60, 65535, 0) }),
	FATAL("crosses_its_page", NULL, { DATA_AT(60, 4080, 0) }),
	FATAL("later_slot_crosses_its_page", NULL, { DATA(160, MORE), DATA_AT(100, 4080, 0) }),
	FATAL("later_offset_65535", NULL, { DATA(160, MORE), DATA_AT(100, 65535, 0) }),
	FATAL("slots_exceed_the_packet", NULL, { DATA(60, MORE), DATA(100, 0) }),
	FATAL("packet_exceeds_its_slots", NULL, { DATA(9000, MORE), DATA(100, 0) }),
	FATAL("more_data_and_no_more", NULL, { DATA(160, MORE) }),
	FATAL("extra_info_and_no_extra", NULL, { DATA(60, WITH) }),
	FATAL("slots_20", NULL, { DATA(250, MORE), DATAS(18, 10, MORE), DATA(10, 0) }),
	FATAL("slots_200", NULL, { DATA(2500, MORE), DATAS(198, 1, MORE), DATA(10, 0) }),
	FATAL("extra_type_0", NULL, { DATA(60, WITH), EXTRA(0, 0) }),
	FATAL("extra_type_99", NULL, { DATA(60, WITH), EXTRA(99, 0) }),
	FATAL("extras_without_end", NULL, { DATA(60, WITH), EXTRAS(50, 4, XEN_NETIF_EXTRA_FLAG_MORE) }),
	FATAL("gso_size_0", tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(0, 1) }),
	FATAL("gso_type_0", tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 0) }),
	FATAL("gso_type_99", tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 99) }),
	{ "tx-fatal", "producer_beyond_the_ring", producer, &(const int){ 5000 } },
	{ "tx-fatal", "producer_a_ring_ahead", producer, &(const int){ ENTRIES + 1 } },
	{ "tx-fatal", "producer_goes_back", producer, &(const int){ -3 } },

	{ "tx", "good_packets", vif_good_packets, NULL },
	{ "tx", "bad_after_good_ones", shoot, &(const struct shot){ STOPPED, tcp, {
		DATAS(10, TCP_BYTES, 0), DATA(60, WITH) } } },
	SHOT("size_0", REFUSED, NULL, { DATAS(1, 0, 0) }),
	SHOT("size_13", REFUSED, NULL, { DATA(13, 0) }),
	SHOT("slots_18", OKAY, NULL, { DATA(230, MORE), DATAS(16, 10, MORE), DATA(10, 0) }),
	SHOT("slots_19", REFUSED, NULL, { DATA(240, MORE), DATAS(17, 10, MORE), DATA(10, 0) }),
	SHOT("empty_slots", OKAY, NULL, { DATA(60, MORE), DATAS(16, 0, MORE), DATAS(1, 0, 0) }),
	SHOT("nothing_but_empty_slots", REFUSED, NULL, { DATA(0, MORE), DATAS(16, 0, MORE), DATAS(1, 0, 0) }),
	SHOT("extra_not_offered", REFUSED, NULL, { DATA(60, WITH), EXTRA(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0) }),
	SHOT("gso_size_1", REFUSED, tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1, 1) }),
	SHOT("gso_size_1_checksummed", REFUSED, tcp, { DATA(TCP_BYTES, WITH), GSO(1, 1) }),
	SHOT("gso_size_65535", OKAY, tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(65535, 1) }),
	SHOT("gso_twice", OKAY, tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO_MORE(1400, 1), GSO(1448, 1) }),
	SHOT("gso_of_65535_bytes", OKAY, tcp_huge, { DATA(65535, WITH | BLANK | MORE), GSO(1448, 1),
		DATAS(14, 4096, MORE), DATA(4096, 0) }),
	SHOT("gso_on_arp", REFUSED, arp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 1) }),
	SHOT("gso_on_udp", REFUSED, udp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 1) }),
	SHOT("gso_tcpv6_on_ipv4", REFUSED, tcp, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 2) }),
	SHOT("gso_tcp_header_of_0", REFUSED, tcp_no_header, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 1) }),
	SHOT("gso_tcp_header_cut_short", REFUSED, tcp_long_header, { DATA(60, WITH | BLANK), GSO(8, 1) }),
	SHOT("gso_ip_header_of_0", EITHER, tcp_ihl_0, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 1) }),
	SHOT("gso_ip_header_of_60", EITHER, tcp_ihl_15, { DATA(TCP_BYTES, WITH | BLANK), GSO(1448, 1) }),
	SHOT("headers_in_crumbs", OKAY, tcp, { DATA(4 + 16 * 4 + 2000, WITH | BLANK | MORE), GSO(1448, 1),
		CRUMBS(16, 4, 4, MORE), CRUMBS(1, 2000, 68, 0) }),
	SHOT("csum_blank_on_arp", REFUSED, arp, { DATA(60, BLANK) }),
	SHOT("csum_blank_ipv4_cut_short", REFUSED, tcp, { DATA(20, BLANK) }),
	SHOT("csum_blank_tcp_cut_short", REFUSED, tcp, { DATA(38, BLANK) }),
	SHOT("csum_blank_ip_header_cut_short", REFUSED, tcp_ihl_15, { DATA(60, BLANK) }),
	SHOT("csum_blank_ip_header_of_0", EITHER, tcp_ihl_0, { DATA(60, BLANK) }),
	SHOT("csum_blank_fragment", REFUSED, tcp_fragment, { DATA(1000, BLANK) }),
	SHOT("csum_blank_ipv6_chain", REFUSED, ipv6_chain, { DATA(TCP_BYTES, BLANK) }),
	SHOT("csum_blank_ipv6_fragment", REFUSED, ipv6_fragment, { DATA(TCP_BYTES, BLANK) }),
	SHOT("csum_blank_vlans", REFUSED, vlans, { DATA(TCP_BYTES, BLANK) }),
	SHOT("vlans", EITHER, vlans, { DATA(1500, 0) }),
	SHOT("nothing_but_a_header", OKAY, tcp, { DATA(14, 0) }),
	SHOT("spoofed_source", REFUSED, spoofed, { DATA(60, 0) }),
	SHOT("source_of_zeros", REFUSED, from_zero, { DATA(60, 0) }),
	SHOT("source_is_a_group", REFUSED, from_group, { DATA(60, 0) }),
	SHOT("bad_ref", REFUSED, NULL, { DATA_OF(60, NOBODYS, 0) }),
	SHOT("bad_ref_large", REFUSED, NULL, { DATA_OF(4000, NOBODYS, 0) }),
	SHOT("bad_second_ref", REFUSED, tcp, { DATA(TCP_BYTES + 1000, MORE), DATA_OF(1000, NOBODYS, 0) }),
	SHOT("foreign_ref", REFUSED, NULL, { DATA_OF(60, FOREIGN, 0) }),
	SHOT("revoked_ref", REFUSED, NULL, { DATA_OF(60, REVOKED, 0) }),
	SHOT("revoked_second_ref", REFUSED, tcp, { DATA(TCP_BYTES + 1000, MORE), DATA_OF(1000, REVOKED, 0) }),
	SHOT("page_table_second_ref", OKAY, tcp, { DATA(TCP_BYTES + 1000, MORE), DATA_OF(1000, PAGE_TABLE, 0) }),
	SHOT("ring_as_data", REFUSED, NULL, { DATA_OF(60, RING, 0) }),
	{ "tx", "scribbled_indexes", scribbled_indexes, NULL },
	{ "tx", "event_storm", event_storm, NULL },
	{ "tx", "ring_of_bad_refs", ring_of_bad_refs, NULL },
	{ }
};
