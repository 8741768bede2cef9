/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI, by the names the newest kernel has. */
#ifndef _BLANKET_COMPAT_PCI_H
#define _BLANKET_COMPAT_PCI_H

#include <linux/pci.h>

#include "have.h"

#ifndef HAVE_PCI_IRQ_INTX
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

#endif /* _BLANKET_COMPAT_PCI_H */
