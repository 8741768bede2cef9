/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames to send, good ones and others, written to a page. */
#ifndef _HOSTILE_FRAMES_H
#define _HOSTILE_FRAMES_H

#include "vif.h"

/* What tcp() and its kin make, headers included. */
#define TCP_BYTES 3000

extern const uint8_t own_ip[4];
extern const uint8_t peer_ip[4];

void arp(const struct vif *n, uint8_t *at);
void echo(const struct vif *n, uint8_t *at, unsigned int bytes);
void tcp(const struct vif *n, uint8_t *at);
void tcp_knock(const struct vif *n, uint8_t *at, uint16_t port);
void udp(const struct vif *n, uint8_t *at);
void tcp_no_header(const struct vif *n, uint8_t *at);
void tcp_long_header(const struct vif *n, uint8_t *at);
void tcp_ihl_0(const struct vif *n, uint8_t *at);
void tcp_ihl_15(const struct vif *n, uint8_t *at);
void tcp_fragment(const struct vif *n, uint8_t *at);
void tcp_huge(const struct vif *n, uint8_t *at);
void ipv6_chain(const struct vif *n, uint8_t *at);
void ipv6_fragment(const struct vif *n, uint8_t *at);
void vlans(const struct vif *n, uint8_t *at);
void spoofed(const struct vif *n, uint8_t *at);
void from_zero(const struct vif *n, uint8_t *at);
void from_group(const struct vif *n, uint8_t *at);

#endif /* _HOSTILE_FRAMES_H */
