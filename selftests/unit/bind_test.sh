#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# blanket bind and unbind over a made-up /sys: what is shown, what is refused and
# that nothing is moved then, and what is written when no kernel answers.
# (selftests/vm/80-virtio.sh has the kernel.)
# Usage: bind_test.sh BLANKET, a binary built with sanitizers.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=made-up-sys.sh
. "$(dirname "$0")/made-up-sys.sh"

# pci ADDRESS VENDOR DEVICE DRIVER
pci()
{
	put "bus/pci/devices/$1/vendor" "$2"
	put "bus/pci/devices/$1/device" "$3"
	put "bus/pci/devices/$1/driver_override" '(null)'
	mkdir -p "$BLANKET_SYSFS/bus/pci/drivers/$4"
	: > "$BLANKET_SYSFS/bus/pci/drivers/$4/unbind"
	ln -sfn "../../drivers/$4" "$BLANKET_SYSFS/bus/pci/devices/$1/driver"
}

# of_dom0 ADDRESS BUS FOLDER NAME
of_dom0()
{
	mkdir -p "$BLANKET_SYSFS/bus/pci/devices/$1/$2/$3/$4"
}

# bind ARGUMENT...: of blanket; what it says in $out and $err, its status in $rc
bind()
{
	rc=0
	out=$("$blanket" "$@" 2> "$work/err") || rc=$?
	err=$(< "$work/err")
}

everything()
{
	grep -r . "$BLANKET_SYSFS" | sort || true
}

# refused NAME STATUS PATTERN ARGUMENT...: and nothing is written
refused()
{
	local name=$1 status=$2 pattern=$3 before

	shift 3
	before=$(everything)
	bind "$@"
	like "$name" "^$status blanket: $pattern" "$rc $err"
	same "$name.nothing_changed" "$before" "$(everything)"
}

card=0000:00:05.0
mkdir -p "$BLANKET_SYSFS/module/blanket_virtio" "$BLANKET_SYSFS/bus/pci"
: > "$BLANKET_SYSFS/bus/pci/drivers_probe"

echo 'KTAP version 1'
echo '1..45'

bind bind
same none.shown '0 no virtio network card or disk on this machine' "$rc $out"

pci $card 0x1af4 0x1041 virtio-pci
of_dom0 $card virtio3 net fast0
put class/net/fast0/flags 0x1002
pci 0000:00:06.0 0x1af4 0x1000 blanket_virtio
put bus/pci/devices/0000:00:06.0/blanket/user vif3.1
pci 0000:00:07.0 0x1af4 0x1042 virtio-pci
of_dom0 0000:00:07.0 virtio5 block nosuchdisk
put class/block/nosuchdisk/dev 254:80
put class/block/nosuchdisk/nosuchdisk1/dev 254:81
pci 0000:00:08.0 0x1af4 0x1001 blanket_virtio
put bus/pci/devices/0000:00:08.0/blanket/broken 'the device tells nonsense'
pci 0000:00:09.0 0x1af4 0x1005 virtio-pci
pci 0000:00:0a.0 0x8086 0x1041 e1000

bind bind
same all.shown "\
DEVICE         KIND     DRIVER          DOM0       GUEST
0000:00:05.0   network  virtio-pci      fast0      -
0000:00:06.0   network  blanket_virtio  -          vif3.1
0000:00:07.0   disk     virtio-pci      nosuchdisk -
0000:00:08.0   disk     blanket_virtio  -          -  broken: the device tells nonsense" "$out"
bind bind --json
echo "$out" > "$work/json"
json all.json '[(d["device"], d["kind"], d["driver"], d["dom0"], d["user"]) for d in a] == [
	("0000:00:05.0", "network", "virtio-pci", "fast0", None), ("0000:00:06.0", "network", "blanket_virtio", None, "vif3.1"),
	("0000:00:07.0", "disk", "virtio-pci", "nosuchdisk", None), ("0000:00:08.0", "disk", "blanket_virtio", None, None)]'

refused no_such_device 1 "eth7: no virtio network card or disk of that name; 'blanket bind' lists them" bind eth7
refused other_kind 1 '0000:00:09.0: no virtio' bind 0000:00:09.0
refused other_vendor 1 '0000:00:0a.0: no virtio' bind 0000:00:0a.0
refused empty_name 1 ': no virtio' bind ''
refused unbind_wants_one 2 'unbind wants a device' unbind
refused json_is_for_showing 2 '--json is for showing' bind --json $card

put class/net/fast0/flags 0x1003
refused card_is_up 1 "$card: dom0 uses it as fast0; free it with 'ip link set dev fast0 nomaster down'" bind fast0
# one that cannot be had: none is
refused all_or_none 1 "$card: dom0 uses it" bind 0000:00:08.0 virtio3
put class/net/fast0/flags 0x1002
mkdir -p "$BLANKET_SYSFS/class/net/br0"
ln -s ../br0 "$BLANKET_SYSFS/class/net/fast0/master"
refused card_of_a_bridge 1 "$card: dom0 uses it as fast0" bind $card
rm "$BLANKET_SYSFS/class/net/fast0/master"
put class/net/vif9.0/blanket/uplink fast0
refused card_is_an_uplink 1 "$card: fast0 is the uplink of vif9.0" bind virtio3
put class/net/vif9.0/blanket/uplink uplink0

ln -sfn ../../drivers/vfio-pci "$BLANKET_SYSFS/bus/pci/devices/$card/driver"
refused card_of_another_driver 1 "$card: driver vfio-pci has it, for somebody else perhaps" bind $card
ln -sfn ../../drivers/virtio-pci "$BLANKET_SYSFS/bus/pci/devices/$card/driver"

backend vbd-3-51712 blanket_blk Connected
put bus/xen-backend/devices/vbd-3-51712/physical_device fe:50
refused disk_of_a_guest 1 '0000:00:07.0: a guest has nosuchdisk as vbd-3-51712' bind /dev/nosuchdisk
put bus/xen-backend/devices/vbd-3-51712/physical_device fe:51
refused part_of_a_guest 1 '0000:00:07.0: a guest has nosuchdisk as vbd-3-51712' bind virtio5
put bus/xen-backend/devices/vbd-3-51712/physical_device fe:52
refused disk_that_cannot_be_opened 1 '0000:00:07.0: cannot tell whether dom0 uses it: opening /dev/nosuchdisk: No such file' bind virtio5

refused guest_has_it 1 "0000:00:06.0: vif3.1 has it; detach that first \('xl network-detach'\)" unbind 0000:00:06.0

bind bind 0000:00:06.0
same bound_already '0 0000:00:06.0: blanket_virtio has it already' "$rc $out"
bind unbind $card
same not_bound "0 $card: blanket_virtio does not have it, virtio-pci does" "$rc $out"

# no kernel is there to move it: it says so, and has put things back
bind bind $card
like bind_in_vain "^1 blanket: $card: blanket_virtio does not take it \(dmesg" "$rc $err"
like bind_in_vain.asked_for_it "^$card\$" "$(< "$BLANKET_SYSFS/bus/pci/drivers/virtio-pci/unbind")"
like bind_in_vain.probed "^$card\$" "$(< "$BLANKET_SYSFS/bus/pci/drivers_probe")"
same bind_in_vain.no_override '' "$(< "$BLANKET_SYSFS/bus/pci/devices/$card/driver_override")"
bind unbind 0000:00:08.0
like unbind_in_vain '^1 blanket: 0000:00:08.0: blanket_virtio has it, and makes no disk of it' "$rc $err"

rm "$BLANKET_SYSFS/bus/pci/drivers/virtio-pci/unbind"
bind bind $card
like unwritable "^1 blanket: $card: cannot write '$card' to /sys/bus/pci/drivers/virtio-pci/unbind: [^:]*\$" "$rc $err"
same unwritable.no_override '' "$(< "$BLANKET_SYSFS/bus/pci/devices/$card/driver_override")"

bind bind --help
like bind_help '^0 Usage: blanket bind' "$rc $out"
bind unbind --help
like unbind_help '^0 Usage: blanket unbind' "$rc $out"
bind bind --nonsense
like bad_option '^2 .*nonsense' "$rc $err"

exit $((bad > 0))
