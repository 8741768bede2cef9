#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest has a virtio network card to itself: gatewaydev= names the card.
#
#	g1 --- vif 0 --- uplink0 --- peer
#	   `-- vif 1 --- virtqueues of fast0's card --- peer
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

if [[ $(dom0 'cat /sys/kernel/blanket/host') != kvm ]]; then
	plan 1
	echo 'ok 1 passthrough # SKIP this host has no virtio network card'
	exit 0
fi

card=
mac=

find_card()
{
	card=$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device/..)"')
	mac=$(dom0 'cat /sys/class/net/fast0/address')
}

# attach GATEWAYDEV
attach()
{
	dom0 "xl network-attach g1 mac=$mac script=vif-blanket gatewaydev=$1"
}

# libxl numbers on after one that failed
vif_id()
{
	dom0 "xenstore-list /local/domain/0/backend/vif/$(domid g1)" | sort -n | tail -n 1
}

detach()
{
	dom0 "xl network-detach g1 $(vif_id)"
}

# the second interface carries what goes to and comes from the peer
up()
{
	guest g1 "vif=/sys/bus/xen/devices/vif-$(vif_id)/net"'; set -e
		for i in $(seq 100); do test -d $vif && break; sleep 0.2; done
		udevadm settle
		# each interface answers for its own address
		sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
		name=$(ls $vif)
		ip addr add 10.77.0.60/24 dev $name
		ip -6 addr add fd77::60/64 dev $name nodad
		ip link set $name up
		ip route replace 10.77.0.1/32 dev $name src 10.77.0.60
		ip -6 route replace fd77::1/128 dev $name src fd77::60
		ping -c 2 -i 0.3 -W 10 10.77.0.1'
}

mode()
{
	dom0 "xenstore-read /local/domain/0/backend/vif/$(domid g1)/$(vif_id)/blanket-mode"
}

given_a_card()
{
	attach "$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device)"')"
	[[ $(mode) == "passthrough to $card" ]]
	up
}

value()
{
	awk -v n="$2:" '$1 == n { print $2 }' <<< "$1"
}

# Big packets both ways; what is sent lies in the guest's pages.
traffic()
{
	local vif before after key

	local -A delta=()
	vif=vif$(domid g1).$(vif_id)
	exchange g1 2000000 64 10.77.0.1
	before=$(dom0 "ethtool -S $vif")
	exchange g1 2000000 64 10.77.0.1 fd77::1
	exchange peer 2000000 64 10.77.0.60
	after=$(dom0 "ethtool -S $vif")
	for key in tx_packets tx_bytes tx_malformed tx_dropped tx_grant_copy_bytes tx_grant_standing_hits \
		rx_packets rx_bytes rx_errors rx_grant_copy_bytes; do
		delta[$key]=$(($(value "$after" $key) - $(value "$before" $key)))
		echo "$key +${delta[$key]}"
	done
	((delta[tx_malformed] + delta[tx_dropped] + delta[rx_errors] == 0))
	((delta[tx_bytes] > 6000000 && delta[rx_bytes] > 6000000))
	((delta[tx_bytes] / delta[tx_packets] > 1600 && delta[rx_bytes] / delta[rx_packets] > 1600))
	((delta[rx_grant_copy_bytes] >= delta[rx_bytes] && delta[tx_grant_standing_hits] > delta[tx_packets]))
}

# its own source address alone goes out
spoofing()
{
	local vif before after

	vif=vif$(domid g1).$(vif_id)
	before=$(value "$(dom0 "ethtool -S $vif")" tx_spoofed)
	guest g1 "python3 -c '
import socket, os
name = os.listdir(\"/sys/bus/xen/devices/vif-$(vif_id)/net\")[0]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
for _ in range(10):
    s.send(bytes.fromhex(\"ff\" * 6 + \"0200deadbeef\" + \"88b5\") + bytes(50))
'"
	after=$(value "$(dom0 "ethtool -S $vif")" tx_spoofed)
	echo "tx_spoofed $before -> $after"
	((after - before == 10))
}

in_background()
{
	guest g1 'setsid -f timeout 30 ping -f -s 1400 10.77.0.1 > /dev/null 2>&1 < /dev/null'
	sleep 1
}

netdev_is_back()
{
	in_dom0 "$card" <<-'EOF_DOM0'
		for i in $(seq 50); do
			[ -d /sys/class/net/fast0 ] && exit
			sleep 0.2
		done
		ls -l /sys/bus/pci/devices/"$1"/driver
		exit 1
	EOF_DOM0
}

detached_under_load()
{
	in_background
	detach
	netdev_is_back
}

# the host takes the card away, or the administrator does
taken_away()
{
	attach "$card"
	up
	in_background
	dom0 "set -e
		echo $card > /sys/bus/pci/drivers/blanket_virtio/unbind
		echo > /sys/bus/pci/devices/$card/driver_override
		echo $card > /sys/bus/pci/drivers_probe"
	netdev_is_back
	detach
}

another_address()
{
	local out

	if out=$(dom0 "xl network-attach g1 mac=00:16:3e:77:00:2d script=vif-blanket gatewaydev=$card" 2>&1); then
		return 1
	fi
	echo "$out"
	[[ $out == *"write mac=$mac"* ]]
	netdev_is_back
}

# dom0 uses it: an uplink it is
used_by_dom0()
{
	dom0 "ip link set fast0 up
		xl network-attach g1 mac=00:16:3e:77:00:2d script=vif-blanket gatewaydev=$card"
	mode
	[[ $(mode) == "uplink fast0, no passthrough: dom0 uses it as fast0"* ]]
	detach
	dom0 'ip link set fast0 down'
}

destroyed_under_load()
{
	attach "$card"
	up
	in_background
	dom0 'xl destroy g1'
	in_dom0 <<-'EOF_DOM0'
		for i in $(seq 50); do
			xl list | grep -q '(null)\|g1' || exit 0
			sleep 0.2
		done
		xl list
		exit 1
	EOF_DOM0
	netdev_is_back
}

plan 10
t guest_is_up ensure_guests g1
find_card
t guest_has_the_card given_a_card
t traffic traffic
t foreign_source_addresses_are_dropped spoofing
t detached_under_load detached_under_load
t card_taken_away_under_load taken_away
t card_of_another_address_is_refused another_address
t card_in_use_becomes_an_uplink used_by_dom0
t destroyed_under_load destroyed_under_load
t guest_comes_back ensure_guests g1
finish
