#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest with sixteen vCPUs has sixteen queues on its vif and as many on its disk. They
# all carry data, each counts for itself, and a quarter of them is as good.
#
#	g2 vCPU 0 .. 15 -- queue 0 .. 15 -- vifX.0, vbd-X-51712
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

cleanup()
{
	dom0 'xl destroy g2' 2> /dev/null || true
	forgotten g2 || true
	load_modules
}
trap cleanup EXIT

# boots QUEUES: as many as the modules allow
boots()
{
	dom0 'for g in g1 g2; do ! xl domid $g 2> /dev/null || xl destroy $g; done'
	forgotten g1
	forgotten g2
	dom0 "set -e
		rmmod blanket_net blanket_blk
		modprobe blanket_net max_queues=$1
		modprobe blanket_blk max_queues=$1"
	# Linux' front ends stop at 8 and 4 unless told
	put_config g2 ours 'vcpus = 16' 'memory = 384' 'extra = "xen_netfront.max_queues=16 xen_blkfront.max_queues=16"'
	create_guests g2
	await_guests g2
	put_wire g2
}

# of many flows each queue has some, both ways
each_carries_flows()
{
	local flows='for port in {9000..9399}; do echo x > /dev/udp/$to/$port; done'

	guest g2 "to=10.77.0.1; $flows" 2> /dev/null
	peer bash -c "to=10.77.0.12; $flows" 2> /dev/null
	dom0 "ethtool -S $(vif_of g2)" | grep -E '^ *queue[0-9]+_[rt]x_packets' | tee /dev/stderr |
		awk -v n="$1" '$2 > 0 { used++ } END { exit used != 2 * n }'
}

each_disk_queue_works()
{
	verify_disk g2 /root/verify 8 bs=16k rw=randwrite iodepth=16 numjobs=1
	# shellcheck disable=SC2016
	guest g2 'for cpu in $(seq 0 15); do taskset -c $cpu dd if=/dev/xvda of=/dev/null bs=4k count=4 skip=$((cpu * 100)) iflag=direct 2> /dev/null || exit; done
		grep -c "blkif" /proc/interrupts
		awk "/blkif/ { n = 0; for (i = 2; i <= 17; i++) n += \$i; if (n) used++ } END { print used, \"used\"; exit used < 16 }" /proc/interrupts'
}

plan 8
t guest_with_16_vcpus_boots boots 16
t queues_16 have_queues g2 16
t traffic_on_16 exchange g2 500000 64 10.77.0.1 fd77::1 10.77.0.2
t each_of_16_carries_flows each_carries_flows 16
t each_of_16_disk_queues_works each_disk_queue_works
t boots_with_4_queues boots 4
t queues_4 have_queues g2 4
t traffic_on_4 exchange g2 500000 64 10.77.0.1 fd77::1 10.77.0.2
finish
