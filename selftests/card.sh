# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A network card that a guest has to itself, and one that comes and goes while
# the lab runs: tools/lab up --hotplug gives it a slot. Sourced after vm/lib.sh.
#
#	g1 --- vif --- card in slot0 --.-- a tap: the peer's LAN
#	                               `-- selftests/hostile-device

slot_mac=52:54:00:7a:00:01
slot_tap=slot0
# relative to the lab's folder, where QEMU is
hostile_socket=hostile.sock

# --- a guest's card ---------------------------------------------------------

# attach_card GUEST MAC GATEWAYDEV
attach_card()
{
	dom0 "xl network-attach $1 mac=$2 script=vif-blanket gatewaydev=$3"
}

# vif_id GUEST: libxl numbers on after one that failed
vif_id()
{
	dom0 "xenstore-list /local/domain/0/backend/vif/$(domid "$1")" | sort -n | tail -n 1
}

# vif_mode GUEST: as the hotplug script left it
vif_mode()
{
	dom0 "xenstore-read /local/domain/0/backend/vif/$(domid "$1")/$(vif_id "$1")/blanket-mode"
}

detach_card()
{
	local id

	id=$(vif_id "$1")
	dom0 "xl network-detach $1 $id"
	let_go "$1" "vif-$id"
}

# card_up GUEST ID TEXT: in the guest, with its interface up and called $name
card_up()
{
	guest "$1" "vif=/sys/bus/xen/devices/vif-$2/net"'; set -e
		for i in $(seq 100); do test -d $vif && break; sleep 0.2; done
		udevadm settle
		# each interface answers for its own address
		sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
		name=$(ls $vif)
		ip link set $name up
		'"$3"
}

# --- a card that comes and goes ---------------------------------------------

# lab_qmp COMMAND JSON: silent unless it is refused
lab_qmp()
{
	local out

	out=$(in_lab qmp "{\"execute\": \"$1\", \"arguments\": {$2}}") || { echo "$1 $2: $out"; return 1; }
}

has_slot()
{
	lab_qmp qom-list '"path": "/machine/peripheral/slot0"' > /dev/null
}

# slot_card: the PCI address of what is in the slot
slot_card()
{
	dom0 'cd /sys/bus/pci/devices/0000:00:1e.0; for card in ????:??:??.?; do test ! -d "$card/power" || echo "$card"; done'
}

# plug NETDEV DEVICE: JSON of QEMU's options; until dom0 has it
plug()
{
	lab_qmp netdev_add "\"id\": \"net-slot\", $1"
	lab_qmp device_add "\"driver\": \"virtio-net-pci\", \"id\": \"nic-slot\", \"netdev\": \"net-slot\", \"bus\": \"slot0\",
		\"mac\": \"$slot_mac\", \"romfile\": \"\"${2:+, $2}"
	in_dom0 <<-'EOF_DOM0'
		for i in $(seq 50); do
			! ls /sys/bus/pci/devices/0000:00:1e.0/????:??:??.?/virtio*/net > /dev/null 2>&1 || exit 0
			sleep 0.2
		done
		ls /sys/bus/pci/devices
		exit 1
	EOF_DOM0
	dom0 'udevadm settle'
}

# plug_tap QUEUES [DEVICE]: on the peer's LAN
plug_tap()
{
	local multi=()

	(($1 == 1)) || multi=(multi_queue)
	peer ip tuntap add "$slot_tap" mode tap vnet_hdr "${multi[@]}"
	peer ip link set "$slot_tap" master lan0 up
	plug "\"type\": \"tap\", \"ifname\": \"$slot_tap\", \"script\": \"no\", \"downscript\": \"no\", \"vhost\": false,
		\"queues\": $1" "${2:-}"
}

# serve_hostile: the process that plug_hostile's device is
serve_hostile()
{
	local folder=$top/build/lab/$lab

	"$top/tools/inroot" make -s -C selftests/hostile-device OUT=/src/build/selftests
	"$top/build/selftests/hostile-device" serve "$folder/$hostile_socket" "$folder/$hostile_socket.control" \
		> /dev/null 2>&1 < /dev/null &
	echo $! > "$folder/hostile.pid"
	for _ in {1..50}; do
		! hostile count > /dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "selftests/hostile-device does not answer"
	return 1
}

end_hostile()
{
	local file=$top/build/lab/$lab/hostile.pid

	[[ ! -e $file ]] || kill "$(< "$file")" 2> /dev/null || true
	rm -f "$file"
}

# hostile ORDER...
hostile()
{
	"$top/build/selftests/hostile-device" tell "$top/build/lab/$lab/$hostile_socket.control" "$@"
}

# plug_hostile [DEVICE]
plug_hostile()
{
	lab_qmp chardev-add "\"id\": \"chr-slot\", \"backend\": {\"type\": \"socket\", \"data\": {\"server\": false,
		\"addr\": {\"type\": \"unix\", \"data\": {\"path\": \"$hostile_socket\"}}}}"
	plug '"type": "vhost-user", "chardev": "chr-slot"' "${1:-}"
}

# pull: out of the slot, whoever uses it
pull()
{
	lab_qmp device_del '"id": "nic-slot"'
}

# pulled: waits until dom0 has let go, and clears away what was behind it
pulled()
{
	local i

	for ((i = 0; ; i++)); do
		lab_qmp qom-list '"path": "/machine/peripheral/nic-slot"' > /dev/null || break
		((i < 60)) || { echo "dom0 does not let go of the card"; return 1; }
		sleep 0.5
	done
	clear_slot
}

clear_slot()
{
	lab_qmp netdev_del '"id": "net-slot"' > /dev/null || true
	lab_qmp chardev-remove '"id": "chr-slot"' > /dev/null || true
	peer ip link del "$slot_tap" 2> /dev/null || true
}

# unplug: all of it
unplug()
{
	pull
	pulled
}
