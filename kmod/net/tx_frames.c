// SPDX-License-Identifier: GPL-2.0-only
/* Small frames that come back from the device. See tx_frames.h. */
#include <linux/if_vlan.h>
#include <linux/smp.h>

#include "tx_frames.h"

/**
 * tx_frames_shareable() - may a device's frames be kept?
 * @dev:	the device
 *
 * A device without a queue is made of software, and may hand the frame on to
 * others. One that wants more room than a frame has makes itself another head,
 * which it must not do to a frame that it shares.
 *
 * Context: any.
 * Return: true if it can send frames that somebody else refers to.
 */
bool tx_frames_shareable(const struct net_device *dev)
{
	return (dev->priv_flags & (IFF_TX_SKB_SHARING | IFF_NO_QUEUE)) ==
	       IFF_TX_SKB_SHARING &&
	       LL_RESERVED_SPACE(dev) <= NET_SKB_PAD &&
	       !READ_ONCE(dev->needed_tailroom);
}

static struct sk_buff *take_oldest(struct tx_frames *frames)
{
	struct sk_buff *skb = frames->ring[frames->first];

	frames->first = (frames->first + 1) % TX_FRAMES;
	frames->nr--;
	return skb;
}

/* Has the frame been where it could get what a frame of ours has not? */
static bool strayed(struct sk_buff *skb)
{
	return skb->cloned || skb->data_len || skb->destructor ||
	       skb->_skb_refdst || skb_nfct(skb) || skb_has_extensions(skb);
}

/* As build_skb() makes one. */
static void renew(struct sk_buff *skb)
{
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
	skb->tstamp = 0;
	skb->data = skb->head + NET_SKB_PAD;
	skb_reset_tail_pointer(skb);
	skb->len = 0;
	skb->mac_len = 0;
	skb->queue_mapping = 0;
	memset(&skb->headers, 0, sizeof(skb->headers));
	skb->alloc_cpu = raw_smp_processor_id();
	skb->mac_header = (typeof(skb->mac_header))~0U;
	skb->transport_header = (typeof(skb->transport_header))~0U;
}

/**
 * tx_frames_take() - get a frame that the device is done with
 * @frames:	the queue's
 *
 * Context: NAPI.
 * Return: an empty skb with NET_SKB_PAD bytes of headroom and room for
 * TX_FRAME_BYTES, or NULL if the oldest frame is still under way or strayed.
 */
struct sk_buff *tx_frames_take(struct tx_frames *frames)
{
	struct sk_buff *skb;

	if (!frames->nr)
		return NULL;
	skb = frames->ring[frames->first];
	if (skb_shared(skb))
		return NULL;
	/* What the device did to the frame, it did before it let go. */
	smp_acquire__after_ctrl_dep();
	take_oldest(frames);
	if (unlikely(strayed(skb))) {
		consume_skb(skb);
		return NULL;
	}
	renew(skb);
	return skb;
}

/**
 * tx_frames_keep() - refer to a frame that goes to the device now
 * @frames:	the queue's
 * @skb:	the frame; one that cannot be kept is not
 *
 * Context: NAPI; the device is tx_frames_shareable().
 * Return: whether it was kept.
 */
bool tx_frames_keep(struct tx_frames *frames, struct sk_buff *skb)
{
	if (skb_end_offset(skb) != SKB_WITH_OVERHEAD(TX_FRAME_HEAD) ||
	    skb->destructor || skb->cloned || skb_vlan_tag_present(skb) ||
	    skb_is_nonlinear(skb) || skb_is_gso(skb))
		return false;
	if (unlikely(frames->nr == TX_FRAMES)) {
		/* Somebody sits on the oldest: it is theirs now. */
		consume_skb(take_oldest(frames));
	}
	skb_get(skb);
	frames->ring[(frames->first + frames->nr++) % TX_FRAMES] = skb;
	return true;
}

/**
 * tx_frames_unkeep() - the device refused the frame that was kept last
 * @frames:	the queue's
 *
 * Context: NAPI.
 */
void tx_frames_unkeep(struct tx_frames *frames)
{
	/* The caller's reference keeps it. */
	consume_skb(frames->ring[(frames->first + --frames->nr) % TX_FRAMES]);
}

/**
 * tx_frames_exit() - give up all frames; those under way are let go
 * @frames:	the queue's, stopped; zeroed is fine
 *
 * Context: any.
 */
void tx_frames_exit(struct tx_frames *frames)
{
	while (frames->nr)
		consume_skb(take_oldest(frames));
}
