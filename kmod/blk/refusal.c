// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring's last server, when there is no device for it any more.
 *
 * A front end that closes waits for all it has asked, and may ask more while
 * it does. Left without an answer Linux's waits for ever, and with it
 * whatever else its guest wants of xenbus. So a ring whose disk is gone, or
 * whose front end is Closed, is served until it is unmapped: each request is
 * answered with an error.
 */
#include <linux/workqueue.h>

#include "conn.h"
#include "ring.h"

/* Return: true if the guest has produced more, and will not say so. */
static bool refuse(struct bblk_ring *ring)
{
	struct blkif_seg segs[BLKIF_MAX_SEGMENTS_PER_REQUEST];
	struct blkif_req req;
	RING_IDX prod;

	if (!bblk_ring_produced(ring, &prod))
		return false;
	while (ring->back.req_cons != prod) {
		bblk_ring_read(ring, &req, segs, &ring->conn->disk);
		bblk_ring_refuse(ring, &req, BLKIF_RSP_ERROR);
		ring->stats.refused++;
	}
	bblk_ring_push(ring);
	return bblk_ring_end(ring);
}

static void wake(struct bblk_ring *ring)
{
	if (!READ_ONCE(ring->shut))
		queue_work(system_unbound_wq, &ring->refusal);
}

static void pass(struct work_struct *work)
{
	struct bblk_ring *ring = container_of(work, struct bblk_ring, refusal);

	if (READ_ONCE(ring->shut) || ring->broken)
		return;
	bblk_ring_begin(ring);
	if (refuse(ring))
		wake(ring); /* after others had their turn */
}

static int open(struct bblk_ring *ring)
{
	INIT_WORK(&ring->refusal, pass);
	return 0;
}

static void squeeze(struct bblk_ring *ring)
{
	/* it has no pages */
}

/* The event channel is about to go, which a pass would use. */
static void stop(struct bblk_ring *ring)
{
	WRITE_ONCE(ring->shut, true);
	cancel_work_sync(&ring->refusal);
}

/* An event may have come after it was stopped. */
static void close(struct bblk_ring *ring)
{
	cancel_work_sync(&ring->refusal);
}

const struct bblk_server bblk_refusal_server = {
	.open = open,
	.start = wake,
	.wake = wake,
	.squeeze = squeeze,
	.stop = stop,
	.close = close,
};
