/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vif's front end. The far side is the lab's peer:
 *
 *	10.77.0.47 --TX ring--> blanket_net --> uplink0 --> 10.77.0.1
 *	           <--RX ring--             <--         <-- ARP and echo replies
 *
 * vif_put() and vif_post() fill slots, vif_push() announces them,
 * vif_collect() and vif_take() read what the backend answers. A slot's id is its place in the ring.
 */
#ifndef _HOSTILE_VIF_H
#define _HOSTILE_VIF_H

#include "cases.h"
#include "front.h"

#include <xen/xen.h>
#include <xen/io/netif.h>

#define ENTRIES		256u
#define DATA_PAGES	20
#define BUFFERS		32
#define VIF_DIR		"device/vif/1"

#define ANSWER_MS	2000
/* Long enough for a backend that still serves us. */
#define SILENCE_MS	120
#define RACE_MS		700

#define NOBODYS_REF	0x00fffff0u

/* Flags of slots, short. */
#define MORE	NETTXF_more_data
#define WITH	NETTXF_extra_info
#define BLANK	(NETTXF_csum_blank | NETTXF_data_validated)

/** struct vif - the vif and what we count of it */
struct vif {
	struct front front;
	struct page tx_page;
	struct page rx_page;
	netif_tx_sring_t *tx;
	netif_rx_sring_t *rx;
	uint32_t tx_prod, tx_cons;
	uint32_t rx_prod, rx_cons;
	unsigned int okay, bad;		/* TX responses of data slots, of the case */
	unsigned int rx_bad;
	struct page data[DATA_PAGES];	/* what we send from, read-only */
	struct page buffers[BUFFERS];
	uint8_t mac[6];
	uint8_t peer_mac[6];
	bool found;
	bool clean;			/* what does not change is in xenstore */
	bool open;			/* connected, and all is well */
	/* a frame that came */
	uint8_t frame[16 * PAGE_BYTES];
	unsigned int len;
	netif_extra_info_t hash;	/* and what is said of it, if its type is set */
};

extern struct vif vif;

/*
 * Grants: to be used, or of nobody, for another domain, ended, not writable; of
 * a ring, of a page table (selftests/kmod/page_tables has one).
 */
enum ref { GOOD, NOBODYS, FOREIGN, REVOKED, READ_ONLY, RING, PAGE_TABLE };

void vif_put(struct vif *n, uint32_t ref, uint16_t offset, uint16_t size, uint16_t flags);
void vif_put_extra(struct vif *n, uint8_t type, uint8_t flags, uint16_t size, uint8_t gso);
void vif_push(struct vif *n);
void vif_collect(struct vif *n);
void vif_post(struct vif *n, uint32_t ref, uint16_t id);
void vif_push_buffers(struct vif *n);
void vif_post_buffers(struct vif *n);
bool vif_take(struct vif *n);

void vif_new_rings(struct vif *n);
void vif_offer(struct vif *n);
const char *vif_connect_bare(struct vif *n);
const char *vif_connect(struct vif *n);
const char *vif_begin(struct vif *n);
const char *vif_end(struct vif *n, const char *why);
void vif_close(struct vif *n);

bool vif_ask_peer(struct vif *n, unsigned int ms);
bool vif_answered(struct vif *n, unsigned int nr);
const char *vif_check_stopped(struct vif *n);
void vif_note_either(struct vif *n);
const char *vif_good_packets(const struct hostile_case *self);
uint32_t vif_ref(struct vif *n, enum ref ref, struct page *special);

#endif /* _HOSTILE_VIF_H */
