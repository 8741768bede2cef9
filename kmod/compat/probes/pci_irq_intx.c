// SPDX-License-Identifier: GPL-2.0-only
/* PCI_IRQ_INTX is called so, not PCI_IRQ_LEGACY: 6.1 has not, 6.12 has */
#include <linux/pci.h>
int probe(void);
int probe(void)
{
	return PCI_IRQ_INTX;
}
