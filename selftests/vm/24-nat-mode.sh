#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT mode: guests behind dom0's own address, on a network that the peer knows nothing of.
#
#	peer 10.77.0.1 --- uplink0 10.77.0.2 === dom0 === vif 1 --- g1 10.88.0.11
#	                                            `==== vif 1 --- g2 10.88.0.12
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

trap 'peer ip route del 10.88.0.0/24 2> /dev/null || true' EXIT

# inside GUEST COMMAND: among its addresses behind NAT
inside()
{
	guest "$1" "ip netns exec new $2"
}

# join GUEST NUMBER
join()
{
	second_vif "$1" "mac=00:16:3e:88:00:$2 gatewaydev=uplink0:nat 'ip=10.88.0.$2 fd88::$2'" \
		"10.88.0.$2/24" "fd88::$2/128"
	inside "$1" 'ip route add default via 10.88.0.1'
	# shellcheck disable=SC2016
	guest "$1" 'ip -n new -6 route add default via fe80::1 dev $(ip -n new -o link | sed -n "s/.*: \(e[^:@]*\)[:@].*/\1/p")'
}

attached()
{
	join g1 11
	join g2 12
	dom0 "cat /sys/class/net/vif$(domid g1).1/blanket/mode" | grep -x nat
	dom0 'nft list table inet blanket_nat'
}

# the peer sees dom0 alone: it knows no way to 10.88.0.0
peer_sees_dom0()
{
	peer bash -c '! ip route get 10.88.0.11' | tee /dev/stderr
	inside g1 'ping -c 3 -i 0.3 -W 10 10.77.0.1'
	inside g1 'ping -c 3 -i 0.3 -W 10 fd77::1'
}

traffic()
{
	local out

	out=$(inside g1 "wire run $wire_port 500000 64 10.77.0.1 fd77::1")
	echo "$out"
	awk '$8 > 1 { bad = 1 } END { exit bad || NR != 8 }' <<< "$out"
}

# by dom0, which answers for each to the other; and dom0 reaches them
between_guests()
{
	inside g1 'ping -c 3 -i 0.3 -W 10 10.88.0.12'
	inside g1 'ping -c 3 -i 0.3 -W 10 fd88::12'
	dom0 'ping -c 2 -W 10 10.88.0.11'
}

# opened COMMAND...: without the rules it works, so they are what forbids it
opened()
{
	dom0 'nft list chain inet blanket_nat pass > /tmp/pass; nft flush chain inet blanket_nat pass'
	"$@"
	dom0 'nft -f /tmp/pass'
}

# what nobody behind it asked for does not come in, though the peer knows the way
closed()
{
	peer ip route add 10.88.0.0/24 via 10.77.0.2
	if peer ping -c 3 -i 0.3 -W 3 10.88.0.11; then
		return 1
	fi
	opened peer ping -c 3 -i 0.3 -W 10 10.88.0.11
	peer ip route del 10.88.0.0/24
}

# nor does a guest go anywhere but by its uplink, though dom0 would route there
elsewhere()
{
	dom0 'ip link add elsewhere type veth peer name far
		ip netns add far
		ip link set far netns far
		ip addr add 10.99.0.1/24 dev elsewhere
		ip link set elsewhere up
		echo 1 > /proc/sys/net/ipv4/conf/elsewhere/forwarding
		ip -n far addr add 10.99.0.2/24 dev far
		ip -n far link set far up
		ip -n far route add default via 10.99.0.1
		ping -c 1 -W 10 10.99.0.2'
	if inside g1 'ping -c 3 -i 0.3 -W 2 10.99.0.2'; then
		return 1
	fi
	opened inside g1 'ping -c 3 -i 0.3 -W 10 10.99.0.2'
	dom0 'ip link del elsewhere; ip netns del far'
}

# another's address, of the same network, is not sent from
spoofing()
{
	local vif before after

	vif=vif$(domid g1).1
	before=$(dom0 "ethtool -S $vif" | awk '$1 == "tx_spoofed:" { print $2 }')
	inside g1 'ip addr add 10.88.0.99/32 dev lo'
	if inside g1 'ping -c 3 -i 0.3 -W 2 -I 10.88.0.99 10.77.0.1'; then
		return 1
	fi
	after=$(dom0 "ethtool -S $vif" | awk '$1 == "tx_spoofed:" { print $2 }')
	inside g1 'ip addr del 10.88.0.99/32 dev lo'
	echo "tx_spoofed $before -> $after"
	((after >= before + 3))
}

# refused CONFIG PATTERN
refused()
{
	local mac=00:16:3e:88:00:77 out

	out=$(dom0 "xl network-attach g1 mac=$mac script=vif-blanket gatewaydev=uplink0:nat $1 2>&1" || true)
	echo "$out"
	dom0 "xl network-detach g1 $mac"
	[[ $out == *"$2"* ]]
}

# what dom0 knows from elsewhere, or is dom0's, is nobody's behind NAT
bad_addresses()
{
	refused ip=10.88.0.12 'ip=10.88.0.12: dom0 has a route there'
	refused ip=10.77.0.33 'ip=10.77.0.33: dom0 has a route there'
	dom0 'ip link add narrow type dummy; ip addr add 10.89.0.2/25 dev narrow; ip link set narrow up'
	refused ip=10.89.0.200 'its gateway would be 10.89.0.1, and dom0 has a route there'
	dom0 'ip link del narrow'
	refused ip=10.89.0.1 'the first address of its /24 is the gateway'
	refused '' "add the guest's, as ip="
	inside g1 'ping -c 1 -W 10 10.77.0.1'
}

# One goes, and the other goes on; the last takes all with it.
detached()
{
	local rules

	no_second_vif g2
	inside g1 'ping -c 2 -i 0.3 -W 10 10.77.0.1'
	rules=$(dom0 'nft list table inet blanket_nat')
	echo "$rules"
	[[ $rules == *'10.88.0.11 . "uplink0"'* && $rules != *10.88.0.12* ]]
	no_second_vif g1
	dom0 '! nft list table inet blanket_nat 2> /dev/null'
}

plan 10
t guests_are_up ensure_guests g1 g2
t guests_join attached
t peer_sees_dom0_alone peer_sees_dom0
t traffic traffic
t guests_and_dom0_reach_each_other between_guests
t nobody_comes_in_unasked closed
t guests_go_by_their_uplink_alone elsewhere
t foreign_addresses_are_dropped spoofing
t addresses_of_others_are_refused bad_addresses
t last_guest_takes_the_rules_along detached
finish
