#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest's own XDP program, in the stock front end: it has the room that it
# asked for, packets keep fitting its one page, and all is as before without it.
#
#	g1 [room.bpf.o] -- vif 0 -- blanket_net -- uplink0 --- peer
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

dev=
cleanup()
{
	[[ -z $dev ]] || guest g1 "ip link set $dev xdp off" 2> /dev/null || true
}
trap cleanup EXIT

# the guest's device, and its nodes in xenstore
find_device()
{
	local id

	dev=$(guest g1 "ip -o link" | sed -n 's/^[0-9]*: \(e[^:@]*\)[:@].*/\1/p' | head -n 1)
	id=$(domid g1)
	front=/local/domain/$id/device/vif/0
	back=/local/domain/0/backend/vif/$id/0
	vif=vif$id.0
}

# nodes HEADROOM STATE: and both sides are connected
nodes()
{
	dom0 "xenstore-read $front/xdp-headroom $front/state $back/state" | paste -sd' ' | tee /dev/stderr | grep -x "$1 4 4"
}

loaded()
{
	in_lab push g1 "$top/build/selftests/room.bpf.o" /root/
	guest g1 "ip link set $dev xdp obj /root/room.bpf.o sec xdp && ip link show $dev" | tee /dev/stderr | grep -F ' xdp '
	nodes 256
}

# reaches PING-LENGTH
reaches()
{
	peer ping -c 3 -i 0.3 -W 5 -s "$1" 10.77.0.11
}

# the program sees packets where they are: without room it would drop them all
program_decides()
{
	reaches 776
	reaches 778
	reaches 1472
	if peer ping -c 3 -i 0.3 -W 2 -s 777 10.77.0.11; then
		return 1
	fi
}

traffic()
{
	exchange g1 600000 64 10.77.0.1 fd77::1 10.77.0.2 fd77::2
}

# nothing is lost that was too long, as super-frames would be
all_fit()
{
	dom0 "ethtool -S $vif" | awk '/ rx_errors:/ { print; exit $2 != 0 }'
	dom0 "ethtool -k $vif" | grep -E '^(scatter-gather|tcp-segmentation-offload|tx-tcp6-segmentation): ' |
		tee /dev/stderr | awk '$2 != "off" { bad = 1 } END { exit bad || NR < 2 }'
}

unloaded()
{
	guest g1 "ip link set $dev xdp off"
	nodes 0
	reaches 777
	dom0 "ethtool -k $vif" | grep -x 'tcp-segmentation-offload: on'
}

"$top/tools/inroot" make -s -C selftests/xdp OUT=/src/build/selftests /src/build/selftests/room.bpf.o

plan 7
t guest_is_up ensure_guests g1
find_device
t program_is_loaded loaded
t program_decides program_decides
t traffic_with_program traffic
t all_packets_fit all_fit
t program_is_unloaded unloaded
t traffic_without traffic
finish
