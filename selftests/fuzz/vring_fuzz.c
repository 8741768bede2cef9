// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/virtio/vring.c against a hostile device: the input is a ring's size and
 * features, then a program of what the driver does and what the device writes
 * between, wherever the driver looks. The areas have their very size, so that
 * ASan sees a step beyond; no buffer may come back twice, with more bytes than
 * it has, or get lost.
 */
#include <linux/kernel.h>
#include <stdlib.h>

#include "../../kmod/virtio/vring.c"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

#define MAX_SIZE	16u
#define TABLE_LEN	3u
#define MAX_SEGS	5u

enum op {
	ADD, PUBLISH, KICK, GET, PENDING, ENABLE, ENABLE_AFTER, DISABLE,
	DEV_USED, DEV_DESC, DEV_DRIVER, DEV_DEVICE, DEV_TABLES, NR_OPS
};

struct input {
	const u8 *at;
	size_t left;
};

struct owned {
	bool out;
	u32 writable;
};

static u32 take(struct input *in, unsigned int bytes)
{
	u32 v = 0;

	for (; bytes && in->left; bytes--, in->left--)
		v = v << 8 | *in->at++;
	return v;
}

static void add(struct vring_drv *vr, struct input *in, struct owned *owned)
{
	struct vring_seg segs[MAX_SEGS] = { };
	unsigned int i, nr_out, nr, room = vring_room(vr);
	struct owned *own = NULL;
	u8 how = take(in, 1);
	u32 writable = 0;
	int rc;

	nr = how % (MAX_SEGS + 1);
	nr_out = how / (MAX_SEGS + 1) % (nr + 1);
	for (i = 0; i < nr; i++) {
		segs[i].addr = (u64)how << 40;
		segs[i].len = take(in, 2);
		if (i >= nr_out)
			writable += segs[i].len;
	}
	for (i = 0; i < vr->size; i++)
		if (!owned[i].out)
			own = &owned[i];
	rc = vring_add(vr, segs, nr_out, nr - nr_out, own);
	if (rc) {
		MUST(rc == -ENOSPC || rc == -EINVAL);
		MUST(vring_room(vr) == room);
		return;
	}
	/* each takes a descriptor at least, so there was one to spare */
	MUST(own && !vr->broken);
	MUST(vring_room(vr) < room && room - vring_room(vr) <= nr);
	own->out = true;
	own->writable = writable;
}

static void returned(const struct vring_drv *vr, struct owned *owned,
		     void *cookie)
{
	struct owned *own = cookie;

	MUST(own >= owned && own < owned + vr->size);
	MUST(own->out);
	own->out = false;
}

static void get(struct vring_drv *vr, struct owned *owned)
{
	const char *broken = vr->broken;
	unsigned int room = vring_room(vr);
	void *cookie;
	u32 len;

	if (!vring_get(vr, &cookie, &len)) {
		MUST(vring_room(vr) == (vr->broken ? 0 : room));
		return;
	}
	MUST(!broken && !vr->broken);
	returned(vr, owned, cookie);
	MUST(len <= ((struct owned *)cookie)->writable);
	MUST(vring_room(vr) > room && vring_room(vr) <= vr->size);
}

/* A device that is only half mad: where the driver looks next, a likely id */
static void dev_used(struct vring_drv *vr, struct input *in)
{
	u8 id = take(in, 1) % (vr->size + 1);
	u32 len = take(in, 2);

	if (vr->packed) {
		struct vring_packed_desc *desc = &vr->packed_desc[vr->last_used];

		desc->id = cpu_to_le16(id);
		desc->len = cpu_to_le32(len);
		desc->flags = cpu_to_le16(vr->used_flags);
	} else {
		u16 at = le16_to_cpu(vr->used->idx);

		vr->used->ring[at & vr->mask].id = cpu_to_le32(id);
		vr->used->ring[at & vr->mask].len = cpu_to_le32(len);
		vr->used->idx = cpu_to_le16(at + 1);
	}
}

static void dev_write(void *area, size_t bytes, struct input *in)
{
	u16 at = take(in, 2), v = take(in, 2);

	if (area)
		memcpy((u8 *)area + at % (bytes / 2) * 2, &v, 2);
}

static void step(struct vring_drv *vr, const struct vring_layout *l,
		 struct input *in, struct owned *owned)
{
	struct vring_bytes bytes;

	vring_bytes(l->packed, l->size, &bytes);
	switch (take(in, 1) % NR_OPS) {
	case ADD:
		add(vr, in, owned);
		break;
	case PUBLISH:
		vring_publish(vr);
		break;
	case KICK:
		vring_kick_needed(vr);
		break;
	case GET:
		get(vr, owned);
		break;
	case PENDING:
		MUST(!vring_pending(vr) || !vr->broken);
		break;
	case ENABLE:
		MUST(!vring_enable_events(vr) || !vr->broken);
		break;
	case ENABLE_AFTER:
		MUST(!vring_enable_events_after(vr, take(in, 4)) || !vr->broken);
		break;
	case DISABLE:
		vring_disable_events(vr);
		break;
	case DEV_USED:
		dev_used(vr, in);
		break;
	case DEV_DESC:
		dev_write(l->desc, bytes.desc, in);
		break;
	case DEV_DRIVER:
		dev_write(l->driver, bytes.driver, in);
		break;
	case DEV_DEVICE:
		dev_write(l->device, bytes.device, in);
		break;
	case DEV_TABLES:
		dev_write(l->tables, l->size * TABLE_LEN * 16, in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	u8 how = take(&in, 1);
	struct vring_layout l = {
		.size = take(&in, 1) % (MAX_SIZE + 1),
		.packed = how & 1,
		.event_idx = how & 2,
		.table_len = TABLE_LEN,
		.tables_addr = 1ull << 32,
	};
	struct owned owned[MAX_SIZE] = { };
	struct vring_bytes bytes;
	struct vring_drv vr;
	unsigned int i;
	void *cookie;

	vring_bytes(l.packed, l.size, &bytes);
	l.desc = malloc(bytes.desc);
	l.driver = malloc(bytes.driver);
	l.device = malloc(bytes.device);
	l.private = malloc(bytes.private);
	if (how & 4)
		l.tables = malloc(l.size * TABLE_LEN * 16);
	if (!vring_init(&vr, &l)) {
		while (in.left)
			step(&vr, &l, &in, owned);
		while (vring_detach(&vr, &cookie))
			returned(&vr, owned, cookie);
		for (i = 0; i < l.size; i++)
			MUST(!owned[i].out);
	}
	free(l.desc);
	free(l.driver);
	free(l.device);
	free(l.private);
	free(l.tables);
	return 0;
}
