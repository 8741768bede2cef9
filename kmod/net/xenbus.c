// SPDX-License-Identifier: GPL-2.0-only
/*
 * The xenbus side: from a toolstack's "vif" node to a connected front end.
 *
 *	probe: is it ours? -> features, vifX.Y -> InitWait
 *	hotplug script: uplink -> "hotplug-status" = connected
 *	front end Initialised or Connected, and hotplug done -> Connected
 *	front end Reconfiguring -> headroom for XDP -> Reconfigured
 *	front end Closing, Closed -> disconnect -> the same
 *	front end Initialising after Closed -> InitWait (it reconnects)
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "../compat/xenbus.h"
#include "../virtio/peek.h"
#include "listen.h"
#include "vif.h"
#include "xenbus.h"

#define VIF_SCRIPT "vif-blanket"

/**
 * struct vif_backend - drvdata of the backend device
 * @xdev:	the device
 * @vif:	its vif
 * @hotplug_watch: on what the hotplug script says
 * @rate_watch:	on the guest's rate
 * @listen_watch: on whether it wants control of multicast
 * @headroom_watch: on what its XDP program wants
 * @headroom_told: it has been told, and has not gone Reconfiguring since
 * @reconfiguring: the other way round
 *
 * Used by the xenwatch thread alone, but for probe and remove.
 */
struct vif_backend {
	struct xenbus_device *xdev;
	struct vif *vif;
	struct xenbus_watch hotplug_watch;
	struct xenbus_watch rate_watch;
	struct xenbus_watch listen_watch;
	struct xenbus_watch headroom_watch;
	bool headroom_told;
	bool reconfiguring;
};

/* Queues of the card that the vif is to have, 0 if it is to have none. */
static unsigned int card_queues(struct xenbus_device *xdev)
{
	char *device = xenbus_read(XBT_NIL, xdev->nodename, "gatewaydev", NULL);
	unsigned int nr;

	if (IS_ERR(device))
		return 0;
	nr = vpeek_queues(device);
	kfree(device);
	return nr;
}

static int write_features(struct xenbus_device *xdev)
{
	/* A front end that runs looks before the card is attached. */
	unsigned int queues = card_queues(xdev);
	const struct {
		const char *node;
		unsigned int value;
	} features[] = {
		{ "feature-sg",			1 },
		{ "feature-gso-tcpv4",		1 },
		{ "feature-gso-tcpv6",		1 },
		{ "feature-ipv6-csum-offload",	1 },
		{ "feature-rx-copy",		1 },
		{ "feature-rx-flip",		0 },
		{ "feature-split-event-channels", 1 },
		{ "feature-multicast-control",	1 },
		{ "feature-dynamic-multicast-control", 1 },
		{ "feature-ctrl-ring",		1 },
		/* A card may merge packets into more than XDP reads. */
		{ "feature-xdp-headroom",	!queues },
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		err = xenbus_printf(XBT_NIL, xdev->nodename, features[i].node,
				    "%u", features[i].value);
		if (err)
			return err;
	}
	return xenbus_printf(XBT_NIL, xdev->nodename, "multi-queue-max-queues",
			     "%u", min(vif_max_queues(),
				       queues ?: vif_max_queues()));
}

/*
 * Linux' front end goes Reconfiguring first and writes the headroom then; once
 * it sees us Reconfigured, its program takes the room to be there.
 */
static void answer_reconfiguring(struct vif_backend *be)
{
	if (!be->headroom_told || !be->reconfiguring)
		return;
	be->headroom_told = false;
	be->reconfiguring = false;
	/* A pass that began before has ended when the guest is told. */
	synchronize_net();
	xenbus_switch_state(be->xdev, XenbusStateReconfigured);
}

/* The hotplug script may finish before or after the front end is ready. */
static void maybe_connect(struct vif_backend *be)
{
	struct xenbus_device *xdev = be->xdev;
	bool done, awaited = false;
	char *status;

	if (xdev->state == XenbusStateConnected)
		return;
	switch (compat_otherend_state(xdev)) {
	case XenbusStateReconfiguring:
		/* To whoever served it before; what it wants is read again. */
		awaited = true;
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		break;
	default:
		return;
	}
	status = xenbus_read(XBT_NIL, xdev->nodename, "hotplug-status", NULL);
	done = !IS_ERR(status) && !strcmp(status, "connected");
	if (!IS_ERR(status))
		kfree(status);
	if (done && !vif_connect(be->vif)) {
		be->headroom_told = awaited;
		be->reconfiguring = awaited;
		xenbus_switch_state(xdev, XenbusStateConnected);
		if (awaited)
			vif_reconfigure(be->vif);
		answer_reconfiguring(be);
	}
}

static void hotplug_changed(struct xenbus_watch *watch, const char *path,
			    const char *token)
{
	maybe_connect(container_of(watch, struct vif_backend, hotplug_watch));
}

static void rate_changed(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	vif_limit_from_xenstore(container_of(watch, struct vif_backend,
					     rate_watch)->vif);
}

/*
 * For nodes that a guest writes: it is looked at once for all that it wrote
 * since (XSA-349).
 */
static bool is_first(struct xenbus_watch *watch, const char *path,
		     const char *token)
{
	return !watch->nr_pending;
}

static void listen_changed(struct xenbus_watch *watch, const char *path,
			   const char *token)
{
	vif_listen_from_xenstore(container_of(watch, struct vif_backend,
					      listen_watch)->vif);
}

static void headroom_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	struct vif_backend *be = container_of(watch, struct vif_backend,
					      headroom_watch);

	be->headroom_told = true;
	vif_reconfigure(be->vif);
	answer_reconfiguring(be);
}

static void forget_watch(struct xenbus_watch *watch)
{
	if (!watch->node)
		return;
	unregister_xenbus_watch(watch);
	kfree(watch->node);
}

static void vif_uevent(struct vif_backend *be, enum kobject_action action)
{
	kobject_uevent(&be->xdev->dev.kobj, action);
}

static void vif_remove(struct xenbus_device *xdev)
{
	struct vif_backend *be = dev_get_drvdata(&xdev->dev);

	forget_watch(&be->hotplug_watch);
	forget_watch(&be->rate_watch);
	forget_watch(&be->listen_watch);
	forget_watch(&be->headroom_watch);
	if (be->vif) {
		vif_uevent(be, KOBJ_OFFLINE);
		vif_destroy(be->vif);
	}
	dev_set_drvdata(&xdev->dev, NULL);
	kfree(be);
}

static int start(struct vif_backend *be)
{
	struct xenbus_device *xdev = be->xdev;
	unsigned int handle;
	int err;

	err = write_features(xdev);
	if (err)
		return err;
	err = xenbus_scanf(XBT_NIL, xdev->nodename, "handle", "%u", &handle);
	if (err < 0)
		return err;
	be->vif = vif_create(xdev, xdev->otherend_id, handle);
	if (IS_ERR(be->vif)) {
		err = PTR_ERR(be->vif);
		be->vif = NULL;
		return err;
	}
	err = xenbus_switch_state(xdev, XenbusStateInitWait);
	if (err)
		return err;
	err = xenbus_watch_pathfmt(xdev, &be->hotplug_watch, NULL,
				   hotplug_changed, "%s/hotplug-status",
				   xdev->nodename);
	if (err)
		return err;
	err = xenbus_watch_pathfmt(xdev, &be->rate_watch, NULL, rate_changed,
				   "%s/rate", xdev->nodename);
	if (err)
		return err;
	err = xenbus_watch_pathfmt(xdev, &be->listen_watch, is_first,
				   listen_changed,
				   "%s/request-multicast-control",
				   xdev->otherend);
	if (err)
		return err;
	err = xenbus_watch_pathfmt(xdev, &be->headroom_watch, is_first,
				   headroom_changed, "%s/xdp-headroom",
				   xdev->otherend);
	if (err)
		return err;
	vif_uevent(be, KOBJ_ONLINE);
	return 0;
}

static int vif_probe(struct xenbus_device *xdev,
		     const struct xenbus_device_id *id)
{
	struct vif_backend *be;
	int err;

	if (!blanket_backend_is_ours(xdev, VIF_SCRIPT))
		return -ENODEV;
	be = kzalloc(sizeof(*be), GFP_KERNEL);
	if (!be)
		return -ENOMEM;
	be->xdev = xdev;
	dev_set_drvdata(&xdev->dev, be);
	err = start(be);
	if (err) {
		blanket_dev_fail(xdev, err, "starting the backend of %s",
				 xdev->nodename);
		vif_remove(xdev);
	}
	return err;
}

static int vif_uevent_env(XENBUS_UEVENT_DEVICE *xdev,
			  struct kobj_uevent_env *env)
{
	const struct vif_backend *be = dev_get_drvdata(&xdev->dev);

	if (add_uevent_var(env, "script=" VIF_SCRIPT))
		return -ENOMEM;
	if (!be || !be->vif)
		return 0;
	return add_uevent_var(env, "vif=%s", be->vif->dev->name);
}

/* Tell the tool stack we follow; a device taken offline goes away. */
static void close(struct vif_backend *be, enum xenbus_state state)
{
	vif_disconnect(be->vif);
	xenbus_switch_state(be->xdev, XenbusStateClosing);
	if (state == XenbusStateClosed)
		xenbus_switch_state(be->xdev, XenbusStateClosed);
}

static void vif_otherend_changed(struct xenbus_device *xdev,
				 enum xenbus_state state)
{
	struct vif_backend *be = dev_get_drvdata(&xdev->dev);

	switch (state) {
	case XenbusStateInitialising:
		if (xdev->state == XenbusStateClosed ||
		    xdev->state == XenbusStateClosing ||
		    xdev->state == XenbusStateReconfigured) {
			vif_disconnect(be->vif);
			xenbus_switch_state(xdev, XenbusStateInitWait);
		}
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		maybe_connect(be);
		break;
	case XenbusStateReconfiguring:
		if (xdev->state != XenbusStateConnected)
			break;
		be->reconfiguring = true;
		answer_reconfiguring(be);
		break;
	case XenbusStateClosing:
		close(be, state);
		break;
	case XenbusStateClosed:
	case XenbusStateUnknown:
		close(be, XenbusStateClosed);
		if (state == XenbusStateUnknown || !xenbus_dev_is_online(xdev))
			device_unregister(&xdev->dev);
		break;
	case XenbusStateInitWait:
		break;
	default:
		blanket_dev_fail(xdev, -EINVAL, "front end in state %d", state);
		break;
	}
}

static const struct xenbus_device_id vif_ids[] = {
	{ "vif" },
	{ "" }
};

static struct xenbus_driver vif_driver = {
	.name			= "blanket_net",
	.ids			= vif_ids,
	.probe			= vif_probe,
	.remove			= vif_remove,
	.uevent			= vif_uevent_env,
	.otherend_changed	= vif_otherend_changed,
	.allow_rebind		= true,
};

/** vif_xenbus_init() - offer ourselves to xenbus. Return: 0 or an error. */
int __init vif_xenbus_init(void)
{
	return xenbus_register_backend(&vif_driver);
}

/** vif_xenbus_exit() - give up all vifs */
void vif_xenbus_exit(void)
{
	xenbus_unregister_driver(&vif_driver);
}
