#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest sends no faster than it may: by xl's rate=, by xenstore, by an operator.
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

plan 3
t guest_is_up ensure_guests g1
t guest_keeps_to_its_rate set_by_hand
t xl_and_xenstore_say_it set_by_xl
finish
