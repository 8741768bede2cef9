// SPDX-License-Identifier: GPL-2.0-only
/* skb_frag_ref() is declared in <linux/skbuff_ref.h>: 6.1 has not, 6.12 has */
#include <linux/skbuff_ref.h>
