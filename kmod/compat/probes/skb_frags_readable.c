// SPDX-License-Identifier: GPL-2.0-only
/* Not every fragment is the CPU's to read: 6.1 has not, 6.12 has */
#include <linux/skbuff.h>
bool probe(const struct sk_buff *skb);
bool probe(const struct sk_buff *skb)
{
	return skb_frags_readable(skb);
}
