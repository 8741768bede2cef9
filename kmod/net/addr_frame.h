/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address mode's protocol, pure: which addresses a frame is from and for, and
 * how it is rewritten where guests' frames go out with the NIC's MAC address.
 * No skb, no I/O, no allocation: the same file is linked into the module, the
 * unit test and the fuzzer.
 */
#ifndef _BLANKET_ADDR_FRAME_H
#define _BLANKET_ADDR_FRAME_H

#include <linux/in6.h>
#include <linux/types.h>

/* All of a frame that is ever looked at: what needs more is refused. */
#define ADDR_HEAD_BYTES	256u
/* Behind the Ethernet header, all that says whom a frame is for. */
#define ADDR_TO_BYTES	40u
/* An Ethernet header and ARP: all that is rewritten on the way in. */
#define ADDR_ARRIVE_BYTES 42u

/**
 * struct addr_frame - what a guest's frame says of its sender
 * @claims:	IP addresses that must be the sender's, IPv4 as ::ffff:a.b.c.d
 * @nr_claims:	how many
 * @asks:	it asks for an address by DHCP, and claims to have none
 * @mac_at:	where the sender's MAC address is behind the Ethernet header,
 *		counted from that; 0: nowhere
 * @csum_at:	where the checksum over it is; 0: there is none
 */
struct addr_frame {
	struct in6_addr claims[2];
	u8 nr_claims;
	bool asks;
	u16 mac_at;
	u16 csum_at;
};

int addr_frame_read(const u8 *head, unsigned int head_len, u32 size,
		    const u8 *mac, struct addr_frame *f);
void addr_frame_leave(u8 *head, const struct addr_frame *f, const u8 *nic);
bool addr_frame_to(const u8 *packet, unsigned int len, u16 proto,
		   struct in6_addr *to);
void addr_frame_arrive(u8 *head, unsigned int len, const u8 *nic,
		       const u8 *mac);
void addr_from_ipv4(struct in6_addr *ip, const u8 *ipv4);
void addr_link_local(struct in6_addr *ip, const u8 *mac);

#endif /* _BLANKET_ADDR_FRAME_H */
