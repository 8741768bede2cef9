/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who talks with whom.
 *
 *   measured side                      far side
 *   udp-tx  HOST PORT SIZE COUNT --->  udp-sink PORT
 *   udp-rx  HOST PORT SIZE COUNT <---  udp-source PORT   (paced by credits)
 *   tcp-tx  HOST PORT 0 BYTES    --->  tcp-sink PORT
 *   tcp-rx  HOST PORT 0 BYTES    <---  tcp-source PORT
 *   rr      HOST PORT 1 COUNT    <-->  tcp-echo PORT
 *
 *   udp-self HOST PORT SIZE COUNT      sends to itself and receives, in one thread;
 *   tcp-self HOST PORT 0 BYTES         HOST is an address of its own
 *
 * The window opens after a warm-up, when nothing of it is in flight, and closes
 * when the last unit has left (a send queue is empty) or has arrived.
 */
#ifndef BENCH_ROLES_H
#define BENCH_ROLES_H

#include "sock.h"

void udp_tx(const struct work *w);
void udp_rx(const struct work *w);
void tcp_tx(const struct work *w);
void tcp_rx(const struct work *w);
void rr(const struct work *w);
void udp_self(const struct work *w);
void tcp_self(const struct work *w);

/* These return no more. */
void udp_sink(int port);
void udp_source(int port);
void tcp_sink(int port);
void tcp_source(int port);
void tcp_echo(int port);

#endif /* BENCH_ROLES_H */
