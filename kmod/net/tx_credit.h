/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate a guest may send with, xl's rate=. It is one for all of the vif's
 * queues. A queue without credit leaves requests in the guest's ring, and is
 * polled again when there is some.
 */
#ifndef _BLANKET_TX_CREDIT_H
#define _BLANKET_TX_CREDIT_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "../core/credit.h"
#include "vif.h"

/**
 * tx_credit_short() - is the guest to wait before it sends more?
 * @q:		the queue; &vif_tx.throttled says for how long, in jiffies
 *
 * Context: NAPI.
 * Return: true if it is.
 */
static inline bool tx_credit_short(struct vif_queue *q)
{
	struct vif *vif = q->vif;
	u64 wait = 0;

	if (likely(!READ_ONCE(vif->credit.rate)))
		return false;
	spin_lock(&vif->credit_lock);
	/* The limit may just have been lifted. */
	if (vif->credit.rate)
		wait = credit_wait(&vif->credit, ktime_to_us(ktime_get()));
	spin_unlock(&vif->credit_lock);
	if (!wait)
		return false;
	/* A rate of next to nothing is looked at again, it may be changed. */
	q->tx.throttled = usecs_to_jiffies(min_t(u64, wait, CREDIT_SECOND)) + 1;
	q->tx.stats.throttled++;
	return true;
}

/**
 * tx_credit_spend() - count a packet
 * @q:		the queue
 * @bytes:	of the packet
 *
 * Context: NAPI.
 */
static inline void tx_credit_spend(struct vif_queue *q, u32 bytes)
{
	struct vif *vif = q->vif;

	if (likely(!READ_ONCE(vif->credit.rate)))
		return;
	spin_lock(&vif->credit_lock);
	credit_spend(&vif->credit, bytes);
	spin_unlock(&vif->credit_lock);
}

/**
 * tx_credit_await() - have a queue that is short of credit polled again
 * @tx:		the queue
 *
 * Context: NAPI, about to complete: the ring is another pass's afterwards. Who
 * wants to be polled sooner is.
 */
static inline void tx_credit_await(struct vif_tx *tx)
{
	timer_reduce(&tx->retry, jiffies + tx->throttled);
}

#endif /* _BLANKET_TX_CREDIT_H */
