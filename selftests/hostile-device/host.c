// SPDX-License-Identifier: GPL-2.0-only
/* See host.h. */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "host.h"

static const uint8_t own[ETH_ALEN] = { 0x02, 0x79, 0, 0, 0, 1 };

static bool answer_arp(struct ether_arp *arp)
{
	uint8_t asked[4];

	/* a host that looks whether its address is free is to find it so */
	if (arp->ea_hdr.ar_op != htons(ARPOP_REQUEST) || !memcmp(arp->arp_spa, "\0\0\0\0", 4) ||
	    !memcmp(arp->arp_spa, arp->arp_tpa, 4))
		return false;
	memcpy(asked, arp->arp_tpa, 4);
	memcpy(arp->arp_tha, arp->arp_sha, ETH_ALEN);
	memcpy(arp->arp_tpa, arp->arp_spa, 4);
	memcpy(arp->arp_sha, own, ETH_ALEN);
	memcpy(arp->arp_spa, asked, 4);
	arp->ea_hdr.ar_op = htons(ARPOP_REPLY);
	return true;
}

static bool answer_echo(struct iphdr *ip)
{
	struct icmphdr *icmp = (struct icmphdr *)(ip + 1);
	uint32_t sum, asked = ip->daddr;

	if (ip->ihl != 5 || ip->protocol != IPPROTO_ICMP || icmp->type != ICMP_ECHO)
		return false;
	ip->daddr = ip->saddr;
	ip->saddr = asked;
	icmp->type = ICMP_ECHOREPLY;
	sum = icmp->checksum + htons(ICMP_ECHO << 8);
	icmp->checksum = sum + (sum >> 16);
	return true;
}

/* Makes the answer out of a frame; false if there is none. */
bool host_answer(uint8_t *frame, unsigned int len)
{
	struct ether_header *eth = (struct ether_header *)frame;
	bool answered = false;

	if (len >= sizeof(*eth) + sizeof(struct ether_arp) && eth->ether_type == htons(ETHERTYPE_ARP))
		answered = answer_arp((struct ether_arp *)(eth + 1));
	else if (len >= sizeof(*eth) + sizeof(struct iphdr) + sizeof(struct icmphdr) &&
		 eth->ether_type == htons(ETHERTYPE_IP))
		answered = answer_echo((struct iphdr *)(eth + 1));
	if (!answered)
		return false;
	memcpy(eth->ether_dhost, eth->ether_shost, ETH_ALEN);
	memcpy(eth->ether_shost, own, ETH_ALEN);
	return true;
}
