// SPDX-License-Identifier: GPL-2.0-only
/* A name for ethtool need not be a format: 6.1 has not, 6.12 has */
#include <linux/ethtool.h>
void probe(u8 **data);
void probe(u8 **data)
{
	ethtool_puts(data, "name");
}
