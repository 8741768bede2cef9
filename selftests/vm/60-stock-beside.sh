#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A vif and a disk of the stock drivers work beside ours in one guest.
#
#	g1 -- vif 0 -- blanket_net -- uplink0      xvda, xvdb -- blanket_blk
#	   `- vif 1 -- xen-netback -- labbr0       xvdd       -- xen-blkback -- /dev/lab/null
#	               10.79.0.1
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

attach()
{
	dom0 'set -e
		ip link add labbr0 type bridge
		ip addr add 10.79.0.1/24 dev labbr0
		ip link set labbr0 up
		xl network-attach g1 mac=00:16:3e:79:00:0b bridge=labbr0
		xl block-attach g1 phy:/dev/lab/null,xvdd,w'
	# shellcheck disable=SC2016
	guest g1 'set -e; for i in $(seq 100); do test -e /sys/bus/xen/devices/vif-1/net && test -b /dev/xvdd && break; sleep 0.2; done
		udevadm settle
		dev=$(ls /sys/bus/xen/devices/vif-1/net)
		ip addr add 10.79.0.11/24 dev "$dev"
		ip link set "$dev" up'
}

drivers()
{
	local id

	id=$(domid g1)
	dom0 "cd /sys/bus/xen-backend/devices
		readlink vif-$id-0/driver vif-$id-1/driver vbd-$id-51712/driver vbd-$id-51760/driver | sed 's|.*/||'" |
		tee /dev/stderr | paste -sd' ' | grep -qx 'blanket_net vif blanket_blk vbd'
}

stock_disk()
{
	guest g1 'dd if=/dev/xvdd of=/dev/null bs=64k count=16 iflag=direct && dd if=/dev/zero of=/dev/xvdd bs=64k count=16 oflag=direct'
}

detach()
{
	dom0 'set -e
		xl network-detach g1 1
		xl block-detach g1 xvdd
		ip link del labbr0'
}

plan 7
t guest_is_up ensure_guests g1
t attach_stock_devices attach
t each_has_its_driver drivers
t traffic_on_the_stock_vif exchange dom0 500000 64 10.79.0.11
t traffic_on_ours exchange dom0 500000 64 10.77.0.11
t stock_disk stock_disk
t detach_them detach
finish
