#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Devices come and go while the guest runs, whichever driver was there first.
#
#	g1 -- vif 0 -- uplink0        g1 -- xvda, xvdb
#	   `- vif 1 -- uplink0 (new)     `- xvdc -- /dev/lab/null, then a file (new)
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

attach_vif()
{
	second_vif g1 'mac=00:16:3e:77:00:1f gatewaydev=uplink0' 10.77.0.31/24
	peer ping -c 3 -W 20 10.77.0.31
	dom0 'ping -c 2 -W 20 10.77.0.31'
}

detach_vif()
{
	no_second_vif g1
	dom0 '! ls -d /sys/class/net/vif*.1'
}

# disk TARGET: attach, write, read back, detach
disk()
{
	local compare='cmp -n 262144 /bin/bash /tmp/back'

	# this one forgets
	[[ $1 != /dev/lab/null ]] || compare=true
	dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$1"
	guest g1 "set -e; for i in \$(seq 100); do test -b /dev/xvdc && break; sleep 0.2; done
		dd if=/bin/bash of=/dev/xvdc bs=4k count=64 oflag=direct 2> /dev/null
		dd if=/dev/xvdc of=/tmp/back bs=4k count=64 iflag=direct 2> /dev/null
		$compare"
	dom0 "set -e; xl block-detach g1 xvdc
		for i in \$(seq 50); do ls -d /sys/bus/xen-backend/devices/vbd-*-51744 2> /dev/null || exit 0; sleep 0.2; done; exit 1"
}

file()
{
	dom0 'truncate -s 16M /root/disk.raw'
	disk /root/disk.raw
	dom0 'if losetup -a | grep disk.raw; then exit 1; fi; rm /root/disk.raw'
}

# the guest sees its disk grow, and can use what is new
resize()
{
	local rc=0

	dom0 'set -e; truncate -s 16M /root/grow.raw
		xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=/root/grow.raw'
	# shellcheck disable=SC2016
	guest g1 'for i in $(seq 100); do test -b /dev/xvdc && break; sleep 0.2; done
		blockdev --getsize64 /dev/xvdc'
	# shellcheck disable=SC2016
	dom0 'set -e; truncate -s 32M /root/grow.raw
		losetup -c "$(losetup -n -O NAME -j /root/grow.raw)"'
	# shellcheck disable=SC2016
	guest g1 'for i in $(seq 100); do test "$(blockdev --getsize64 /dev/xvdc)" = 33554432 && break; sleep 0.2; done
		blockdev --getsize64 /dev/xvdc
		dd if=/bin/bash of=/dev/xvdc bs=64k count=4 seek=400 oflag=direct
		dd if=/dev/xvdc bs=64k count=4 skip=400 iflag=direct | cmp -n 262144 - /bin/bash' || rc=1
	dom0 'xl block-detach g1 xvdc; rm /root/grow.raw'
	return $rc
}

# as long a ring as the stock front end can make, with more requests than one
# page of it holds
long_ring()
{
	# shellcheck disable=SC2016
	dom0 'set -e
		modprobe -r xen-blkfront; modprobe xen-blkfront max_ring_page_order=4
		trap "modprobe -r xen-blkfront; modprobe xen-blkfront" EXIT
		xl block-attach 0 format=raw,vdev=xvdj,access=w,script=block-blanket,target=/dev/lab/null
		for i in $(seq 50); do test -b /dev/xvdj && break; sleep 0.2; done
		order=$(xenstore-read /local/domain/0/device/vbd/51856/ring-page-order)
		depth=$(cat /sys/block/xvdj/queue/nr_requests)
		dd if=/dev/xvdj of=/dev/null bs=4k count=4000 iflag=direct 2> /dev/null
		dd if=/dev/xvdj of=/dev/null bs=1M count=64 2> /dev/null
		cd /sys/bus/xen-backend/devices/vbd-0-51856
		requests=$(cat statistics/rd_req) bad=$(cat blanket/bad_req)
		cd /; xl block-detach 0 xvdj
		echo "ring-page-order $order, depth $depth, $requests requests, $bad bad"
		[ "$order" = 4 ] && [ "$depth" -gt 64 ] && [ "$requests" -ge 4000 ] && [ "$bad" = 0 ]'
}

# dom0 can be its own front end, as pygrub needs it
own_front_end()
{
	# shellcheck disable=SC2016
	dom0 'set -e
		xl block-attach 0 format=raw,vdev=xvdj,access=w,script=block-blanket,target=/dev/lab/null
		ls -d /sys/bus/xen-backend/devices/vbd-0-*
		test "$(basename "$(readlink /sys/bus/xen-backend/devices/vbd-0-*/driver)")" = blanket_blk
		xl block-detach 0 xvdj'
}

plan 8
t guest_is_up ensure_guests g1
t network_attach attach_vif
t network_detach detach_vif
t block_attach_and_detach disk /dev/lab/null
t file_through_loop file
t guest_sees_its_disk_grow resize
t dom0_is_its_own_front_end own_front_end
t ring_of_sixteen_pages long_ring
finish
