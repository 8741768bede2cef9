// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring ABIs as these headers lay them out in user space: if a stand-in
 * header got a type wrong, every other test here would test another ABI.
 */
#include <linux/kernel.h>
#include <xen/interface/io/blkif.h>
#include <xen/interface/io/netif.h>

#include "ktap.h"

TEST(netif_slot_sizes)
{
	EXPECT_EQ(sizeof(struct xen_netif_tx_request), 12);
	EXPECT_EQ(sizeof(struct xen_netif_tx_response), 4);
	EXPECT_EQ(sizeof(struct xen_netif_rx_request), 8);
	EXPECT_EQ(sizeof(struct xen_netif_rx_response), 8);
	EXPECT_EQ(sizeof(struct xen_netif_extra_info), 8);
}

TEST(netif_slot_layout)
{
	EXPECT_EQ(offsetof(struct xen_netif_tx_request, gref), 0);
	EXPECT_EQ(offsetof(struct xen_netif_tx_request, offset), 4);
	EXPECT_EQ(offsetof(struct xen_netif_tx_request, flags), 6);
	EXPECT_EQ(offsetof(struct xen_netif_tx_request, id), 8);
	EXPECT_EQ(offsetof(struct xen_netif_tx_request, size), 10);
	EXPECT_EQ(offsetof(struct xen_netif_extra_info, u.gso.size), 2);
	EXPECT_EQ(offsetof(struct xen_netif_extra_info, u.gso.type), 4);
}

TEST(netif_ring_sizes)
{
	EXPECT_EQ(__CONST_RING_SIZE(xen_netif_tx, 4096), 256);
	EXPECT_EQ(__CONST_RING_SIZE(xen_netif_rx, 4096), 256);
}

TEST(blkif_sizes)
{
	EXPECT_EQ(sizeof(struct blkif_request_segment), 8);
	EXPECT_EQ(sizeof(struct blkif_request), 112);
	EXPECT_EQ(sizeof(struct blkif_response), 16);
	EXPECT_EQ(__CONST_RING_SIZE(blkif, 4096), 32);
}

TEST(blkif_layout)
{
	EXPECT_EQ(offsetof(struct blkif_request, u.rw.nr_segments), 1);
	EXPECT_EQ(offsetof(struct blkif_request, u.rw.id), 8);
	EXPECT_EQ(offsetof(struct blkif_request, u.rw.sector_number), 16);
	EXPECT_EQ(offsetof(struct blkif_request, u.rw.seg), 24);
	EXPECT_EQ(offsetof(struct blkif_request, u.indirect.indirect_grefs), 28);
	EXPECT_EQ(offsetof(struct blkif_request, u.discard.nr_sectors), 24);
}

KTAP_MAIN()
