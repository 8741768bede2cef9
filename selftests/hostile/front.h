/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What any front end needs, from user space: xenstore, grants, an event
 * channel. Trouble with these ends the program: it is not what is tested.
 */
#ifndef _HOSTILE_FRONT_H
#define _HOSTILE_FRONT_H

#include <stdbool.h>
#include <stdint.h>

/* The ABI's ring macros ask for these. */
#define mb()	__sync_synchronize()
#define rmb()	__sync_synchronize()
#define wmb()	__sync_synchronize()

#define PAGE_BYTES	4096u

/* States of <xen/io/xenbus.h>, short. */
enum { UNKNOWN, INITIALISING, INIT_WAIT, INITIALISED, CONNECTED, CLOSING, CLOSED };

/** struct page - a page of ours that another domain may use */
struct page {
	void *at;
	uint32_t ref;
	uint64_t index;
};

/** struct front - one device, seen from its front end */
struct front {
	char dir[64];		/* relative to our own folder in xenstore */
	char backend[128];
	uint16_t domid;		/* the backend's */
	int events;		/* /dev/xen/evtchn, -1 if there is no port */
	uint32_t port;
	unsigned int seen;	/* events so far */
};

/* Milliseconds since some time. */
uint64_t now_ms(void);
void nap_ms(unsigned int ms);
/* Anything, the same in each run. */
uint32_t dice(void);

uint16_t own_domid(void);

void page_get(struct page *page, uint16_t domid, bool writable);
void page_put(struct page *page);

void front_find(struct front *front, const char *dir);
void front_mac(const struct front *front, uint8_t mac[6]);
void front_write(const struct front *front, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void front_remove(const struct front *front, const char *node);
void front_state(const struct front *front, int state);
int front_backend_state(const struct front *front);
uint64_t front_backend_number(const struct front *front, const char *node);
bool front_await(const struct front *front, int state);
void front_reset(struct front *front);

void front_open_port(struct front *front);
void front_close_port(struct front *front);
void front_notify(const struct front *front);
void front_sleep(struct front *front, unsigned int ms);

#endif /* _HOSTILE_FRONT_H */
