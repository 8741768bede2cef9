#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest is paused, and saved and restored, and dom0's daemons start anew, while all the
# guest's devices are at work: connections live on, no write is lost, and nothing of the
# guest that was is kept.
#
#	g1 --- vif 0, xvdb --- uplink0, block layer      wire <-> dom0
#	   |-- vif 1 --- virtqueues of fast0's card      wire <-> peer
#	   `-- xvdc --- virtqueue of the spare disk      fio, verified
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

image=/tmp/g1.saved
virtio=
[[ $(dom0 'cat /sys/kernel/blanket/host') != kvm ]] || virtio=1
disks=(xvdb)
[[ -z $virtio ]] || disks+=(xvdc)

cleanup()
{
	dom0 "rm -f $image; xl unpause g1; xl block-detach g1 xvdc" > /dev/null 2>&1 || true
}
trap cleanup EXIT

spare()
{
	# shellcheck disable=SC2016
	dom0 'for s in $(grep -lx lab-spare /sys/block/vd*/serial); do
		basename "$(readlink -f "$(dirname "$s")/device/..")"
	done'
}

prepare()
{
	ensure_guests g1
	[[ -n $virtio ]] || return 0
	attach_card g1 "$(dom0 'cat /sys/class/net/fast0/address')" \
		"$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device/..)"')"
	[[ $(vif_mode g1) == "passthrough to "* ]]
	card_up g1 "$(vif_id g1)" '
		ip addr add 10.77.0.60/24 dev $name
		ip route replace 10.77.0.1/32 dev $name src 10.77.0.60
		ping -c 2 -i 0.3 -W 10 10.77.0.1'
	dom0 "xl block-attach g1 format=raw,vdev=xvdc,access=w,script=block-blanket,target=$(spare)"
	guest g1 'for i in $(seq 100); do test -b /dev/xvdc && exit; sleep 0.2; done; false'
}

# The guest's clock stands while it does, so nothing of this times out there.
begin()
{
	local disk

	guest g1 "cd /root; rm -f stop *.net *.disk *.state
		for to in 10.77.0.1 10.77.0.2; do
			setsid -f sh -c \"while ! test -e stop; do wire run $wire_port 300000 8 \$to; done 2>&1 && echo ended\" \
				> \$to.net 2>&1 < /dev/null
		done"
	for disk in "${disks[@]}"; do
		guest g1 "cd /root; setsid -f sh -c 'fio --alloc-size=1024 --name=v --filename=/dev/$disk --size=3M \
			--direct=1 --ioengine=libaio --thread --rw=randwrite --bsrange=4k-64k --iodepth=8 --rate=200k \
			--verify=crc32c --verify_fatal=1 --do_verify=1 --randrepeat=0 --minimal; echo status \$?' \
			> $disk.disk 2>&1 < /dev/null"
	done
	# all at work
	guest g1 'cd /root
		for i in $(seq 100); do
			test "$(grep -l tcp *.net | wc -l)" = 2 && exit
			sleep 0.3
		done
		cat *.net; exit 1'
}

# going_on: each of them, and verified to the end
going_on()
{
	guest g1 'cd /root
		had=$(cat *.net | grep -c tcp-rx)
		for i in $(seq 300); do
			test "$(grep -l "^status" *.disk | wc -l)" = '"${#disks[@]}"' && break
			sleep 0.3
		done
		touch stop
		for i in $(seq 200); do
			test "$(grep -l ended *.net | wc -l)" = 2 && break
			sleep 0.3
		done
		echo "runs: $had, then $(cat *.net | grep -c tcp-rx)"
		tail -n 3 *.net *.disk
		test "$(grep -c ended *.net | grep -c ":1$")" = 2 &&
			test "$(cat *.disk | grep -c "^status 0")" = '"${#disks[@]}"' &&
			test "$(cat *.net | grep -c tcp-rx)" -gt "$had" &&
			! grep -v "lost\|ended" *.net'
}

paused()
{
	begin
	dom0 'xl pause g1; sleep 3; xl unpause g1'
	going_on
}

# Xenstore keeps what it has, and the watches on it; the console's daemon begins anew.
daemons()
{
	begin
	in_dom0 <<-'EOF_DOM0'
		set -e
		bin=$(dirname "$(readlink -f "/proc/$(pidof oxenstored)/exe")")
		xenstore-control live-update -t 20 "$bin/oxenstored"
		old=$(pidof xenconsoled)
		kill "$old"
		while kill -0 "$old" 2> /dev/null; do sleep 0.1; done
		"$bin/xenconsoled" --log=guest --pid-file=/run/xenconsoled.pid
		dmesg | tail -n 2
	EOF_DOM0
	going_on
	# and the back ends still hear of what the tool stack writes
	dom0 'xl block-attach g1 format=raw,vdev=xvdd,access=r,script=block-blanket,target=/dev/lab/null'
	guest g1 'for i in $(seq 100); do test -b /dev/xvdd && break; sleep 0.2; done
		dd if=/dev/xvdd of=/dev/null bs=64k count=4 iflag=direct'
	dom0 'xl block-detach g1 xvdd'
	let_go g1 vbd-51760
}

# What dom0 had of the guest's it has let go of.
saved()
{
	local id

	id=$(domid g1)
	begin
	dom0 "xl save g1 $image"
	forgotten g1
	dom0 "! ls -d /sys/bus/xen-backend/devices/*-$id-* /sys/class/net/vif$id.* 2> /dev/null"
	[[ -z $virtio ]] || dom0 'test -d /sys/class/net/fast0'
}

restored()
{
	dom0 "xl restore $image; rm $image"
	[[ -z $virtio ]] || [[ $(vif_mode g1) == "passthrough to "* ]]
}

# After that the ways are the same as before.
same_ways()
{
	local vif before after

	vif=$(vif_of g1)
	before=$(dom0 "ethtool -S $vif" | awk '/tx_grant_standing_hits:|rx_grant_lean_ops:/ { print $2 }' | paste -sd' ')
	exchange g1 300000 64 10.77.0.2
	after=$(dom0 "ethtool -S $vif" | awk '/tx_grant_standing_hits:|rx_grant_lean_ops:/ { print $2 }' | paste -sd' ')
	echo "standing hits and lean operations: $before, then $after"
	((${after% *} > ${before% *} + 50 && ${after#* } > ${before#* } + 50))
}

detached()
{
	detach_card g1
	dom0 'xl block-detach g1 xvdc'
	let_go g1 vbd-51744
}

plan $((virtio ? 8 : 7))
t guest_has_the_devices prepare
t paused_under_load paused
t daemons_start_anew daemons
t saved_under_load saved
t restored restored
t all_goes_on going_on
t by_the_same_ways same_ways
[[ -z $virtio ]] || t detached detached
finish
