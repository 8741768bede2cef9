// SPDX-License-Identifier: GPL-2.0-only
/*
 * An XDP program for a guest. It wants the room before a packet that it was
 * promised, and drops pings of one length: whoever sends them sees it at work.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#define ROOM		192
/* ping -s 777: its IP packet */
#define UNWANTED	(20 + 8 + 777)

#define SECTION(name) __attribute__((section(name), used))

static long (*const adjust_head)(struct xdp_md *ctx, int by) = (void *)BPF_FUNC_xdp_adjust_head;

SECTION("xdp") int room(struct xdp_md *ctx)
{
	const struct ethhdr *eth;
	const struct iphdr *ip;

	if (adjust_head(ctx, -ROOM) || adjust_head(ctx, ROOM))
		return XDP_DROP;
	eth = (const void *)(unsigned long)ctx->data;
	ip = (const void *)(eth + 1);
	if ((const void *)(ip + 1) > (const void *)(unsigned long)ctx->data_end)
		return XDP_DROP;
	if (eth->h_proto == __builtin_bswap16(ETH_P_IP) && ip->tot_len == __builtin_bswap16(UNWANTED))
		return XDP_DROP;
	return XDP_PASS;
}

SECTION("license") const char terms[] = "GPL";
