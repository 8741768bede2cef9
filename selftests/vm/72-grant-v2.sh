#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest with a grant table of version 2 is served by the ordinary ways: no
# standing mapping, no lean operation, and not a byte wrong.
#
#	g2 --- vif 0, xvda --- uplink0, block layer
#	   |-- vif 1 --- virtqueues of fast0's card --- peer
#	   `-- xvdc --- virtqueue of the spare disk
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

virtio=
[[ $(dom0 'cat /sys/kernel/blanket/host') != kvm ]] || virtio=1

boots()
{
	dom0 'xl destroy g2' 2> /dev/null || true
	put_config g2 ours 'extra = "grant_table.version=2"'
	create_guests g2
	await_guests g2
	put_wire g2
	guest g2 'dmesg | grep "Grant tables using version 2"'
}

# ordinary: counters on stdin; all ways but the ordinary ones were left alone
ordinary()
{
	grep -E 'copy_ops|standing_hits|standing_maps|lean_ops|errors' | tee /dev/stderr | awk '
		/copy_ops/ { copies += $2 }
		/standing_hits|standing_maps|lean_ops|grant_errors/ { others += $2 }
		END { exit copies < 300 || others }'
}

network()
{
	exchange g2 500000 64 10.77.0.1 fd77::1
	exchange peer 500000 64 10.77.0.12
	dom0 "ethtool -S $(vif_of g2)" | ordinary
}

# counters of DISK: as ethtool has them
disk_counters()
{
	dom0 "cd $(vbd_of g2 "$1")/blanket; grep -H . copy_ops standing_* lean_ops grant_errors" | tr ':' ' '
}

disk()
{
	guest g2 'truncate -s 2M /root/scratch'
	verify_disk g2 /root/scratch 2 bs=16k rw=randwrite iodepth=8
	disk_counters xvda | ordinary
}

passthrough_card()
{
	local mac vif

	mac=$(dom0 'cat /sys/class/net/fast0/address')
	attach_card g2 "$mac" "$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device)"')"
	[[ $(vif_mode g2) == "passthrough to "* ]]
	vif=$(vif_id g2)
	card_up g2 "$vif" '
		ip addr add 10.77.0.61/24 dev $name
		ip -6 addr add fd77::61/64 dev $name nodad
		ip route replace 10.77.0.1/32 dev $name src 10.77.0.61
		ip -6 route replace fd77::1/128 dev $name src fd77::61
		ping -c 2 -i 0.3 -W 10 10.77.0.1'
	exchange g2 500000 64 10.77.0.1 fd77::1
	exchange peer 500000 64 10.77.0.61
	dom0 "ethtool -S vif$(domid g2).$vif" | ordinary
	detach_card g2
}

passthrough_disk()
{
	local target

	# shellcheck disable=SC2016
	target=$(dom0 'for s in $(grep -lx lab-spare /sys/block/vd*/serial); do
		basename "$(readlink -f "$(dirname "$s")/device/..")"
	done')
	dom0 "xl block-attach g2 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$target"
	guest g2 'for i in $(seq 100); do test -b /dev/xvdc && exit; sleep 0.2; done; false'
	verify_disk g2 /dev/xvdc 2 bs=16k rw=randwrite iodepth=8
	# more than is copied: grant mappings for devices alone
	verify_disk g2 /dev/xvdc 2 bs=256k rw=write iodepth=4
	disk_counters xvdc | ordinary
	dom0 'xl block-detach g2 xvdc'
	let_go g2 vbd-51744
}

gone()
{
	dom0 'xl destroy g2'
	forgotten g2
}

plan $((virtio ? 6 : 4))
t guest_boots_with_version_2 boots
t network network
t disk disk
if [[ -n $virtio ]]; then
	t card_to_itself passthrough_card
	t disk_to_itself passthrough_disk
fi
t none_of_it_is_left gone
finish
