#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A host's device that lies to us: a guest has it to itself, and nobody but
# that guest may notice (selftests/hostile-device).
#
#	g1 --- vif 0 --- uplink0 --- peer
#	   `-- vif 1 --- virtqueues --- the lying device, and a host behind it
#	g2 --- vif 0 --- uplink0 --- peer
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR/.. source=card.sh
. "$top/selftests/card.sh"

host=10.79.0.1
# What becomes of each lie: why the card is broken, or that the packet is
# dropped and counted, or that it means nothing.
declare -A outcome=(
	[rx-id-beyond]='used id is out of range'
	[rx-id-max]='used id is out of range'
	[rx-twice]='used id is not outstanding'
	[rx-index-beyond]='used index is beyond what is outstanding'
	[rx-len-0]='received less than a header'
	[rx-len-short]='received less than a header'
	[rx-len-beyond]=delivered
	[rx-len-max]=delivered
	[rx-buffers-0]='received a packet of no or too many buffers'
	[rx-buffers-many]='received a packet of no or too many buffers'
	[rx-buffers-missing]='received a part of a packet'
	[rx-gso-type]=dropped
	[rx-gso-size-0]=dropped
	[rx-gso-other]=dropped
	[rx-gso-not-tcp]=dropped
	[rx-csum-start]=dropped
	[rx-csum-offset]=dropped
	[rx-hdr-len]=delivered
	[tx-id-beyond]='used id is out of range'
	[tx-id-max]='used id is out of range'
	[tx-id-idle]='used id is not outstanding'
	[tx-twice]='used index is beyond what is outstanding' # it was the only one
	[tx-index-beyond]='used index is beyond what is outstanding'
	[tx-len-max]=delivered
)
# a packed ring has no index: that a descriptor is used says so itself
declare -A packed_outcome=(
	[rx-index-beyond]='used id is not outstanding'
	[tx-index-beyond]='used id is not outstanding'
)

# those that are told in the ring itself, which has another layout then
ring_lies=(rx-id-beyond rx-twice rx-index-beyond rx-len-max rx-buffers-missing tx-id-beyond tx-id-idle tx-index-beyond)

if ! has_slot; then
	plan 1
	echo 'ok 1 hostile_device # SKIP this lab has no slot for it (tools/lab up --hotplug)'
	exit
fi

cleanup()
{
	hostile go > /dev/null 2>&1 || true
	dom0 'xl domid g1 > /dev/null 2>&1 && xl network-detach g1 1' > /dev/null 2>&1 || true
	! pull > /dev/null 2>&1 || pulled || true
	clear_slot
	end_hostile
}
trap cleanup EXIT

card=
attach()
{
	local id

	attach_card g1 "$slot_mac" "$card"
	[[ $(vif_mode g1) == "passthrough to $card" ]]
	id=$(vif_id g1)
	connected "$id"
}

# connected ID: the guest reaches the host behind the device, and need not ask
# for its address again
connected()
{
	card_up g1 "$1" 'ip addr replace 10.79.0.60/24 dev $name
		ip neigh replace '$host' lladdr 02:79:00:00:00:01 nud permanent dev $name
		ping -q -c 2 -i 0.2 -W 10 '$host
}

# anew: the front end goes and comes, so the device is reset
anew()
{
	local id

	id=$(vif_id g1)
	guest g1 "cd /sys/bus/xen/drivers/vif && echo vif-$id > unbind && echo vif-$id > bind"
	connected "$id"
}

# broken_is TEXT: what the card says of itself, soon
broken_is()
{
	in_dom0 "$card" "$1" <<-'EOF_DOM0'
		for i in $(seq 25); do
			why=$(cat /sys/bus/pci/devices/"$1"/blanket/broken)
			[ "$why" != "$2" ] || exit 0
			sleep 0.2
		done
		echo "broken: '$why', not '$2'"
		exit 1
	EOF_DOM0
}

# count NAME: of the vif's statistics
count()
{
	dom0 "ethtool -S vif$(domid g1).$(vif_id g1)" | awk -v n="$1:" '$1 == n { print $2 }'
}

breaks()
{
	local rc=0

	hostile lie "$1"
	guest g1 "ping -q -c 3 -i 0.2 -W 1 $host > /dev/null || true"
	broken_is "$2" || rc=1
	hostile honest
	anew
	broken_is ''
	return $rc
}

dropped()
{
	local errors packets

	errors=$(count rx_errors)
	packets=$(count rx_packets)
	hostile lie "$1"
	if guest g1 "ping -q -c 1 -W 1 $host"; then return 1; fi
	echo "errors $errors, then $(count rx_errors)"
	(($(count rx_errors) == errors + 1 && $(count rx_packets) == packets))
	guest g1 "ping -q -c 2 -i 0.2 -W 10 $host"
	broken_is ''
}

delivered()
{
	hostile lie "$1"
	guest g1 "ping -q -c 2 -i 0.2 -W 10 $host"
	hostile count | grep -q 'told [1-9]'
	broken_is ''
}

# lie NAME LAYOUT
lie()
{
	local want=${outcome[$1]}

	[[ $2 == split || -z ${packed_outcome[$1]:-} ]] || want=${packed_outcome[$1]}
	case $want in
	dropped | delivered) "$want" "$1" ;;
	*) breaks "$1" "$want" ;;
	esac
}

others_are_well()
{
	exchange g2 20000 8 10.77.0.1
	exchange g1 20000 8 10.77.0.1
}

in_background()
{
	guest g1 "setsid -f timeout 60 ping -f -s 1400 $host > /dev/null 2>&1 < /dev/null"
	sleep 2
}

# plug_card PACKED: with as many buffers as there can be
plug_card()
{
	plug_hostile "\"packed\": $1, \"rx_queue_size\": 1024, \"tx_queue_size\": 1024"
}

plugged()
{
	plug_card "$1"
	dom0 "modprobe blanket_virtio"
}

has_layout()
{
	dom0 "cat /sys/bus/pci/devices/$card/blanket/queues" | tee /dev/stderr | grep -q " $1 "
}

# It takes what it is given and is never done: the guest's pages stay with it.
stalls()
{
	hostile stall > /dev/null
	guest g1 "timeout 6 ping -q -f -s 1400 $host > /dev/null || true"
}

# within SECONDS COMMAND...
within()
{
	local limit=$1 start=$SECONDS

	shift
	"$@"
	echo "took $((SECONDS - start)) s"
	((SECONDS - start <= limit))
}

stalled_and_anew()
{
	stalls
	within 30 guest g1 "echo vif-$(vif_id g1) > /sys/bus/xen/drivers/vif/unbind"
	hostile go
	guest g1 "echo vif-$(vif_id g1) > /sys/bus/xen/drivers/vif/bind"
	connected "$(vif_id g1)"
}

stalled_and_detached()
{
	stalls
	others_are_well
	within 40 detach_card g1
	hostile go
	attach
}

# 20 frames a second, and the guest has more for it than it takes
slow()
{
	local before after

	hostile slow 20
	in_background
	before=$(hostile count)
	others_are_well
	guest g1 'ping -q -c 20 -i 0.05 -W 5 10.77.0.1'
	after=$(hostile count)
	echo "$before; $after"
	guest g1 'pkill -x ping || true'
	hostile go
	guest g1 "ping -q -c 2 -W 20 $host"
}

# More answers than there were questions, faster than the guest takes them.
answers_galore()
{
	hostile repeat 50
	guest g1 "timeout 5 ping -q -f -s 1000 $host > /dev/null || true"
	hostile repeat 1
	others_are_well
	guest g1 "ping -q -c 2 -W 20 $host"
	broken_is ''
}

link_flaps()
{

	in_background
	for _ in {1..10}; do
		lab_qmp set_link '"name": "nic-slot", "up": false'
		lab_qmp set_link '"name": "nic-slot", "up": true'
	done
	guest g1 "pkill -x ping; ping -q -c 2 -W 20 $host"
	broken_is ''
}

# The administrator's reset through PCI: the vif lets go of the card, as when it is pulled
reset_under_load()
{
	in_background
	dom0 "echo 1 > /sys/bus/pci/devices/$card/reset"
	others_are_well
	guest g1 'pkill -x ping || true'
	within 40 detach_card g1
	attach
}

pulled_under_load()
{
	in_background
	pull
	within 60 pulled
	others_are_well
	within 40 detach_card g1
	plug_card true
	attach
}

destroyed_while_stalled()
{
	stalls
	within 30 dom0 'xl destroy g1'
	forgotten g1
	hostile go
	dom0 "for i in \$(seq 50); do test ! -e /sys/bus/pci/devices/$card/virtio* || exit 0; sleep 0.2; done; exit 1"
	exchange g2 20000 8 10.77.0.1
}

# The program behind the device dies.
abandoned_under_load()
{
	in_background
	end_hostile
	others_are_well
	within 40 detach_card g1
	unplug
	serve_hostile
	plug_card true
	attach
}

"$top/tools/inroot" make -s -C selftests/hostile-device OUT=/src/build/selftests
mapfile -t lies < <(build/selftests/hostile-device list)
serve_hostile

# in_layout NAME LIE...
in_layout()
{
	local layout=$1 name

	shift
	t "$layout.plugged" plugged "$([[ $layout == packed ]] && echo true || echo false)"
	card=$(slot_card)
	t "$layout.guest_has_it" attach
	t "$layout.is_it" has_layout "$layout"
	for name; do
		t "$layout.$name" lie "$name" "$layout"
	done
	t "$layout.others_are_well" others_are_well
}

plan $((1 + 4 + ${#lies[@]} + 1 + 4 + ${#ring_lies[@]} + 9))
t guests_are_up ensure_guests g1 g2
in_layout split "${lies[@]}"
t split.unplugged eval 'detach_card g1; unplug'
in_layout packed "${ring_lies[@]}"
t stalled_and_reconnected stalled_and_anew
t stalled_and_detached stalled_and_detached
t slow_for_its_guest_alone slow
t answers_galore answers_galore
t link_flaps link_flaps
t reset_under_load reset_under_load
t pulled_under_load pulled_under_load
t abandoned_under_load abandoned_under_load
t destroyed_while_stalled destroyed_while_stalled
finish
