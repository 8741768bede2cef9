#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Uplinks that are no network cards, what becomes of guests when one changes, and
# a guest that may see what is not for it.
#
#	g1 new -- vif 1 -- va.7			VLAN 7		     -- far 10.81.0.1
#	                -- bond0 = va.8, va.9	VLANs of one segment -- far 10.82.0.1
#	                -- vx0			VXLAN		     -- far 10.83.0.1
#	                -- greb, by NAT		no Ethernet	     -- far 10.84.0.1
#	                -- wga, by NAT		WireGuard	     -- far 10.86.0.1
#	                -- va, vlan=5		a VLAN of the vif's  -- far 10.85.0.1
#	                -- va			goes down, and away  -- far 10.87.0.1
#
# far is a namespace of dom0's, behind va and vb, a pair of its devices.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

mac=00:16:3e:81:00:0b
# as a router keeps its own when a card of ours goes
far_mac=02:00:00:80:00:01

cleanup()
{
	dom0 'ip netns pids far | xargs -r kill; ip netns del far; ip link del va' 2> /dev/null || true
	lan_mtu 1500 2> /dev/null || true
}
trap cleanup EXIT

# far COMMAND...: at the other end of what dom0 has
far()
{
	dom0 "set -e; far() { ip -n far \"\$@\"; }; $*"
}

far_end()
{
	far "ip netns add far
		ip link add va type veth peer name vb address $far_mac netns far
		ip addr add 10.80.0.2/24 dev va
		ip link set va up
		far addr add 10.80.0.1/24 dev vb
		far link set vb up
		far link set lo up
		ip netns exec far setsid wire serve $wire_port > /dev/null 2>&1 < /dev/null &"
}

# inside COMMAND: among g1's addresses behind the second vif
inside()
{
	guest g1 "ip netns exec new $1"
}

# reaches NETWORK [COUNT]
reaches()
{
	inside "ping -c ${2:-3} -i 0.3 -W 10 10.$1.0.1"
}

# takes_mtu: the guest's second vif has the MTU that the guest is told
takes_mtu()
{
	local mtu

	mtu=$(dom0 "xenstore-read /local/domain/$(domid g1)/device/vif/1/mtu")
	inside "ip link set \$(ip netns exec new ls /sys/bus/xen/devices/vif-1/net) mtu $mtu"
}

# carries NETWORK ADDRESS...: all kinds of traffic
carries()
{
	reaches "$1"
	shift
	inside "wire run $wire_port 500000 64 $*" | tee /dev/stderr | awk '$8 > 1 { bad = 1 } END { exit bad || !NR }'
}

# by NETWORK CONFIG: the guest's second vif is there and works
by()
{
	second_vif g1 "mac=$mac $2" "10.$1.0.11/24" "fd$1::11/64"
	takes_mtu
	inside "ping -c 3 -i 0.3 -W 10 fd$1::1"
	carries "$1" "10.$1.0.1"
}

vlan()
{
	far 'ip link add link va name va.7 type vlan id 7
		far link add link vb name vb.7 type vlan id 7
		far addr add 10.81.0.1/24 dev vb.7
		far addr add fd81::1/64 dev vb.7 nodad
		far link set vb.7 up'
	by 81 gatewaydev=va.7
	no_second_vif g1
	dom0 'ip link del va.7'
}

# the one that is used goes down, and the guest does not notice
bond()
{
	far 'far link add seg type bridge
		ip link add bond0 type bond mode active-backup miimon 100
		for id in 8 9; do
			far link add link vb name vb.$id type vlan id $id
			far link set vb.$id master seg up
			ip link add link va name va.$id type vlan id $id
			ip link set va.$id master bond0
		done
		far addr add 10.82.0.1/24 dev seg
		far addr add fd82::1/64 dev seg nodad
		far link set seg up
		ip link set bond0 up
		ip link set bond0 type bond active_slave va.8'
	by 82 gatewaydev=bond0
	dom0 'cat /sys/class/net/bond0/bonding/active_slave; ip link set va.8 down'
	reaches 82 10
	dom0 'grep -x va.9 /sys/class/net/bond0/bonding/active_slave'
	no_second_vif g1
	dom0 'ip link del bond0; ip link del va.8; ip link del va.9'
}

# its MTU is smaller than a card's, and the guest is told
vxlan()
{
	far 'ip link add vx0 type vxlan id 83 local 10.80.0.2 remote 10.80.0.1 dstport 4789 dev va
		far link add vx0 type vxlan id 83 local 10.80.0.1 remote 10.80.0.2 dstport 4789 dev vb
		far addr add 10.83.0.1/24 dev vx0
		far addr add fd83::1/64 dev vx0 nodad
		far link set vx0 up'
	by 83 gatewaydev=vx0
	dom0 "xenstore-read /local/domain/$(domid g1)/device/vif/1/mtu" | grep -x 1450
	no_second_vif g1
	dom0 'ip link del vx0'
}

# A tunnel of IP packets is refused, with the way that there is; dom0 routes into it.
tunnel()
{
	local out

	far 'ip link add greb type gre local 10.80.0.2 remote 10.80.0.1
		ip addr add 10.84.0.2/24 dev greb
		ip link set greb up
		far link add greb type gre local 10.80.0.1 remote 10.80.0.2
		far addr add 10.84.0.1/24 dev greb
		far link set greb up'
	out=$(dom0 "xl network-attach g1 mac=$mac script=vif-blanket gatewaydev=greb 2>&1" || true)
	echo "$out"
	dom0 "xl network-detach g1 $mac"
	[[ $out == *'gatewaydev=greb: not an Ethernet device'*gatewaydev=greb:nat* ]]
	let_go g1 vif-1
	second_vif g1 "mac=$mac gatewaydev=greb:nat ip=10.88.0.11" 10.88.0.11/24
	inside 'ip route add default via 10.88.0.1'
	reaches 84
	no_second_vif g1
	dom0 'ip link del greb'
}

# WireGuard carries packets of IP as well; its MTU is smaller than a card's.
wireguard()
{
	# shellcheck disable=SC2016
	far 'cd /root; umask 077; wg genkey > wga; wg genkey > wgb
		ip link add wga type wireguard
		wg set wga listen-port 51820 private-key wga peer $(wg pubkey < wgb) endpoint 10.80.0.1:51820 allowed-ips 10.86.0.1/32
		ip addr add 10.86.0.2/24 dev wga
		ip link set wga up
		far link add wgb type wireguard
		ip netns exec far wg set wgb listen-port 51820 private-key wgb peer $(wg pubkey < wga) endpoint 10.80.0.2:51820 allowed-ips 10.86.0.2/32
		far addr add 10.86.0.1/24 dev wgb
		far link set wgb up'
	second_vif g1 "mac=$mac gatewaydev=wga:nat ip=10.88.0.11" 10.88.0.11/24
	inside 'ip route add default via 10.88.0.1'
	takes_mtu
	carries 86 10.86.0.1
	dom0 'wg show wga transfer' | tee /dev/stderr | awk '{ exit !($2 > 500000 && $3 > 500000) }'
	no_second_vif g1
	dom0 'ip link del wga; rm /root/wga /root/wgb'
}

# not COMMAND...: it fails, as it has to
not()
{
	if "$@"; then
		echo "did not fail: $*"
		return 1
	fi
}

# A vif's own VLAN: its frames carry the tag on the wire, and there it meets its own kind
# alone, whatever their MAC addresses.
vlan_of_a_vif()
{
	far 'ip netns exec far sysctl -qw net.ipv4.conf.all.arp_ignore=1
		for id in 5 6; do
			far link add link vb name vb.$id type vlan id $id
			far link set vb.$id up
		done
		far addr add 10.85.0.1/24 dev vb.5
		far addr add fd85::1/64 dev vb.5 nodad
		far addr add 10.85.0.6/32 dev vb.6
		far addr add 10.85.0.7/32 dev vb
		far route add 10.85.0.12/32 dev vb.6'
	by 85 'gatewaydev=va vlan=5'
	dom0 "grep -x 5 /sys/class/net/vif$(domid g1).1/blanket/vlan"
	second_vif g2 "mac=$mac gatewaydev=va vlan=6" 10.85.0.12/24
	guest g2 'ip netns exec new ping -c 3 -i 0.3 -W 10 10.85.0.6'
	not inside 'ping -c 2 -i 0.3 -W 2 10.85.0.6'
	not inside 'ping -c 2 -i 0.3 -W 2 10.85.0.7'
	not inside 'ping -c 2 -i 0.3 -W 2 10.85.0.12'
	no_second_vif g2
	second_vif g2 'mac=00:16:3e:81:00:0c gatewaydev=va vlan=5' 10.85.0.12/24
	inside 'ping -c 3 -i 0.3 -W 10 10.85.0.12'
	no_second_vif g2
	no_second_vif g1
	far 'far link del vb.5; far link del vb.6; far addr del 10.85.0.7/32 dev vb'
}

# lives_through COMMAND of dom0's
lives_through()
{
	begin_wire g1 10.87.0.1 'ip netns exec new'
	dom0 "$1"
	goes_on g1
	end_wire g1
}

# It goes down and comes back; it goes away under traffic, another takes its place, and
# the operator says so.
down_and_gone()
{
	local vif

	vif=vif$(domid g1).1
	far 'far addr add 10.87.0.1/24 dev vb; far addr add fd87::1/64 dev vb nodad'
	by 87 gatewaydev=va
	lives_through 'ip link set va down; sleep 4; ip link set va up'
	lives_through "ip link del va; sleep 1
		cat /sys/class/net/$vif/blanket/uplink
		ip link add va type veth peer name vb address $far_mac netns far
		ip -n far addr add 10.87.0.1/24 dev vb
		ip -n far link set vb up
		ip link set va up
		echo va > /sys/class/net/$vif/blanket/uplink
		sleep 3"
	no_second_vif g1
}

# lan_mtu MTU: of the segment's ports, too
lan_mtu()
{
	# shellcheck disable=SC2016
	peer bash -c 'for dev in $(ls /sys/class/net/lan0/brif) lan0; do ip link set $dev mtu $0; done' "$1"
}

# guest_mtu MTU
guest_mtu()
{
	guest g1 "ip link set \$(ls /sys/bus/xen/devices/vif-0/net) mtu $1"
}

# has_mtu MTU: the vif, and where the guest may look
has_mtu()
{
	local i

	dom0 "grep -x $1 /sys/class/net/$(vif_of g1)/mtu"
	for ((i = 0; i < 20; i++)); do
		if dom0 "xenstore-read /local/domain/$(domid g1)/device/vif/0/mtu" | grep -x "$1"; then
			return
		fi
		sleep 0.1
	done
	return 1
}

# An MTU of 9000 and back: the vif follows, the guest is told, and what is too long then
# is dropped, and nothing else.
jumbo()
{
	lan_mtu 9000
	dom0 'ip link set uplink0 mtu 9000'
	has_mtu 9000
	guest_mtu 9000
	guest g1 'ping -c 3 -i 0.3 -W 10 -M "do" -s 8972 10.77.0.1'
	peer ping -c 3 -i 0.3 -W 10 -M "do" -s 8972 10.77.0.11
	exchange g1 2000000 64 10.77.0.1 10.77.0.2
	dom0 'ip link set uplink0 mtu 1500'
	has_mtu 1500
	if guest g1 'ping -c 2 -i 0.3 -W 2 -M "do" -s 8972 10.77.0.1'; then
		return 1
	fi
	guest g1 'ping -c 2 -i 0.3 -W 10 -M do -s 1472 10.77.0.1'
	guest_mtu 1500
	lan_mtu 1500
	exchange g1 500000 64 10.77.0.1
}

# A vif that was given less keeps it.
own_mtu()
{
	local vif

	vif=$(vif_of g1)
	dom0 "ip link set $vif mtu 1400; ip link set uplink0 mtu 1600; grep -x 1400 /sys/class/net/$vif/mtu
		ip link set uplink0 mtu 1300; grep -x 1300 /sys/class/net/$vif/mtu
		ip link set uplink0 mtu 1500; ip link set $vif mtu 1500"
}

# What the device can no longer do is done late, in software.
offloads()
{
	dom0 'ethtool -K uplink0 tso off gso off tx off sg off'
	exchange g1 1000000 64 10.77.0.1 fd77::1
	dom0 'ethtool -K uplink0 sg on tx on tso on gso on'
	exchange g1 1000000 64 10.77.0.1 fd77::1
}

# watches COMMAND...: what g1 sees meanwhile of pings that are marked, as "FROM TO TIMES"
watches()
{
	# the file is there once it listens
	# shellcheck disable=SC2016
	guest g1 'rm -f /tmp/seen
		timeout 60 python3 -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
seen = open(\"/tmp/seen\", \"a\", buffering=1)
while True:
    frame, (dev, proto, kind, *rest) = s.recvfrom(2000)
    if b\"overheard-by-g1\" in frame and kind != socket.PACKET_OUTGOING:
        seen.write(socket.inet_ntoa(frame[26:30]) + \" \" + socket.inet_ntoa(frame[30:34]) + \"\n\")
" < /dev/null > /dev/null 2>&1 & echo $! > /tmp/watcher
		for i in $(seq 100); do test -e /tmp/seen && exit; sleep 0.2; done; exit 1'
	"$@" > /dev/null
	sleep 1
	# shellcheck disable=SC2016
	guest g1 'kill $(cat /tmp/watcher)
		sort /tmp/seen | uniq -c | while read n from to; do echo "$from $to $n"; done'
}

marked_ping()
{
	echo "ping -c 4 -i 0.3 -W 10 -p $(printf 'overheard-by-g1' | od -An -tx1 | tr -d ' \n') -s 60"
}

# between dom0 and the peer: each packet once
sees_others()
{
	local seen

	seen=$(watches dom0 "$(marked_ping) 10.77.0.1")
	echo "seen: $seen"
	[[ $seen == *'10.77.0.1 10.77.0.2 4'* && $seen == *'10.77.0.2 10.77.0.1 4'* ]]
}

# what it sends itself does not come back, only the answers
sees_its_own_once()
{
	local to=$1 seen

	seen=$(watches guest g1 "$(marked_ping) $to")
	echo "seen: $seen"
	[[ $seen == "$to 10.77.0.11 4" ]]
}

promiscuous()
{
	local vif knob

	vif=$(vif_of g1)
	knob=/sys/class/net/$vif/blanket/promiscuous
	# shellcheck disable=SC2016
	guest g1 'ip link set $(ls /sys/bus/xen/devices/vif-0/net) promisc on'
	if sees_others; then
		echo 'before it may'
		return 1
	fi
	dom0 "echo 1 > $knob"
	sees_others
	sees_its_own_once 10.77.0.2
	sees_its_own_once 10.77.0.1
	# by the long way
	dom0 "tc qdisc add dev $vif clsact"
	sees_its_own_once 10.77.0.2
	dom0 "tc qdisc del dev $vif clsact"
	exchange g1 200000 64 10.77.0.1 10.77.0.2
	dom0 "echo 0 > $knob"
	if sees_others; then
		echo 'when it may no more'
		return 1
	fi
	# shellcheck disable=SC2016
	guest g1 'ip link set $(ls /sys/bus/xen/devices/vif-0/net) promisc off'
}

plan 13
t guests_are_up ensure_guests g1 g2
t far_end far_end
t vlan_device vlan
t bond_fails_over bond
t vxlan_device vxlan
t tunnel_of_ip_by_nat tunnel
t wireguard_by_nat wireguard
t vlan_of_a_vif vlan_of_a_vif
t mtu_of_9000_and_back jumbo
t smaller_mtu_is_kept own_mtu
t offloads_go_and_come offloads
t promiscuous_when_allowed promiscuous
t uplink_goes_down_and_away down_and_gone
finish
