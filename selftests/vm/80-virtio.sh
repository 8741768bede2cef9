#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket_virtio: whose device it takes, and that its rings work, with a client
# in which every packet turns round (selftests/kmod/vnic_echo).
#
#	peer --- lan0 --- fast0's PCI device === blanket_virtio --- vnic_echo 10.77.0.60
#	            `---- uplink0, which nobody touches
#
# Then cards of other kinds, in the lab's slot: few interrupts, many queues, none of
# virtio 1.x.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

echo_address=10.77.0.60

# shellcheck disable=SC2016
fast=$(dom0 'basename "$(readlink -f /sys/class/net/fast0/device/..)"')
if [[ $fast != *:* ]]; then
	plan 1
	echo 'ok 1 passthrough # SKIP this host shows its VM no NIC to pass through'
	exit
fi

# What every part says in dom0. pci NAME: its folder; driver NAME: whose it is.
prelude='set -e
	fast='$fast'
	pci() { echo "/sys/bus/pci/devices/$1"; }
	driver() { basename "$(readlink "$(pci "$1")/driver" || echo none)"; }
	release() { test "$(driver "$1")" = none || echo "$1" > "$(pci "$1")/driver/unbind"; }
	probe() { echo "$1" > /sys/bus/pci/drivers_probe || true; }
	claim() {
		echo blanket_virtio > "$(pci "$1")/driver_override"
		release "$1"
		probe "$1"
	}
	unclaim() {
		release "$1"
		echo > "$(pci "$1")/driver_override"
		probe "$1"
	}
	await() { for i in $(seq 50); do ! "$@" || return 0; sleep 0.2; done; false; }
	is_there() { test -e "/sys/class/net/$1"; }
'

# on_card TEXT: in dom0, with the above
on_card()
{
	dom0 "$prelude$1"
}

cleanup()
{
	# shellcheck disable=SC2016
	on_card 'rmmod vnic_echo 2> /dev/null || true
		echo 1 > /sys/bus/pci/rescan
		echo 1 > /sys/module/blanket_virtio/parameters/packed
		for name in "$fast" $(cat /run/blanket-test-disk); do
			test "$(driver "$name")" = virtio-pci || unclaim "$name"
		done' > /dev/null 2>&1 || true
	set_link true > /dev/null || true
	! pull > /dev/null 2>&1 || pulled || true
	clear_slot
}
trap cleanup EXIT

load()
{
	put_module dom0 vnic_echo
	dom0 'modprobe blanket_virtio'
}

# Nothing is taken that was not claimed, however one asks.
unclaimed()
{
	# shellcheck disable=SC2016
	on_card 'set -x
		mgmt=$(basename "$(readlink -f /sys/class/net/mgmt0/device/..)")
		if echo "$mgmt" > /sys/bus/pci/drivers/blanket_virtio/bind; then exit 1; fi
		test "$(driver "$mgmt")" = virtio-pci
		release "$fast"
		if echo "$fast" > /sys/bus/pci/drivers/blanket_virtio/bind; then exit 1; fi
		test "$(driver "$fast")" = none
		echo 1af4 1000 > /sys/bus/pci/drivers/blanket_virtio/new_id
		after=$(driver "$fast")
		echo 1af4 1000 > /sys/bus/pci/drivers/blanket_virtio/remove_id
		test "$after" = none
		test "$(driver "$mgmt")" = virtio-pci
		probe "$fast"
		await is_there fast0
		test "$(driver "$fast")" = virtio-pci'
}

# A disk is a disk: no client of network cards gets it, and dom0 gets it back.
other_kind()
{
	# shellcheck disable=SC2016
	on_card 'disk=$(basename "$(readlink -f "/sys/block/$(basename "$(readlink -f /dev/lab/null)")/device/..")")
		echo "$disk" > /run/blanket-test-disk
		sectors=$(cat "/sys/block/$(basename "$(readlink -f /dev/lab/null)")/size")
		claim "$disk"
		after=$(driver "$disk") shown=$(cat "$(pci "$disk")/blanket/sectors")
		took=no
		test ! -e "$(pci "$disk")/blanket/mac" || took=mac
		! insmod /root/vnic_echo.ko device="$disk" || took=yes
		unclaim "$disk"
		is_disk() { test -b /dev/lab/null; }
		await is_disk
		test "$after" = blanket_virtio
		test "$shown" = "$sectors"
		test "$took" = no'
}

# blanket(8) moves a disk: all that is in use stays, by any name it goes and comes.
disk_by_command()
{
	# shellcheck disable=SC2016
	on_card 'disk=$(cat /run/blanket-test-disk) name=$(basename "$(readlink -f /dev/lab/null)")
		echo "0 8 linear /dev/lab/null 0" | dmsetup create held
		rc=0
		blanket bind /dev/lab/null 2> /run/said || rc=$?
		dmsetup remove held
		test $rc = 1
		cat /run/said
		grep "^blanket: $disk: dom0 uses it as /dev/$name" /run/said
		test "$(driver "$disk")" = virtio-pci
		blanket bind /dev/lab/null
		test "$(driver "$disk")" = blanket_virtio
		blanket bind | grep "^$disk *disk *blanket_virtio *-"
		blanket unbind "$disk"
		test "$(driver "$disk")" = virtio-pci
		is_disk() { test -b /dev/lab/null; }
		await is_disk'
}

claim()
{
	# shellcheck disable=SC2016
	on_card 'mac=$(cat /sys/class/net/fast0/address)
		claim "$fast"
		cd "$(pci "$fast")/blanket"
		head -n 9 ./*
		test "$(cat mac)" = "$mac"
		test -z "$(cat user)"
		test -z "$(cat broken)"
		! is_there fast0'
}

mac()
{
	# shellcheck disable=SC2016
	on_card 'cat "$(pci "$fast")/blanket/mac"'
}

# start PACKED: a client, with the one layout or the other
start()
{
	on_card 'echo '"$1"' > /sys/module/blanket_virtio/parameters/packed
		insmod /root/vnic_echo.ko device="$fast"'
}

stop()
{
	dom0 'rmmod vnic_echo'
}

# traffic LAYOUT: what is small, what has its own buffer, what has several; all
# of it more often than the ring has descriptors
traffic()
{
	# shellcheck disable=SC2016
	on_card 'cat "$(pci "$fast")/blanket/queues"
		grep " '"$1"' " "$(pci "$fast")/blanket/queues"
		grep vnic_echo "$(pci "$fast")/blanket/user"'
	peer ping -q -c 3 -W 10 $echo_address
	peer ping -q -c 3 -W 10 -s 1400 $echo_address
	peer ping -q -c 3 -W 10 -s 8000 $echo_address
	flood 3000 56
	flood 3000 1400
	peer "$top/selftests/kmod/vnic_echo/superframes" "$(mac)" 100
	# shellcheck disable=SC2016
	on_card 'cd /sys/module/vnic_echo/parameters; head ./*
		test "$(cat packets)" -gt 6000
		test "$(cat pieces)" -ge 1500
		cd "$(pci "$fast")/blanket"; head kicks interrupts broken
		test -z "$(cat broken)"
		test "$(cat kicks)" -gt 0
		test "$(cat interrupts)" -gt 0'
}

# flood COUNT BYTES: a packet more as soon as one is back; none may be lost
flood()
{
	local out

	out=$(peer timeout 120 ping -q -f -c "$1" -s "$2" $echo_address)
	echo "$out"
	grep -q "$1 received" <<< "$out"
}

# under_load COMMAND...: while packets come as fast as they can
under_load()
{
	local pid rc=0

	peer timeout 25 ping -q -f -l 64 -s 1400 $echo_address &
	pid=$!
	sleep 2
	"$@" || rc=$?
	wait $pid || true
	return $rc
}

# link_is STATE: soon
link_is()
{
	on_card 'said() { dmesg | grep "vnic_echo: link is" | tail -n 1 | grep -q "is '"$1"'"; }
		await said'
}

set_link()
{
	in_lab qmp '{"execute": "set_link", "arguments": {"name": "nic-fast", "up": '"$1"'}}'
}

link_follows()
{
	local rc=0

	set_link false
	link_is down || rc=$?
	set_link true
	link_is up
	((rc == 0)) || return $rc
	peer ping -q -c 3 -W 10 $echo_address
}

one_client()
{
	# shellcheck disable=SC2016
	on_card 'if rmmod blanket_virtio; then exit 1; fi
		test "$(driver "$fast")" = blanket_virtio'
}

# It lets go, the module stays; the next one finds all in order.
unbound_under_client()
{
	# shellcheck disable=SC2016
	under_load on_card 'release "$fast"
		test "$(driver "$fast")" = none
		cat /sys/module/vnic_echo/parameters/packets
		rmmod vnic_echo
		if insmod /root/vnic_echo.ko device="$fast"; then exit 1; fi
		probe "$fast"
		insmod /root/vnic_echo.ko device="$fast"'
	flood 200 1400
}

removed_under_client()
{
	# shellcheck disable=SC2016
	under_load on_card 'echo 1 > "$(pci "$fast")/remove"
		rmmod vnic_echo
		test ! -e "$(pci "$fast")"
		echo 1 > /sys/bus/pci/rescan
		await is_there fast0
		claim "$fast"
		insmod /root/vnic_echo.ko device="$fast"'
	flood 200 1400
}

gives_back()
{
	# shellcheck disable=SC2016
	on_card 'unclaim "$fast"
		await is_there fast0
		test "$(driver "$fast")" = virtio-pci
		ip link set fast0 up
		up() { ip -br link show fast0 | grep -q LOWER_UP; }
		await up
		ip link set fast0 down'
}

# Ten rounds leave no memory and no interrupt behind. Each has 4 MiB of buffers.
no_leaks()
{
	# shellcheck disable=SC2016
	on_card 'round() {
			claim "$fast"
			insmod /root/vnic_echo.ko device="$fast"
			rmmod vnic_echo
			unclaim "$fast"
			await is_there fast0
		}
		irqs() { ls /proc/irq | wc -l; }
		free() { sync; echo 3 > /proc/sys/vm/drop_caches; awk "/^MemFree:/ { print \$2 }" /proc/meminfo; }
		round; round
		irqs=$(irqs) free=$(free)
		for i in $(seq 10); do round; done
		echo "irqs $irqs, then $(irqs); KiB free $free, then $(free)"
		test "$(irqs)" -eq "$irqs"
		test "$(free)" -gt $((free - 8192))'
}

# of_kind PAIRS DEVICE INTERRUPTS...: a card in the slot has just these, by the
# ends of their names, and all its queues carry packets
of_kind()
{
	local pairs=$1 device=$2

	shift 2
	plug_tap "$pairs" "$device"
	# shellcheck disable=SC2016
	on_card 'card='"$(slot_card)"'
		claim "$card"
		insmod /root/vnic_echo.ko device="$card" pairs='"$pairs"
	peer ping -q -c 3 -w 60 $echo_address
	flood 1000 1400
	((pairs == 1)) || many_flows
	# shellcheck disable=SC2016
	on_card 'card='"$(slot_card)"'
		cat "$(pci "$card")/blanket/queues"
		test "$(grep -c . "$(pci "$card")/blanket/queues")" -eq '"$pairs"'
		test -z "$(cat "$(pci "$card")/blanket/broken")"
		grep "blanket-$card" /proc/interrupts
		want="'"$*"'"
		got=$(grep -o "blanket-$card.*" /proc/interrupts | sed "s/blanket-$card//" | sort | tr "\n" " ")
		test "$got" = "$want "
		grep "blanket-$card" /proc/interrupts | grep -v config | awk "\$2 < 20 { bad = 1 } END { exit bad || !NR }"
		rmmod vnic_echo
		unclaim "$card"'
	unplug
}

# Which queue a flow goes to is the host's affair: enough of them meet all.
many_flows()
{
	peer python3 -c '
import socket
for port in range(64):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.connect(("'$echo_address'", 9000 + port))
    for _ in range(8):
        s.send(bytes(200))
        assert len(s.recv(1000)) == 200
'
}

legacy_refused()
{
	plug_tap 1 '"disable-modern": true, "disable-legacy": "off"'
	# shellcheck disable=SC2016
	on_card 'card='"$(slot_card)"'
		claim "$card"
		after=$(driver "$card")
		unclaim "$card"
		test "$after" = none
		test "$(driver "$card")" = virtio-pci
		dmesg | grep "$card: .* has no virtio 1.x interface"'
	unplug
}

# in_slot NAME COMMAND...
in_slot()
{
	if [[ -n $slot ]]; then
		t "$@"
	else
		ktap_n=$((ktap_n + 1))
		echo "ok $ktap_n $1 # SKIP this lab has no slot (tools/lab up --hotplug)"
	fi
}

slot=
! has_slot || slot=1
plan 23
t module_loads load
t only_what_was_claimed unclaimed
t disk_is_no_card other_kind
t disk_by_command disk_by_command
t claimed claim
t client_on_packed_rings start 1
t packed_rings traffic packed
t stops_under_load under_load stop
t client_on_split_rings start 0
t split_rings traffic split
t link_follows link_follows
t unload_refused one_client
t unbound_under_client unbound_under_client
t removed_under_client removed_under_client
t stops stop
t gives_back gives_back
t no_leaks no_leaks
in_slot line_interrupt of_kind 1 '"vectors": 0' ''
in_slot one_vector of_kind 1 '"vectors": 1' -queues
in_slot two_vectors of_kind 1 '"vectors": 2' -config -queues
in_slot two_pairs of_kind 2 '"mq": true, "vectors": 6' -config -rx0 -rx1 -tx0 -tx1
in_slot virtio_0_is_refused legacy_refused
t uplink_untouched dom0 'ping -c 2 -W 10 10.77.0.1'
finish
