#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest starts anew, with its disk and its network. xl destroy under full load: the guest
# is gone, with all its memory.
#
#	peer <-- wire --> g2 <-- dd --> xvda       xl destroy g2
#	dom0 <-- wire -->
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# free_memory settles when the last page is scrubbed
free_mib()
{
	dom0 "xl info free_memory"
}

# by itself: what it left is there, its devices are new ones
reboots()
{
	local id

	id=$(domid g1)
	guest g1 'echo before > /root/kept; sync; (sleep 1; reboot -ff) > /dev/null 2>&1 < /dev/null &'
	# shellcheck disable=SC2016
	in_dom0 "$id" <<-'EOF_DOM0'
		for i in $(seq 200); do
			now=$(xl domid g1 2> /dev/null) && [ "$now" != "$1" ] && break
			sleep 0.3
		done
		xl list
		ls /sys/bus/xen-backend/devices
		! ls -d /sys/bus/xen-backend/devices/v*-"$1"-* 2> /dev/null
	EOF_DOM0
	((id != $(domid g1)))
	await_guests g1
	put_wire g1
	guest g1 'grep -x before /root/kept; rm /root/kept'
	exchange g1 500000 64 10.77.0.1
}

with_load()
{
	local id before

	before=$(free_mib)
	id=$(domid g2)
	# as many of its pages as can be in other hands
	dom0 "echo 0 | tee /sys/class/net/vif$id.0/blanket/tx_map_min /sys/bus/xen-backend/devices/vbd-$id-*/blanket/copy_max"
	guest g2 'dd if=/dev/zero of=/root/load bs=1M count=512 oflag=direct > /dev/null 2>&1 &
		dd if=/dev/xvda of=/dev/null bs=256k iflag=direct > /dev/null 2>&1 &'
	dom0 "timeout 120 wire run $wire_port 50000000 100 10.77.0.12 > /dev/null 2>&1 &"
	guest g2 "timeout 120 wire run $wire_port 50000000 100 10.77.0.1 > /dev/null 2>&1 &"
	sleep 5
	dom0 "xl vcpu-list g2; xl destroy g2"
	in_dom0 "$id" "$before" <<-'EOF_DOM0'
		for i in $(seq 60); do
			free=$(xl info free_memory)
			left=$(xl list | grep -E 'null|zombie|--p' || true; ls -d /sys/bus/xen-backend/devices/v*-"$1"-* /sys/class/net/vif"$1".* 2> /dev/null)
			[ -n "$left" ] || [ $((free - $2)) -lt 256 ] || break
			sleep 0.5
		done
		echo "free: $2 MiB before, $free MiB after; left: ${left:-nothing}"
		xenstore-ls -f /local/domain/0/backend | grep -E "/v(if|bd)/$1/[0-9]+/" && exit 1
		[ -z "$left" ] && [ $((free - $2)) -ge 256 ]
	EOF_DOM0
}

plan 5
t guests_are_up ensure_guests g1 g2
t guest_reboots reboots
t destroyed_under_load with_load
t others_live exchange g1 500000 64 10.77.0.1
t its_address_is_gone eval '! peer ping -c 1 -W 2 10.77.0.12'
finish
