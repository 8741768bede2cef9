#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest has a virtio network card to itself: gatewaydev= names the card.
#
#	g1 --- vif 0 --- uplink0 --- peer
#	   `-- vif 1 --- virtqueues of fast0's card --- peer
#
# and with two vCPUs, vif 1 is two pairs of queues of a card in the lab's slot.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

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

# up GUEST: the second interface carries what goes to and comes from the peer
up()
{
	card_up "$1" "$(vif_id "$1")" '
		ip addr add 10.77.0.60/24 dev $name
		ip -6 addr add fd77::60/64 dev $name nodad
		ip route replace 10.77.0.1/32 dev $name src 10.77.0.60
		ip -6 route replace fd77::1/128 dev $name src fd77::60
		ping -c 2 -i 0.3 -W 10 10.77.0.1'
}

given_a_card()
{
	attach_card g1 "$mac" "$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device)"')"
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	up g1
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
	vif=vif$(domid g1).$(vif_id g1)
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

# With polling hardly an interrupt of the card's or the guest's, nothing is lost,
# and nothing is left lying.
polling_card()
{
	local vif

	vif=vif$(domid g1).$(vif_id g1)
	lives_on_polling "$vif" "$vif|blanket-$card-[rt]x" 10.77.0.60
}

# its own source address alone goes out
ip_spoofing()
{
	local vif knobs

	vif=vif$(domid g1).$(vif_id g1)
	knobs=/sys/class/net/$vif/blanket
	dom0 "echo 10.77.0.60 fd77::60 > $knobs/addresses; echo 2 > $knobs/antispoof"
	keeps_to_addresses g1 "$vif" "$(vif_id g1)" 10.77.0.60
	exchange g1 60000 60 10.77.0.1 fd77::1
	dom0 "echo > $knobs/addresses; echo 1 > $knobs/antispoof"
}

spoofing()
{
	local vif before after

	vif=vif$(domid g1).$(vif_id g1)
	before=$(value "$(dom0 "ethtool -S $vif")" tx_spoofed)
	guest g1 "python3 -c '
import socket, os
name = os.listdir(\"/sys/bus/xen/devices/vif-$(vif_id g1)/net\")[0]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
for _ in range(10):
    s.send(bytes.fromhex(\"ff\" * 6 + \"0200deadbeef\" + \"88b5\") + bytes(50))
'"
	after=$(value "$(dom0 "ethtool -S $vif")" tx_spoofed)
	echo "tx_spoofed $before -> $after"
	((after - before == 10))
}

rate()
{
	keeps_to_rate "vif$(domid g1).$(vif_id g1)"
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
	detach_card g1
	netdev_is_back
}

# queues_offered: to the front end
queues_offered()
{
	dom0 "xenstore-read /local/domain/0/backend/vif/$(domid g1)/$(vif_id g1)/multi-queue-max-queues"
}

# A guest that takes nothing for long finds nothing old when it does again.
paused()
{
	local vif before after expire=/sys/module/blanket_net/parameters/rx_expire_ms was

	vif=vif$(domid g1).$(vif_id g1)
	was=$(dom0 "cat $expire; echo 1000 > $expire")
	before=$(value "$(dom0 "ethtool -S $vif")" rx_expired)
	dom0 'xl pause g1'
	# more than its buffers, and it cannot say where it is
	peer ip neigh replace 10.77.0.60 lladdr "$mac" nud permanent dev lan0
	peer timeout 20 ping -q -c 500 -i 0.002 -W 1 10.77.0.60 || true
	sleep 3
	after=$(value "$(dom0 "ethtool -S $vif")" rx_expired)
	dom0 "xl unpause g1; echo $was > $expire"
	peer ip neigh del 10.77.0.60 dev lan0
	echo "rx_expired $before, then $after"
	((after - before > 100))
	peer ping -q -c 3 -W 10 10.77.0.60
}

# the host takes the card away, or the administrator does
taken_away()
{
	local all

	attach_card g1 "$mac" "$card"
	up g1
	(($(queues_offered) == 1))
	in_background
	dom0 "set -e
		echo $card > /sys/bus/pci/drivers/blanket_virtio/unbind
		echo > /sys/bus/pci/devices/$card/driver_override
		echo $card > /sys/bus/pci/drivers_probe"
	netdev_is_back
	# the card had one pair
	all=$(dom0 'cat /sys/module/blanket_net/parameters/max_queues')
	echo "$(queues_offered) of $all queues offered"
	(($(queues_offered) == all))
	detach_card g1
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
	vif_mode g1
	[[ $(vif_mode g1) == "uplink fast0, no passthrough: dom0 uses it as fast0"* ]]
	detach_card g1
	dom0 'ip link set fast0 down'
}

destroyed_under_load()
{
	attach_card g1 "$mac" "$card"
	up g1
	in_background
	dom0 'xl destroy g1'
	forgotten g1
	netdev_is_back
}

# --- many queues -------------------------------------------------------------

comes_back()
{
	put_config g1 ours ${slot:+'vcpus = 2'}
	create_guests g1
	await_guests g1
	put_wire g1
}

# A guest that runs looks how many queues it may have before the card is ours.
fewer_than_cpus()
{
	attach_card g1 "$mac" "$card"
	vif_mode g1
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	up g1
	exchange g1 60000 64 10.77.0.1 fd77::1
	(($(queues_offered) == 1))
	detach_card g1
}

two_queues()
{
	local vif

	plug_tap 2 '"mq": true, "vectors": 6'
	attach_card g1 "$slot_mac" "$(slot_card)"
	vif_mode g1
	[[ $(vif_mode g1) == "passthrough to $(slot_card)" ]]
	up g1
	vif=vif$(domid g1).$(vif_id g1)
	(($(dom0 "cat /sys/class/net/$vif/blanket/queues") == 2))
}

# each has flows of its own both ways, by the card's interrupts and the guest's
queues_carry()
{
	for _ in {1..4}; do
		exchange g1 60000 240 10.77.0.1 fd77::1
		exchange peer 60000 240 10.77.0.60
	done
	dom0 "grep 'blanket-$(slot_card)-[rt]x' /proc/interrupts" | tee /dev/stderr |
		awk '$2 < 5 { bad = 1 } END { exit bad || NR != 4 }'
	guest g1 "grep 'vif$(vif_id g1)-q[01]-[rt]x' /proc/interrupts" | tee /dev/stderr |
		awk '$2 + $3 < 5 { bad = 1 } END { exit bad || NR != 4 }'
}

# Somebody resets the card through PCI: its guest has let go of it by then.
reset_under_load()
{
	local pci vif

	pci=/sys/bus/pci/devices/$(slot_card)
	vif=vif$(domid g1).$(vif_id g1)
	[[ $(dom0 "cat $pci/blanket/user") == "$vif" ]]
	in_background
	dom0 "echo 1 > $pci/reset; cat $pci/blanket/user"
	[[ -z $(dom0 "cat $pci/blanket/user") ]]
	(($(dom0 "cat /sys/class/net/$vif/carrier") == 0))
	detach_card g1
	attach_card g1 "$slot_mac" "$(slot_card)"
	[[ $(vif_mode g1) == "passthrough to $(slot_card)" ]]
	up g1
	exchange g1 60000 64 10.77.0.1 fd77::1
}

# the next test wants a guest of the common kind
two_queues_end()
{
	detach_card g1
	unplug
	dom0 'xl destroy g1'
}

# refused PATTERN BLANKET-COMMAND...: with that message, and status 1
refused()
{
	local pattern=$1 out rc=0

	shift
	out=$(dom0 "blanket $*" 2>&1) || rc=$?
	echo "$rc: $out"
	((rc == 1)) && [[ $out == *$pattern* ]]
}

# What the operator bound, a guest gets, and it is bound when the guest let go of it.
bound_by_command()
{
	local driver=/sys/bus/pci/devices/$card/driver uplink root vif

	dom0 'ip link set fast0 up'
	refused "$card: dom0 uses it as fast0" bind fast0
	dom0 'ip link set fast0 down'
	uplink=$(dom0 'basename "$(readlink -f /sys/class/net/uplink0/device/..)"')
	refused "$uplink: uplink0 is the uplink of vif" bind "$uplink"
	root=$(dom0 'lsblk -no PKNAME "$(findmnt -no SOURCE /)" | grep . || findmnt -no SOURCE / | xargs basename')
	refused "dom0 uses it as /dev/$root" bind "/dev/$root"
	dom0 "set -e
		blanket bind fast0
		blanket bind
		test \"\$(basename \"\$(readlink $driver)\")\" = blanket_virtio
		test ! -e /sys/class/net/fast0"
	attach_card g1 "$mac" "$card"
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	up g1
	exchange g1 60000 64 10.77.0.1
	vif=vif$(domid g1).$(vif_id g1)
	refused "$card: $vif has it" unbind "$card"
	dom0 "blanket bind | grep '^$card *network *blanket_virtio *- *$vif'"
	detach_card g1
	dom0 "set -e
		test \"\$(basename \"\$(readlink $driver)\")\" = blanket_virtio
		blanket unbind $card
		test \"\$(basename \"\$(readlink $driver)\")\" = virtio-pci
		test -e /sys/class/net/fast0"
}

# The modules are loaded anew below it: it has the same card then, and connections live.
loaded_anew()
{
	begin_wire g1 10.77.0.1
	dom0 /usr/lib/blanket/reload
	goes_on g1
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	dom0 "test -e /sys/bus/pci/drivers/blanket_virtio/$card"
	end_wire g1
}

slot=
! has_slot || slot=1
trap '! pull > /dev/null 2>&1 || pulled || true; clear_slot' EXIT
plan $((slot ? 21 : 16))
t guest_is_up ensure_guests g1
find_card
t guest_has_the_card given_a_card
t traffic traffic
t modules_loaded_anew loaded_anew
t polling_takes_the_place_of_events polling_card
t foreign_source_addresses_are_dropped spoofing
t foreign_ip_addresses_too_where_said ip_spoofing
t guest_keeps_to_its_rate rate
t what_a_paused_guest_missed_is_not_kept paused
t detached_under_load detached_under_load
t card_taken_away_under_load taken_away
t card_of_another_address_is_refused another_address
t card_in_use_becomes_an_uplink used_by_dom0
t destroyed_under_load destroyed_under_load
t guest_comes_back comes_back
t bound_by_command bound_by_command
if [[ -n $slot ]]; then
	t card_of_fewer_pairs_than_cpus fewer_than_cpus
	t card_of_two_pairs two_queues
	t both_carry_both_ways queues_carry
	t reset_through_pci_under_load reset_under_load
	t two_pairs_detached two_queues_end
fi
finish
