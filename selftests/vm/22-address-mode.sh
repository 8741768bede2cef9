#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Address mode, on a switch that drops what does not come from uplink0's own MAC
# address, as clouds' do: a locked port of the bridge, its one address static.
#
#	peer --- lan0 -|locked|- uplink0 === blanket_net --- vifX.0 === g1
#	                            |                `------ vifY.0 === g2
#	                           dom0
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# --- the switch ---------------------------------------------------------------

nic()
{
	dom0 'cat /sys/class/net/uplink0/address'
}

# port: where the host is plugged in
port()
{
	local nic

	nic=$(nic)
	peer bridge fdb show br lan0 | awk -v mac="$nic" '$1 == mac { print $3 }'
}

lock_switch()
{
	local port

	dom0 'ping -c 1 -W 20 10.77.0.1'
	port=$(port)
	peer bridge link set dev "$port" learning off locked on
	peer ip link set dev "$port" type bridge_slave fdb_flush
	peer bridge fdb replace "$(nic)" dev "$port" master static
	peer bridge -d link show dev "$port" | grep 'locked on'
	peer ip neigh flush dev lan0
}

unlock_switch()
{
	local port

	port=$(port)
	peer bridge link set dev "$port" locked off learning on
	peer bridge fdb del "$(nic)" dev "$port" master
	peer ip neigh flush dev lan0
}

# --- the vifs -----------------------------------------------------------------

# use_mode MODE: both guests' vifs, in one go; neither guest notices
use_mode()
{
	in_dom0 "$1" "$(vif_of g1)" "$(vif_of g2)" <<-'EOF_DOM0'
		set -e
		cd /sys/class/net
		for vif in $2 $3; do echo > $vif/blanket/uplink; done
		echo '10.77.0.11 fd77::b' > $2/blanket/addresses
		echo '10.77.0.12 fd77::c' > $3/blanket/addresses
		for vif in $2 $3; do
			echo $1 > $vif/blanket/mode
			echo uplink0 > $vif/blanket/uplink
			echo "$vif $(cat $vif/blanket/mode) $(cat $vif/blanket/addresses)"
		done
	EOF_DOM0
	peer ip neigh flush dev lan0
}

restore()
{
	trap - EXIT
	use_mode mac > /dev/null || true
	unlock_switch > /dev/null || true
}

spoofed()
{
	dom0 "ethtool -S $(vif_of g1)" | awk '$1 == "tx_spoofed:" { print $2 }'
}

# reaches WHERE ADDRESS...: each answers pings
reaches()
{
	local where=$1 address

	shift
	for address; do
		case $where in
		peer) peer ping -c 3 -i 0.2 -W 20 "$address" ;;
		dom0) dom0 "ping -c 3 -i 0.2 -W 20 $address" ;;
		*) guest "$where" "ping -c 3 -i 0.2 -W 20 $address" ;;
		esac
	done
}

# --- tests --------------------------------------------------------------------

mac_mode_fails()
{
	lock_switch
	reaches dom0 10.77.0.1 10.77.0.11
	if peer ping -c 3 -i 0.2 -W 3 10.77.0.11 || peer ping -c 3 -i 0.2 -W 3 fd77::b || guest g1 'ping -c 3 -i 0.2 -W 3 10.77.0.1'; then
		echo "the switch lets the guest's own address through"
		return 1
	fi
}

address_mode_works()
{
	use_mode address
	reaches g1 10.77.0.1 fd77::1 10.77.0.2 fd77::2 10.77.0.12 fd77::c
	reaches peer 10.77.0.11 fd77::b 10.77.0.12 fd77::c 10.77.0.2
	reaches dom0 10.77.0.11 fd77::c 10.77.0.1
}

# neighbour WHERE ADDRESS MAC: that is what it has found out
neighbour()
{
	local out

	case $1 in
	peer) out=$(peer ip neigh show "$2") ;;
	dom0) out=$(dom0 "ip neigh show $2") ;;
	*) out=$(guest "$1" "ip neigh show $2") ;;
	esac
	echo "$1: $out"
	[[ $out == *" lladdr $3 "* ]]
}

# On the wire the NIC's, inside each its own.
everyone_sees_his_own()
{
	local nic lan address

	nic=$(nic)
	lan=$(peer cat /sys/class/net/lan0/address)
	for address in 10.77.0.11 fd77::b 10.77.0.12 fd77::c 10.77.0.2; do
		neighbour peer "$address" "$nic"
	done
	for address in 10.77.0.1 fd77::1; do
		neighbour g1 "$address" "$lan"
	done
	neighbour dom0 10.77.0.1 "$lan"
	for address in 10.77.0.12 fd77::c; do
		neighbour g1 "$address" 00:16:3e:77:00:0c
	done
	neighbour dom0 10.77.0.11 00:16:3e:77:00:0b
	neighbour g1 10.77.0.2 "$nic"
}

# the wire asks for a neighbour it knew, and is answered, at that one address
asked_again()
{
	peer ip neigh flush dev lan0
	guest g1 'ip neigh flush all' || true
	reaches peer fd77::b 10.77.0.11
	reaches g1 fd77::1 10.77.0.1
}

# All of them answer a multicast echo, from the addresses their MACs make.
multicast()
{
	local out who

	out=$(peer ping -6 -c 5 -i 1 -W 10 ff02::1%lan0 || true)
	echo "$out"
	for who in fe80::216:3eff:fe77:b fe80::216:3eff:fe77:c; do
		grep -q "from $who%" <<< "$out"
	done
}

# forge: g1 sends what is not its to send, ten times each
forge()
{
	guest g1 "python3 - <<'EOF_PYTHON'
import os, socket, struct

name = os.listdir('/sys/bus/xen/devices/vif-0/net')[0]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
me, every = bytes.fromhex('00163e77000b'), b'\xff' * 6
ip4 = socket.inet_aton
ip6 = lambda a: socket.inet_pton(socket.AF_INET6, a)

def csum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff

def arp(op, sender, mac=me):
    return every + me + struct.pack('!HHHBBH', 0x806, 1, 0x800, 6, 4, op) + mac + ip4(sender) + every + ip4(sender)

def udp4(sender, port=9):
    return every + me + struct.pack('!HBBHHHBBH', 0x800, 0x45, 0, 28, 0, 0, 64, 17, 0) + ip4(sender) + \
        ip4('10.77.0.255') + struct.pack('!HHHH', port, 68, 8, 0)

def icmp6(sender, body):
    to = ip6('ff02::1')
    sums = ip6(sender) + to + struct.pack('!II', len(body), 58)
    body = body[:2] + struct.pack('!H', csum(sums + body)) + body[4:]
    return bytes.fromhex('333300000001') + me + struct.pack('!HIHBB', 0x86dd, 6 << 28, len(body), 58, 255) + \
        ip6(sender) + to + body

def advertise(target):
    return struct.pack('!BBHI', 136, 0, 0, 0x20000000) + ip6(target) + b'\x02\x01' + me

router = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
frames = [
    arp(2, '10.77.0.1'), arp(1, '10.77.0.2'), arp(2, '10.77.0.12'),
    arp(2, '10.77.0.11', bytes.fromhex('020000000001')),
    udp4('10.77.0.1'), udp4('10.77.0.2'), udp4('10.77.0.99'), udp4('0.0.0.0'), udp4('10.77.0.11', 67),
    icmp6('fd77::b', advertise('fd77::1')), icmp6('fd77::2', advertise('fd77::2')),
    icmp6('fe80::216:3eff:fe77:b', router),
    every + bytes.fromhex('020000000001') + arp(2, '10.77.0.11')[12:],
    every + me + bytes.fromhex('81000001') + arp(2, '10.77.0.1')[12:],
    every + me + bytes.fromhex('88b5') + bytes(50),
]
for _ in range(10):
    for frame in frames:
        s.send(frame)
print(len(frames))
EOF_PYTHON"
}

# Nobody takes the guest for anyone else, and each attempt is counted.
spoofing()
{
	local before kinds lan count

	lan=$(peer cat /sys/class/net/lan0/address)
	reaches g2 10.77.0.1 fd77::1 10.77.0.2
	reaches dom0 10.77.0.1 fd77::1 10.77.0.12
	before=$(spoofed)
	kinds=$(forge)
	count=$(($(spoofed) - before))
	echo "$kinds kinds of forged frames: tx_spoofed +$count"
	((kinds == 15 && count >= 10 * kinds && count < 11 * kinds))
	neighbour dom0 10.77.0.1 "$lan"
	neighbour dom0 fd77::1 "$lan"
	neighbour dom0 10.77.0.12 00:16:3e:77:00:0c
	neighbour g2 10.77.0.1 "$lan"
	neighbour g2 fd77::1 "$lan"
	neighbour g2 10.77.0.2 "$(nic)"
	neighbour peer 10.77.0.2 "$(nic)"
	if guest g2 'ip -6 route show default' | grep fe80::216:3eff:fe77:b; then
		return 1
	fi
	reaches g1 10.77.0.1
}

# refused TEXT FILE REASON: a write that says why
refused()
{
	local out

	if out=$(dom0 "echo '$1' > /sys/class/net/$2" 2>&1); then
		echo "$2 takes '$1'"
		return 1
	fi
	echo "$2: $1: $out"
	[[ $out == *"$3"* ]]
}

# What a guest may use, its operator says, and may change.
addresses()
{
	local vif many

	vif=$(vif_of g1)
	refused '10.77.0.11 10.77.0.12' "$vif/blanket/addresses" 'Cannot assign requested address'
	refused '10.77.0.2' "$vif/blanket/addresses" 'Cannot assign requested address'
	refused 'fd77::2' "$vif/blanket/addresses" 'Cannot assign requested address'
	refused '10.77.0.0/24' "$vif/blanket/addresses" 'Invalid argument'
	many=$(printf '10.79.0.%d ' {1..17})
	refused "$many" "$vif/blanket/addresses" 'Argument list too long'
	refused mac "$vif/blanket/mode" 'Device or resource busy'
	reaches g1 10.77.0.1
	dom0 "echo 10.77.0.99 > /sys/class/net/$vif/blanket/addresses"
	if dom0 'ping -c 2 -W 3 10.77.0.11'; then
		return 1
	fi
	dom0 "echo '10.77.0.11 fd77::b' > /sys/class/net/$vif/blanket/addresses"
	reaches g1 10.77.0.1
	reaches peer fd77::b
}

# Whoever watches vifX.Y sees the guest's own address, and the guest is none the
# worse for it.
watched()
{
	guest g1 'ping -c 60 -i 0.5 10.77.0.1 > /dev/null 2>&1 &'
	in_dom0 "$(vif_of g1)" <<-'EOF_DOM0'
		set -e
		timeout 60 tcpdump -elni "$1" -c 4 icmp and host 10.77.0.1 > /tmp/seen
		cat /tmp/seen
		grep 'echo request' /tmp/seen | grep -q '00:16:3e:77:00:0b >'
		grep 'echo reply' /tmp/seen | grep -q '> 00:16:3e:77:00:0b'
	EOF_DOM0
}

# a new vif's addresses, by what xl says of it
by_configuration()
{
	second_vif g1 "mac=00:16:3e:77:00:1f gatewaydev=uplink0:address 'ip=10.77.0.31 fd77::1f'" \
		10.77.0.31/24 fd77::1f/64
	reaches peer 10.77.0.31 fd77::1f
	no_second_vif g1
}

mac_mode_is_back()
{
	restore
	reaches peer 10.77.0.11 fd77::c
}

plan 14
t guests_are_up ensure_guests g1 g2
trap restore EXIT
t mac_mode_fails_on_such_a_switch mac_mode_fails
t address_mode_works address_mode_works
t everyone_sees_their_own_addresses everyone_sees_his_own
t neighbours_are_found_again asked_again
t guest_and_peer exchange g1 1000000 120 10.77.0.1 fd77::1
t peer_and_guest exchange peer 1000000 120 10.77.0.11 fd77::b
t guest_guest_and_dom0 exchange g1 500000 60 10.77.0.12 fd77::c 10.77.0.2
t multicast_reaches_all multicast
t foreign_addresses_are_dropped spoofing
t addresses_are_the_operators addresses
t tcpdump_sees_the_guests_own watched
t xl_says_it by_configuration
t mac_mode_is_back mac_mode_is_back
trap - EXIT
finish
