/* SPDX-License-Identifier: GPL-2.0-only */
/* Network devices and packets, as the newest kernel has them. */
#ifndef _BLANKET_COMPAT_NETDEVICE_H
#define _BLANKET_COMPAT_NETDEVICE_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "have.h"

#ifdef HAVE_GSO_H
#include <net/gso.h>
#endif
#ifdef HAVE_HEX_H
#include <linux/hex.h>
#endif
#ifdef HAVE_SKBUFF_REF_H
#include <linux/skbuff_ref.h>
#endif

#ifndef HAVE_SKB_FRAGS_READABLE
static inline bool skb_frags_readable(const struct sk_buff *skb)
{
	return true;
}
#endif

#ifndef HAVE_GSO_MAX_OF_SKB
static inline unsigned int netif_get_gso_max_size(const struct net_device *dev,
						  const struct sk_buff *skb)
{
	return READ_ONCE(dev->gso_max_size);
}
#endif

#ifndef HAVE_ETHTOOL_PUTS
static inline void ethtool_puts(u8 **data, const char *name)
{
	strscpy(*data, name, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}
#endif

#ifndef HAVE_UBUF_OPS
struct ubuf_info_ops {
	void (*complete)(struct sk_buff *skb, struct ubuf_info *uarg,
			 bool zerocopy);
};
#endif

/** compat_set_ubuf_ops() - what is called when a zero-copy packet has ended */
static inline void compat_set_ubuf_ops(struct ubuf_info *uarg,
				       const struct ubuf_info_ops *ops)
{
#ifdef HAVE_UBUF_OPS
	uarg->ops = ops;
#else
	uarg->callback = ops->complete;
#endif
}

/** compat_set_lltx() - a device's transmit function needs no lock of the core's */
static inline void compat_set_lltx(struct net_device *dev)
{
#ifdef HAVE_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/** compat_tc_ingress() - has tc a filter on what a device receives? */
static inline bool compat_tc_ingress(const struct net_device *dev)
{
#ifdef HAVE_TCX
	return rcu_access_pointer(dev->tcx_ingress);
#else
	return rcu_access_pointer(dev->miniq_ingress);
#endif
}

/** compat_tc_egress() - has tc a filter on what a device sends? */
static inline bool compat_tc_egress(const struct net_device *dev)
{
#ifdef HAVE_TCX
	return rcu_access_pointer(dev->tcx_egress);
#else
	return rcu_access_pointer(dev->miniq_egress);
#endif
}

#endif /* _BLANKET_COMPAT_NETDEVICE_H */
