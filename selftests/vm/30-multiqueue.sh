#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest with two vCPUs gets two queues on its vif and its disk (the runner
# loads the modules with max_queues=2), and they all carry data.
#
#	g2 vCPU 0 -- queue 0 --.-- vifX.0, vbd-X-51712
#	   vCPU 1 -- queue 1 --'
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

restart()
{
	dom0 '! xl domid g2 || xl destroy g2'
	put_config g2 ours 'vcpus = 2'
	create_guests g2
	await_guests g2
	put_wire g2
}

# each queue has interrupts of its own in the guest
both_work()
{
	guest g2 "grep -E 'vif|eth|blkif|-q[01]' /proc/interrupts" | tee /dev/stderr |
		awk '/q0-tx/ { a += $2 + $3 } /q1-tx/ { b += $2 + $3 } END { exit !(a && b) }'
}

# what each has counted, and it is all there is
each_counts()
{
	dom0 "ethtool -S $(vif_of g2)" | grep -E '^ *(queue.*|[rt]x)_packets' | tee /dev/stderr | awk '
		{ of[$1] = $2 }
		END { exit !(of["queue0_tx_packets:"] > 10 && of["queue1_tx_packets:"] > 10 &&
			of["queue0_tx_packets:"] + of["queue1_tx_packets:"] == of["tx_packets:"] &&
			of["queue0_rx_packets:"] + of["queue1_rx_packets:"] == of["rx_packets:"]) }'
}

plan 6
t guest_with_two_vcpus_boots restart
t two_queues_each have_queues g2 2
t traffic exchange g2 1500000 240 10.77.0.1 fd77::1 10.77.0.2 fd77::2
t both_queues_have_events both_work
t each_queue_has_counters each_counts
t disk verify_disk g2 /root/verify 8 bs=16k rw=randwrite iodepth=16 numjobs=1
finish
