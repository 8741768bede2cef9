#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest sends no faster than it may: by xl's rate=, by xenstore, by an operator; and is sent
# no more than tc lets through.
#
#	peer <--- 250 kB/s --- uplink0 --- g1
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# limit_is VIF RATE INTERVAL
limit_is()
{
	local now

	for _ in {1..25}; do
		now=$(dom0 "cat /sys/class/net/$1/blanket/rate /sys/class/net/$1/blanket/rate_interval" | paste -sd' ')
		[[ $now != "$2 $3" ]] || return 0
		sleep 0.2
	done
	echo "$1: $now, expected $2 $3"
	return 1
}

set_by_hand()
{
	local vif

	vif=$(vif_of g1)
	keeps_to_rate "$vif"
	limit_is "$vif" 0 20000
}

# and what is no rate changes nothing
set_by_xl()
{
	local id node

	id=$(domid g1)
	node=/local/domain/0/backend/vif/$id/1/rate
	second_vif g1 'mac=00:16:3e:77:00:1f gatewaydev=uplink0 rate=250KB/s@20ms' 10.77.0.31/24
	limit_is "vif$id.1" 250000 20000
	peer ping -c 3 -W 20 10.77.0.31
	dom0 "xenstore-write $node 1000000,100000"
	limit_is "vif$id.1" 10000000 100000
	dom0 "xenstore-write $node 1,5000000"
	limit_is "vif$id.1" 1 1000000
	foresee 'vif[0-9.]*: .*/rate is not BYTES,MICROSECONDS'
	dom0 "xenstore-write $node fast; sleep 1"
	limit_is "vif$id.1" 1 1000000
	no_second_vif g1
}

# An operator's own shaper on the vif holds back what goes to the guest.
shaped_by_tc()
{
	local vif out

	vif=$(vif_of g1)
	dom0 "tc qdisc add dev $vif root tbf rate 2mbit burst 10kb latency 5s"
	out=$(exchange g1 1000000 32 10.77.0.1) || out+=' failed'
	dom0 "tc -s qdisc show dev $vif; tc qdisc del dev $vif root"
	echo "$out"
	[[ $out != *failed ]]
	awk '/^tcp-tx/ { there = $6 } /^tcp-rx/ { back = $6 }
		END { exit !(back > 3900 && back < 8000 && there && there < back / 2) }' <<< "$out"
	out=$(exchange g1 1000000 64 10.77.0.1)
	echo "without it: $out"
	awk '/^tcp-rx/ { back = $6 } END { exit !(back && back < 2000) }' <<< "$out"
}

plan 4
t guest_is_up ensure_guests g1
t guest_keeps_to_its_rate set_by_hand
t xl_and_xenstore_say_it set_by_xl
t tc_shapes_a_vif shaped_by_tc
finish
