// SPDX-License-Identifier: GPL-2.0-only
/* skb_gso_segment() is declared in <net/gso.h>: 6.1 has not, 6.12 has */
#include <net/gso.h>
