#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Standing mappings: what a guest sends and writes is read without asking Xen,
# what it no longer sends from is let go, and with none of them all goes on.
#
#	g1 --- vif, xvdb --- its pages, mapped read-only in dom0
#	g2 --- vif 1 with other settings
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

trap 'dom0 "echo 1024 > /sys/module/blanket/parameters/standing_pages" || true' EXIT

# count VIF NAME
count()
{
	dom0 "ethtool -S $1" | awk -v n="tx_grant_$2:" '$1 == n { print $2 }'
}

# In the steady state no grant operation goes with what is sent.
without_asking()
{
	local vif ops hits

	vif=$(vif_of g1)
	exchange g1 500000 64 10.77.0.1
	ops=$(count "$vif" copy_ops) hits=$(count "$vif" standing_hits)
	exchange g1 500000 64 10.77.0.1 fd77::1 10.77.0.2
	ops=$(($(count "$vif" copy_ops) - ops)) hits=$(($(count "$vif" standing_hits) - hits))
	echo "$hits pieces read through standing mappings, $ops copied by Xen"
	((hits > 500 && ops < hits / 4)) && (($(count "$vif" standing_refused) == 0))
}

# value_of DIRECTORY NAME
value_of()
{
	dom0 "cat $1/blanket/$2"
}

disk_writes()
{
	local vbd before after

	vbd=$(vbd_of g1 xvdb)
	before=$(value_of "$vbd" standing_bytes)
	verify_disk g1 /dev/xvdb 8 bs=64k rw=randwrite iodepth=8
	after=$(value_of "$vbd" standing_bytes)
	echo "$((after - before)) of 8 MiB read through standing mappings"
	((after - before > 1000000))
}

# Nothing is held of a guest that is silent.
let_go()
{
	local vif vbd held

	vif=$(vif_of g1)
	vbd=$(vbd_of g1 xvdb)
	(($(count "$vif" standing_maps) > 4))
	for _ in {1..20}; do
		held=$(($(count "$vif" standing_maps) - $(count "$vif" standing_unmaps)))
		held="$held $(($(value_of "$vbd" standing_maps) - $(value_of "$vbd" standing_unmaps)))"
		[[ $held != "0 0" ]] || return 0
		sleep 0.5
	done
	echo "still held of vif and disk: $held pages"
	return 1
}

# The guest's memory is its own to give back while it sends.
balloon()
{
	in_dom0 g1 <<-'EOF_DOM0'
		set -e
		was=$(xl list "$1" | awk 'NR == 2 { print $3 }')
		free=$(xl info free_memory)
		xl mem-set "$1" $((was - 64))m
		for i in $(seq 40); do
			now=$(xl info free_memory)
			[ $((now - free)) -lt 62 ] || break
			sleep 0.3
		done
		echo "given back $((now - free)) of 64 MiB"
		xl mem-set "$1" "${was}m"
		[ $((now - free)) -ge 62 ]
	EOF_DOM0
}

# with_pages N: a vif that comes now has as many standing mappings
with_pages()
{
	local id vif rc=0 hits

	id=$(domid g2)
	vif=vif$id.1
	dom0 "echo $1 > /sys/module/blanket/parameters/standing_pages
		xl network-attach g2 mac=00:16:3e:77:00:2e script=vif-blanket gatewaydev=uplink0"
	guest g2 'set -e
		for i in $(seq 100); do test -d /sys/bus/xen/devices/vif-1/net && break; sleep 0.2; done
		udevadm settle
		name=$(ls /sys/bus/xen/devices/vif-1/net)
		ip addr replace 10.77.0.46/24 dev $name; ip link set $name up
		ip route add 10.77.0.1/32 dev $name src 10.77.0.46
		ping -c 30 -i 0.02 -s 1000 -I $name 10.77.0.1 || { ip neigh; grep vif1- /proc/interrupts; exit 1; }' || {
		rc=1
		peer ip neigh
		dom0 "ethtool -S $vif | grep -v ' 0$'"
	}
	hits=$(count "$vif" standing_hits)
	echo "$1 pages: $hits hits, $(count "$vif" standing_maps) maps, $(count "$vif" standing_unmaps) unmaps"
	(($1 ? hits > 0 : hits == 0)) || rc=1
	(($(count "$vif" standing_maps) - $(count "$vif" standing_unmaps) <= $1)) || rc=1
	dom0 "xl network-detach g2 1; echo 1024 > /sys/module/blanket/parameters/standing_pages"
	let_go g2 vif-1
	return $rc
}

plan 7
t guests_are_up ensure_guests g1 g2
t sending_asks_nothing_of_xen without_asking
t disk_writes_neither disk_writes
t balloon_while_mapped balloon
t what_is_idle_is_let_go let_go
t none_are_kept with_pages 0
t few_are_kept with_pages 2
finish
