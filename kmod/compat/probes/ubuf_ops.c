// SPDX-License-Identifier: GPL-2.0-only
/* What ends a zero-copy packet is one of several operations: 6.1 has not, 6.12 has */
#include <linux/skbuff.h>
const struct ubuf_info_ops *probe(const struct ubuf_info *uarg);
const struct ubuf_info_ops *probe(const struct ubuf_info *uarg)
{
	return uarg->ops;
}
