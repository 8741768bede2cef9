// SPDX-License-Identifier: GPL-2.0-only
/* See lies.h. One function a lie, on a report that was true. */
#include <string.h>

#include "lies.h"

/* --- which buffer ------------------------------------------------------- */

static void id_beyond(struct report *r)
{
	r->used[0].id = r->size;
}

static void id_max(struct report *r)
{
	r->used[0].id = UINT32_MAX;
}

static void id_idle(struct report *r)
{
	r->used[0].id = (r->used[0].id + 1) % r->size;
}

static void twice(struct report *r)
{
	r->used[1] = r->used[0];
	r->nr = 2;
}

static void index_beyond(struct report *r)
{
	r->skip = r->size;
}

/* --- how long ----------------------------------------------------------- */

static void len_0(struct report *r)
{
	r->used[0].len = 0;
}

static void len_short(struct report *r)
{
	r->used[0].len = sizeof(r->hdr) + 13;
}

static void len_beyond(struct report *r)
{
	r->used[0].len = 5000;
}

static void len_max(struct report *r)
{
	r->used[0].len = UINT32_MAX;
}

/* --- how many buffers --------------------------------------------------- */

static void buffers_0(struct report *r)
{
	r->hdr.num_buffers = 0;
}

static void buffers_many(struct report *r)
{
	r->hdr.num_buffers = UINT16_MAX;
}

static void buffers_missing(struct report *r)
{
	r->hdr.num_buffers = 2;
}

/* --- what is in it ------------------------------------------------------ */

static void gso_type(struct report *r)
{
	r->hdr.gso_type = 0x7e;
	r->hdr.gso_size = 1000;
}

static void gso_size_0(struct report *r)
{
	r->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	r->hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	r->hdr.csum_start = 34;
	r->hdr.csum_offset = 16;
}

static void gso_other(struct report *r)
{
	gso_size_0(r);
	r->hdr.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	r->hdr.gso_size = 1000;
}

static void gso_not_tcp(struct report *r)
{
	gso_size_0(r);
	r->hdr.gso_size = 1000;
}

static void csum_start(struct report *r)
{
	r->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	r->hdr.csum_start = 0xfff0;
	r->hdr.csum_offset = 16;
}

static void csum_offset(struct report *r)
{
	r->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	r->hdr.csum_start = 34;
	r->hdr.csum_offset = UINT16_MAX;
}

static void hdr_len(struct report *r)
{
	r->hdr.hdr_len = UINT16_MAX;
}

const struct lie lies[] = {
	{ "rx-id-beyond", id_beyond },
	{ "rx-id-max", id_max },
	{ "rx-twice", twice },
	{ "rx-index-beyond", index_beyond },
	{ "rx-len-0", len_0 },
	{ "rx-len-short", len_short },
	{ "rx-len-beyond", len_beyond },
	{ "rx-len-max", len_max },
	{ "rx-buffers-0", buffers_0 },
	{ "rx-buffers-many", buffers_many },
	{ "rx-buffers-missing", buffers_missing },
	{ "rx-gso-type", gso_type },
	{ "rx-gso-size-0", gso_size_0 },
	{ "rx-gso-other", gso_other },
	{ "rx-gso-not-tcp", gso_not_tcp },
	{ "rx-csum-start", csum_start },
	{ "rx-csum-offset", csum_offset },
	{ "rx-hdr-len", hdr_len },
	{ "tx-id-beyond", id_beyond },
	{ "tx-id-max", id_max },
	{ "tx-id-idle", id_idle },
	{ "tx-twice", twice },
	{ "tx-index-beyond", index_beyond },
	{ "tx-len-max", len_max },
	{ }
};

const struct lie *lie_find(const char *name)
{
	for (const struct lie *lie = lies; lie->name; lie++)
		if (!strcmp(lie->name, name))
			return lie;
	return NULL;
}
