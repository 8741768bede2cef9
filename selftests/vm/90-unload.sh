#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The modules stay while a guest uses them, or are loaded anew below it; they go when
# none does, and come back, after the stock drivers as well as before them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# instances: tell a module from the same one loaded again
instances()
{
	dom0 'stat -c %i /sys/module/blanket /sys/module/blanket_net /sys/module/blanket_blk'
}

# Below a guest that uses its network and both its disks: no connection ends, nothing
# that was written is lost, and what an operator set stays.
reloaded()
{
	local before after knob

	ensure_guests g1
	knob=/sys/class/net/$(vif_of g1)/blanket/tx_map_min
	# what is for new connections is not for one that goes on
	dom0 "set -e
		echo 4321 > $knob; blanket tune persistent_pages=1024
		if rmmod blanket_blk; then exit 1; fi"
	# nor is what an operator has put on a vif lost without a word
	dom0 "set -e
		tc qdisc add dev $(vif_of g1) root tbf rate 8mbit burst 10kb latency 1s
		if /usr/lib/blanket/reload 2> /tmp/said; then exit 1; fi
		cat /tmp/said; grep 'would lose this: qdisc tbf' /tmp/said
		tc qdisc del dev $(vif_of g1) root
		ip route add 192.0.2.0/24 dev $(vif_of g1)
		if /usr/lib/blanket/reload 2> /tmp/said; then exit 1; fi
		cat /tmp/said; grep 'would lose this: address or route 192.0.2.0/24' /tmp/said
		ip route del 192.0.2.0/24 dev $(vif_of g1)"
	before=$(instances)
	begin_wire g1 10.77.0.1
	begin_fio g1 /dev/xvdb
	dom0 '/usr/lib/blanket/reload'
	goes_on g1 2
	after=$(instances)
	paste <(echo "$before") <(echo "$after")
	[[ -z $(comm -12 <(sort <<< "$before") <(sort <<< "$after")) ]]
	dom0 "set -e
		grep -x 4321 $knob; grep -x 2 /sys/module/blanket_blk/parameters/max_queues; echo 65536 > $knob"
	guest g1 "dd if=/dev/zero of=/root/written bs=64k count=32 conv=fsync; rm /root/written"
	end_wire g1
	end_fio g1
	dom0 "set -e
		blanket tune persistent_pages=default
		grep -x 0 $(vbd_of g1 xvdb)/blanket/persistent_hits
		xenstore-read /local/domain/0/backend/vbd/$(domid g1)/51728/feature-persistent | grep -x 0"
}

unload()
{
	dom0 'set -e
		modprobe -r blanket_net blanket_blk blanket_virtio
		modprobe -r blanket 2> /dev/null || true
		if lsmod | grep ^blanket; then exit 1; fi
		test ! -e /sys/kernel/blanket'
}

# A disk of ours goes to ours, and is moved to it so many times.
takes_a_disk()
{
	local moves

	moves=$(moved)
	# shellcheck disable=SC2016
	dom0 'set -e
		xl block-attach 0 format=raw,vdev=xvdj,access=w,script=block-blanket,target=/dev/lab/null
		test "$(basename "$(readlink /sys/bus/xen-backend/devices/vbd-0-*/driver)")" = blanket_blk
		xl block-detach 0 xvdj'
	(($(moved) - moves == $1))
}

moved()
{
	dom0 'tail -n 4 /var/log/xen/xen-hotplug.log >&2; grep -c "moving vbd" /var/log/xen/xen-hotplug.log || true'
}

# The front end reads what the first one offers: that is ours. Where somebody has loaded
# the stock driver with other options, it is not, but ours serves.
after_stock()
{
	dom0 'modprobe -a xen-netback xen-blkback && modprobe blanket_net && modprobe blanket_blk'
	takes_a_disk 0
	dom0 'set -e
		modprobe -r blanket_net blanket_blk blanket_virtio
		modprobe -r xen-blkback
		modprobe xen-blkback async_probe=0
		modprobe -a blanket_net blanket_blk'
	takes_a_disk 1
}

before_stock()
{
	dom0 'set -e
		modprobe -r blanket_net blanket_blk blanket_virtio
		modprobe -r xen-netback xen-blkback
		modprobe blanket_net
		modprobe blanket_blk
		modprobe -a xen-netback xen-blkback'
	takes_a_disk 0
}

# thresholds WEIGHT=VALUE...: tx_map_min, tx_pin_min, copy_max, pin_min with these
thresholds()
{
	unload
	# shellcheck disable=SC2016
	dom0 "modprobe blanket $*"' && modprobe -a blanket_net blanket_blk && cd /sys/module && echo $(cat blanket_net/parameters/tx_map_min \
		blanket_net/parameters/tx_pin_min blanket_blk/parameters/copy_max blanket_blk/parameters/pin_min)'
}

# What nobody sets follows from the weights.
weights_decide()
{
	local assumed dear

	assumed=$(thresholds)
	# memory that takes 100 ns for 8 bytes: little is copied
	dear=$(thresholds weight_copy8=100000)
	echo "assumed $assumed, with dear copies $dear"
	[[ $assumed == '65536 504 2097152 504' && $dear == '88 0 88 0' ]]
	dom0 'modprobe -r blanket_net && modprobe blanket_net tx_map_min=1234 && test "$(cat /sys/module/blanket_net/parameters/tx_map_min)" = 1234'
	thresholds
}

plan 7
t reloaded_under_traffic reloaded
t guests_end stop_guests g1 g2
# shellcheck disable=SC2016
t nothing_left dom0 'sleep 3; ls -d /sys/class/net/vif* /sys/bus/xen-backend/devices/*; test -z "$(ls /sys/bus/xen-backend/devices)"'
t unload unload
t loaded_after_the_stock_drivers after_stock
t loaded_before_the_stock_drivers before_stock
t weights_decide weights_decide
finish
