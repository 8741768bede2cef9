// SPDX-License-Identifier: GPL-2.0-only
/* Where a guest's rate comes from: xl's rate=, or an operator. */
#include <xen/xenbus.h>

#include "tx_credit.h"

/**
 * vif_limit() - set how fast a guest may send
 * @vif:	the vif
 * @rate:	bytes a second, 0: no limit; or VIF_LIMIT_KEEP
 * @interval:	microseconds it may save credit for; or VIF_LIMIT_KEEP
 *
 * Context: process context.
 */
void vif_limit(struct vif *vif, u64 rate, u64 interval)
{
	spin_lock_bh(&vif->credit_lock);
	if (rate == VIF_LIMIT_KEEP)
		rate = vif->credit.rate;
	if (interval == VIF_LIMIT_KEEP)
		interval = vif->credit.interval;
	credit_set(&vif->credit, rate, interval, ktime_to_us(ktime_get()));
	spin_unlock_bh(&vif->credit_lock);
}

/**
 * vif_limit_from_xenstore() - take on what the tool stack says
 * @vif:	the vif
 *
 * Its node "rate" holds bytes per interval, a comma, and the interval in
 * microseconds; what it has no meaning for leaves all as it is.
 *
 * Context: process context.
 */
void vif_limit_from_xenstore(struct vif *vif)
{
	const char *dir = vif->xdev->nodename;
	unsigned long bytes, usecs;
	u64 rate;

	if (!xenbus_exists(XBT_NIL, dir, "rate"))
		return;
	if (xenbus_scanf(XBT_NIL, dir, "rate", "%lu,%lu", &bytes, &usecs) != 2 ||
	    !usecs || usecs > U32_MAX) {
		netdev_warn(vif->dev, "%s/rate is not BYTES,MICROSECONDS; the rate stays as it was, write blanket/rate\n",
			    dir);
		return;
	}
	rate = min_t(u64, bytes, CREDIT_MOST_RATE);
	rate = rate * CREDIT_SECOND / usecs;
	/* However little it is, it is not what stands for no limit. */
	if (bytes && !rate)
		rate = 1;
	vif_limit(vif, rate, usecs);
}
