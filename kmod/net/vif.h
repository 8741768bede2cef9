/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vif: a guest's network device as dom0 sees it.
 *
 *	struct vif		lives as long as the xenbus device
 *	  struct vif_conn	lives while the front end is connected, RCU
 *	    struct vif_queue	one a pair of rings
 *	      struct vif_tx	guest -> us	tx.c
 *	      struct vif_rx	us -> guest	rx.c
 *
 * Directions are named as the guest sees them: TX is what the guest sends.
 *
 * Locks: vif.uplink, the forwarding database and vif.promiscuous are written
 * under RTNL and read under RCU; vif.conn is written under vif.lock and read
 * under RCU; vif.card is written under vif.lock; vif.offer is too, and under
 * RTNL while the front end is connected, and read as it is; vif.mcast is
 * written under vif.mcast_lock; a ring belongs to its NAPI.
 */
#ifndef _BLANKET_VIF_H
#define _BLANKET_VIF_H

#include <linux/if_ether.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <xen/interface/io/netif.h>
#include <xen/xenbus.h>

#include "../compat/compiler.h"
#include "../compat/netdevice.h"
#include "../core/backend.h"
#include "../core/grant.h"
#include "../core/standing.h"
#include "../core/credit.h"
#include "mcast.h"
#include "netif.h"
#include "tx_frames.h"
#include "tx_late.h"
#include "tx_pages.h"
#include "vnet.h"

#define VIF_TX_RING_SIZE __CONST_RING_SIZE(xen_netif_tx, XEN_PAGE_SIZE)
#define VIF_RX_RING_SIZE __CONST_RING_SIZE(xen_netif_rx, XEN_PAGE_SIZE)

/* Packets a ring pass takes before it asks Xen: a NAPI budget. */
#define VIF_BATCH NAPI_POLL_WEIGHT
/* Copies gathered before Xen is asked; any one packet fits. */
#define VIF_COPIES 512

/* A PCI address, as 0000:00:05.0. */
#define VIF_CARD_NAME 32
/* No packet is that big. */
#define VIF_MAP_NEVER (SZ_64K)

struct addr_list;
struct netif_hash;
struct uplink;
struct uplink_mode;
struct vif;
struct vif_ctrl;
struct vif_queue;
struct vif_tx_slot;
struct vif_rx_pass;
struct direct_rx;
struct direct_tx;
struct tx_flight;
struct tx_maps;
struct vnic;
struct vnic_queue;

/**
 * struct vif_tx_stats - counted by a queue's TX NAPI alone
 * @packets:	packets taken from the guest and forwarded
 * @bytes:	their bytes
 * @dropped:	packets answered with an error or lost on the way
 * @spoofed:	of these: source address is not the guest's
 * @malformed:	of these: refused by the protocol core or the checksum parser
 * @passes:	ring passes that found work
 * @kicks:	batches handed to the uplink's queue
 * @notifies:	events sent to the guest
 * @stalls:	passes put off because the uplink's queue was full
 * @stacked:	packets sent through the stack (qdisc, tc or nft configured)
 * @late:	packets copied because the device was slow with earlier ones
 * @throttled:	passes put off because the guest had sent what it may
 */
struct vif_tx_stats {
	u64 packets;
	u64 bytes;
	u64 dropped;
	u64 spoofed;
	u64 malformed;
	u64 passes;
	u64 kicks;
	u64 notifies;
	u64 stalls;
	u64 stacked;
	u64 late;
	u64 throttled;
};

/** struct vif_tx - a guest's transmit ring and what is on its way out */
struct vif_tx {
	struct napi_struct napi;
	struct xen_netif_tx_back_ring ring;
	struct blanket_ring map;
	int irq;
	bool eoi_owed;		/* handler took an event, NAPI owes the EOI */
	bool worked;		/* since the EOI before, by RX too if it shares it */
	bool stalled;		/* waiting for the uplink's queue */
	unsigned long throttled; /* in jiffies: waiting for credit */

	struct blanket_copy copy;
	struct vif_tx_slot *slots;	/* the pass's packets */
	unsigned int nr_slots;
	struct tx_pages pages;		/* what is copied lies in them */
	struct tx_frames frames;	/* small ones to be used again */
	struct tx_flight *flight;
	struct tx_late late;		/* with payload left there, below */
	struct tx_maps *maps;		/* payload left in the guest's pages */
	struct direct_tx *direct;	/* passthrough: what the card has */
	bool stopping;			/* answer what is out, take no more */
	struct sk_buff *backlog;	/* validated, refused by the uplink */
	struct timer_list retry;	/* when none of ours will complete */

	struct vif_tx_stats stats;
	struct blanket_grant_stats grants;
};

/**
 * struct vif_rx_stats - counted by a queue's RX NAPI, @dropped under the lock
 * @packets:	packets given to the guest
 * @bytes:	their bytes
 * @passes:	ring passes that found work
 * @notifies:	events sent to the guest
 * @staged:	packets put together by dom0's CPU, then copied in one piece
 * @blocked:	passes cut short because the guest posted too few buffers
 * @expired:	packets thrown away because the guest took none for too long
 * @errors:	packets whose copy Xen refused
 * @dropped:	packets that found the queue full
 */
struct vif_rx_stats {
	u64 packets;
	u64 bytes;
	u64 passes;
	u64 notifies;
	u64 staged;
	u64 blocked;
	u64 expired;
	u64 errors;
	u64 dropped;
};

/** struct vif_rx - a guest's receive ring and what waits for it */
struct vif_rx {
	struct napi_struct napi;
	struct xen_netif_rx_back_ring ring;
	struct blanket_ring map;
	int irq;
	bool eoi_owed;
	bool worked;
	bool stalled;		/* took nothing for stall_timeout */

	struct blanket_copy copy;
	struct vif_rx_pass *pass;
	struct direct_rx *direct;	/* passthrough: the pass */
	struct sk_buff_head queue;	/* anybody adds, under its lock */
	unsigned int bytes_in;		/* added so far, under the same */
	struct sk_buff_head ready;	/* taken from there, NAPI's */
	unsigned int bytes_out;		/* left so far */
	struct timer_list expiry;
	unsigned long last_served;	/* jiffies */

	struct vif_rx_stats stats;
	struct blanket_grant_stats grants;
};

struct vif_queue {
	struct vif *vif;
	unsigned int index;
	struct vnic_queue *card;	/* passthrough: the card's queues */
	struct vif_tx tx;
	struct vif_rx rx;
	char tx_name[IFNAMSIZ + 8];
	char rx_name[IFNAMSIZ + 8];
};

static inline struct vif_queue *tx_queue(struct vif_tx *tx)
{
	return container_of(tx, struct vif_queue, tx);
}

/**
 * struct vif_conn - a connected front end
 * @ctrl:	its control ring, NULL if it has none
 * @hash:	how it wants its packets spread, NULL: it does not care
 * @nr_queues:	queues
 * @queues:	and these
 */
struct vif_conn {
	struct vif_ctrl *ctrl;
	struct netif_hash __rcu *hash;
	unsigned int nr_queues;
	struct vif_queue queues[] __counted_by(nr_queues);
};

/** struct vif_offer - what a front end says it can receive */
struct vif_offer {
	bool sg;
	bool tso4;
	bool tso6;
	bool csum4;
	bool csum6;
	unsigned int headroom;	/* bytes, for its XDP program */
};

/** struct vif_totals - sums over all queues, past connections included */
struct vif_totals {
	struct vif_tx_stats tx;
	struct vif_rx_stats rx;
	struct blanket_grant_stats tx_grants;
	struct blanket_grant_stats rx_grants;
};

/**
 * enum vif_antispoof - which of a guest's frames are taken for its own
 * @VIF_ANTISPOOF_OFF:	all
 * @VIF_ANTISPOOF_MAC:	those from its MAC address
 * @VIF_ANTISPOOF_IP:	those from its IP addresses as well
 */
enum vif_antispoof {
	VIF_ANTISPOOF_OFF,
	VIF_ANTISPOOF_MAC,
	VIF_ANTISPOOF_IP,
};

struct vif {
	struct net_device *dev;
	struct xenbus_device *xdev;
	domid_t domid;
	unsigned int handle;
	u8 mac[ETH_ALEN];	/* the guest's */
	u16 vlan;		/* xl's vlan=, 0 for none */
	unsigned int antispoof;		/* enum vif_antispoof */
	bool promiscuous;	/* RTNL */
	unsigned int rx_queue_bytes;
	unsigned int tx_map_min;	/* bytes; smaller packets are copied */
	unsigned int tx_pin_min;	/* bytes; smaller pieces for a card too */
	spinlock_t credit_lock;
	struct credit credit;		/* what it may send; under that */
	bool resumed;			/* the front end's rings were in use before */
	bool listens;			/* to no multicast but this: */
	spinlock_t mcast_lock;		/* writers of the list */
	struct mcast_list mcast;

	const struct uplink_mode *mode;	/* for its uplink, RTNL */
	struct addr_list __rcu *addrs;	/* never NULL, RTNL */
	struct uplink __rcu *uplink;
	struct list_head uplink_node;	/* in uplink.vifs, RTNL + RCU */
	struct hlist_node fdb_node;

	struct vnic *card;		/* passthrough: instead of an uplink */
	char card_name[VIF_CARD_NAME];
	struct vnet_device card_offers;
	struct vnet_guest card_guest;	/* the same as @offer, for it */
	struct vif_conn *card_conn;	/* while the card runs */
	struct work_struct card_gone;

	struct mutex lock;		/* connecting and disconnecting */
	spinlock_t stats_lock;		/* conn with past, see vif_totals() */
	struct vif_conn __rcu *conn;
	struct vif_conn *retired;	/* unpublished, being closed */
	struct vif_offer offer;
	struct vif_totals past;		/* of connections that ended */

	bool broken;			/* the front end broke the protocol */
	struct work_struct break_work;
	struct work_struct mtu_work;	/* tells the front end */
};

/* vif.c */
void vif_setup(void);
struct vif *vif_create(struct xenbus_device *xdev, domid_t domid,
		       unsigned int handle);
void vif_destroy(struct vif *vif);
void vif_break(struct vif *vif, const char *why);
void vif_set_mtu(struct vif *vif, unsigned int mtu);
struct vif_conn *vif_retire_conn(struct vif *vif);
void vif_forget_conn(struct vif *vif);
void vif_totals(struct vif *vif, struct vif_totals *sum);
void vif_queue_totals(struct vif *vif, unsigned int i, struct vif_totals *sum);
#define VIF_LIMIT_KEEP U64_MAX
void vif_limit(struct vif *vif, u64 rate, u64 interval);
void vif_limit_from_xenstore(struct vif *vif);

/* conn.c */
int vif_connect(struct vif *vif);
void vif_reconfigure(struct vif *vif);
void vif_disconnect(struct vif *vif);
unsigned int vif_max_queues(void);

/* sysfs.c, ethtool.c */
extern const struct attribute_group vif_attr_group;
extern const struct ethtool_ops vif_ethtool_ops;

#endif /* _BLANKET_VIF_H */
