#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Traffic between all pairs, and what an operator does to a vif.
#
#	peer --- uplink0 === blanket_net --- vifX.0 === g1
#	           |              `--------- vifY.0 === g2
#	         dom0
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

counters()
{
	dom0 "ethtool -S $1" | tr -d ' '
}

value()
{
	sed -n "s/^$2://p" <<< "$1"
}

offloads()
{
	local out want

	# shellcheck disable=SC2016
	out=$(guest g1 'ethtool -k "$(basename /sys/bus/xen/devices/vif-0/net/*)"')
	for want in tx-checksumming scatter-gather tcp-segmentation-offload tx-tcp6-segmentation \
		generic-receive-offload; do
		grep -E "^\s*$want: on" <<< "$out" || { echo "not on: $want"; return 1; }
	done
}

# A megabyte each way in far fewer packets than Ethernet frames, none refused.
big_packets()
{
	local vif before after key d
	local -A delta=()

	vif=$(vif_of g1)
	before=$(counters "$vif")
	exchange g1 2000000 16 10.77.0.1 fd77::1
	after=$(counters "$vif")
	for key in tx_packets tx_bytes rx_packets rx_bytes tx_grant_errors rx_grant_errors tx_malformed rx_errors \
		tx_grant_copy_ops tx_grant_map_pages tx_grant_standing_hits rx_grant_copy_ops rx_grant_copy_bytes; do
		d=$(($(value "$after" "$key") - $(value "$before" "$key")))
		echo "$key +$d"
		delta[$key]=$d
	done
	((delta[tx_bytes] > 4000000 && delta[rx_bytes] > 4000000)) || return
	((delta[tx_bytes] / delta[tx_packets] > 1600 && delta[rx_bytes] / delta[rx_packets] > 1600)) || return
	((delta[tx_grant_errors] + delta[rx_grant_errors] + delta[tx_malformed] + delta[rx_errors] == 0)) || return
	# each packet is reached in one way or another, every received byte is copied
	((delta[tx_grant_copy_ops] + delta[tx_grant_map_pages] + delta[tx_grant_standing_hits] >= delta[tx_packets])) ||
		return
	((delta[rx_grant_copy_ops] >= delta[rx_packets] && delta[rx_grant_copy_bytes] >= delta[rx_bytes]))
}

# map_from VIF BYTES: packets of that size and more stay in the guest's pages
map_from()
{
	dom0 "echo $2 > /sys/class/net/$1/blanket/tx_map_min"
}

# Payload goes to the device from the guest's own pages, with no second copy,
# and every page comes back.
zero_copy()
{
	local vif rc=0 counters mapped=0 unmapped

	vif=$(vif_of g1)
	map_from "$vif" 0
	dom0 'set -e; cd /sys/kernel/tracing; mkdir -p instances/lab; cd instances/lab
		nic=$(basename "$(readlink -f /sys/class/net/uplink0/device/..)")
		echo "dev_name == \"$nic\"" > events/swiotlb/swiotlb_bounced/filter
		echo 1 > events/swiotlb/swiotlb_bounced/enable; echo > trace'
	exchange g1 1000000 64 10.77.0.1 fd77::1 || rc=1
	dom0 'set -e; cd /sys/kernel/tracing/instances/lab; cat trace
		! grep -q swiotlb_bounced: trace; cd ..; rmdir lab' || rc=1
	# to a neighbour, who may hold on to it, and to dom0
	exchange g1 500000 64 10.77.0.12 10.77.0.2 || rc=1
	map_from "$vif" 65536
	for _ in {1..20}; do
		counters=$(counters "$vif")
		mapped=$(value "$counters" tx_grant_map_pages)
		unmapped=$(value "$counters" tx_grant_unmap_pages)
		((mapped == unmapped)) && break
		sleep 0.5
	done
	echo "$mapped pages mapped, $unmapped unmapped"
	((rc == 0 && mapped > 500 && mapped == unmapped && $(value "$counters" tx_grant_errors) == 0))
}

# gro_is STATE: soon
gro_is()
{
	in_dom0 "$1" <<-'EOF_DOM0'
		for i in $(seq 30); do
			ethtool -k uplink0 | grep -q "^generic-receive-offload: $1" && exit
			sleep 0.3
		done
		ethtool -k uplink0 | grep receive-offload
		exit 1
	EOF_DOM0
}

host_merges()
{
	dom0 'ethtool -k uplink0 | grep -q "^rx-gro-hw: on"'
}

# Where the host merges as well, GRO stops while there is nothing to merge, and
# is there again for TCP.
gro_follows()
{
	peer timeout 60 python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(3000):
    s.sendto(bytes(64), ("10.77.0.11", 9))
    if i % 64 == 0:
        time.sleep(0.01)'
	if host_merges; then
		gro_is off
	else
		sleep 3
		gro_is on
	fi
	# how many frames that is depends on how much the host merges
	for _ in {1..20}; do
		exchange peer 6000000 16 10.77.0.11
		! dom0 'ethtool -k uplink0 | grep "^generic-receive-offload: on"' || return 0
	done
	gro_is on
}

polling_guest()
{
	local vif

	vif=$(vif_of g1)
	lives_on_polling "$vif" "$vif-" 10.77.0.11
}

# trace_and_count VIF: traffic; what tracepoints and counters saw of it
trace_and_count()
{
	in_dom0 "$1" "$(domid g1)" "$wire_port" <<-'EOF_DOM0'
		set -e
		disk() { cat /sys/bus/xen-backend/devices/vbd-"$domid"-*/statistics/{rd,wr,f}_req; }
		count() { ethtool -S "$vif" | awk -v n="$1" '$1 ~ "^(" n "):$" { s += $2 } END { print s + 0 }'; }
		all() { for c in '[tr]x_grant_copy_ops' '[tr]x_grant_copy_calls' tx_kicks '[tr]x_notifies'; do count "$c"; done; }
		# what is still under way, counted but not traced or the other way, comes to rest
		settle() { local was; until [ "$was" = "$(all)" ]; do was=$(all); sleep 0.3; done; }
		vif=$1 domid=$2
		mkdir -p /sys/kernel/tracing/instances/lab
		cd /sys/kernel/tracing/instances/lab
		echo 16384 > buffer_size_kb
		disks=$(disk)
		settle
		echo 1 > events/blanket/enable
		read -rd '' ops calls kicks notifies < <(all) || true
		wire run "$3" 200000 16 10.77.0.11 > /dev/null
		settle
		read -rd '' ops2 calls2 kicks2 notifies2 < <(all) || true
		echo 0 > events/blanket/enable
		traced=$(awk -v d="domid=$domid" -v u=device=uplink0 '
			/blanket_copy:/ && index($0, d " ") { calls++; split($0, f, "ops="); ops += f[2] + 0 }
			/blanket_kick:/ && index($0, u " ") { kicks++ }
			/blanket_notify:/ && index($0, d " ") { notifies++ }
			END { print ops + 0, calls + 0, kicks + 0, notifies + 0 }' trace)
		quiet=yes
		[ "$disks" = "$(disk)" ] || quiet=no
		cd ..; rmdir lab
		echo "traced $traced; counted $((ops2 - ops)) $((calls2 - calls)) $((kicks2 - kicks)) $((notifies2 - notifies)); disk quiet: $quiet"
		[ "$traced" = "$((ops2 - ops)) $((calls2 - calls)) $((kicks2 - kicks)) $((notifies2 - notifies))" ] && [ $quiet = yes ]
	EOF_DOM0
}

# A stray packet between two readings, or a write of the guest's, spoils one.
trace_agrees()
{
	local vif

	vif=$(vif_of g1)
	for _ in {1..4}; do
		trace_and_count "$vif" && return
		sleep 3
	done
	return 1
}

# send_as MAC: g1 sends ten frames with that source address
send_as()
{
	guest g1 "python3 -c '
import socket, os
name = os.listdir(\"/sys/bus/xen/devices/vif-0/net\")[0]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
for _ in range(10):
    s.send(bytes.fromhex(\"ff\" * 6 + \"$1\" + \"88b5\") + bytes(50))
'"
}

peer_knows()
{
	peer bridge fdb show br lan0 | grep -i "$1"
}

ip_spoofing()
{
	local knobs

	knobs=/sys/class/net/$(vif_of g1)/blanket
	dom0 "echo 10.77.0.11 fd77::b > $knobs/addresses; echo 2 > $knobs/antispoof"
	keeps_to_addresses g1 "$(vif_of g1)" 0 10.77.0.11
	exchange g1 100000 60 10.77.0.1 fd77::1
	dom0 "echo > $knobs/addresses; if echo 3 > $knobs/antispoof; then exit 1; fi; echo 1 > $knobs/antispoof"
}

spoofing()
{
	local vif before after

	vif=$(vif_of g1)
	before=$(value "$(counters "$vif")" tx_spoofed)
	send_as 0200deadbeef
	after=$(value "$(counters "$vif")" tx_spoofed)
	echo "tx_spoofed $before -> $after"
	((after - before == 10)) || return
	if peer_knows 02:00:de:ad:be:ef; then
		return 1
	fi
	dom0 "echo 0 > /sys/class/net/$vif/blanket/antispoof"
	send_as 0200deadbee0
	dom0 "echo 1 > /sys/class/net/$vif/blanket/antispoof"
	sleep 1
	peer_knows 02:00:de:ad:be:e0
}

capture()
{
	local vif

	vif=$(vif_of g1)
	in_dom0 "$vif" <<-'EOF_DOM0'
		set -e
		timeout 60 tcpdump -lni "$1" -c 6 icmp > /tmp/seen 2> /tmp/said &
		until grep -q 'listening on' /tmp/said; do sleep 0.3; done
		ping -c 4 -i 0.3 10.77.0.11 > /dev/null
		wait
		cat /tmp/said /tmp/seen
		grep -q 'echo request' /tmp/seen && grep -q 'echo reply' /tmp/seen
	EOF_DOM0
	# and what goes past dom0
	guest g1 'ping -c 20 -i 0.5 10.77.0.1 > /dev/null 2>&1 &'
	dom0 "timeout 60 tcpdump -lni $vif -c 4 icmp and host 10.77.0.1" | tee /tmp/seen.$$
	grep -q 'echo request' /tmp/seen.$$ && rm -f /tmp/seen.$$
}

filter()
{
	local vif rc

	vif=$(vif_of g1)
	dom0 "set -e
		nft add table netdev lab
		nft 'add chain netdev lab in { type filter hook ingress device $vif priority 0; }'
		nft add rule netdev lab in ip daddr 10.77.0.1 ip protocol icmp counter drop"
	rc=0
	guest g1 'ping -c 2 -W 2 10.77.0.1' || rc=$?
	dom0 'nft list table netdev lab; nft delete table netdev lab'
	((rc == 1)) || return 1
	guest g1 'ping -c 2 -W 10 10.77.0.1'
}

plan 15
t guests_are_up ensure_guests g1 g2
t guest_and_peer exchange g1 1500000 240 10.77.0.1 fd77::1
t peer_and_guest exchange peer 1500000 240 10.77.0.11 fd77::b
t guest_and_guest exchange g1 1500000 240 10.77.0.12 fd77::c
t dom0_and_guest exchange dom0 1500000 240 10.77.0.11 fd77::b
t offloads_are_on offloads
t big_packets_and_counters big_packets
t zero_copy_returns_every_page zero_copy
t gro_follows_the_traffic gro_follows
t polling_takes_the_place_of_events polling_guest
t tracepoints_and_counters_agree trace_agrees
t foreign_source_addresses_are_dropped spoofing
t foreign_ip_addresses_too_where_said ip_spoofing
t tcpdump_sees_the_packets capture
t nft_filters_the_vif filter
finish
