// SPDX-License-Identifier: GPL-2.0-only
/*
 * A front end's control ring: how its packets are to be spread over its queues.
 *
 *	event -> work: take all requests -> do them on a copy of what holds
 *	  -> publish the copy -> wait for those who used the old one -> answer
 *
 * A guest that asks without end waits for each ringful.
 */
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "ctrl.h"
#include "hash.h"
#include "vif.h"

#define CTRL_RING_SIZE __CONST_RING_SIZE(xen_netif_ctrl, XEN_PAGE_SIZE)

/**
 * struct vif_ctrl - a control ring that is being served
 * @vif:	whose
 * @conn:	the connection that its requests are about
 * @nr_queues:	queues that packets can be sent to; 0: a card spreads them
 * @ring:	our side of the ring
 * @map:	its page
 * @irq:	its event
 * @eoi_owed:	one came, and the pass owes the EOI
 * @serving:	passes are made: all that they use is there
 * @name:	of the event
 * @copy:	reads what requests refer to
 * @data:	into here, a page
 * @grants:	what that took
 * @work:	a pass over the ring
 * @hashes:	one holds, the other is being made
 * @next:	which
 * @responses:	of the pass
 */
struct vif_ctrl {
	struct vif *vif;
	struct vif_conn *conn;
	unsigned int nr_queues;
	struct xen_netif_ctrl_back_ring ring;
	struct blanket_ring map;
	int irq;
	bool eoi_owed;
	bool serving;
	char name[IFNAMSIZ + 8];
	struct blanket_copy copy;
	u8 *data;
	struct blanket_grant_stats grants;
	struct work_struct work;
	struct netif_hash hashes[2];
	unsigned int next;
	struct xen_netif_ctrl_response responses[CTRL_RING_SIZE];
};

/* What a request refers to. Return: NULL if it is nothing, or unreadable. */
static const u8 *fetch(struct vif_ctrl *ctrl,
		       const struct xen_netif_ctrl_request *req)
{
	unsigned int len = netif_ctrl_wants(req);
	bool okay;

	if (!len)
		return NULL;
	blanket_copy_add_from(&ctrl->copy, req->data[0], 0, ctrl->data, len);
	blanket_copy_run(&ctrl->copy, &ctrl->grants);
	okay = blanket_copy_ok(&ctrl->copy, 0, 1);
	blanket_copy_reset(&ctrl->copy);
	return okay ? ctrl->data : NULL;
}

/* Do what the requests ask for. Return: how many there were, or -1. */
static int take_requests(struct vif_ctrl *ctrl, struct netif_hash *hash)
{
	struct xen_netif_ctrl_back_ring *ring = &ctrl->ring;
	RING_IDX prod = READ_ONCE(ring->sring->req_prod);
	int nr = 0;

	if (netif_ring_overflow(prod, ring->rsp_prod_pvt, RING_SIZE(ring)) ||
	    netif_ring_overflow(prod, ring->req_cons, RING_SIZE(ring))) {
		vif_break(ctrl->vif, "more control requests than the ring holds");
		return -1;
	}
	/* Requests are read after the index that covers them. */
	virt_rmb();
	while (ring->req_cons != prod) {
		struct xen_netif_ctrl_request req;

		RING_COPY_REQUEST(ring, ring->req_cons++, &req);
		netif_ctrl_handle(hash, ctrl->nr_queues, &req,
				  fetch(ctrl, &req), &ctrl->responses[nr++]);
	}
	return nr;
}

static void answer(struct vif_ctrl *ctrl, unsigned int nr)
{
	unsigned int i;
	int notify;

	for (i = 0; i < nr; i++)
		*RING_GET_RESPONSE(&ctrl->ring, ctrl->ring.rsp_prod_pvt++) =
			ctrl->responses[i];
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&ctrl->ring, notify);
	if (notify)
		notify_remote_via_irq(ctrl->irq);
}

static void serve(struct work_struct *work)
{
	struct vif_ctrl *ctrl = container_of(work, struct vif_ctrl, work);
	struct netif_hash *hash = &ctrl->hashes[ctrl->next];
	int nr, more;

	if (READ_ONCE(ctrl->vif->broken) || !READ_ONCE(ctrl->serving))
		return;
	/* Nobody has used this one since the pass before answered. */
	*hash = ctrl->hashes[!ctrl->next];
	nr = take_requests(ctrl, hash);
	if (nr < 0)
		return;
	if (nr) {
		rcu_assign_pointer(ctrl->conn->hash,
				   netif_hash_wanted(hash) ? hash : NULL);
		ctrl->next = !ctrl->next;
		synchronize_net();
		answer(ctrl, nr);
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&ctrl->ring, more);
	if (more)
		queue_work(system_unbound_wq, work);
	else if (xchg(&ctrl->eoi_owed, false))
		xen_irq_lateeoi(ctrl->irq, nr ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

static irqreturn_t interrupt(int irq, void *arg)
{
	struct vif_ctrl *ctrl = arg;

	/* Who sets serving looks at this afterwards. */
	smp_store_mb(ctrl->eoi_owed, true);
	if (READ_ONCE(ctrl->serving))
		queue_work(system_unbound_wq, &ctrl->work);
	return IRQ_HANDLED;
}

static int prepare(struct vif_ctrl *ctrl, grant_ref_t ref, evtchn_port_t port)
{
	struct xen_netif_ctrl_sring *sring;
	struct vif *vif = ctrl->vif;
	int err;

	ctrl->data = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!ctrl->data)
		return -ENOMEM;
	err = blanket_copy_init(&ctrl->copy, vif->domid, 1);
	if (err)
		return err;
	err = blanket_ring_map(&ctrl->map, vif->xdev, &ref, 1);
	if (err)
		return err;
	sring = ctrl->map.addr;
	/* After a reconnect the front end goes on where it was. */
	BACK_RING_ATTACH(&ctrl->ring, sring, READ_ONCE(sring->rsp_prod),
			 XEN_PAGE_SIZE);
	snprintf(ctrl->name, sizeof(ctrl->name), "%s-ctrl", vif->dev->name);
	err = blanket_evtchn_bind(vif->xdev, port, interrupt, ctrl->name, ctrl);
	if (err < 0)
		return err;
	ctrl->irq = err;
	return 0;
}

/**
 * vif_ctrl_open() - map a front end's control ring, if it has one
 * @vif:	the vif
 * @conn:	its connection, not yet published
 *
 * Context: process context. Failures are reported to xenbus.
 * Return: 0, also when there is none, or a negative error.
 */
int vif_ctrl_open(struct vif *vif, struct vif_conn *conn)
{
	const char *dir = vif->xdev->otherend;
	unsigned int ref, port;
	struct vif_ctrl *ctrl;
	int err;

	if (!xenbus_exists(XBT_NIL, dir, "ctrl-ring-ref"))
		return 0;
	err = xenbus_gather(XBT_NIL, dir, "ctrl-ring-ref", "%u", &ref,
			    "event-channel-ctrl", "%u", &port, NULL);
	if (err)
		goto fail;
	ctrl = kvzalloc(sizeof(*ctrl), GFP_KERNEL);
	err = -ENOMEM;
	if (!ctrl)
		goto fail;
	conn->ctrl = ctrl;
	ctrl->vif = vif;
	ctrl->conn = conn;
	ctrl->nr_queues = vif->card ? 0 : conn->nr_queues;
	INIT_WORK(&ctrl->work, serve);
	err = prepare(ctrl, ref, port);
	if (!err)
		return 0;
	vif_ctrl_close(conn);
fail:
	blanket_dev_fail(vif->xdev, err,
			 "opening the control ring of %s/ctrl-ring-ref and event-channel-ctrl",
			 dir);
	return err;
}

/**
 * vif_ctrl_start() - serve the ring, and what came before
 * @conn:	published
 *
 * Context: process context.
 */
void vif_ctrl_start(struct vif_conn *conn)
{
	struct vif_ctrl *ctrl = conn->ctrl;

	if (!ctrl)
		return;
	WRITE_ONCE(ctrl->serving, true);
	queue_work(system_unbound_wq, &ctrl->work);
}

/**
 * vif_ctrl_close() - undo vif_ctrl_open(), also one that failed
 * @conn:	not published any more, a grace period ago
 *
 * Context: process context.
 */
void vif_ctrl_close(struct vif_conn *conn)
{
	struct vif_ctrl *ctrl = conn->ctrl;

	if (!ctrl)
		return;
	/* A pass uses the event until it ends. */
	WRITE_ONCE(ctrl->serving, false);
	if (ctrl->irq)
		synchronize_irq(ctrl->irq);
	cancel_work_sync(&ctrl->work);
	if (ctrl->irq)
		unbind_from_irqhandler(ctrl->irq, ctrl);
	RCU_INIT_POINTER(conn->hash, NULL);
	conn->ctrl = NULL;
	blanket_ring_unmap(&ctrl->map, ctrl->vif->xdev);
	blanket_copy_exit(&ctrl->copy);
	free_page((unsigned long)ctrl->data);
	kvfree(ctrl);
}
