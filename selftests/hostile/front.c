// SPDX-License-Identifier: GPL-2.0-only
/* See front.h. */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "front.h"

#include <xen/xen.h>
#include <xen/evtchn.h>
#include <xen/gntalloc.h>
#include <xen/io/xs_wire.h>

/* A backend that takes longer to follow is stuck, even when emulated. */
#define PATIENCE_MS 8000

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

void nap_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

uint32_t dice(void)
{
	static __thread uint64_t state = 0x626c616e6b657431ull;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 33;
}

static int open_device(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		error(1, errno, "%s", name);
	return fd;
}

/* --- xenstore ----------------------------------------------------------- */

static void read_all(int fd, void *to, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t n = read(fd, to + done, bytes - done);

		if (n <= 0)
			error(1, errno, "reading from xenstore");
		done += n;
	}
}

/* Returns the length of the answer, kept with a 0 behind it, or -1. */
static int ask(uint32_t type, const void *body, size_t bytes,
	       char answer[XENSTORE_PAYLOAD_MAX + 1])
{
	static int fd = -1;
	struct {
		struct xsd_sockmsg head;
		char body[XENSTORE_PAYLOAD_MAX];
	} msg = { .head = { .type = type, .len = bytes } };

	if (fd < 0)
		fd = open_device("/dev/xen/xenbus");
	if (bytes > sizeof(msg.body))
		error(1, 0, "%zu bytes are too much for xenstore", bytes);
	memcpy(msg.body, body, bytes);
	if (write(fd, &msg, sizeof(msg.head) + bytes) < 0)
		error(1, errno, "writing to xenstore");
	read_all(fd, &msg.head, sizeof(msg.head));
	if (msg.head.len > XENSTORE_PAYLOAD_MAX)
		error(1, 0, "xenstore answers with %u bytes", msg.head.len);
	read_all(fd, answer, msg.head.len);
	answer[msg.head.len] = 0;
	return msg.head.type == XS_ERROR ? -1 : (int)msg.head.len;
}

static int store_read(const char *path, char *to, size_t room)
{
	char answer[XENSTORE_PAYLOAD_MAX + 1];

	if (ask(XS_READ, path, strlen(path) + 1, answer) < 0)
		return -1;
	if (strlen(answer) >= room)
		error(1, 0, "xenstore: %s is '%s'", path, answer);
	strcpy(to, answer);
	return 0;
}

static void store_write(const char *path, const char *value)
{
	char body[XENSTORE_PAYLOAD_MAX], answer[XENSTORE_PAYLOAD_MAX + 1];
	size_t head = strlen(path) + 1;
	size_t bytes = head + strlen(value);

	if (bytes > sizeof(body))
		error(1, 0, "%s: value too long", path);
	memcpy(body, path, head);
	memcpy(body + head, value, bytes - head);
	if (ask(XS_WRITE, body, bytes, answer) < 0)
		error(1, 0, "xenstore: cannot write %s: %s", path, answer);
}

uint16_t own_domid(void)
{
	char text[16];

	if (store_read("domid", text, sizeof(text)))
		error(1, 0, "no domid in xenstore");
	return atoi(text);
}

/* --- grants ------------------------------------------------------------- */

static int grants(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open_device("/dev/xen/gntalloc");
	return fd;
}

/* A page that DOMID may read, or write as well. */
void page_get(struct page *page, uint16_t domid, bool writable)
{
	struct ioctl_gntalloc_alloc_gref arg = {
		.domid = domid,
		.flags = writable ? GNTALLOC_FLAG_WRITABLE : 0,
		.count = 1,
	};

	if (ioctl(grants(), IOCTL_GNTALLOC_ALLOC_GREF, &arg))
		error(1, errno, "granting a page");
	page->ref = arg.gref_ids[0];
	page->index = arg.index;
	page->at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			grants(), arg.index);
	if (page->at == MAP_FAILED)
		error(1, errno, "mapping a granted page");
	memset(page->at, 0, PAGE_BYTES);
}

/* The grant ends with it, at once if nobody uses it. */
void page_put(struct page *page)
{
	struct ioctl_gntalloc_dealloc_gref arg = {
		.index = page->index,
		.count = 1,
	};

	if (!page->at)
		return;
	munmap(page->at, PAGE_BYTES);
	if (ioctl(grants(), IOCTL_GNTALLOC_DEALLOC_GREF, &arg))
		error(1, errno, "ending a grant");
	page->at = NULL;
}

/* --- the device --------------------------------------------------------- */

void front_find(struct front *front, const char *dir)
{
	char path[128], text[16];

	snprintf(front->dir, sizeof(front->dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/backend", dir);
	if (store_read(path, front->backend, sizeof(front->backend)))
		error(1, 0, "no %s in xenstore: is the device attached?", path);
	snprintf(path, sizeof(path), "%s/backend-id", dir);
	if (store_read(path, text, sizeof(text)))
		error(1, 0, "no %s in xenstore", path);
	front->domid = atoi(text);
	front->events = -1;
}

void front_mac(const struct front *front, uint8_t mac[6])
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "%s/mac", front->dir);
	if (store_read(path, text, sizeof(text)) ||
	    sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		error(1, 0, "no MAC address in %s", path);
}

void front_write(const struct front *front, const char *node, const char *format, ...)
{
	char path[128], value[XENSTORE_PAYLOAD_MAX];
	va_list args;

	snprintf(path, sizeof(path), "%s/%s", front->dir, node);
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	store_write(path, value);
}

/* It need not be there. */
void front_remove(const struct front *front, const char *node)
{
	char path[128], answer[XENSTORE_PAYLOAD_MAX + 1];
	int n = snprintf(path, sizeof(path), "%s/%s", front->dir, node);

	ask(XS_RM, path, n + 1, answer);
}

void front_state(const struct front *front, int state)
{
	front_write(front, "state", "%d", state);
}

int front_backend_state(const struct front *front)
{
	char path[160], text[16];

	snprintf(path, sizeof(path), "%s/state", front->backend);
	return store_read(path, text, sizeof(text)) ? UNKNOWN : atoi(text);
}

uint64_t front_backend_number(const struct front *front, const char *node)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "%s/%s", front->backend, node);
	return store_read(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

/* Whether the backend gets there in time. */
bool front_await(const struct front *front, int state)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (front_backend_state(front) != state) {
		if (now_ms() > end)
			return false;
		/* asking costs the backend's xenstore time */
		nap_ms(10);
	}
	return true;
}

/* From whatever state to a backend that waits for what we offer. */
void front_reset(struct front *front)
{
	static const int way[][2] = { { CLOSED, CLOSED }, { INITIALISING, INIT_WAIT } };

	for (unsigned int i = 0; i < 2; i++) {
		front_state(front, way[i][0]);
		if (!front_await(front, way[i][1]))
			error(1, 0, "%s: we are in state %d, the backend stays in %d",
			      front->dir, way[i][0], front_backend_state(front));
	}
}

void front_open_port(struct front *front)
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = front->domid };
	int port;

	front->events = open_device("/dev/xen/evtchn");
	port = ioctl(front->events, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
	if (port < 0)
		error(1, errno, "allocating an event channel");
	front->port = port;
	front->seen = 0;
}

void front_close_port(struct front *front)
{
	if (front->events >= 0)
		close(front->events);
	front->events = -1;
}

void front_notify(const struct front *front)
{
	struct ioctl_evtchn_notify arg = { .port = front->port };

	ioctl(front->events, IOCTL_EVTCHN_NOTIFY, &arg);
}

/* Until an event comes, but no longer than MS. */
void front_sleep(struct front *front, unsigned int ms)
{
	struct pollfd wait = { .fd = front->events, .events = POLLIN };
	uint32_t port;

	if (poll(&wait, 1, ms) <= 0)
		return;
	if (read(front->events, &port, sizeof(port)) != sizeof(port) ||
	    write(front->events, &port, sizeof(port)) != sizeof(port))
		error(1, errno, "reading an event");
	front->seen++;
}
