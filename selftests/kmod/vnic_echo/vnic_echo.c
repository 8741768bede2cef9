// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of blanket_virtio's network card: the host 10.77.0.60, in which
 * every packet turns round. ARP is answered, an ICMP echo becomes its reply;
 * UDP and TCP segments, large ones too, go back with their ends exchanged.
 *
 *	small packets	are copied into a header cell
 *	others		go out of the buffers they came in
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/interrupt.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <linux/workqueue.h>

#include "nic.h"

#define OUR_ADDRESS cpu_to_be32(0x0a4d003c)
/* Packets before someone else gets his turn */
#define BUDGET 64

struct arp_ipv4 {
	struct arphdr hdr;
	u8 from_mac[ETH_ALEN];
	__be32 from;
	u8 to_mac[ETH_ALEN];
	__be32 to;
} __packed;

struct slot {
	unsigned int nr;
	struct vnic_buf *bufs[VNIC_RX_BUFS];
};

struct echo {
	struct vnic_queue *q;
	struct work_struct poll;
	struct slot *slots;
	struct slot **free;
	unsigned int nr_free;
};

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "PCI name of a card given to blanket_virtio");
static unsigned int pairs = 1;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "Pairs of queues");
static ulong packets;
module_param(packets, ulong, 0444);
MODULE_PARM_DESC(packets, "Sent back so far");
static ulong pieces;
module_param(pieces, ulong, 0444);
MODULE_PARM_DESC(pieces, "Buffers of those that came in more than one");
static ulong reclaimed;
module_param(reclaimed, ulong, 0444);
MODULE_PARM_DESC(reclaimed, "Handed back when the card was stopped");

static struct vnic_caps caps;
static struct echo *echoes;
static struct vnic *nic;
/* between the card's being gone and the module's */
static DEFINE_MUTEX(lock);

static bool turn_arp(struct arp_ipv4 *arp)
{
	if (arp->hdr.ar_op != cpu_to_be16(ARPOP_REQUEST) ||
	    arp->to != OUR_ADDRESS)
		return false;
	arp->hdr.ar_op = cpu_to_be16(ARPOP_REPLY);
	ether_addr_copy(arp->to_mac, arp->from_mac);
	ether_addr_copy(arp->from_mac, caps.mac);
	arp->to = arp->from;
	arp->from = OUR_ADDRESS;
	return true;
}

static bool turn_ip(struct iphdr *ip, unsigned int len)
{
	void *payload = ip + 1;
	struct icmphdr *icmp = payload;
	struct udphdr *ports = payload;

	if (ip->ihl != 5 || ip->daddr != OUR_ADDRESS)
		return false;
	swap(ip->saddr, ip->daddr);
	if (ip->frag_off & cpu_to_be16(IP_OFFSET))
		return true;
	if (len < sizeof(*ip) + sizeof(*icmp))
		return false;
	switch (ip->protocol) {
	case IPPROTO_ICMP:
		if (icmp->type != ICMP_ECHO)
			return false;
		icmp->type = ICMP_ECHOREPLY;
		csum_replace2(&icmp->checksum, cpu_to_be16(ICMP_ECHO << 8),
			      cpu_to_be16(ICMP_ECHOREPLY << 8));
		return true;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		swap(ports->source, ports->dest);
		return true;
	}
	return false;
}

/* Makes an answer of a frame's headers; false if there is none. */
static bool turn(struct ethhdr *eth, unsigned int len)
{
	void *payload = eth + 1;
	bool turned = false;

	if (eth->h_proto == cpu_to_be16(ETH_P_ARP) &&
	    len >= sizeof(*eth) + sizeof(struct arp_ipv4))
		turned = turn_arp(payload);
	else if (eth->h_proto == cpu_to_be16(ETH_P_IP) &&
		 len >= sizeof(*eth) + sizeof(struct iphdr))
		turned = turn_ip(payload, len - sizeof(*eth));
	if (turned) {
		ether_addr_copy(eth->h_dest, eth->h_source);
		ether_addr_copy(eth->h_source, caps.mac);
	}
	return turned;
}

static void put_back(struct echo *e, const struct vnic_packet *packet)
{
	unsigned int i;

	for (i = 0; i < packet->nr; i++)
		vnic_rx_put_back(e->q, packet->frags[i].buf);
}

/* Returns false if the packet's buffers are no longer needed. */
static bool send(struct echo *e, const struct vnic_packet *packet)
{
	struct slot *slot = e->free[--e->nr_free];
	unsigned int i, nr = 1, at = slot - e->slots;
	struct vnic_tx_cell *cell = vnic_tx_header(e->q, at);
	struct vring_seg segs[VNIC_TX_SEGS];

	segs[0].addr = vnic_tx_header_addr(e->q, at);
	segs[0].len = VNIC_HDR;
	cell->hdr = packet->hdr;
	cell->hdr.hdr.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	cell->hdr.num_buffers = 0;
	slot->nr = 0;
	if (packet->len <= VNIC_TX_HEAD) {
		const struct vnic_rx_frag *frag = &packet->frags[0];

		memcpy(cell->head, frag->buf->data + frag->offset, frag->len);
		segs[0].len += frag->len;
	} else {
		for (i = 0; i < packet->nr; i++) {
			const struct vnic_rx_frag *frag = &packet->frags[i];

			slot->bufs[slot->nr++] = frag->buf;
			segs[nr].addr = frag->buf->addr + frag->offset;
			segs[nr++].len = frag->len;
		}
	}
	if (vnic_tx_add(e->q, segs, nr, slot)) {
		e->free[e->nr_free++] = slot;
		return false;
	}
	packets++;
	return slot->nr;
}

static void reap(struct echo *e)
{
	void *cookie;

	while (vnic_tx_get(e->q, &cookie)) {
		struct slot *slot = cookie;

		while (slot->nr)
			vnic_rx_put_back(e->q, slot->bufs[--slot->nr]);
		e->free[e->nr_free++] = slot;
	}
}

static void poll(struct work_struct *work)
{
	struct echo *e = container_of(work, struct echo, poll);
	struct vnic_packet packet;
	unsigned int n;
	bool again;

	reap(e);
	for (n = 0; n < BUDGET && e->nr_free; n++) {
		const struct vnic_rx_frag *frag = &packet.frags[0];

		if (!vnic_rx_get(e->q, &packet))
			break;
		if (packet.nr > 1)
			pieces += packet.nr;
		if (!turn(frag->buf->data + frag->offset, frag->len) ||
		    !send(e, &packet))
			put_back(e, &packet);
	}
	vnic_tx_kick(e->q);
	vnic_rx_kick(e->q);

	again = n == BUDGET || vnic_tx_arm(e->q, 1);
	/* without a slot it is for the transmitter to wake us */
	if (e->nr_free)
		again |= vnic_rx_arm(e->q);
	if (again)
		queue_work(system_bh_wq, work);
}

static void tx_event(void *client, unsigned int pair)
{
	struct echo *e = &echoes[pair];

	vnic_tx_disarm(e->q);
	queue_work(system_bh_wq, &e->poll);
}

static void rx_event(void *client, unsigned int pair)
{
	struct echo *e = &echoes[pair];

	vnic_rx_disarm(e->q);
	queue_work(system_bh_wq, &e->poll);
}

static void tx_reclaim(void *client, unsigned int pair, void *cookie)
{
	reclaimed++;
}

static void link_event(void *client, bool up)
{
	pr_info("vnic_echo: link is %s\n", up ? "up" : "down");
}

static void let_go(struct work_struct *work)
{
	unsigned int i;

	mutex_lock(&lock);
	if (nic) {
		for (i = 0; i < pairs; i++)
			disable_work_sync(&echoes[i].poll);
		vnic_stop(nic);
		vnic_put(nic);
		nic = NULL;
	}
	mutex_unlock(&lock);
}

static DECLARE_WORK(gone_work, let_go);

static void gone(void *client)
{
	schedule_work(&gone_work);
}

static const struct vnic_client_ops ops = {
	.tx_event = tx_event,
	.rx_event = rx_event,
	.tx_reclaim = tx_reclaim,
	.link = link_event,
	.gone = gone,
};

static void free_echoes(void)
{
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		kvfree(echoes[i].slots);
		kvfree(echoes[i].free);
	}
	kvfree(echoes);
}

static int prepare(struct echo *e)
{
	unsigned int i, n = vnic_tx_slots(e->q);

	e->slots = kvcalloc(n, sizeof(*e->slots), GFP_KERNEL);
	e->free = kvcalloc(n, sizeof(*e->free), GFP_KERNEL);
	if (!e->slots || !e->free)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		e->free[i] = &e->slots[i];
	e->nr_free = n;
	return 0;
}

static int __init echo_init(void)
{
	unsigned int i;
	int err;

	if (!pairs || pairs > 16)
		return -EINVAL;
	echoes = kvcalloc(pairs, sizeof(*echoes), GFP_KERNEL);
	if (!echoes)
		return -ENOMEM;
	for (i = 0; i < pairs; i++)
		INIT_WORK(&echoes[i].poll, poll);
	nic = vnic_get(device, "vnic_echo", &ops, NULL);
	if (IS_ERR(nic)) {
		err = PTR_ERR(nic);
		nic = NULL;
		pr_err("vnic_echo: no card '%s': %pe\n", device, ERR_PTR(err));
		goto free;
	}
	vnic_caps(nic, &caps);
	err = vnic_start(nic, pairs, 0);
	if (err)
		goto put;
	for (i = 0; i < pairs; i++) {
		echoes[i].q = vnic_queue(nic, i);
		err = prepare(&echoes[i]);
		if (err)
			goto put;
	}
	/* it asks for events when it finds nothing */
	for (i = 0; i < pairs; i++)
		queue_work(system_bh_wq, &echoes[i].poll);
	pr_info("vnic_echo: %pM, link is %s\n", caps.mac,
		vnic_link(nic) ? "up" : "down");
	return 0;

put:
	disable_work_sync(&gone_work);
	let_go(NULL);
free:
	free_echoes();
	return err;
}

static void __exit echo_exit(void)
{
	disable_work_sync(&gone_work);
	let_go(NULL);
	free_echoes();
}

module_init(echo_init);
module_exit(echo_exit);

MODULE_DESCRIPTION("Test of blanket_virtio: every packet turns round");
MODULE_LICENSE("GPL");
