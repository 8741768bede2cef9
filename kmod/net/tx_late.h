/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the device slow to be done with packets that lie in the guest's pages?
 *
 * While it has them, the guest waits for their answers and for its ring's slots,
 * and so does everything behind them. A posted packet cannot be taken back, but
 * later ones can be copied, and answered at once.
 */
#ifndef _BLANKET_TX_LATE_H
#define _BLANKET_TX_LATE_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/types.h>

/* Packets are copied for so long after the device was last seen to be slow. */
#define TX_LATE_JIFFIES HZ

/**
 * struct tx_late - how a queue's device gets on
 * @since:	last progress, in jiffies: a packet came back, or the first went out
 * @until:	when to trust it again, in jiffies
 * @slow:	packets are to be copied
 *
 * The queue's NAPI owns it.
 */
struct tx_late {
	unsigned long since;
	unsigned long until;
	bool slow;
};

extern unsigned int tx_slow_ms;

/** tx_late_progress() - note that the device is done with something, or begins */
static inline void tx_late_progress(struct tx_late *late)
{
	late->since = jiffies;
}

/**
 * tx_late_look() - decide anew whether to copy, once a pass
 * @late:	the queue's
 * @waiting:	packets with the device that lie in the guest's pages
 *
 * Return: true if later packets are to be copied.
 */
static inline bool tx_late_look(struct tx_late *late, unsigned int waiting)
{
	unsigned int slow = READ_ONCE(tx_slow_ms);

	if (waiting && slow &&
	    time_after(jiffies, late->since + msecs_to_jiffies(slow))) {
		late->slow = true;
		late->until = jiffies + TX_LATE_JIFFIES;
	} else if (unlikely(late->slow) && time_after(jiffies, late->until)) {
		late->slow = false;
	}
	return late->slow;
}

#endif /* _BLANKET_TX_LATE_H */
